"""From a path to a text: what may be a configuration at all, before anybody looks at what it says."""

import codecs
import os
import stat
from pathlib import Path
from typing import BinaryIO

from farshore.config.marks import unprintable
from farshore.config.problem import Problem

MAX_BYTES = 1 << 20
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_FILE = "a configuration file"


def read(path: Path, name: str) -> bytes | Problem:
    """The file's bytes; of a file larger than 1 MiB not more than that is read. Pipes are files, too."""
    try:
        with path.open("rb") as file:
            return _bounded(file, name)
    except FileNotFoundError:
        hint = None if path.is_absolute() else f"looked for {name} in the working directory"
        return whole(name, _FILE, "no such file", hint)
    except IsADirectoryError:
        return whole(name, _FILE, "a folder", "name the file in it")
    except PermissionError:
        return whole(name, "a file that may be read", f"one that user {os.geteuid()} may not", "see ls -l")
    except OSError as error:
        return whole(name, _FILE, os.strerror(error.errno or 0).lower())
    except ValueError:  # a NUL in the path
        return whole(name, _FILE, "a path that no file can have")


def decode(content: bytes, name: str) -> str | Problem:
    """The text: UTF-8 without control characters."""
    if len(content) > MAX_BYTES:
        return _too_large(len(content), name)
    if content.startswith(_UTF16):
        return whole(name, "UTF-8", "UTF-16", "save the file as UTF-8")
    bare = content.removeprefix(codecs.BOM_UTF8)
    try:
        text = bare.decode()
    except UnicodeDecodeError as error:
        offset = error.start + len(content) - len(bare)
        before = bare[: error.start].decode()
        return _at(before, name, "UTF-8", f"the byte 0x{content[offset]:02X} at offset {offset}", "save it as UTF-8")
    index = unprintable(text)
    if index is None:
        return text
    if text[index] == "\0":
        return _at(text[:index], name, "text", "a NUL character", "is it a binary file, or UTF-16?")
    return _at(text[:index], name, "printable text", f"the control character U+{ord(text[index]):04X}", "remove it")


def whole(name: str, expected: str, found: str, hint: str | None = None) -> Problem:
    """A problem of the file as a whole."""
    return Problem(file=name, line=None, column=None, field="", expected=expected, found=found, hint=hint)


def _bounded(file: BinaryIO, name: str) -> bytes | Problem:
    status = os.fstat(file.fileno())
    if stat.S_ISREG(status.st_mode) and status.st_size > MAX_BYTES:
        return _too_large(status.st_size, name)
    content = file.read(MAX_BYTES + 1)
    return _too_large(None, name) if len(content) > MAX_BYTES else content


def _too_large(size: int | None, name: str) -> Problem:
    found = "more" if size is None else f"{size / MAX_BYTES:,.1f} MiB"
    return whole(name, "at most 1 MiB", found, "nothing of it was used; is it the right file?")


def _at(before: str, name: str, expected: str, found: str, hint: str) -> Problem:
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    return Problem(file=name, line=line, column=column, field="", expected=expected, found=found, hint=hint)
