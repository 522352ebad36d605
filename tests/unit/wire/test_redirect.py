import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farshore.wire.redirect import MAX_BYTES, Listener, TdsListener, TnsListener


def tds(body: bytes, kind: int = 0x04, *, last: bool = True) -> bytes:
    return struct.pack(">BBHHBB", kind, int(last), 8 + len(body), 0, 1, 0) + body


def token(kind: int, body: bytes) -> bytes:
    return struct.pack("<BH", kind, len(body)) + body


def routing(name: str, port: int = 1433, protocol: int = 0) -> bytes:
    place = struct.pack("<BHH", protocol, port, len(name)) + name.encode("utf-16-le")
    return token(0xE3, b"\x14" + struct.pack("<H", len(place)) + place + b"\0\0")


PRELOGIN = tds(b"\x00\x00\x06\xff" + bytes(6))
INFO, DATABASE = token(0xAB, bytes(30)), token(0xE3, b"\x01" + bytes(8))
LOGINACK, DONE = token(0xAD, bytes(20)), b"\xfd" + bytes(12)
ROUTED = INFO + DATABASE + routing("replica.example", 11433) + LOGINACK + DONE
TLS = tds(b"\x16\x03\x03", 0x12)


def tns(kind: int, body: bytes) -> bytes:
    return struct.pack(">HHBBH", 8 + len(body), 0, kind, 0, 0) + body


ADDRESS = b"(ADDRESS=(PROTOCOL=tcp)(HOST = 10.2.0.7)(PORT=1526))"
REDIRECT = tns(5, struct.pack(">H", len(ADDRESS)) + ADDRESS)


def hears(listener: Listener, pieces: list[bytes]) -> str:
    for piece in pieces:
        if not listener.hear(piece):
            break
    return listener.to


@pytest.mark.parametrize(
    ("listen", "said", "to"),
    [
        (TdsListener, PRELOGIN + tds(ROUTED), "replica.example:11433"),
        (TdsListener, PRELOGIN + TLS + TLS + tds(ROUTED), "replica.example:11433"),
        (TdsListener, PRELOGIN + tds(ROUTED[:40], last=False) + tds(ROUTED[40:]), "replica.example:11433"),
        (TdsListener, PRELOGIN + tds(INFO + DATABASE + LOGINACK + DONE), ""),
        (TdsListener, PRELOGIN + tds(routing("pipe", protocol=1) + DONE), ""),
        (TdsListener, PRELOGIN + b"\x17\x03\x03\x00\x20" + bytes(32), ""),
        (TnsListener, REDIRECT, "10.2.0.7:1526"),
        (TnsListener, tns(11, b"") + REDIRECT, "10.2.0.7:1526"),
        (TnsListener, tns(5, struct.pack(">H", len(ADDRESS))) + tns(6, b"\0\0" + ADDRESS), "10.2.0.7:1526"),
        (TnsListener, tns(2, bytes(24)) + REDIRECT, ""),
        (TnsListener, tns(4, b"refused"), ""),
    ],
)
def test_what_a_server_names_is_heard_however_it_is_cut(listen: type[Listener], said: bytes, to: str) -> None:
    for cut in range(1, len(said)):
        assert hears(listen(), [said[:cut], said[cut:]]) == to
    assert hears(listen(), [said[at : at + 1] for at in range(len(said))]) == to


@pytest.mark.parametrize("listen", [TdsListener, TnsListener])
def test_nobody_listens_without_end(listen: type[Listener]) -> None:
    endless = {TdsListener: tds(bytes(8000), last=False), TnsListener: tns(5, bytes(8000))}[listen]
    listener = listen()
    assert not all(listener.hear(endless) for _ in range(MAX_BYTES // 8000 + 2))
    assert listener.to == ""


@pytest.mark.parametrize("listen", [TdsListener, TnsListener])
@given(st.lists(st.one_of(st.binary(max_size=60), st.sampled_from([PRELOGIN, tds(ROUTED), REDIRECT, TLS])), max_size=9))
def test_anything_is_heard(listen: type[Listener], said: list[bytes]) -> None:
    to = hears(listen(), said)
    assert not to or to.rpartition(":")[2].isdecimal()
