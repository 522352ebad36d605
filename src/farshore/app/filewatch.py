"""Whether a file is another one than it was: by looking, since a mounted volume tells nobody and links are swapped.

A Kubernetes ConfigMap is a link into a folder that is itself a link, `..data`, and an update swaps the folder: the file
that the path leads to is compared, not the path. Editors write in several steps, so a change counts once two looks
agree.
"""

import os
from dataclasses import dataclass
from pathlib import Path

LOOK_S = 1.0
SETTLE_S = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePrint:
    """What tells one file from another, and from itself before it was written; times in nanoseconds."""

    resolved: str
    device: int
    inode: int
    modified_ns: int
    size: int


def look(path: Path) -> FilePrint | None:
    """The file that the path leads to at the moment; None if there is none that may be looked at."""
    try:
        resolved = os.path.realpath(path, strict=True)
        status = os.stat(resolved)  # noqa: PTH116 - the path has just been resolved
    except (OSError, ValueError):
        return None
    return FilePrint(
        resolved=resolved,
        device=status.st_dev,
        inode=status.st_ino,
        modified_ns=status.st_mtime_ns,
        size=status.st_size,
    )


class FileWatch:
    """Compares looks at one file. `pause_s` is how long to wait before the next one."""

    def __init__(self, seen: FilePrint | None) -> None:
        self._seen = seen
        self._settling: FilePrint | None = None
        self.pause_s = LOOK_S

    def has_changed(self, now: FilePrint | None) -> bool:
        """Whether the file has become another one, and stays so; once for each change."""
        if now == self._seen:
            self.pause_s = LOOK_S
        elif self.pause_s == SETTLE_S and now == self._settling:
            self.has_been_read(now)
            return True
        else:
            self._settling, self.pause_s = now, SETTLE_S
        return False

    def has_been_read(self, now: FilePrint | None) -> None:
        """That is the file from now on."""
        self._seen, self.pause_s = now, LOOK_S
