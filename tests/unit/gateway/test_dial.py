import asyncio
import errno
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Self

import pytest
from tests.ports import free_port
from tests.unit.gateway.clocks import HeldClock
from tests.unit.gateway.wires import Wire, door, open_descriptors, stay_silent, until

from farshore.config.model import Keepalive
from farshore.core.address import HostPort, parse_host
from farshore.core.outcome import Code, Phase
from farshore.gateway.dial import Dial, Port
from farshore.gateway.judge import Failure
from farshore.gateway.poller import Poller
from farshore.wire.connect import ConnectHandshake, LocalApiDialHandshake
from farshore.wire.handshake import Established, Handshake
from farshore.wire.socks5 import Socks5Handshake

pytestmark = pytest.mark.anyio

TARGET = HostPort(parse_host("172.16.20.88"), 1433)
CONNECT_S, REPLY_S = 0.25, 7.0
GRANTED = b"\x05\x00\x05\x00\x00\x01\x64\x40\x00\x01\xc0\x01"
HELD_BY_A_TEST = 64


class Result:
    """How a dial ended; counts that it was told once."""

    def __init__(self, poller: Poller) -> None:
        self.poller = poller
        self.upstream: Wire | None = None
        self.established: Established | None = None
        self.failure: Failure | None = None
        self.told = 0
        self._over = asyncio.Event()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.upstream is not None:
            self.upstream.close()

    def dial_succeeded(self, upstream: socket.socket, established: Established) -> None:
        self.told += 1
        assert upstream.gettimeout() == 0
        self.poller.remove_reader(upstream.fileno())
        self.upstream = Wire(upstream)
        self.established = established
        self._over.set()

    def dial_failed(self, failure: Failure) -> None:
        self.told += 1
        self.failure = failure
        self._over.set()

    async def failed(self) -> Failure:
        async with asyncio.timeout(30):
            await self._over.wait()
        assert self.told == 1
        assert self.failure is not None
        return self.failure

    async def succeeded(self) -> tuple[Wire, Established]:
        async with asyncio.timeout(30):
            await self._over.wait()
        assert self.failure is None, self.failure
        assert self.told == 1
        assert self.upstream is not None
        assert self.established is not None
        return self.upstream, self.established


def port_of(address: HostPort | Path, *, greets: bool = False, is_target: bool = False) -> Port:
    if isinstance(address, Path):
        family, where = socket.AF_UNIX, str(address)
    else:
        family = socket.AF_INET6 if ":" in str(address.host) else socket.AF_INET
        where = (str(address.host), address.port)  # type: ignore[assignment]
    return Port(
        family=family,
        address=where,
        label=str(address),
        connect_s=CONNECT_S,
        reply_s=REPLY_S,
        greets=greets,
        is_target=is_target,
    )


def dial(port: Port, handshake: Handshake | None, result: Result, clock: HeldClock | None = None) -> Dial:
    return Dial(port, handshake, result, clock or HeldClock(), result.poller)


@pytest.fixture(autouse=True)
def nothing_stays_open() -> Iterator[None]:
    before = {target for target in open_descriptors().values() if target.startswith("socket:")}
    yield
    after = {target for target in open_descriptors().values() if target.startswith("socket:")}
    assert after <= before


class Replies:
    """A script that notes the request and answers with fixed pieces, then waits to be left."""

    def __init__(self, *pieces: bytes, hang_up: bool = False) -> None:
        self.pieces = pieces
        self.hang_up = hang_up
        self.request = b""

    async def __call__(self, wire: Wire) -> None:
        self.request = await wire.receive(1)
        self.request += await self._rest(wire)
        for piece in self.pieces:
            await wire.send(piece)
            await asyncio.sleep(0)
        if not self.hang_up:
            await wire.receive_all()

    @staticmethod
    async def _rest(wire: Wire) -> bytes:
        try:
            return wire.sock.recv(4096)
        except BlockingIOError:
            return b""


async def test_a_socks_dial_sends_greeting_and_request_at_once_and_hands_the_socket_over(poller: Poller) -> None:
    script = Replies(GRANTED)
    async with door(script) as egress:
        with Result(poller) as result:
            started = dial(port_of(egress.address, greets=True), Socks5Handshake(TARGET), result)
            started.start()
            upstream, established = await result.succeeded()

            assert established.bound == HostPort(parse_host("100.64.0.1"), 49153)
            assert established.early == b""
            assert script.request == b"\x05\x01\x00\x05\x01\x00\x01\xac\x10\x14\x58\x05\x99"
            await upstream.send(b"SELECT")
            assert await egress.wires[0].receive(6) == b"SELECT"


@pytest.mark.parametrize(
    ("handshake", "reply"),
    [
        pytest.param(Socks5Handshake, GRANTED, id="socks5"),
        pytest.param(ConnectHandshake, b"HTTP/1.1 200 OK\r\n\r\n", id="connect"),
        pytest.param(
            LocalApiDialHandshake,
            b"HTTP/1.1 101 Switching Protocols\r\nTailscale-Version: 1.102.3\r\nConnection: upgrade\r\n\r\n",
            id="localapi",
        ),
    ],
)
@pytest.mark.parametrize("cut", ["whole", "dribbled", "coalesced"])
async def test_what_the_target_says_first_is_handed_over(
    handshake: type[Socks5Handshake], reply: bytes, cut: str, poller: Poller
) -> None:
    banner = b"SSH-2.0-OpenSSH\r\n"
    pieces = {
        "whole": (reply, banner),
        "dribbled": tuple(bytes([byte]) for byte in reply + banner),
        "coalesced": (reply + banner,),
    }[cut]
    async with door(Replies(*pieces)) as egress:
        with Result(poller) as result:
            dial(port_of(egress.address), handshake(TARGET), result).start()
            upstream, established = await result.succeeded()

            rest = len(banner) - len(established.early)
            assert established.early + await upstream.receive(rest) == banner
            if cut == "coalesced":
                assert established.early == banner


async def test_a_unix_socket_is_reached_too(tmp_path: Path, poller: Poller) -> None:
    script = Replies(b"HTTP/1.1 101 Switching Protocols\r\nTailscale-Version: 1.102.3\r\n\r\nhello")
    async with door(script, tmp_path / "s"):
        with Result(poller) as result:
            dial(port_of(tmp_path / "s"), LocalApiDialHandshake(TARGET), result).start()
            _, established = await result.succeeded()

    assert established == Established(early=b"hello", version="1.102.3")
    assert b"Dial-Host: 172.16.20.88\r\nDial-Port: 1433\r\n" in script.request


async def test_an_ipv6_port_is_reached_too(poller: Poller) -> None:
    async with door(Replies(GRANTED), "::1") as egress:
        with Result(poller) as result:
            dial(port_of(egress.address), Socks5Handshake(TARGET), result).start()
            await result.succeeded()


async def test_without_a_handshake_the_connection_itself_is_the_success(poller: Poller) -> None:
    async with door(stay_silent) as target:
        with Result(poller) as result:
            started = dial(port_of(target.address, is_target=True), None, result)
            assert started.phase is Phase.DIAL
            started.start()
            upstream, established = await result.succeeded()

            assert established == Established(early=b"")
            assert started.times.dial_ms is not None
            assert started.times.connect_ms is started.times.handshake_ms is None
            assert upstream.sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


async def test_a_far_end_on_another_host_is_watched_and_one_on_this_host_is_not(poller: Poller) -> None:
    keepalive = Keepalive(idle_s=31, interval_s=11, probes=4)
    async with door(stay_silent) as target:
        near = port_of(target.address, is_target=True)
        with Result(poller) as far_end, Result(poller) as near_end:
            dial(replace(near, keepalive=keepalive), None, far_end).start()
            dial(near, None, near_end).start()
            watched, _ = await far_end.succeeded()
            unwatched, _ = await near_end.succeeded()

            assert watched.sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
            assert watched.sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 31
            assert watched.sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL) == 11
            assert watched.sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT) == 4
            assert not unwatched.sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)


async def test_each_phase_is_timed_by_the_injected_clock(poller: Poller) -> None:
    clock = HeldClock()

    async def slow(wire: Wire) -> None:
        await wire.receive(13)
        clock.advance(0.5)
        await wire.send(GRANTED[:2])
        await until(lambda: started.times.handshake_ms is not None)
        clock.advance(0.25)
        await wire.send(GRANTED[2:])
        await wire.receive_all()

    async with door(slow) as egress:
        with Result(poller) as result:
            started = dial(port_of(egress.address, greets=True), Socks5Handshake(TARGET), result, clock)
            phases = [started.phase]
            started.start()
            await result.succeeded()
            phases.append(started.phase)

    assert (started.times.connect_ms, started.times.handshake_ms, started.times.dial_ms) == (0.0, 500.0, 250.0)
    assert phases == [Phase.CONNECT, Phase.DIAL]


@pytest.mark.parametrize(
    ("is_target", "code"), [(False, Code.EGRESS_REFUSED), (True, Code.TARGET_REFUSED)], ids=["egress", "target"]
)
async def test_nobody_listens(is_target: bool, code: Code, poller: Poller) -> None:  # noqa: FBT001
    nobody = HostPort(parse_host("127.0.0.1"), free_port())
    with Result(poller) as result:
        handshake = None if is_target else Socks5Handshake(TARGET)
        dial(port_of(nobody, is_target=is_target), handshake, result).start()
        failure = await result.failed()

    assert failure.code is code
    assert str(nobody) in failure.detail


async def test_a_unix_socket_that_is_missing(tmp_path: Path, poller: Poller) -> None:
    with Result(poller) as result:
        dial(port_of(tmp_path / "s"), LocalApiDialHandshake(TARGET), result).start()

        assert (await result.failed()).code is Code.EGRESS_MISSING


async def test_a_unix_socket_that_nobody_serves(tmp_path: Path, poller: Poller) -> None:
    with socket.socket(socket.AF_UNIX) as abandoned:
        abandoned.bind(str(tmp_path / "s"))
    with Result(poller) as result:
        dial(port_of(tmp_path / "s"), LocalApiDialHandshake(TARGET), result).start()

        assert (await result.failed()).code is Code.EGRESS_REFUSED


class Refusing(socket.socket):
    """A socket whose connect fails with a given errno."""

    error = 0

    def connect_ex(self, _address: object, /) -> int:
        return self.error


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errno.EACCES, Code.EGRESS_NOT_PERMITTED),
        (errno.EPERM, Code.EGRESS_NOT_PERMITTED),
        (errno.ETIMEDOUT, Code.EGRESS_SILENT),
        (errno.ENETUNREACH, Code.EGRESS_REFUSED),
    ],
)
async def test_what_connect_itself_says(
    monkeypatch: pytest.MonkeyPatch, error: int, code: Code, poller: Poller
) -> None:
    monkeypatch.setattr(Refusing, "error", error)
    monkeypatch.setattr(socket, "socket", Refusing)
    with Result(poller) as result:
        dial(port_of(HostPort(parse_host("127.0.0.1"), 1)), Socks5Handshake(TARGET), result).start()

        assert (await result.failed()).code is code


class Hesitating(socket.socket):
    """A socket whose connection takes a few turns of the loop."""

    calls = 0

    def connect_ex(self, address: object, /) -> int:
        self.calls += 1
        return errno.EALREADY if self.calls < 4 else super().connect_ex(address)  # type: ignore[arg-type]


@pytest.mark.parametrize("greets", [True, False])
async def test_a_connection_that_takes_its_time(
    monkeypatch: pytest.MonkeyPatch, poller: Poller, *, greets: bool
) -> None:
    async with door(Replies(GRANTED, b"hello")) as egress:
        port = port_of(egress.address, greets=greets)
        with Result(poller) as result:
            monkeypatch.setattr(socket, "socket", Hesitating)
            started = dial(port, Socks5Handshake(TARGET), result)
            started.start()
            monkeypatch.undo()
            assert (started.phase, len(poller)) == (Phase.CONNECT, 1)
            upstream, established = await result.succeeded()

            # It is watched for writing no longer: only the reader, which its owner took off, was left.
            assert len(poller) == 0
            assert established.early + await upstream.receive(5 - len(established.early)) == b"hello"


async def test_no_descriptor_is_left(monkeypatch: pytest.MonkeyPatch, poller: Poller) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    with Result(poller) as result:
        monkeypatch.setattr(socket, "socket", fail)
        dial(port_of(HostPort(parse_host("127.0.0.1"), 1)), Socks5Handshake(TARGET), result).start()
        failure = await result.failed()
        monkeypatch.undo()

    assert failure.code is Code.NO_DESCRIPTORS


@contextmanager
def full_backlog(path: Path) -> Iterator[socket.socket]:
    """A unix socket that takes no more connections until somebody accepts."""
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen(0)
        waiting: list[socket.socket] = []
        try:
            while True:
                waiting.append(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK))
                if waiting[-1].connect_ex(str(path)) == errno.EAGAIN:
                    break
                assert len(waiting) < HELD_BY_A_TEST
            yield listening
        finally:
            for sock in waiting:
                sock.close()


async def test_a_full_backlog_is_tried_again_until_there_is_room(tmp_path: Path, poller: Poller) -> None:
    with full_backlog(tmp_path / "s") as listening, Result(poller) as result:
        started = dial(port_of(tmp_path / "s"), None, result)
        started.start()
        assert result.told == 0

        listening.accept()[0].close()

        await result.succeeded()


async def test_a_backlog_that_stays_full_is_a_silent_egress(tmp_path: Path, poller: Poller) -> None:
    clock = HeldClock()
    with full_backlog(tmp_path / "s"), Result(poller) as result:
        started = dial(port_of(tmp_path / "s"), LocalApiDialHandshake(TARGET), result, clock)
        started.start()
        clock.advance(CONNECT_S - 0.01)
        started.check_deadline(clock.now_s)
        assert result.told == 0

        clock.advance(0.02)
        started.check_deadline(clock.now_s)

        assert (await result.failed()).code is Code.EGRESS_SILENT


async def test_an_aborted_dial_into_a_full_backlog_is_not_tried_again(tmp_path: Path, poller: Poller) -> None:
    with full_backlog(tmp_path / "s") as listening, Result(poller) as result:
        started = dial(port_of(tmp_path / "s"), LocalApiDialHandshake(TARGET), result)
        started.start()
        started.abort()
        started.abort()

        with Result(poller) as other:
            listening.accept()[0].close()
            dial(port_of(tmp_path / "s"), None, other).start()
            await other.succeeded()

        assert result.told == 0


@pytest.mark.parametrize(
    ("greets", "said", "code"),
    [
        pytest.param(True, b"", Code.HANDSHAKE_TIMEOUT, id="socks-hung"),
        pytest.param(True, b"\x05", Code.NO_ANSWER, id="socks-half-a-greeting"),
        pytest.param(True, b"\x05\x00", Code.NO_ANSWER, id="socks-greeted"),
        pytest.param(False, b"", Code.NO_ANSWER, id="greets-not"),
    ],
)
async def test_an_egress_that_goes_silent(greets: bool, said: bytes, code: Code, poller: Poller) -> None:  # noqa: FBT001
    clock = HeldClock()
    async with door(Replies(said)) as egress:
        with Result(poller) as result:
            started = dial(port_of(egress.address, greets=greets), Socks5Handshake(TARGET), result, clock)
            started.start()
            await until(lambda: started.times.connect_ms is not None)
            await until(lambda: not said or not greets or started.phase is Phase.DIAL)
            clock.advance(REPLY_S - 0.01)
            started.check_deadline(clock.now_s)
            assert result.told == 0

            clock.advance(0.02)
            started.check_deadline(clock.now_s)
            failure = await result.failed()
            started.check_deadline(clock.now_s + 100)

    assert failure.code is code
    assert "7.0 s" in failure.detail
    assert result.told == 1


async def test_a_direct_target_that_never_answers(poller: Poller) -> None:
    clock = HeldClock()
    nowhere = HostPort(parse_host("127.0.0.1"), 1)
    with Result(poller) as result, pytest.MonkeyPatch.context() as patch:
        patch.setattr(Refusing, "error", errno.EALREADY)
        patch.setattr(socket, "socket", Refusing)
        started = dial(port_of(nowhere, is_target=True), None, result, clock)
        started.start()
        clock.advance(CONNECT_S)
        started.check_deadline(clock.now_s)
        failure = await result.failed()

    assert failure.code is Code.TARGET_SILENT
    assert failure.detail == "nobody answered for 0.2 s"


@pytest.mark.parametrize(
    ("handshake", "said", "code"),
    [
        pytest.param(Socks5Handshake, b"SSH-2.0-OpenSSH_9.2\r\n", Code.HANDSHAKE_MALFORMED, id="socks-garbage"),
        pytest.param(Socks5Handshake, b"\x05\xff", Code.HANDSHAKE_REFUSED, id="socks-login"),
        pytest.param(Socks5Handshake, b"\x05\x00\x05\x01\x00\x01", Code.DIAL_FAILED, id="socks-failed"),
        pytest.param(ConnectHandshake, b"\x16\x03\x01" * 100, Code.HANDSHAKE_MALFORMED, id="http-garbage"),
        pytest.param(
            ConnectHandshake, b"HTTP/1.1 200 OK\r\n" + b"X-Pad: y\r\n" * 4000, Code.HANDSHAKE_MALFORMED, id="endless"
        ),
        pytest.param(
            LocalApiDialHandshake,
            b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 60\r\n\r\n"
            b"dial failure: connect tcp 172.16.20.88:1433: connection was ",
            Code.DIAL_FAILED,
            id="localapi-failed",
        ),
        pytest.param(
            LocalApiDialHandshake,
            b"HTTP/1.1 200 OK\r\nDial-Self: true\r\nDial-Addr: 172.16.20.88:1433\r\nContent-Length: 0\r\n\r\n",
            Code.LEAK,
            id="localapi-no-route",
        ),
    ],
)
async def test_an_egress_that_says_no_or_nonsense(
    handshake: type[Socks5Handshake], said: bytes, code: Code, poller: Poller
) -> None:
    async with door(Replies(said)) as egress:
        with Result(poller) as result:
            dial(port_of(egress.address), handshake(TARGET), result).start()

            assert (await result.failed()).code is code


@pytest.mark.parametrize("said", [b"", b"\x05", b"\x05\x00", GRANTED[:-1]])
async def test_an_egress_that_hangs_up(said: bytes, poller: Poller) -> None:
    async with door(Replies(said, hang_up=True)) as egress:
        with Result(poller) as result:
            dial(port_of(egress.address, greets=True), Socks5Handshake(TARGET), result).start()

            assert (await result.failed()).code is Code.HANDSHAKE_CLOSED


async def test_an_egress_that_resets(poller: Poller) -> None:
    async def reset(wire: Wire) -> None:
        await wire.receive(1)
        wire.reset()

    async with door(reset) as egress:
        with Result(poller) as result:
            dial(port_of(egress.address), Socks5Handshake(TARGET), result).start()
            failure = await result.failed()

        assert failure.code is Code.HANDSHAKE_CLOSED
        assert str(egress.address) in failure.detail


class Endless:
    """A handshake whose request does not fit into a socket's buffer."""

    def __init__(self) -> None:
        self.sent = b"r" * (16 << 20)

    def request(self) -> bytes:
        return self.sent

    def receive(self, data: bytes) -> Established:
        return Established(early=data)

    def receive_eof(self) -> None:
        raise AssertionError


async def test_a_request_that_does_not_fit_is_sent_in_pieces(poller: Poller) -> None:
    heard = 0

    async def listen(wire: Wire) -> None:
        nonlocal heard
        while heard < 16 << 20:
            heard += len(await asyncio.get_running_loop().sock_recv(wire.sock, 1 << 20))
        await wire.send(b"done")
        await wire.receive_all()

    async with door(listen) as egress:
        with Result(poller) as result:
            dial(port_of(egress.address), Endless(), result).start()  # type: ignore[arg-type]
            _, established = await result.succeeded()
            assert len(poller) == 0

    assert established.early == b"done"
    assert heard == 16 << 20


async def test_an_egress_that_leaves_while_it_is_spoken_to(poller: Poller) -> None:
    async def leave(wire: Wire) -> None:
        await wire.receive(1)
        wire.reset()

    async with door(leave) as egress:
        with Result(poller) as result:
            dial(port_of(egress.address), Endless(), result).start()  # type: ignore[arg-type]

            assert (await result.failed()).code is Code.HANDSHAKE_CLOSED


async def test_an_aborted_dial_tells_nobody_and_leaves_nothing(poller: Poller) -> None:
    async with door(Replies(b"")) as egress:
        with Result(poller) as result:
            started = dial(port_of(egress.address), Socks5Handshake(TARGET), result)
            started.start()
            await until(lambda: egress.accepted == 1)

            started.abort()
            started.abort()
            started.check_deadline(1e9)

            assert await egress.wires[0].receive_all()
            assert result.told == 0
