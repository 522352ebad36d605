"""The one thread that writes the journal, in batches: the event loop only queues, and never waits for the disk.

What the disk does not take is kept and tried again; what is too much to be kept is counted. A batch is 0.7 s
long, so that a process that is killed loses no more than that and what one commit takes.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Event as Flag
from threading import Thread

from farshore.core.alerts import Silenced
from farshore.core.clock import Clock
from farshore.core.events import JournalFailed, JournalRecovered
from farshore.store.ledger import Batch, Ledger, Stamped, Unwritten
from farshore.store.retention import Keep
from farshore.store.rows import Entry

CAPACITY = 20_000
BATCH_ENTRIES = 5_000
BATCH_S = 0.7
RETRY_S = 1.0
SLOW_S = 5.0
TIDY_EVERY_S = 10.0
TIDY_FOR_S = 0.1
CLOSE_S = 3.0
TOO_SLOW = "more came than the disk took"


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalState:
    """What is known of the journal now. `problem` is why nothing is written; None if all is well."""

    path: str
    problem: str | None
    written: int
    lost: int
    waiting: int
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Listeners:
    """Who is told of the journal's own troubles; called on the writer's thread.

    `mistaken` is told of an entry that no schema takes, and of a mistake that has ended the writer.
    """

    announce: Callable[[JournalFailed | JournalRecovered], None]
    mistaken: Callable[[Exception], None]


class Writer:
    """Takes entries from one thread, the event loop's."""

    def __init__(self, path: Path, keep: Keep, clock: Clock, listeners: Listeners, *, capacity: int = CAPACITY) -> None:
        self._path = path
        self._keep = keep
        self._clock = clock
        self._listeners = listeners
        self._capacity = capacity
        # Its append and its popleft are atomic, and it wakes nobody: the writer comes by itself.
        self._queue: deque[Stamped] = deque()
        self._unwritten: list[Stamped] = []
        self._wake = Flag()
        self._ending = False
        self._opened = False
        self._written = self._refused = self._overflowed = self._told_lost = 0
        self._problem: str | None = None
        self._failed_at_s = 0.0
        self._busy_since_s: float | None = None
        self._tidy_at_s = 0.0
        self._size_bytes = 0
        self._silences: tuple[Silenced, ...] | None = None
        self._thread = Thread(target=self._work, name="journal-writer", daemon=True)
        self._thread.start()

    @property
    def state(self) -> JournalState:
        """As of now; may be asked from any thread."""
        return JournalState(
            path=str(self._path),
            problem=self._problem or self._slowness(),
            written=self._written,
            lost=self._overflowed + self._refused,
            waiting=len(self._queue) + len(self._unwritten),
            size_bytes=self._size_bytes,
        )

    @property
    def silences(self) -> tuple[Silenced, ...] | None:
        """Those that hold, as of the last batch; None before the first. May be asked from any thread."""
        return self._silences

    def put(self, entry: Entry) -> None:
        """Hand an entry in; never blocks, never raises. Where there is no room left it is lost, and counted."""
        if len(self._queue) + len(self._unwritten) >= self._capacity:
            self._overflowed += 1
            return
        self._queue.append((self._clock.wall_s(), entry))

    def close(self) -> None:
        """Write what waits and end the thread; gives up on a disk that takes nothing for `CLOSE_S`."""
        self._ending = True
        self._wake.set()
        self._thread.join(CLOSE_S)

    def _slowness(self) -> str | None:
        since_s = self._busy_since_s
        waited_s = 0.0 if since_s is None else self._clock.monotonic_s() - since_s
        return f"the disk has not answered for {waited_s:.0f} s" if waited_s >= SLOW_S else None

    def _work(self) -> None:
        ledger = Ledger(self._path, self._keep, self._clock, self._listeners.mistaken)
        try:
            while not self._ending:
                self._write_waiting(ledger)
                self._tidy(ledger)
                self._hear_of_silences(ledger)
                self._wake.wait(BATCH_S if self._problem is None else RETRY_S)
            self._write_waiting(ledger)
        except Exception as error:  # noqa: BLE001 - it must not end without a word
            self._failed(f"a mistake of its own: {error!r}")
            self._listeners.mistaken(error)
        ledger.close(self._overflowed + self._refused)

    def _write_waiting(self, ledger: Ledger) -> None:
        """Write all that waits, or as much as the disk takes."""
        while True:
            if not self._unwritten:
                self._unwritten = [self._queue.popleft() for _ in range(min(len(self._queue), BATCH_ENTRIES))]
            if not self._write_one(ledger) or not self._queue:
                return

    def _write_one(self, ledger: Ledger) -> bool:
        lost = self._overflowed - self._told_lost
        if self._opened and self._problem is None and not self._unwritten:
            return False
        batch = Batch(entries=self._unwritten, lost=lost, because=self._problem or TOO_SLOW)
        self._busy_since_s = self._clock.monotonic_s()
        answer = ledger.write(batch)
        self._busy_since_s = None
        if isinstance(answer, Unwritten):
            self._failed(answer.reason)
            return False
        self._written += len(batch.entries) - answer.refused
        self._refused += answer.refused
        self._told_lost += lost
        self._unwritten = []
        self._opened = True
        self._recovered(lost)
        return True

    def _tidy(self, ledger: Ledger) -> None:
        """Look now and then for what is too old or too much; clear it away for a while, then write again."""
        now_s = self._clock.monotonic_s()
        if self._problem is not None or now_s < self._tidy_at_s:
            return
        self._size_bytes = ledger.size_bytes()
        end_s = now_s + TIDY_FOR_S
        while ledger.tidy():
            if self._clock.monotonic_s() >= end_s or self._ending:
                return
        ledger.settle()
        self._tidy_at_s = now_s + TIDY_EVERY_S

    def _hear_of_silences(self, ledger: Ledger) -> None:
        """Where they cannot be read, what was known goes on."""
        found = ledger.silences()
        if found is not None:
            self._silences = found

    def _failed(self, reason: str) -> None:
        was, self._problem = self._problem, reason
        if was is None:
            self._failed_at_s = self._clock.monotonic_s()
            self._listeners.announce(JournalFailed(path=str(self._path), reason=reason))

    def _recovered(self, lost: int) -> None:
        if self._problem is not None:
            self._problem = None
            failed_for_s = round(self._clock.monotonic_s() - self._failed_at_s, 3)
            event = JournalRecovered(path=str(self._path), failed_for_s=failed_for_s, lost=lost)
            self._listeners.announce(event)
