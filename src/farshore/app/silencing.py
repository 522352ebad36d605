"""`farshore alert silence`, `silences` and `unsilence`: written into the journal, which a running gateway reads.

Whoever may write that file may silence its gateway; no listener takes such a wish.
"""

import getpass
import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from farshore.app.exits import Exit, Refusal
from farshore.config.did_you_mean import did_you_mean
from farshore.config.fields import UnfitError, read_duration
from farshore.config.load import load
from farshore.config.model import Config
from farshore.core.alerts import Silenced
from farshore.core.clock import Clock, SystemClock
from farshore.store.database import NotOpened
from farshore.store.silences import NewSilence, add_silence, end_silence, silences_in
from farshore.surface.lists import columns, console

EVERYTHING = "everything"
IN_THE_FILE = "configuration"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What was typed."""

    routes: tuple[str, ...]
    is_all: bool
    for_: str
    why: str


class ShownSilence(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the list; `number` is null where it stands in the configuration. Times are RFC 3339, in UTC."""

    number: int | None
    routes: tuple[str, ...]
    since: str | None
    until: str
    who: str
    why: str


def silence_now(config: Path, wish: Wish, clock: Clock | None = None) -> Exit | Refusal:
    """Write the silence down, and say its number."""
    clock = SystemClock() if clock is None else clock
    read = _gateway(config)
    if isinstance(read, Refusal):
        return read
    settings, journal = read
    against = _against(settings, wish)
    if against is not None:
        return Refusal(exit=Exit.USAGE, sentence=against)
    try:
        for_s = read_duration(wish.for_)
    except UnfitError as error:
        return Refusal(exit=Exit.USAGE, sentence=f"--for takes {error.expected}.")
    until_s = clock.wall_s() + for_s
    made = add_silence(journal, NewSilence(routes=wish.routes, until_s=until_s, who=_who(), why=wish.why), clock)
    if isinstance(made, NotOpened):
        return _not_written(journal, made)
    of, number = _of(made.routes), made.number
    print(f"silence {number}: {of} until {_time(made.until_s)}; `farshore alert unsilence {number}` ends it sooner")  # noqa: T201 - the command's output
    return Exit.OK


def end_now(config: Path, number: int, clock: Clock | None = None) -> Exit | Refusal:
    """Let it be over."""
    clock = SystemClock() if clock is None else clock
    read = _gateway(config)
    if isinstance(read, Refusal):
        return read
    ended = end_silence(read[1], number, clock)
    if isinstance(ended, NotOpened):
        return _not_written(read[1], ended)
    if ended is None:
        found = silences_in(read[1], clock.wall_s())
        known = "" if isinstance(found, NotOpened) else ", ".join(str(each.number) for each in found)
        return Refusal(exit=Exit.USAGE, sentence=f"no silence {number} holds; there is {known or 'none'}.")
    print(f"silence {ended.number} is over: {_of(ended.routes)}")  # noqa: T201 - the command's output
    return Exit.OK


def list_silences(config: Path, *, as_json: bool, clock: Clock | None = None) -> Exit | Refusal:
    """Print those that hold, and those of the configuration that are to come."""
    now_s = (SystemClock() if clock is None else clock).wall_s()
    loaded = load(config)
    if loaded.config is None:
        return _unreadable(config, str(loaded.problems[0]))
    made: tuple[Silenced, ...] = ()
    journal = loaded.config.journal
    if journal is not None and journal.path.exists():
        found = silences_in(journal.path, now_s)
        if isinstance(found, NotOpened):
            return Refusal(exit=Exit.USAGE, sentence=f"the journal {journal.path} was not read: {found.reason}.")
        made = found
    rows = [*_configured(loaded.config, now_s), *map(_shown, made)]
    if as_json:
        print(msgspec.json.format(msgspec.json.encode({"silences": rows})).decode())  # noqa: T201 - the command's output
        return Exit.OK
    if not rows:
        print("nothing is silenced")  # noqa: T201 - the command's output
        return Exit.OK
    table = columns("silence", "of", "since", "until", "who", "why")
    for row in rows:
        number = IN_THE_FILE if row.number is None else str(row.number)
        table.add_row(number, _of(row.routes), row.since or "", row.until, row.who, row.why)
    console().print(table)
    return Exit.OK


def _gateway(config: Path) -> tuple[Config, Path] | Refusal:
    """The configuration, and the journal into which its gateway looks."""
    loaded = load(config)
    if loaded.config is None:
        return _unreadable(config, str(loaded.problems[0]))
    settings = loaded.config
    if settings.alerts is None:
        return Refusal(exit=Exit.USAGE, sentence=f"{config} has no `alerts:`, so nobody is told of anything.")
    if settings.journal is None:
        sentence = (
            f"{config} keeps no journal, where a silence would be written; add `journal:`, or write the silence "
            "under `alerts: {silences: …}` and send the gateway SIGHUP."
        )
        return Refusal(exit=Exit.USAGE, sentence=sentence)
    if not settings.journal.path.exists():
        # Made by whoever runs this command it might be nobody's whom the gateway runs as.
        sentence = f"there is no journal {settings.journal.path} yet; start the gateway first."
        return Refusal(exit=Exit.USAGE, sentence=sentence)
    return settings, settings.journal.path


def _against(config: Config, wish: Wish) -> str | None:
    if wish.is_all == bool(wish.routes):
        return "name the routes, or give --all for everything."
    known = [route.label for route in config.routes]
    unknown = next((name for name in wish.routes if name not in known), None)
    if unknown is None:
        return None
    hint = did_you_mean(unknown, known) or f"there are {', '.join(known)}."
    return f"there is no route {unknown}; {hint}"


def _configured(config: Config, now_s: float) -> Iterator[ShownSilence]:
    for each in () if config.alerts is None else config.alerts.silences:
        if each.until.timestamp() > now_s:
            since = None if each.since is None else _time(each.since.timestamp())
            until = _time(each.until.timestamp())
            yield ShownSilence(number=None, routes=each.routes, since=since, until=until, who="", why="")


def _shown(made: Silenced) -> ShownSilence:
    return ShownSilence(
        number=made.number,
        routes=made.routes,
        since=_time(made.since_s),
        until=_time(made.until_s),
        who=made.who,
        why=made.why,
    )


def _not_written(journal: Path, answer: NotOpened) -> Refusal:
    sentence = f"the silence was not written into the journal {journal}: {answer.reason}."
    return Refusal(exit=Exit.USAGE if answer.is_lasting else Exit.FAILED, sentence=sentence)


def _unreadable(config: Path, problem: str) -> Refusal:
    return Refusal(exit=Exit.USAGE, sentence=f"{problem}; see all of it with `farshore check -c {config}`.")


def _who() -> str:
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        user = str(os.getuid())
    return f"{user}@{socket.gethostname()}"


def _of(routes: tuple[str, ...]) -> str:
    return ", ".join(routes) or EVERYTHING


def _time(at_s: float) -> str:
    return datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
