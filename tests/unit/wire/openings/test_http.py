import pytest
from tests.unit.wire.openings.cuts import heard, is_undecided, told

from farshore.wire.openings.http import HEAD, HttpOpening
from farshore.wire.openings.opening import MAX_GREETING_BYTES, Foreign, Greeted, TurnedDown


@pytest.mark.parametrize(
    ("answer", "server"),
    [
        (b"HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nX: y\r\n\r\n", "HTTP/1.1 200, nginx/1.22.1"),
        (b"HTTP/1.0 404 Not Found\r\nserver:thing\r\n\r\n", "HTTP/1.0 404, thing"),
        (b"HTTP/1.1 301\r\n\r\n", "HTTP/1.1 301"),
    ],
)
def test_a_server_answers(answer: bytes, server: str) -> None:
    assert told(HttpOpening, answer) == (Greeted(server=server), HEAD)
    assert is_undecided(HttpOpening, answer)


def test_a_server_that_cannot_serve_says_so() -> None:
    end, _ = told(HttpOpening, b"HTTP/1.1 503 Service Unavailable\r\nServer: a\r\n\r\n")
    assert end == TurnedDown(server="a", says="HTTP/1.1 503 Service Unavailable")


@pytest.mark.parametrize(
    "data", [b"\x15\x03\x01\x00\x02\x02\x16", b"SSH-2.0-x\r\n", b"HTTP/2 200\r\n", b"HTTP/1.1 nine\r\n"]
)
def test_anything_else_is_foreign(data: bytes) -> None:
    assert isinstance(heard(HttpOpening(), [data])[0], Foreign)


def test_a_head_without_end_is_given_up() -> None:
    pieces = [b"HTTP/1.1 200 OK\r\n", *[b"a: b\r\n"] * (MAX_GREETING_BYTES // 6)]
    assert isinstance(heard(HttpOpening(), pieces)[0], Foreign)
