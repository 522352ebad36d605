"""Claims a check for one process, so that no other one goes on with it meanwhile.

By a lock on an empty file beside the journal, which the kernel gives back however the process ends. The file itself
stays after a kill, and goes when the check is claimed again and ended in order.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

RUNNING = "another process is at it"


@contextmanager
def claimed(journal: Path, check: int) -> Iterator[str | None]:
    """The check is this process's until the block ends; gives why it is not, None where it is."""
    path = journal.with_name(f"{journal.name}-check-{check}")
    try:
        file = path.open("ab")
    except OSError as error:
        yield f"{path}: {error.strerror}"
        return
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield RUNNING
            return
        try:
            yield None
        finally:
            path.unlink(missing_ok=True)
