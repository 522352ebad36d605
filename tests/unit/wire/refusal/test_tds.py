import struct

import pytest
from tests.unit.wire.refusal.cutting import TEXT, WORDS, cuts, hear
from tests.unit.wire.test_tds import SPECIFIED

from farshore.wire.refusal.tds import TdsRefuser

PRELOGIN_OPTIONS = 4


def login(version: int, *, kind: int = 0x10, packets: int = 1) -> bytes:
    body = struct.pack("<II", 94, version) + bytes(86)
    size = -(-len(body) // packets)
    parts = [body[at : at + size] for at in range(0, len(body), size)]
    said = b""
    for number, part in enumerate(parts, 1):
        said += struct.pack(">BBHHBB", kind, int(number == packets), 8 + len(part), 0, number, 0) + part
    return said


def error_of(packet: bytes, *, wide: bool) -> tuple[int, int, str]:
    """Number, severity and text of the only token before DONE."""
    kind, status, size = struct.unpack_from(">BBH", packet)
    assert (kind, status, size) == (4, 1, len(packet))
    token, length = struct.unpack_from("<BH", packet, 8)
    assert token == 0xAA
    number, _, severity, count = struct.unpack_from("<IBBH", packet, 11)
    text = packet[19 : 19 + 2 * count].decode("utf-16-le")
    done = packet[11 + length :]
    assert (done[0], len(done)) == (0xFD, 13 if wide else 9)
    return number, severity, text


@pytest.mark.parametrize(("version", "wide"), [(0x74000004, True), (0x72090002, True), (0x70000000, False)])
@pytest.mark.parametrize("packets", [1, 3])
def test_a_login_is_answered_however_it_is_cut(version: int, wide: bool, packets: int) -> None:  # noqa: FBT001
    for pieces in cuts(SPECIFIED + login(version, packets=packets)):
        turn = hear(TdsRefuser(WORDS), pieces)
        assert turn.is_over
        size = int.from_bytes(turn.send[2:4])
        assert error_of(turn.send[size:], wide=wide) == (40613, 20, TEXT)


def test_prelogin_is_answered_with_what_the_options_promise() -> None:
    sent = hear(TdsRefuser(WORDS), [SPECIFIED]).send
    assert sent[:2] == b"\x04\x01"
    body = sent[8:]
    options = {}
    for number in range(PRELOGIN_OPTIONS):
        option, at, size = struct.unpack_from(">BHH", body, 5 * number)
        options[option] = body[at : at + size]
    assert body[5 * PRELOGIN_OPTIONS] == 0xFF
    assert options[0x01] == b"\x02"
    assert {option: len(value) for option, value in options.items()} == {0x00: 6, 0x01: 1, 0x02: 1, 0x04: 1}


def test_a_login_without_prelogin_is_understood() -> None:
    assert error_of(hear(TdsRefuser(WORDS), [login(0x70000000)]).send, wide=False)[2] == TEXT


@pytest.mark.parametrize(
    "said", [b"GET / HTTP/1.1\r\n", login(0x74000004, kind=0x02), b"\x12\x01\x00\x07\x00\x00\x01\x00"]
)
def test_who_speaks_something_else_is_told_nothing(said: bytes) -> None:
    turn = hear(TdsRefuser(WORDS), [said])
    assert (turn.send, turn.is_over) == (b"", True)


def test_a_login_without_an_end_is_not_waited_for() -> None:
    endless = struct.pack(">BBHHBB", 0x10, 0, 32768, 0, 1, 0) + bytes(32760)
    turn = hear(TdsRefuser(WORDS), [endless] * 5)
    assert (turn.send, turn.is_over) == (b"", True)
