import pytest
from tests.unit.wire.openings.cuts import is_undecided, told

from farshore.wire.openings.opening import Foreign, Greeted, TurnedDown
from farshore.wire.openings.postgres import PostgresOpening

REQUEST = bytes.fromhex("00000008 04d21630")
OLD = b"SFATAL\0C0A000\0Munsupported frontend protocol 1234.5680: server supports 2.0 to 3.0\0\0"
FULL = b"SFATAL\0C53300\0Msorry, too many clients already\0\0"


def error(fields: bytes) -> bytes:
    return b"E" + (len(fields) + 4).to_bytes(4) + fields


@pytest.mark.parametrize(
    ("greeting", "server"),
    [
        (b"N", "PostgreSQL, no GSSAPI encryption"),
        (b"G", "PostgreSQL, GSSAPI encryption"),
        (error(OLD), "PostgreSQL before 12"),
    ],
)
def test_a_server_answers_the_request(greeting: bytes, server: str) -> None:
    assert told(PostgresOpening, greeting) == (Greeted(server=server), REQUEST)


def test_an_error_is_heard_to_its_end() -> None:
    end = TurnedDown(server="PostgreSQL", says="sorry, too many clients already")
    assert told(PostgresOpening, error(FULL)) == (end, REQUEST)
    assert is_undecided(PostgresOpening, error(FULL))


@pytest.mark.parametrize(
    "greeting", [b"SSH-2.0-OpenSSH_9.2\r\n", b"\x00", b"E\xff\xff\xff\xffS", b"E\0\0\0\x08\0\0\0\0"]
)
def test_anything_else_is_foreign(greeting: bytes) -> None:
    end, _ = told_once(greeting)
    assert isinstance(end, Foreign)


def test_what_it_sounds_like_is_told() -> None:
    end, _ = told_once(b"SSH-2.0-OpenSSH_9.2\r\n")
    assert isinstance(end, Foreign)
    assert "an SSH server" in end.says


def told_once(greeting: bytes) -> tuple[object, bytes]:
    opening = PostgresOpening()
    return opening.receive(greeting), opening.begin()
