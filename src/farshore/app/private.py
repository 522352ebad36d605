"""Writes what a command was asked to write down: for its owner alone, and never through a link that stands there."""

import errno
import os
import stat
from pathlib import Path

MODE = 0o600
LINK = "it is a symbolic link"


def write_private(path: Path, data: bytes) -> str | None:
    """Put the data in place of what the file holds; gives why they could not be written, None where they are.

    Evidence and reports name hosts, addresses and accounts. A file that is there is made private before it is written
    to; a device or a pipe stays as it is. In a folder that others may write to, a link could lead to any file of ours
    (CWE-59).
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        with os.fdopen(os.open(path, flags, MODE), "wb") as file:
            if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                os.fchmod(file.fileno(), MODE)
                file.truncate()
            file.write(data)
    except OSError as error:
        return LINK if error.errno == errno.ELOOP else error.strerror or str(error)
    return None
