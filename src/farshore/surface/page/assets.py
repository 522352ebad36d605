"""The static files of the page, read once: nothing that a browser asks for is looked up on the disk."""

from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable

import msgspec

TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
    "LICENSE": "text/plain; charset=utf-8",
}


class Asset(msgspec.Struct, frozen=True, kw_only=True):
    """One file, its type, and a tag that changes with what is in it."""

    data: bytes
    content_type: str
    tag: str


@cache
def assets() -> dict[str, Asset]:
    """By the path under `/static/`."""
    return dict(_found(files("farshore.surface.page").joinpath("static"), ""))


def _found(folder: Traversable, prefix: str) -> Iterator[tuple[str, Asset]]:
    for each in folder.iterdir():
        if each.is_dir():
            yield from _found(each, f"{prefix}{each.name}/")
        elif (content_type := TYPES.get(each.name.rpartition(".")[2])) is not None:
            data = each.read_bytes()
            yield (
                f"{prefix}{each.name}",
                Asset(data=data, content_type=content_type, tag=f'"{sha256(data).hexdigest()[:16]}"'),
            )
