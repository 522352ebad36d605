"""Attempts over egresses that answer as the test wants."""

import asyncio
import socket
from ipaddress import ip_address

from tests.unit.gateway.clocks import HeldClock
from tests.unit.gateway.tailnets import (
    ROUTER,
    StubApi,
    document,
    node,
)
from tests.unit.gateway.wires import Door, Wire, until

from farshore.config.model import Timeouts
from farshore.core.address import HostPort, parse_host_port
from farshore.gateway.attempt import Attempt, Surroundings
from farshore.gateway.dial import Port
from farshore.gateway.egress import Egress, Speech, Way
from farshore.gateway.judge import Failure
from farshore.gateway.ownership import Ownership
from farshore.gateway.poller import Poller

TARGET = parse_host_port("172.16.20.88:1433")
VIA = parse_host_port("[fd7a:115c:a1e0:b1a:0:1:ac10:1458]:1433")
VIA_ROUTED = document(node("router", ROUTER, "fd7a:115c:a1e0:b1a:0:1:ac10:1400/120"))
OLD = document(node("router", ROUTER, "172.16.20.0/24"), version="1.96.4")
TIMEOUTS = Timeouts(connect_s=0.25, dial_s=7.0)
FAILED = b"\x05\x00\x05\x01\x00\x01\x00\x00\x00\x00\x00\x00"
CONNECTED = b"HTTP/1.1 200 OK\r\n\r\n"


def granted(bound: str) -> bytes:
    """A SOCKS5 success whose connection is bound to that address."""
    packed = ip_address(bound).packed
    return b"\x05\x00\x05\x00\x00" + (b"\x01" if len(packed) == 4 else b"\x04") + packed + b"\xc0\x01"


class Answering:
    """An egress that answers every dial with fixed bytes; what the client says after that is its evidence."""

    def __init__(self, reply: bytes) -> None:
        self.reply = reply
        self.after_the_reply = b""
        self.requests: list[bytes] = []

    async def __call__(self, wire: Wire) -> None:
        self.requests.append(await asyncio.get_running_loop().sock_recv(wire.sock, 4096))
        await wire.send(self.reply)
        self.after_the_reply += (await wire.receive_all())[0]


class End:
    """How an attempt ended; counts that it was told once."""

    def __init__(self, poller: Poller) -> None:
        self.poller = poller
        self.upstream: Wire | None = None
        self.early = b""
        self.failure: Failure | None = None
        self.told = 0

    def attempt_succeeded(self, upstream: socket.socket, early: bytes) -> None:
        self.told += 1
        self.poller.remove_reader(upstream.fileno())
        self.upstream, self.early = Wire(upstream), early

    def attempt_failed(self, failure: Failure) -> None:
        self.told += 1
        self.failure = failure

    async def wait(self) -> None:
        await until(lambda: self.told > 0)
        await asyncio.sleep(0)
        assert self.told == 1

    async def failed(self) -> Failure:
        await self.wait()
        assert self.failure is not None
        return self.failure

    async def succeeded(self) -> Wire:
        await self.wait()
        assert self.failure is None, self.failure
        assert self.upstream is not None
        return self.upstream


class Reach:
    """Makes attempts, and closes what they gave."""

    def __init__(self, poller: Poller, clock: HeldClock) -> None:
        self.poller = poller
        self.clock = clock
        self.ends: list[End] = []

    def make(self, egress: Egress, target: HostPort = TARGET, *, tolerate_leaks: bool = False) -> tuple[Attempt, End]:
        end = End(self.poller)
        self.ends.append(end)
        shared = Surroundings(clock=self.clock, poller=self.poller, timeouts=TIMEOUTS)
        return Attempt(egress, target, end, shared, tolerate_leaks=tolerate_leaks), end

    def start(self, egress: Egress, target: HostPort = TARGET, *, tolerate_leaks: bool = False) -> End:
        attempt, end = self.make(egress, target, tolerate_leaks=tolerate_leaks)
        attempt.start()
        return end

    def egress(
        self, speech: Speech, port: Door | None, api: StubApi | None = None, *own: str, fallback: Way | None = None
    ) -> Egress:
        return Egress(
            name="tailnet",
            kind=speech.value,
            way=self.way(speech, port),
            fallback=fallback,
            ownership=None if api is None else self._ownership(api),
            own_ips=frozenset(ip_address(address) for address in own),
        )

    def way(self, speech: Speech, port: Door | None) -> Way:
        if port is None:
            return Way(speech=speech, port=None)
        address = (str(port.address.host), port.address.port)
        at = Port(
            family=socket.AF_INET,
            address=address,
            label="egress",
            connect_s=TIMEOUTS.connect_s,
            reply_s=TIMEOUTS.dial_s,
            greets=speech is Speech.SOCKS5,
        )
        return Way(speech=speech, port=at)

    def _ownership(self, api: StubApi) -> Ownership:
        return api.ownership(self.clock)
