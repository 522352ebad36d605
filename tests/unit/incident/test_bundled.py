"""What an examination's archive says."""

import io
import tarfile

import msgspec
import pytest

from farshore.collect.bundle import pack
from farshore.collect.documents import Document
from farshore.incident.bundled import MOST_MEMBERS, Bundled, Missed, PathTold, RouteTold, bundled

GATEWAY = {
    "version": "0.1.0",
    "routes": [{"name": "db", "listen": "127.0.0.1:8082", "target": "10.9.8.7:1433", "paths": [{"name": "r1"}]}],
}
MANIFEST = {"format": "farshore.bundle/1", "not_collected": [{"what": "Kubernetes", "reason": "this is no pod"}]}


def document(name: str, said: object) -> Document:
    return Document(name=name, data=msgspec.json.encode(said), what="")


def test_routes_and_what_is_missing_are_read() -> None:
    told = bundled(pack([document("manifest.json", MANIFEST), document("gateway.json", GATEWAY)]))
    route = RouteTold(name="db", listen="127.0.0.1:8082", target="10.9.8.7:1433", paths=[PathTold(name="r1")])
    assert told == Bundled(routes=(route,), missed=(Missed(what="Kubernetes", reason="this is no pod"),))


@pytest.mark.parametrize(
    "archive",
    [
        b"",
        b"no archive",
        pack([document("manifest.json", MANIFEST)])[:-60],
        pack([document("gateway.json", [1]), document("manifest.json", {"not_collected": 7})]),
        pack([document(f"{number}.txt", "") for number in range(MOST_MEMBERS)] + [document("gateway.json", GATEWAY)]),
    ],
)
def test_what_is_damaged_or_something_else_says_nothing(archive: bytes) -> None:
    told = bundled(archive)
    assert told.routes == ()


def test_a_link_is_not_followed() -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        link = tarfile.TarInfo("farshore-bundle/gateway.json")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    assert bundled(packed.getvalue()) == Bundled()
