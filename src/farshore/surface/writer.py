"""Lines to a file descriptor, on a thread of their own, so that whoever reads them can never stop the gateway.

A pipe whose reader sleeps blocks `write(2)`, and switching the descriptor to non-blocking would switch it for every
process that shares it. So the loop only queues, and the thread writes: in batches, as many lines as came together.
"""

import os
from queue import SimpleQueue
from threading import Event, Thread

CAPACITY_LINES = 10_000
BATCH_S = 0.02
CLOSE_S = 1.0


class LineWriter:
    """Writes whole lines in order; drops and counts what does not fit, or what nobody can read any more."""

    def __init__(self, fd: int, *, capacity_lines: int = CAPACITY_LINES) -> None:
        self._fd = fd
        self._capacity_lines = capacity_lines
        self._overflowed = 0
        self._unwritable = 0
        self._queue: SimpleQueue[bytes | None] = SimpleQueue()
        self._closing = Event()
        self._thread = Thread(target=self._run, name="log-writer", daemon=True)
        self._thread.start()

    @property
    def dropped(self) -> int:
        """How many lines were lost since the start."""
        return self._overflowed + self._unwritable

    def write(self, line: bytes) -> None:
        """Queue one line, with its line feed; never blocks, never raises."""
        if self._queue.qsize() >= self._capacity_lines:
            self._overflowed += 1
            return
        self._queue.put(line)

    def flush(self) -> None:
        """Do nothing: a batch leaves after `BATCH_S` at the latest. Loggers ask for this method."""

    def close(self) -> None:
        """Write what is queued and end the thread; gives up on a reader that takes nothing for `CLOSE_S`."""
        self._closing.set()
        self._queue.put(None)
        self._thread.join(CLOSE_S)

    def _run(self) -> None:
        open_for_more = True
        while open_for_more:
            taken = [self._queue.get()]
            self._closing.wait(BATCH_S)
            # This thread alone takes lines out, so as many as are counted are there.
            taken += [self._queue.get_nowait() for _ in range(self._queue.qsize())]
            lines = [line for line in taken if line is not None]
            open_for_more = len(lines) == len(taken)
            self._emit(lines)

    def _emit(self, lines: list[bytes]) -> None:
        rest = memoryview(b"".join(lines))
        try:
            while rest:
                rest = rest[os.write(self._fd, rest) :]
        except OSError:
            self._unwritable += len(lines)
