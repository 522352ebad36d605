"""The journal of a gateway that may have none."""

from farshore.app.exits import Exit, Refusal
from farshore.config import journal
from farshore.config.model import Config
from farshore.core.alerts import AlertsBefore, Silenced
from farshore.core.clock import Clock
from farshore.core.events import Announce, Event
from farshore.store.alerts import alerts_before
from farshore.store.database import NotOpened, open_writable
from farshore.store.journal import Journal
from farshore.store.retention import Keep
from farshore.store.silences import silences_in
from farshore.store.writer import JournalState


def journal_refusal(config: Config) -> Refusal | None:
    """Why there can be no journal where the configuration wants it.

    What may pass, such as a full disk, is no reason not to carry, and neither is what another version has written.
    """
    if config.journal is None:
        return None
    opened = open_writable(config.journal.path)
    if not isinstance(opened, NotOpened):
        opened.close()
        return None
    if not opened.is_lasting:
        return None
    sentence = f"the journal {config.journal.path} cannot be kept: {opened.reason}; mend it, or change `journal.path`."
    return Refusal(exit=Exit.USAGE, sentence=sentence)


class Memory:
    """Listens to events, and keeps them where the configuration says so: `announce` is asked for each of them.

    `before` is how alerts stood when the process before this one ended.
    """

    def __init__(self, config: Config, clock: Clock, announce: Announce) -> None:
        place = None if config.journal is None else config.journal.path
        self.before = AlertsBefore() if place is None else alerts_before(place, clock.wall_s())
        silences = () if place is None else silences_in(place, clock.wall_s())
        self._silences = () if isinstance(silences, NotOpened) else silences
        self._journal = None if config.journal is None else _opened(config.journal, clock, announce)
        self.announce: Announce = _forget if self._journal is None else self._journal.announce

    def state(self) -> JournalState | None:
        """What is known of the journal now; None where there is none."""
        return None if self._journal is None else self._journal.state

    def problem(self) -> str | None:
        """Why nothing is written; None if all is well."""
        return None if self._journal is None else self._journal.state.problem

    def silences(self) -> tuple[Silenced, ...]:
        """What `farshore alert silence` has written there and what holds now; until it was read, as of the start."""
        known = None if self._journal is None else self._journal.silences
        return self._silences if known is None else known

    def close(self) -> None:
        """Write what waits."""
        if self._journal is not None:
            self._journal.close()


def _forget(_: Event) -> None:
    """There is no journal."""


def _opened(settings: journal.Journal, clock: Clock, announce: Announce) -> Journal:
    keep = Keep(bulky_s=settings.keep_s, rare_s=settings.keep_outages_s, max_bytes=settings.max_size)
    return Journal(settings.path, keep, clock, announce)
