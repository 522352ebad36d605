import struct
from dataclasses import replace

import pytest
from tests.unit.wire.refusal.cutting import TEXT, WORDS, cuts, hear
from tests.unit.wire.refusal.tunnels import SIZES, WHOLE, Tunnel, offered, tell
from tests.unit.wire.test_postgres import GSS_ENC_REQUEST, SSL_REQUEST, STARTUP

from farshore.wire.refusal.postgres import PostgresRefuser
from farshore.wire.refusal.turn import Why

CANCEL_REQUEST = struct.pack(">IIII", 16, 80877102, 1, 2)


def fields(answer: bytes) -> dict[str, str]:
    assert answer[:1] == b"E"
    assert int.from_bytes(answer[1:5]) == len(answer) - 1
    *parts, end, after = answer[5:].split(b"\0")
    assert (end, after) == (b"", b"")
    return {part[:1].decode(): part[1:].decode() for part in parts}


@pytest.mark.parametrize("asked", [b"", SSL_REQUEST, GSS_ENC_REQUEST, GSS_ENC_REQUEST + SSL_REQUEST])
def test_a_login_is_answered_however_it_is_cut(asked: bytes) -> None:
    declined = b"N" * (len(asked) // 8)
    for pieces in cuts(asked + STARTUP):
        turn = hear(PostgresRefuser(WORDS), pieces)
        assert turn.is_over
        assert turn.send.startswith(declined)
        told = fields(turn.send[len(declined) :])
        assert told == {"S": "FATAL", "V": "FATAL", "C": "57P03", "M": TEXT}


def test_what_it_means_and_what_to_do_have_places_of_their_own() -> None:
    words = replace(WORDS, detail="Nobody answered.", hint="Look at the router.")
    told = fields(hear(PostgresRefuser(words), [STARTUP]).send)
    assert (told["M"], told["D"], told["H"]) == (TEXT, "Nobody answered.", "Look at the router.")


@pytest.mark.parametrize(
    ("why", "state"), [(Why.FULL, "53300"), (Why.NOT_ALLOWED, "08004"), (Why.ENDING, "57P03"), (Why.NO_WAY, "57P03")]
)
def test_each_kind_has_a_state_of_its_own_and_none_blames_the_login(why: Why, state: str) -> None:
    turn = hear(PostgresRefuser(replace(WORDS, why=why)), [STARTUP])
    assert fields(turn.send)["C"] == state
    assert not state.startswith("28")


@pytest.mark.parametrize(
    "said",
    [
        CANCEL_REQUEST,
        struct.pack(">II", 8, 2 << 16),
        struct.pack(">II", 20000, 3 << 16),
        struct.pack(">II", 3, 3 << 16),
        b"GET / HTTP/1.1\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01",
    ],
)
def test_whoever_wants_something_else_is_told_nothing(said: bytes) -> None:
    for pieces in cuts(said):
        turn = hear(PostgresRefuser(WORDS), pieces)
        assert (turn.send, turn.is_over) == (b"", True)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("asked", [SSL_REQUEST, GSS_ENC_REQUEST + SSL_REQUEST, b""])
def test_a_login_inside_tls_is_answered_there(asked: bytes, size: int) -> None:
    refuser, tunnel = PostgresRefuser(WORDS, offered), Tunnel("postgresql")
    assert tell(refuser, asked, size).send == b"N" * (len(asked) // 16) + b"S" * bool(asked)
    tunnel.shake(refuser, size)
    turn = tell(refuser, tunnel.say(STARTUP), size)
    assert turn.is_over
    assert fields(tunnel.hear(turn.send))["M"] == TEXT
    assert TEXT.encode() not in turn.send
    assert tunnel.tls.selected_alpn_protocol() == "postgresql"


def test_what_follows_the_request_without_waiting_is_heard_inside_tls() -> None:
    refuser, tunnel = PostgresRefuser(WORDS, offered), Tunnel()
    turn = refuser.receive(SSL_REQUEST + tunnel.hello())
    assert (turn.send[:2], turn.is_over) == (b"S\x16", False)


@pytest.mark.parametrize("said", [STARTUP, CANCEL_REQUEST, b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x00\x05hello"])
def test_who_does_not_go_on_with_tls_is_told_nothing_in_the_clear(said: bytes) -> None:
    turn = tell(PostgresRefuser(WORDS, offered), SSL_REQUEST + said, WHOLE)
    assert turn.is_over
    assert turn.send[:1] == b"S"
    assert b"farshore" not in turn.send
    assert turn.send[1:2] in {b"", b"\x15"}


@pytest.mark.parametrize("said", [CANCEL_REQUEST, b"GET / HTTP/1.1\r\n\r\n"])
def test_who_wants_something_else_inside_tls_is_told_nothing(said: bytes) -> None:
    refuser, tunnel = PostgresRefuser(WORDS, offered), Tunnel()
    tunnel.shake(refuser, WHOLE)
    turn = tell(refuser, tunnel.say(said), WHOLE)
    assert (turn.send, turn.is_over) == (b"", True)


def test_who_does_not_trust_the_certificate_is_let_go() -> None:
    refuser, tunnel = PostgresRefuser(WORDS, offered), Tunnel(verifies=True)
    turn = refuser.receive(tunnel.hello())
    turn = refuser.receive(tunnel.complain(turn.send))
    assert (turn.send, turn.is_over) == (b"", True)
