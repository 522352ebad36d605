import struct

import pytest
from tests.unit.wire.openings.cuts import heard, is_undecided, told

from farshore.wire import tds
from farshore.wire.first_message import FirstMessage
from farshore.wire.openings.opening import Foreign, Greeted, TurnedDown
from farshore.wire.openings.tds import PRELOGIN, TdsOpening

# As SQL Server 2019 answers: version, encryption, instance, thread, MARS.
ANSWER = bytes.fromhex(
    "04 01 002b 0000 01 00"
    "00 001a 0006  01 0020 0001  02 0021 0001  03 0022 0000  04 0022 0001  ff"
    "0f 00 1039 0000  00  00  00"
)


def with_encryption(wanted: int) -> bytes:
    return ANSWER[:40] + bytes([wanted]) + ANSWER[41:]


def error(number: int, text: str) -> bytes:
    body = struct.pack("<BHIBBH", 0xAA, 8 + 2 * len(text), number, 1, 16, len(text)) + text.encode("utf-16-le")
    return struct.pack(">BBHHBB", 4, 1, 8 + len(body), 0, 1, 0) + body


def test_what_is_said_is_a_prelogin_and_nothing_else() -> None:
    assert tds.first_message(PRELOGIN) is FirstMessage.HARMLESS


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        (0, "encryption of the login"),
        (1, "encryption on"),
        (2, "no encryption"),
        (3, "encryption required"),
        (9, "no word on encryption"),
    ],
)
def test_the_answer_tells_version_and_encryption(wanted: int, says: str) -> None:
    server = f"SQL Server 2019 (15.0.4153), {says}"
    assert told(TdsOpening, with_encryption(wanted)) == (Greeted(server=server), PRELOGIN)
    assert is_undecided(TdsOpening, with_encryption(wanted))


def test_a_version_without_a_name_is_shown_as_it_is() -> None:
    end, _ = told(TdsOpening, ANSWER[:34] + b"\x63" + ANSWER[35:])
    assert end == Greeted(server="SQL Server (99.0.4153), encryption of the login")


def test_an_error_is_the_servers_own_words() -> None:
    end, _ = told(TdsOpening, error(17809, "too many"))
    assert end == TurnedDown(server="SQL Server", says="error 17809: too many")


FOREIGN = (
    b"SSH-2.0-OpenSSH_9.2\r\n",
    b"\x04\x00",
    b"\x04\x01\x00\x08\0\0\0\0",
    b"\x04\x01\xff\xff\0\0\0\0",
    b"\x04\x01\x00\x09\0\0\0\0\xff",
)


@pytest.mark.parametrize("greeting", FOREIGN)
def test_anything_else_is_foreign(greeting: bytes) -> None:
    assert isinstance(heard(TdsOpening(), [greeting])[0], Foreign)
