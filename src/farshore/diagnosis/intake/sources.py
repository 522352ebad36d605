"""Opens files, folders, standard input and archives, within bounds; nothing is ever written or followed elsewhere.

What an archive holds is read in memory under a name like `bundle.zip!logs/gw.log`, so its paths can't lead anywhere.
"""

import gzip
import io
import lzma
import os
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from farshore.core.clock import Clock
from farshore.diagnosis.evidence import Unread

STANDARD_INPUT = "-"
MIB = 1024 * 1024
_TAR_MAGIC = b"ustar"
_TAR_MAGIC_AT = 257
_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
_BROKEN_ARCHIVE = (OSError, EOFError, zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, RuntimeError,
                   NotImplementedError, ValueError)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How much is read at most: bytes of one document, of all, documents, archives within archives, seconds."""

    document_bytes: int = 256 * MIB
    total_bytes: int = 1024 * MIB
    documents: int = 5000
    depth: int = 3
    seconds: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One document as it came: its name, and its bytes."""

    name: str
    data: bytes


class Opener:
    """Goes through what was given and hands out one document after the other; a bound that is met is said once."""

    def __init__(self, clock: Clock, bounds: Bounds | None = None) -> None:
        self._clock = clock
        self._bounds = bounds or Bounds()
        self._left_bytes = self._bounds.total_bytes
        self._left_documents = self._bounds.documents
        self._until_s = clock.monotonic_s() + self._bounds.seconds

    def open_paths(self, paths: list[Path], standard_input: IO[bytes]) -> Iterator[Source | Unread]:
        """Every document under the paths, folders in the order of their names; `-` is standard input."""
        for path in paths:
            if str(path) == STANDARD_INPUT:
                yield from self._unpack("standard input", standard_input.read(self._bounds.document_bytes + 1), 0)
            elif path.is_dir():
                yield from self._folder(path)
            else:
                yield from self._file(path, path.name)

    def open_bytes(self, name: str, data: bytes) -> Iterator[Source | Unread]:
        """A document that is in memory already, unpacked if it is an archive."""
        return self._unpack(name, data, 0)

    def _folder(self, folder: Path) -> Iterator[Source | Unread]:
        is_empty = True
        for parent, folders, files in os.walk(folder):
            folders.sort()
            is_empty = is_empty and not files
            for file in sorted(files):
                path = Path(parent, file)
                name = str(path.relative_to(folder))
                # Whoever made the folder may have laid a link to what is nobody else's business.
                if path.is_symlink() and not path.resolve().is_relative_to(folder.resolve()):
                    yield Unread(source=name, reason="a link that leads out of the folder; name what it leads to")
                else:
                    yield from self._file(path, name)
        if is_empty:
            yield Unread(source=folder.name or str(folder), reason="a folder with no file in it")

    def _file(self, path: Path, name: str) -> Iterator[Source | Unread]:
        try:
            # Looked at before it is opened: opening a pipe waits for its writer.
            if not stat.S_ISREG(path.stat().st_mode):
                yield Unread(source=name, reason="neither a file nor a folder")
                return
            with path.open("rb") as file:
                data = file.read(self._bounds.document_bytes + 1)
        except OSError as error:
            yield Unread(source=name, reason=error.strerror or str(error))
            return
        yield from self._unpack(name, data, 0)

    def _unpack(self, name: str, data: bytes, depth: int) -> Iterator[Source | Unread]:
        refused = self._refused(data)
        if refused:
            yield Unread(source=name, reason=refused)
            return
        members = _members_of(data)
        if members is None:
            self._left_bytes -= len(data)
            self._left_documents -= 1
            yield Source(name=name, data=data)
            return
        if depth >= self._bounds.depth:
            yield Unread(source=name, reason=f"archives within archives deeper than {self._bounds.depth}")
            return
        try:
            for inner, stream in members(data):
                content = stream.read(min(self._bounds.document_bytes, max(self._left_bytes, 0)) + 1)
                yield from self._unpack(f"{name}!{inner}" if inner else name, content, depth + 1)
                if self._left_documents <= 0:
                    break
        except _BROKEN_ARCHIVE as error:
            yield Unread(source=name, reason=f"the archive is broken: {error}")

    def _refused(self, data: bytes) -> str:
        bounds = self._bounds
        if len(data) > bounds.document_bytes:
            return f"larger than {bounds.document_bytes // MIB} MiB"
        if len(data) > self._left_bytes:
            return f"beyond {bounds.total_bytes // MIB} MiB in all"
        if self._left_documents <= 0:
            return f"beyond {bounds.documents} documents"
        if self._clock.monotonic_s() > self._until_s:
            return f"not reached within {bounds.seconds:g} s"
        return ""


class _Readable(Protocol):
    def read(self, size: int = ..., /) -> bytes: ...


_Members = Callable[[bytes], Iterator[tuple[str, _Readable]]]


def _members_of(data: bytes) -> _Members | None:
    if data.startswith(b"PK\x03\x04"):
        return _zip
    if data.startswith(b"\x1f\x8b"):
        return _gzip
    if data.startswith(_ZSTD_MAGIC):
        return _zstd
    if data[_TAR_MAGIC_AT : _TAR_MAGIC_AT + len(_TAR_MAGIC)] == _TAR_MAGIC:
        return _tar
    return None


def _zip(data: bytes) -> Iterator[tuple[str, _Readable]]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for member in sorted(archive.infolist(), key=lambda member: member.filename):
            if not member.is_dir():
                with archive.open(member) as stream:
                    yield member.filename, stream


def _tar(data: bytes) -> Iterator[tuple[str, _Readable]]:
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
        for member in archive:
            stream = archive.extractfile(member) if member.isfile() else None
            if stream is not None:
                yield member.name, stream


def _gzip(data: bytes) -> Iterator[tuple[str, _Readable]]:
    with gzip.GzipFile(fileobj=io.BytesIO(data)) as stream:
        yield "", stream


def _zstd(data: bytes) -> Iterator[tuple[str, _Readable]]:
    from farshore.diagnosis.intake.zstandard import open_lines  # noqa: PLC0415 - needs an extra

    with open_lines(data) as stream:
        yield "", stream
