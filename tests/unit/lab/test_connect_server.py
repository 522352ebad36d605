"""The HTTP proxy's door."""

import pytest
from tests.unit.lab.parts import CLOSED, LAN, TARGET, StartLab, connect_request, http_reply

from farshore.lab.faults import RouterDead, RouteWithdrawn

pytestmark = pytest.mark.anyio


async def test_success_says_nothing_but_ok(start_lab: StartLab) -> None:
    async with start_lab() as lab:
        stream = await lab.open(lab.daemon.connect, connect_request(TARGET) + b"early")
        assert await stream.read_exactly(30) == b"HTTP/1.1 200 OK\r\n\r\nhello\nearly"
        stream.close()


async def test_a_failure_is_500_with_the_reason_and_the_connection_lives_on(start_lab: StartLab) -> None:
    async with start_lab() as lab:
        stream = await lab.open(lab.daemon.connect, connect_request(CLOSED))
        text = f"connect tcp {CLOSED}: connection was refused"
        status, headers, body = await http_reply(stream)
        assert (status, headers["tailscale-connect-error"], body) == (500, text, f"{text}\n")
        assert "tailscale-version" not in headers
        await stream.write(connect_request("172.16.20.88"))
        assert (await http_reply(stream))[2] == "address 172.16.20.88: missing port in address\n"
        await stream.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert (await http_reply(stream))[0] == 400
        await stream.write(connect_request(TARGET))
        assert await stream.read_until(b"hello\n")
        stream.close()


async def test_a_leak_has_no_tell(start_lab: StartLab) -> None:
    async with start_lab() as lab:
        lab.daemon.inject(RouteWithdrawn(LAN))
        stream = await lab.open(lab.daemon.connect, connect_request(TARGET))
        assert await stream.read_exactly(25) == b"HTTP/1.1 200 OK\r\n\r\nhello\n"
        stream.close()
        assert (lab.impostor.accepted, lab.target.accepted) == (1, 0)


async def test_a_dial_that_nobody_answers_lasts_until_the_client_leaves(start_lab: StartLab) -> None:
    async with start_lab() as lab:
        lab.daemon.inject(RouterDead("r1"))
        stream = await lab.open(lab.daemon.connect, connect_request(TARGET))
        stream.end_writing()
        assert await stream.read() == b""
        stream.close()


@pytest.mark.parametrize("sent", [b"CONNECT\r\n\r\n", b"\x16\x03\x01\r\n\r\n", b"CONNECT a:1 HTTP/1.1\r\n\r\n"])
async def test_what_is_not_http_is_told_so_and_hung_up_on(start_lab: StartLab, sent: bytes) -> None:
    async with start_lab() as lab:
        stream = await lab.open(lab.daemon.connect, sent)
        assert (await stream.read_until(b"\r\n")).startswith(b"HTTP/1.1 400 Bad Request")
        await stream.read_until(b"400 Bad Request")
        while await stream.read():
            pass
        stream.close()
