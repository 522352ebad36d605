"""Whatever bytes come to the admin listener, it answers with less than 500 or hangs up, and goes on answering."""

import asyncio
import logging
import random
import re
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
from tests.unit.surface.page.showing import Shown, end, record
from tests.unit.surface.seen import connection_state

from farshore.core.address import LOOPBACK, HostPort
from farshore.core.outcome import Code
from farshore.surface import http
from farshore.surface.http import HttpServer, admin_app, bind
from farshore.surface.page.site import Keys, Site

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(200)]

TOKEN = "a-token-of-this-test"
ROUNDS = 1500
AT_ONCE = 50
# As long as an answer is waited for before the client says that it has no more to say; nothing is judged by it.
MOMENT_S = 0.3
PATIENCE_S = 30
ENOUGH = 8 << 20
HOSTILE = "<script>alert(1)</script>\n\x1b[2J\u202e"
PATHS = (
    "/", "/stats", "/connections?route=a&contains=b&sort=age&offset=100", "/connections?part=table", "/routes/x",
    "/login?next=/", "/static/page.js", "/static/../../../etc/passwd", "/incidents/2023-11-14-1", "/nothing",
    "/incidents/..%2f..%2fetc/report", "/api/v1/routes", "/api/v1/connections?limit=10&offset=0", "/api/v1/history",
    "/api/v1/endings?within_s=60", "/api/v1/tailscaled", "/api/v1/stream", "/api/v1/incidents", "/api/v1/alerts",
    "/api/v1/notifications",
)  # fmt: skip
PIECES = (
    b"%", b"%zz", b"%00", b"%ff%fe", b"%2e%2e%2f", b"\0", b"\xff", b"\r\n", b"\n", b"\r", b" ", b"\t", b"?", b"#",
    b"//", b"/../", b"\\", b";", b"=", b"&", b"+", b"\xc3\xa9", b"0\r\n\r\n", b"-1\r\nx", b"HTTP/1.1", b"HTTP/9.9",
    b"Transfer-Encoding: chunked\r\n", b"Content-Length: -1\r\n", b"Content-Length: 99999999999999999999\r\n",
    b"Content-Length: 3\r\n", b"Expect: 100-continue\r\n", b"Host: a\r\n", b"Host:\r\n", b"Host: 127.0.0.1/login?\r\n",
    b"Connection: close\r\n", b"Upgrade: websocket\r\n", b'Cookie: farshore-token=\xff; a="\\\r\n',
    b"Authorization: Bearer \xe9\r\n", b"Origin: http://[::1\r\n", b"If-None-Match: \xff\r\n", b"Accept: text/html\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"GET http://evil.example/stats HTTP/1.1\r\n",
    b"GET /stats HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", "\uff11".encode(), b"9" * 5000, b"a" * 20_000, b"X: y\r\n" * 300,
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
)  # fmt: skip
HOME = b"Host: 127.0.0.1\r\n"
LOGIN = b"POST /login HTTP/1.1\r\nOrigin: http://127.0.0.1\r\n" + HOME
CHUNKED, LONG = b"Transfer-Encoding: chunked\r\n\r\n", b"Content-Length: 999999999999\r\n\r\n"
CHUNKS = b"1\r\na\r\n" * 700
Chance = random.Random


def request(chance: Chance) -> bytes:
    """A good one."""
    credentials = f"Authorization: Bearer {TOKEN}\r\n" if chance.random() < 0.8 else "Origin: http://127.0.0.1\r\n"
    head = f"Host: 127.0.0.1\r\n{credentials}"
    match chance.randrange(6):
        case 0:
            body = f"token={TOKEN}&next=/connections"
            return f"POST /login HTTP/1.1\r\n{head}Content-Length: {len(body)}\r\n\r\n{body}".encode()
        case 1:
            chunks = "5\r\ntoken\r\n3;x=y\r\n=ab\r\n0\r\nTrailer: x\r\n\r\n"
            return f"POST /login HTTP/1.1\r\n{head}Transfer-Encoding: chunked\r\n\r\n{chunks}".encode()
        case 2:
            return f"POST /api/v1/connections/7/end HTTP/1.1\r\n{head}\r\n".encode()
        case _:
            return f"GET {chance.choice(PATHS)} HTTP/1.1\r\n{head}Accept: text/html\r\n\r\n".encode()


def _cut(data: bytes, chance: Chance) -> bytes:
    return data[: chance.randrange(len(data) + 1)]


def _insert(data: bytes, chance: Chance) -> bytes:
    at = chance.randrange(len(data) + 1)
    return data[:at] + chance.choice(PIECES) + data[at:]


def _flip(data: bytes, chance: Chance) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.randrange(1, 4)):
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def _twice(data: bytes, chance: Chance) -> bytes:
    a, b = sorted(chance.randrange(len(data) + 1) for _ in range(2))
    return data[:b] + data[a:]


def _pipelined(data: bytes, chance: Chance) -> bytes:
    return data + b"".join(request(chance) for _ in range(chance.randrange(1, 5)))


MUTATIONS: tuple[Callable[[bytes, Chance], bytes], ...] = (_cut, _insert, _insert, _flip, _twice, _pipelined)


@dataclass
class Listener:
    port: int
    server: HttpServer
    ended: list[int]
    broken: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    async def said_to(self, data: bytes) -> bytes:
        """What comes back until the end; a client that is told nothing for a moment ends its side."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        heard = b""
        with suppress(ConnectionError):
            writer.write(data)
            with suppress(TimeoutError):
                async with asyncio.timeout(MOMENT_S):
                    heard = await reader.read(1 << 16)
            writer.write_eof()
            async with asyncio.timeout(PATIENCE_S):
                while len(heard) < ENOUGH and (more := await reader.read(1 << 16)):
                    heard += more
        writer.close()
        return heard

    async def taken_of(self, head: bytes, endless: bytes) -> int:
        """How much it takes of something without an end before it hangs up."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        taken = 0
        with suppress(ConnectionError):
            writer.write(head)
            async with asyncio.timeout(PATIENCE_S):
                while taken < ENOUGH and not reader.at_eof():
                    writer.write(endless)
                    taken += len(endless)
                    await writer.drain()
        writer.close()
        return taken


@asynccontextmanager
async def listener() -> AsyncIterator[Listener]:
    shown = Shown(records=(record(),))
    shown.gateway.connection_states = [connection_state(number) for number in range(50)]
    shown.pulse.announce(end(Code.NO_ANSWER, detail=HOSTILE))
    ended: list[int] = []

    def end_connection(number: int) -> bool:
        ended.append(number)
        return number == 7

    site = Site(shown.views, shown.pulse, shown.clock, Keys(token=TOKEN, end_connection=end_connection))
    listening = bind(HostPort(LOOPBACK, 0))
    assert isinstance(listening, socket.socket)
    app = admin_app(shown.views, HostPort(LOOPBACK, 0), site.routes(), token=TOKEN)
    found = Listener(listening.getsockname()[1], HttpServer(app, site.close), ended)
    asyncio.get_running_loop().set_exception_handler(lambda _, context: found.broken.append(context))
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(found.server.serve([listening]))
        yield found
        found.server.stop()


async def gone(found: Listener) -> None:
    """Until nobody is connected any more."""
    async with asyncio.timeout(PATIENCE_S):
        while found.server.server_state.connections:  # noqa: ASYNC110 - uvicorn tells nobody
            await asyncio.sleep(0.01)


def faults(heard: bytes) -> list[bytes]:
    """The statuses that say that the program is wrong; none stands in a page."""
    return [status for status in re.findall(rb"^HTTP/1\.1 (\d{3}) ", heard, re.MULTILINE) if status >= b"500"]


async def test_no_bytes_break_it(caplog: pytest.LogCaptureFixture) -> None:
    chance = random.Random(20261123)  # noqa: S311 - no secret, and the same every time
    statuses: set[bytes] = set()

    async def one(data: bytes) -> None:
        heard = await found.said_to(data)
        statuses.update(re.findall(rb"^HTTP/1\.1 (\d{3}) ", heard, re.MULTILINE))
        assert faults(heard) == [], data[:400]
        assert b"Traceback" not in heard
        assert HOSTILE.encode() not in heard

    with caplog.at_level(logging.ERROR):
        async with listener() as found:
            for _ in range(ROUNDS // AT_ONCE):
                said = []
                for _ in range(AT_ONCE):
                    data = request(chance)
                    for _ in range(chance.randrange(1, 4)):
                        data = chance.choice(MUTATIONS)(data or b"\r\n", chance)
                    said.append(data)
                await asyncio.gather(*(one(data) for data in said))
            await gone(found)
            whole = await found.said_to(
                f"GET /stats HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {TOKEN}\r\n\r\n".encode()
            )
    assert whole.startswith(b"HTTP/1.1 200 ")
    assert found.broken == []
    assert caplog.records == []
    assert {b"200", b"400", b"401"} <= statuses
    assert set(found.ended) <= {7}


@pytest.mark.parametrize(
    ("head", "endless"),
    [
        (b"", b"G" * 4096),
        (b"GET /", b"a" * 4096),
        (b"GET / HTTP/1.1\r\nX: ", b"a" * 4096),
        (b"GET / HTTP/1.1\r\n", b"X: y\r\n" * 700),
        (LOGIN + LONG, b"a" * 4096),
        (LOGIN + CHUNKED, CHUNKS),
        (b"POST /api/v1/connections/7/end HTTP/1.1\r\n" + HOME + CHUNKED, CHUNKS),
        (b"POST /nothing HTTP/1.1\r\n" + HOME + LONG, b"a" * 4096),
    ],
)
async def test_what_has_no_end_is_not_taken_for_ever(head: bytes, endless: bytes) -> None:
    async with listener() as found:
        taken = await found.taken_of(head, endless)
        await gone(found)
    assert taken < ENOUGH
    assert found.broken == []


async def test_a_body_that_drips_holds_its_connection_no_longer_than_a_connection_may_last(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(http, "MAX_CONNECTION_AGE_S", 0.5)
    head = LOGIN + b"Content-Length: 4000\r\n\r\n"
    async with listener() as found:
        reader, writer = await asyncio.open_connection("127.0.0.1", found.port)
        writer.write(head + b"t")
        with suppress(ConnectionError):
            async with asyncio.timeout(PATIENCE_S):
                assert b"HTTP/1.1 2" not in await reader.read()
        writer.close()
        await gone(found)
    assert found.broken == []
