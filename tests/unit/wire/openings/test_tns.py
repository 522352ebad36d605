import struct

import pytest
from tests.unit.wire.openings.cuts import heard, is_undecided, told

from farshore.wire import tns
from farshore.wire.first_message import FirstMessage
from farshore.wire.openings.opening import Foreign, Greeted, TurnedDown
from farshore.wire.openings.tns import MAX_RESENDS, PING, TnsOpening

PONG = b"(DESCRIPTION=(TMP=)(VSNNUM=318767104)(ERR=0)(ALIAS=LISTENER))"
OLD_PONG = b"(DESCRIPTION=(TMP=)(VSNNUM=186647552)(ERR=0)(ALIAS=LISTENER))"
NO_SERVICE = b"(DESCRIPTION=(TMP=)(VSNNUM=318767104)(ERR=12514)(ERROR_STACK=(ERROR=(CODE=12514)(EMFI=4))))"
ELSEWHERE = b"(ADDRESS=(PROTOCOL=TCP)(HOST=172.16.20.89)(PORT=1522))"
RESEND = bytes.fromhex("0008 0000 0b 00 0000")


def packet(kind: int, body: bytes) -> bytes:
    return struct.pack(">HHBBH", 8 + len(body), 0, kind, 0, 0) + body


def refuse(data: bytes) -> bytes:
    return packet(4, struct.pack(">BBH", 34, 0, len(data)) + data)


def redirect(data: bytes) -> bytes:
    return packet(5, struct.pack(">H", len(data)) + data)


def test_what_is_said_is_a_connect_that_asks_for_no_service() -> None:
    assert tns.first_message(PING) is FirstMessage.HARMLESS
    assert PING.endswith(b"(DESCRIPTION=(CONNECT_DATA=(COMMAND=ping)))")
    assert b"SERVICE_NAME" not in PING


@pytest.mark.parametrize(
    ("answer", "server"),
    [
        (refuse(PONG), "Oracle listener 19.0.0.0.0"),
        (refuse(OLD_PONG), "Oracle listener 11.2.0.4.0"),
        (refuse(b""), "Oracle listener"),
        (packet(2, bytes(16)), "Oracle listener, accepts"),
        (redirect(ELSEWHERE), "Oracle listener, redirects to 172.16.20.89:1522"),
    ],
)
def test_a_listener_tells_its_version_or_where_it_sends_a_client(answer: bytes, server: str) -> None:
    assert told(TnsOpening, answer) == (Greeted(server=server), PING)
    assert is_undecided(TnsOpening, answer)


def test_a_redirect_whose_data_are_still_under_way_is_one() -> None:
    assert told(TnsOpening, redirect(b""))[0] == Greeted(server="Oracle listener, redirects")


def test_an_error_is_the_listeners_own_words() -> None:
    end, _ = told(TnsOpening, refuse(NO_SERVICE))
    assert end == TurnedDown(server="Oracle listener 19.0.0.0.0", says=f"ORA-12514: {NO_SERVICE.decode()}")


def test_a_listener_that_asks_again_is_told_again() -> None:
    assert heard(TnsOpening(), [RESEND, refuse(PONG)]) == (Greeted(server="Oracle listener 19.0.0.0.0"), 2 * PING)


def test_a_listener_that_asks_for_ever_is_none() -> None:
    end, said = heard(TnsOpening(), [RESEND] * (MAX_RESENDS + 1))
    assert isinstance(end, Foreign)
    assert said == PING * (1 + MAX_RESENDS)


FOREIGN = (b"220 ready\r\n", b"\x00\x07", b"\xff\xff", b"\x00\x20\x00\x00\x06\x00", b"\x00\x20\x01", RESEND + b"x")


@pytest.mark.parametrize("data", FOREIGN)
def test_anything_else_is_foreign(data: bytes) -> None:
    assert isinstance(heard(TnsOpening(), [data])[0], Foreign)
