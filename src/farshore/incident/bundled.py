"""What an examination's archive says of the gateway's routes, and of what could not be gathered. Pure; bounded.

An archive that is damaged, or holds something else, says nothing.
"""

import io
import tarfile
from typing import TypeVar

import msgspec

from farshore.collect.bundle import FOLDER

MOST_BYTES = 8 << 20
MOST_MEMBERS = 200


class PathTold(msgspec.Struct, frozen=True):
    """One way to a route's target."""

    name: str


class RouteTold(msgspec.Struct, frozen=True):
    """A route as the gateway told it."""

    name: str
    listen: str = ""
    target: str = ""
    paths: list[PathTold] = []


class Missed(msgspec.Struct, frozen=True):
    """What was not gathered, and why."""

    what: str
    reason: str


class _Gateway(msgspec.Struct, frozen=True):
    routes: list[RouteTold] = []


class _Manifest(msgspec.Struct, frozen=True):
    not_collected: list[Missed] = []


class Bundled(msgspec.Struct, frozen=True, kw_only=True):
    """The routes, in the order in which `gateway.json` has them, and what `manifest.json` misses."""

    routes: tuple[RouteTold, ...] = ()
    missed: tuple[Missed, ...] = ()


GATEWAY, MANIFEST = "gateway.json", "manifest.json"
_Kind = TypeVar("_Kind")


def bundled(archive: bytes) -> Bundled:
    """What it says."""
    files = _files(archive)
    gateway = _read(files.get(GATEWAY, b"{}"), _Gateway)
    manifest = _read(files.get(MANIFEST, b"{}"), _Manifest)
    return Bundled(
        routes=() if gateway is None else tuple(gateway.routes),
        missed=() if manifest is None else tuple(manifest.not_collected),
    )


def _read(data: bytes, kind: type[_Kind]) -> _Kind | None:
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None


def _files(archive: bytes) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    wanted = {f"{FOLDER}/{name}": name for name in (GATEWAY, MANIFEST)}
    try:
        with tarfile.open(fileobj=io.BytesIO(archive), mode="r|gz") as opened:
            for at, member in enumerate(opened):
                if at >= MOST_MEMBERS or len(found) == len(wanted):
                    break
                name = wanted.get(member.name)
                file = opened.extractfile(member) if name and member.isfile() and member.size <= MOST_BYTES else None
                if name and file is not None:
                    found[name] = file.read(MOST_BYTES)
    except (tarfile.TarError, OSError, EOFError, ValueError):
        return found
    return found
