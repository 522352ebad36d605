import pytest
from tests.unit.wire.openings.cuts import heard, is_undecided, told

from farshore.wire.openings.mysql import USER, MysqlGoodbye, MysqlOpening
from farshore.wire.openings.opening import Foreign, Greeted, TurnedDown

REST = bytes.fromhex("07000000") + b"abcdefgh\0" + bytes(31) + b"mysql_native_password\0"
DENIED = b"\xff\x15\x04#28000Access denied"


def packet(number: int, payload: bytes) -> bytes:
    return len(payload).to_bytes(3, "little") + bytes([number]) + payload


def greeting(version: bytes) -> bytes:
    return packet(0, b"\x0a" + version + b"\0" + REST)


@pytest.mark.parametrize(
    ("version", "server"),
    [
        (b"8.0.36", "MySQL 8.0.36"),
        (b"5.5.5-10.11.19-MariaDB-0+deb12u1", "MariaDB 10.11.19"),
        (b"11.4.2-MariaDB", "MariaDB 11.4.2"),
    ],
)
def test_a_server_tells_its_version(version: bytes, server: str) -> None:
    end, said = told_server(greeting(version))
    assert end == server
    assert said == b""
    assert is_undecided(MysqlOpening, greeting(version))


def told_server(data: bytes) -> tuple[str, bytes]:
    """The same however it is cut; a good-bye is a new one each time."""
    ends = {server(heard(MysqlOpening(), pieces)) for pieces in cut(data)}
    assert len(ends) == 1
    return ends.pop()


def cut(data: bytes) -> list[list[bytes]]:
    twice = [[data[:at], data[at:]] for at in range(1, len(data))]
    return [[data], [data[at : at + 1] for at in range(len(data))], *twice]


def server(ended: tuple[object, bytes]) -> tuple[str, bytes]:
    end, said = ended
    assert isinstance(end, Greeted)
    assert isinstance(end.goodbye, MysqlGoodbye)
    return end.server, said


@pytest.mark.parametrize(
    ("payload", "says"),
    [
        (b"\xff\x10\x04#08004Too many connections", "error 1040: Too many connections"),
        (b"\xff\x69\x04Host is blocked", "error 1129: Host is blocked"),
        (b"\xff", "an error without a number"),
    ],
)
def test_an_error_is_the_servers_own_words(payload: bytes, says: str) -> None:
    assert told(MysqlOpening, packet(0, payload)) == (TurnedDown(server="MySQL", says=says), b"")


FOREIGN = (
    b"220 ready\r\n",
    b"\x05\x00\x00\x01\x0aabcd",
    b"\x00\x00\x00\x00",
    b"\xff\xff\xff\x00\x0a",
    packet(0, b"\x0b1.0\0"),
    packet(0, b"\x0a" + b"1" * 200),
)


@pytest.mark.parametrize("data", FOREIGN)
def test_anything_else_is_foreign(data: bytes) -> None:
    assert isinstance(heard(MysqlOpening(), [data])[0], Foreign)


def test_it_leaves_with_a_login_that_has_no_password() -> None:
    said = MysqlGoodbye().begin()
    assert said[3] == 1
    assert int.from_bytes(said[:3], "little") == len(said) - 4
    assert USER + b"\0\0mysql_native_password\0" in said


@pytest.mark.parametrize("number", [2, 4])
@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (DENIED, b""),
        (b"\x00\x00\x00\x02\x00\x00\x00", b"\x01\x00\x00\x00\x01"),
        (b"\xfecaching_sha2_password\0abcdefgh\0", None),
        (b"\x01\x04", None),
    ],
)
def test_it_answers_a_server_that_asks_on_and_quits_where_it_is_let_in(
    number: int, answer: bytes, said: bytes | None
) -> None:
    expected = bytes([0, 0, 0, number + 1]) if said is None else said
    for pieces in cut(packet(number, answer)):
        goodbye = MysqlGoodbye()
        goodbye.begin()
        assert b"".join(map(goodbye.receive, pieces)) == expected


def test_it_does_not_answer_for_ever() -> None:
    goodbye = MysqlGoodbye()
    goodbye.begin()
    assert [bool(goodbye.receive(packet(2, b"\x01\x04"))) for _ in range(5)] == [True, True, True, False, False]
