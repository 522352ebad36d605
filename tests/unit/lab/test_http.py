"""As much HTTP as the doors need."""

from http import HTTPStatus

import pytest

from farshore.core.clock import SystemClock
from farshore.lab.http import BadRequestError, Request, read_request, refusal_of_what_is_not_http, response
from farshore.lab.stream import Listener, Stream, connect

pytestmark = pytest.mark.anyio


async def _read(*sent: bytes, count: int = 1) -> list[Request | str]:
    """The requests, or the reasons why they are none, that a server reads from those segments."""
    read: list[Request | str] = []

    async def serve(stream: Stream) -> None:
        for _ in range(count):
            try:
                read.append(await read_request(stream))
            except BadRequestError as error:
                read.append(str(error))
                return

    async with Listener(serve).open() as listener:
        stream = await connect(listener.address)
        for piece in sent:
            await stream.write(piece)
        while await stream.read():
            pass
        stream.close()
    return read


WHOLE = b"POST /a/b?x=1&y=%2F HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nX-Name:  v \r\n\r\nabc"


async def test_requests_are_read_however_they_are_cut() -> None:
    for sent in ([WHOLE * 2], [bytes((byte,)) for byte in WHOLE * 2]):
        for request in await _read(*sent, count=2):
            assert isinstance(request, Request)
            assert (request.method, request.path, request.body) == ("POST", "/a/b", b"abc")
            assert (request.value("x"), request.value("y"), request.value("z")) == ("1", "/", "")
            assert request.headers["x-name"] == "v"


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", "400 Bad Request: missing required Host header"),
        (b"GET /\r\n\r\n", "400 Bad Request"),
        (b"GET / FTP/1.1\r\nHost: h\r\n\r\n", "400 Bad Request"),
        (b"GET / HTTP/1.1\r\nHost: h\r\nContent-Length: x\r\n\r\n", "400 Bad Request"),
        (b"GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 9999999\r\n\r\n", "400 Bad Request"),
    ],
)
async def test_what_is_none_is_said_so(sent: bytes, reason: str) -> None:
    assert await _read(sent) == [reason]
    assert refusal_of_what_is_not_http(BadRequestError(reason)).endswith(reason.encode())


def test_a_response_has_a_length_unless_something_else_follows() -> None:
    whole = response(SystemClock(), HTTPStatus.OK, b"abc", content_type="text/plain", headers={"B": "1", "A": "2"})
    assert whole.startswith(b"HTTP/1.1 200 OK\r\nA: 2\r\nB: 1\r\nContent-Type: text/plain\r\nDate: ")
    assert whole.endswith(b" GMT\r\nContent-Length: 3\r\n\r\nabc")
    head = response(SystemClock(), HTTPStatus.SWITCHING_PROTOCOLS, None, headers={})
    assert head.startswith(b"HTTP/1.1 101 Switching Protocols\r\n")
    assert b"Content-Length" not in head
