import struct

import pytest
from tests.unit.wire.refusal.cutting import TEXT, WORDS, cuts, hear
from tests.unit.wire.refusal.tunnels import SIZES, WHOLE, Tunnel, offered, tell, unwrapped
from tests.unit.wire.test_tds import SPECIFIED

from farshore.wire.refusal.tds import TdsRefuser
from farshore.wire.refusal.tds_packets import PRELOGIN, packets

PRELOGIN_OPTIONS = 4


def login(version: int, *, kind: int = 0x10, in_packets: int = 1) -> bytes:
    body = struct.pack("<II", 94, version) + bytes(86)
    size = -(-len(body) // in_packets)
    parts = [body[at : at + size] for at in range(0, len(body), size)]
    said = b""
    for number, part in enumerate(parts, 1):
        said += struct.pack(">BBHHBB", kind, int(number == in_packets), 8 + len(part), 0, number, 0) + part
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
@pytest.mark.parametrize("in_packets", [1, 3])
def test_a_login_is_answered_however_it_is_cut(version: int, wide: bool, in_packets: int) -> None:  # noqa: FBT001
    for pieces in cuts(SPECIFIED + login(version, in_packets=in_packets)):
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


def test_a_login_is_answered_before_its_end_and_nothing_of_it_is_waited_for() -> None:
    endless = struct.pack(">BBHHBB", 0x10, 0, 32768, 0, 1, 0) + struct.pack("<II", 94, 0x74000004) + bytes(32752)
    turn = hear(TdsRefuser(WORDS), [endless])
    assert turn.is_over
    assert error_of(turn.send, wide=True)[2] == TEXT


def prelogin(encryption: int) -> bytes:
    said = bytearray(SPECIFIED)
    said[8 + 0x20] = encryption
    return bytes(said)


def encryption_of(sent: bytes) -> int:
    _, at, size = struct.unpack_from(">BHH", sent, 8 + 5)
    assert size == 1
    return sent[8 + int(at)]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("asked", "given"), [(0, 0), (1, 1), (3, 1), (0x80, 0), (0x81, 1)])
def test_a_client_that_encrypts_is_answered_as_it_wishes(asked: int, given: int, size: int) -> None:
    refuser, tunnel = TdsRefuser(WORDS, offered), Tunnel()
    agreed = tell(refuser, prelogin(asked), size)
    assert (encryption_of(agreed.send), agreed.is_over) == (given, False)
    tunnel.shake(refuser, size, in_prelogin=True)
    assert tunnel.tls.version() == "TLSv1.2"
    turn = tell(refuser, tunnel.say(login(0x74000004)), size)
    assert turn.is_over
    assert error_of(turn.send if given == 0 else tunnel.hear(turn.send), wide=True) == (40613, 20, TEXT)
    assert (TEXT.encode("utf-16-le") in turn.send) == (given == 0)


@pytest.mark.parametrize("asked", [0, 1, 2, 3, 7])
def test_without_a_certificate_nothing_is_encrypted(asked: int) -> None:
    assert encryption_of(TdsRefuser(WORDS).receive(prelogin(asked)).send) == 2


@pytest.mark.parametrize("said", [prelogin(2), prelogin(7), prelogin(2)[:8] + b"\xff" + prelogin(2)[9:]])
def test_a_client_that_does_not_encrypt_is_not_made_to(said: bytes) -> None:
    turn = hear(TdsRefuser(WORDS, offered), [said + login(0x74000004)])
    assert encryption_of(turn.send) == 2
    assert error_of(turn.send[int.from_bytes(turn.send[2:4]) :], wide=True)[2] == TEXT


def test_a_login_of_which_only_the_first_packet_is_encrypted_is_answered() -> None:
    refuser, tunnel = TdsRefuser(WORDS, offered), Tunnel()
    refuser.receive(prelogin(0))
    tunnel.shake(refuser, WHOLE, in_prelogin=True)
    first = login(0x74000004, in_packets=2)[: 8 + 47]
    assert error_of(refuser.receive(tunnel.say(first)).send, wide=True)[2] == TEXT


@pytest.mark.parametrize("size", SIZES)
def test_a_strict_client_is_answered_inside_tls_from_the_first_byte(size: int) -> None:
    refuser, tunnel = TdsRefuser(WORDS, offered), Tunnel("tds/8.0")
    tunnel.shake(refuser, size)
    assert tunnel.tls.selected_alpn_protocol() == "tds/8.0"
    answered = tell(refuser, tunnel.say(prelogin(1)), size)
    assert tunnel.hear(answered.send)[:2] == b"\x04\x01"
    turn = tell(refuser, tunnel.say(login(0x08000000)), size)
    assert turn.is_over
    assert error_of(tunnel.hear(turn.send), wide=True)[2] == TEXT


@pytest.mark.parametrize(
    "said",
    [login(0x74000004), b"GET / HTTP/1.1\r\n\r\n", packets(PRELOGIN, b"GET / HTTP/1.1\r\n\r\n"), b"\x12" + bytes(9)],
)
def test_who_does_not_go_on_with_tls_is_told_nothing(said: bytes) -> None:
    refuser = TdsRefuser(WORDS, offered)
    refuser.receive(prelogin(1))
    turn = tell(refuser, said, WHOLE)
    assert turn.is_over
    assert "farshore".encode("utf-16-le") not in turn.send
    assert unwrapped(turn.send)[:1] in {b"", b"\x15"}


def test_who_speaks_something_else_inside_tls_is_told_nothing() -> None:
    for is_strict in (True, False):
        refuser, tunnel = TdsRefuser(WORDS, offered), Tunnel()
        if not is_strict:
            refuser.receive(prelogin(1))
        tunnel.shake(refuser, WHOLE, in_prelogin=not is_strict)
        turn = refuser.receive(tunnel.say(b"GET / HTTP/1.1\r\n\r\n"))
        assert (turn.send, turn.is_over) == (b"", True)


def test_who_breaks_the_tunnel_is_let_go() -> None:
    refuser, tunnel = TdsRefuser(WORDS, offered), Tunnel()
    refuser.receive(prelogin(1))
    tunnel.shake(refuser, WHOLE, in_prelogin=True)
    turn = refuser.receive(login(0x74000004))
    assert turn.is_over
    assert turn.send[:1] in {b"", b"\x15"}


def test_nothing_of_a_login_comes_back() -> None:
    secret = "Secret123!".encode("utf-16-le")
    said = login(0x74000004)[:-20] + secret
    refuser, tunnel = TdsRefuser(WORDS, offered), Tunnel()
    refuser.receive(prelogin(1))
    tunnel.shake(refuser, WHOLE, in_prelogin=True)
    inside = tunnel.hear(refuser.receive(tunnel.say(said)).send)
    assert error_of(inside, wide=True)[2] == TEXT
    assert secret not in inside
