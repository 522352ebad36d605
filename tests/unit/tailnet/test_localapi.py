import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from ipaddress import ip_address
from pathlib import Path

import pytest

from farshore.core.address import HostPort
from farshore.tailnet import localapi
from farshore.tailnet.localapi import (
    BusMask,
    DebugAction,
    LocalApi,
    LocalApiError,
    LocalApiFailure,
    PingKind,
    WhoIsNode,
)

pytestmark = pytest.mark.anyio

RUNNING = (Path(__file__).with_name("fixtures") / "running.json").read_bytes()

Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def answer(body: bytes, status: bytes = b"200 OK") -> bytes:
    return b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body), body)


class Daemon:
    """A unix socket that keeps what was asked and does what a script says."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.asked: list[bytes] = []
        self.connections = 0
        self.gone = asyncio.Event()
        self.reply: bytes | Script = answer(b"{}")

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                self.asked.append(await reader.readuntil(b"\r\n\r\n"))
                if isinstance(self.reply, bytes):
                    writer.write(self.reply)
                else:
                    await self.reply(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.gone.set()
            writer.close()


@asynccontextmanager
async def daemon_and_api() -> AsyncGenerator[tuple[Daemon, LocalApi], None]:
    with tempfile.TemporaryDirectory(prefix="farshore-") as folder:
        daemon = Daemon(Path(folder) / "s.sock")
        server = await asyncio.start_unix_server(daemon.serve, daemon.path)
        api = LocalApi(daemon.path)
        try:
            yield daemon, api
        finally:
            await api.aclose()
            server.close()
            await server.wait_closed()


async def failure_of(question: Awaitable[object]) -> LocalApiError:
    with pytest.raises(LocalApiError) as caught:
        await question
    assert caught.value.detail.isprintable()
    return caught.value


async def test_status_is_asked_with_the_host_that_tailscaled_takes() -> None:
    async with daemon_and_api() as (daemon, api):
        daemon.reply = answer(RUNNING)

        status = await api.status()

        assert [peer.host_name for peer in status.peers] == ["r1", "r2"]
        lines = daemon.asked[0].lower().split(b"\r\n")
        assert lines[0] == b"get /localapi/v0/status http/1.1"
        assert [line for line in lines if line.startswith(b"host:")] == [b"host: local-tailscaled.sock"]
        assert not [line for line in lines if line.startswith((b"origin:", b"referer:"))]


async def test_every_question_asks_its_own_path() -> None:
    async with daemon_and_api() as (daemon, api):
        await api.own_status()
        await api.prefs()
        await api.ping(ip_address("100.64.0.2"), PingKind.TSMP, timeout_s=5)
        await api.whois(ip_address("fd7a:115c:a1e0::2"))
        await api.debug(DebugAction.RESTUN)

        assert [request.split(b" HTTP")[0] for request in daemon.asked] == [
            b"GET /localapi/v0/status?peers=false",
            b"GET /localapi/v0/prefs",
            b"POST /localapi/v0/ping?ip=100.64.0.2&type=TSMP",
            b"GET /localapi/v0/whois?addr=fd7a:115c:a1e0::2",
            b"POST /localapi/v0/debug?action=restun",
        ]
        assert daemon.connections == 1


async def test_prefs_keep_tailscaleds_names() -> None:
    async with daemon_and_api() as (daemon, api):
        daemon.reply = answer(b'{"RouteAll":true,"AdvertiseRoutes":null}')

        assert await api.prefs() == {"RouteAll": True, "AdvertiseRoutes": None}


async def test_ping_has_both_ends() -> None:
    async with daemon_and_api() as (daemon, api):
        daemon.reply = answer(
            b'{"IP":"x","NodeIP":"100.64.0.2","NodeName":"r1","Err":"","LatencySeconds":0.001,"Endpoint":"10.0.0.1:41641"}'
        )
        pong = await api.ping(ip_address("172.16.20.88"), PingKind.DISCO, timeout_s=5)
        daemon.reply = answer(b'{"Err":"no matching peer"}')
        lost = await api.ping(ip_address("172.16.20.88"), PingKind.DISCO, timeout_s=5)

        assert (pong.node_ip, pong.node_name, pong.error, pong.latency_s) == ("100.64.0.2", "r1", "", 0.001)
        assert (pong.endpoint, pong.derp_region) == ("10.0.0.1:41641", "")
        assert lost.error == "no matching peer"


async def test_whois_knows_a_node_or_nobody() -> None:
    async with daemon_and_api() as (daemon, api):
        daemon.reply = answer(b'{"Node":{"StableID":"2","Name":"r1.tn.test.","Addresses":["100.64.0.2/32"]}}')
        assert await api.whois(ip_address("100.64.0.2")) == WhoIsNode(
            id="2", name="r1.tn.test.", addresses=("100.64.0.2/32",)
        )

        daemon.reply = answer(b"no match for IP:port\n", b"404 Not Found")
        assert await api.whois(ip_address("100.64.0.9")) is None


async def test_the_bus_gives_messages_cut_anywhere_without_their_nulls() -> None:
    messages = b'{"Version":"1.102.3","State":null}\n{"State":6}\n{"NetMap":{"x":null}}\n'

    async def dribble(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for at in range(0, len(messages), 3):
            part = messages[at : at + 3]
            writer.write(b"%x\r\n%s\r\n" % (len(part), part))
            await writer.drain()
        writer.write(b"0\r\n\r\n")

    async with daemon_and_api() as (daemon, api):
        daemon.reply = dribble
        mask = BusMask.PEER_STATE | BusMask.INITIAL_STATUS | BusMask.PEER_PATCHES

        async with aclosing(api.watch_bus(mask)) as bus:
            seen = [message async for message in bus]

        assert seen == [{"Version": "1.102.3"}, {"State": 6}, {"NetMap": {"x": None}}]
        assert daemon.asked[0].startswith(b"GET /localapi/v0/watch-ipn-bus?mask=311296 ")


async def test_closing_the_bus_releases_its_connection() -> None:
    async def forever(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{}\n\r\n")
        await reader.read()
        raise ConnectionResetError

    async with daemon_and_api() as (daemon, api):
        daemon.reply = forever

        async with aclosing(api.watch_bus(BusMask.ENGINE)) as bus:
            assert await anext(bus) == {}
            assert not daemon.gone.is_set()

        await asyncio.wait_for(daemon.gone.wait(), 20)


async def test_a_bus_that_breaks_off_is_an_error() -> None:
    async def break_off(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{}\n\r\n5\r\n{"')
        await writer.drain()
        raise ConnectionResetError

    async with daemon_and_api() as (daemon, api):
        daemon.reply = break_off

        async with aclosing(api.watch_bus(BusMask.ENGINE)) as bus:
            assert await anext(bus) == {}
            assert (await failure_of(anext(bus))).reason is LocalApiFailure.MALFORMED


async def test_the_log_is_told_record_by_record() -> None:
    records = b'{"text":"[logtap connected]\\n"}\n{"logtail":{"proc_seq":1},"text":"x"}\n'

    async with daemon_and_api() as (daemon, api):
        daemon.reply = answer(records)

        async with aclosing(api.tap_log()) as log:
            heard = [record async for record in log]

        assert heard == [{"text": "[logtap connected]\n"}, {"logtail": {"proc_seq": 1}, "text": "x"}]
        assert daemon.asked[0].startswith(b"GET /localapi/v0/logtap ")


async def test_a_refused_bus_is_an_error() -> None:
    async with daemon_and_api() as (daemon, api):
        daemon.reply = answer(b"watch ipn bus access denied\n", b"403 Forbidden")

        async with aclosing(api.watch_bus(BusMask.ENGINE)) as bus:
            error = await failure_of(anext(bus))

        assert error.reason is LocalApiFailure.NOT_PERMITTED
        assert error.detail == "tailscaled answered 403: watch ipn bus access denied"


async def test_no_socket_is_missing() -> None:
    error = await failure_of(LocalApi(Path("/nonexistent/tailscaled.sock")).status())

    assert error.reason is LocalApiFailure.MISSING
    assert error.detail == "/nonexistent/tailscaled.sock: No such file or directory"
    assert str(error) == error.detail


async def test_a_socket_that_nobody_serves_refuses(tmp_path: Path) -> None:
    plain_file = tmp_path / "file"
    plain_file.touch()

    assert (await failure_of(LocalApi(plain_file).status())).reason is LocalApiFailure.REFUSED
    assert (await failure_of(LocalApi(tmp_path / ("x" * 200)).status())).reason is LocalApiFailure.REFUSED


async def test_a_socket_behind_a_closed_door_is_not_permitted() -> None:
    async with daemon_and_api() as (daemon, api):
        own = os.geteuid()
        daemon.path.parent.chmod(0)
        if own == 0:
            os.seteuid(65534)
        try:
            error = await failure_of(api.status())
        finally:
            os.seteuid(own)
            daemon.path.parent.chmod(0o700)

        assert error.reason is LocalApiFailure.NOT_PERMITTED
        assert error.detail == f"{daemon.path}: Permission denied"


async def test_silence_is_a_timeout_and_the_connection_is_given_up() -> None:
    async def silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()
        raise ConnectionResetError

    async with daemon_and_api() as (daemon, api):
        daemon.reply = silent

        error = await failure_of(api.status(timeout_s=0.05))

        assert error.reason is LocalApiFailure.TIMEOUT
        assert error.detail == f"{daemon.path}: no answer within 0.05 s"
        await asyncio.wait_for(daemon.gone.wait(), 20)


async def test_an_answer_that_dribbles_for_ever_is_a_timeout() -> None:
    async def dribble(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        while not writer.is_closing():
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.001)

    async with daemon_and_api() as (daemon, api):
        daemon.reply = dribble

        assert (await failure_of(api.prefs(timeout_s=0.1))).reason is LocalApiFailure.TIMEOUT


@pytest.mark.parametrize(
    ("reply", "reason", "text"),
    [
        (
            answer(b"invalid localapi request\n", b"403 Forbidden"),
            LocalApiFailure.NOT_PERMITTED,
            "403: invalid localapi request",
        ),
        (answer(b"", b"500 Internal Server Error"), LocalApiFailure.DECLINED, "500: without a reason"),
        (answer(b"gone\nsecond", b"404 Not Found"), LocalApiFailure.DECLINED, "404: gone"),
        (answer(b"{"), LocalApiFailure.MALFORMED, "truncated"),
        (answer(b"[]"), LocalApiFailure.MALFORMED, "Expected `object`"),
        (answer(b'{"Self":{"Online":"yes"}}'), LocalApiFailure.MALFORMED, "$.Self.Online"),
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", LocalApiFailure.MALFORMED, "SSH-2.0"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 200_000, LocalApiFailure.MALFORMED, "long"),
    ],
)
async def test_an_answer_that_is_none_says_why(reply: bytes, reason: LocalApiFailure, text: str) -> None:
    async with daemon_and_api() as (daemon, api):
        daemon.reply = reply

        error = await failure_of(api.status())

        assert error.reason is reason
        assert text in error.detail


@pytest.mark.parametrize(
    "start", [b"", b"HTTP/1.1 200 OK\r\nContent-Le", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"]
)
async def test_an_answer_that_breaks_off_is_malformed(start: bytes) -> None:
    async def break_off(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(start)
        await writer.drain()
        raise ConnectionResetError

    async with daemon_and_api() as (daemon, api):
        daemon.reply = break_off

        assert (await failure_of(api.status())).reason is LocalApiFailure.MALFORMED


async def test_an_endless_answer_is_malformed(monkeypatch: pytest.MonkeyPatch) -> None:
    async def endless(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while not writer.is_closing():
            writer.write(b" " * 65536)
            await writer.drain()

    monkeypatch.setattr(localapi, "MAX_ANSWER", 1 << 16)
    async with daemon_and_api() as (daemon, api):
        daemon.reply = endless

        error = await failure_of(api.prefs(timeout_s=60))

        assert error.reason is LocalApiFailure.MALFORMED
        assert error.detail == "an answer of more than 65536 bytes"
        await asyncio.wait_for(daemon.gone.wait(), 20)


async def test_an_endless_message_on_the_bus_is_malformed(monkeypatch: pytest.MonkeyPatch) -> None:
    async def endless(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while not writer.is_closing():
            writer.write(b" " * 65536)
            await writer.drain()

    monkeypatch.setattr(localapi, "MAX_STATUS", 1 << 16)
    async with daemon_and_api() as (daemon, api):
        daemon.reply = endless

        async with aclosing(api.watch_bus(BusMask.ENGINE)) as bus:
            assert (await failure_of(anext(bus))).reason is LocalApiFailure.MALFORMED


async def test_a_daemon_that_came_back_is_asked_again() -> None:
    with tempfile.TemporaryDirectory(prefix="farshore-") as folder:
        path = Path(folder) / "s.sock"
        api = LocalApi(path)
        for _ in range(2):
            daemon = Daemon(path)
            server = await asyncio.start_unix_server(daemon.serve, path)
            daemon.reply = answer(b'{"Version":"1.102.3"}')
            assert (await api.status()).version == "1.102.3"

            async def leave(_: asyncio.StreamReader, __: asyncio.StreamWriter) -> None:
                raise ConnectionResetError

            daemon.reply = leave
            server.close()
            await failure_of(api.status())
            await server.wait_closed()
            path.unlink(missing_ok=True)
        await api.aclose()
        await api.aclose()


def test_the_module_alone_does_not_load_the_http_client() -> None:
    code = "import sys, farshore.tailnet.localapi; sys.exit('httpx2' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


async def test_a_key_goes_into_the_body_and_nowhere_else() -> None:
    bodies: list[bytes] = []

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        bodies.append(await reader.readuntil(b'"AuthKey":"tskey-auth-1"}'))
        writer.write(answer(b"", b"204 No Content"))

    async with daemon_and_api() as (daemon, api):
        daemon.reply = take
        await api.start({"RouteAll": True}, "tskey-auth-1")
    assert bodies == [b'{"UpdatePrefs":{"RouteAll":true},"AuthKey":"tskey-auth-1"}']
    assert daemon.asked[0].startswith(b"POST /localapi/v0/start HTTP")
    assert b"tskey" not in daemon.asked[0]


async def test_logging_in_and_out_have_no_answer_but_success() -> None:
    async with daemon_and_api() as (daemon, api):
        daemon.reply = answer(b"", b"204 No Content")
        await api.log_in()
        await api.log_out(timeout_s=5)
        daemon.reply = answer(b"login access denied\n", b"403 Forbidden")
        refused = await failure_of(api.log_in())
    asked = [head.partition(b" HTTP")[0] for head in daemon.asked]
    assert asked[:2] == [b"POST /localapi/v0/login-interactive", b"POST /localapi/v0/logout"]
    assert refused.reason is LocalApiFailure.NOT_PERMITTED


async def test_who_may_only_read_may_not_tell_tailscaled_what_to_do() -> None:
    async with daemon_and_api() as (daemon, api):
        daemon.reply = answer(b"debug access denied\n", b"403 Forbidden")
        error = await failure_of(api.debug(DebugAction.REBIND))
        assert error.reason is LocalApiFailure.NOT_PERMITTED
        assert "debug access denied" in error.detail


@pytest.mark.parametrize(
    ("reply", "failure"),
    [
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: ts-dial\r\nConnection: upgrade\r\n\r\nhello", None),
        (answer(b"", b"200 OK"), "no Tailscale route leads there"),
        (answer(b"dial failure: connection was refused\n", b"502 Bad Gateway"), "dial failure: connection was refused"),
    ],
)
async def test_a_dial_says_whether_the_target_was_reached(reply: bytes, failure: str | None) -> None:
    async with daemon_and_api() as (daemon, api):
        daemon.reply = reply
        target = HostPort(ip_address("172.16.20.88"), 1433)
        assert await api.dial(target, timeout_s=5) == failure
        head = daemon.asked[0].lower()
        assert head.startswith(b"post /localapi/v0/dial ")
        assert b"dial-host: 172.16.20.88\r\ndial-port: 1433\r\n" in head
        if failure is None:
            await daemon.gone.wait()
