"""Searches for a way over a route whose paths lead to peers that answer as the test wants."""

import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from random import Random

from tests.unit.gateway.clocks import HeldClock
from tests.unit.gateway.gates import route
from tests.unit.gateway.polling import polling
from tests.unit.gateway.tailnets import SWITCHED, dial_failure
from tests.unit.gateway.wires import LOOPBACK, Door, Wire, door, until

from farshore.config.egresses import TailscaledEgress
from farshore.config.model import Config, Timeouts
from farshore.core.address import parse_host_port
from farshore.core.clock import Clock
from farshore.core.events import Event
from farshore.gateway.attempt import Surroundings
from farshore.gateway.dial import Port
from farshore.gateway.egress import Egress, Speech, Way
from farshore.gateway.judge import Failure
from farshore.gateway.poller import Poller
from farshore.gateway.route import Route, build_routes
from farshore.gateway.search import Lead, Search

TARGET = parse_host_port("172.16.20.88:1433")
TIMEOUTS = Timeouts(connect_s=0.25, dial_s=7.0)
REFUSED = dial_failure("connect tcp 172.16.20.88:1433: connection was refused")
UNREACHABLE = dial_failure("connect tcp 172.16.20.88:1433: no route to host")
PROBE_AFTER_S = 7.0
SOCKS5_REQUEST = b"\x05\x01\x00\x05\x01\x00\x01\xac\x10\x14\x58\x05\x99"


class Peer:
    """A tailscaled that answers every dial with `reply`, or with nothing; what it hears after that is its evidence."""

    def __init__(self, reply: bytes | None = SWITCHED) -> None:
        self.reply = reply
        self.asked = 0
        self.granted = 0
        self.closed = 0
        self.heard = b""

    async def __call__(self, wire: Wire) -> None:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += await wire.receive(1)
        self.asked += 1
        if self.reply is not None:
            self.granted += self.reply == SWITCHED
            await wire.send(self.reply)
        self.heard += (await wire.receive_all())[0]
        self.closed += 1


class End:
    """How a search ended; counts that it was told once."""

    def __init__(self, poller: Poller) -> None:
        self._poller = poller
        self.upstream: Wire | None = None
        self.failure: Failure | None = None
        self.told = 0

    def attempt_succeeded(self, upstream: socket.socket, early: bytes) -> None:
        assert not early
        self.told += 1
        self._poller.remove_reader(upstream.fileno())
        self.upstream = Wire(upstream)

    def attempt_failed(self, failure: Failure) -> None:
        self.told += 1
        self.failure = failure

    async def failed(self) -> Failure:
        await until(lambda: self.told > 0)
        assert self.told == 1
        assert self.failure is not None
        return self.failure

    async def succeeded(self) -> None:
        """Connected, and closed again: the peer hears the end."""
        await until(lambda: self.told > 0)
        assert self.told == 1
        assert self.upstream is not None, self.failure
        self.upstream.close()


class Ways:
    """A route with a path to each of several peers, and searches for a way over it."""

    def __init__(self, poller: Poller, clock: Clock, doors: list[Door], peers: tuple[Peer, ...]) -> None:
        self.poller = poller
        self.clock = clock
        self.doors = doors
        self.peers = peers
        self.route = _route(doors)
        self.told: list[Event] = []

    @property
    def asked(self) -> list[int]:
        return [peer.asked for peer in self.peers]

    @property
    def states(self) -> list[str]:
        return [path.breaker.state.value for path in self.route.paths]

    def learn(self, *elapsed_s: float) -> None:
        """What the dials of each path took so far."""
        for path, each_s in zip(self.route.paths, elapsed_s, strict=True):
            path.dial_times.note(each_s)

    def start(self, lead: Lead | None = None) -> tuple[Search, End]:
        end = End(self.poller)
        shared = Surroundings(clock=self.clock, poller=self.poller, timeouts=TIMEOUTS, announce=self.told.append)
        search = Search(self.route, TARGET, end, shared, lead)
        search.start()
        return search, end

    async def closed(self) -> None:
        """Wait until the peers have seen the end of every dial; not one byte may have come after a request."""
        await until(lambda: [peer.closed for peer in self.peers] == self.asked)
        assert [peer.heard for peer in self.peers] == [b""] * len(self.peers)


def _route(doors: list[Door]) -> Route:
    egresses = {f"r{number}": _egress(f"r{number}", at) for number, at in enumerate(doors, 1)}
    paths = tuple({"via": name, "egress": name} for name in egresses)
    config = Config.model_validate(
        {"egresses": {name: TailscaledEgress() for name in egresses}, "routes": (route(egress="r1", paths=paths),)}
    )
    (built,) = build_routes(config, egresses, Random(7), list[Event]().append)  # noqa: S311 - no secret
    return built


def _egress(name: str, at: Door) -> Egress:
    port = Port(
        family=socket.AF_INET,
        address=(LOOPBACK, at.address.port),
        label=name,
        connect_s=TIMEOUTS.connect_s,
        reply_s=TIMEOUTS.dial_s,
    )
    return Egress(name=name, kind="tailscaled", way=Way(speech=Speech.LOCALAPI, port=port))


@asynccontextmanager
async def ways(clock: Clock, *peers: Peer) -> AsyncIterator[Ways]:
    async with AsyncExitStack() as opened:
        poller = opened.enter_context(polling())
        doors = [await opened.enter_async_context(door(peer)) for peer in peers]
        yield Ways(poller, clock, doors, peers)


async def overtake(found: Ways, clock: HeldClock, patience_s: float) -> None:
    """A client whose first dial hangs and whose second one, started after `patience_s`, wins."""
    search, end = found.start()
    asked = found.peers[0].asked
    await until(lambda: found.peers[0].asked == asked + 1)
    clock.advance(patience_s)
    await end.succeeded()
    assert search.path is found.route.paths[1]
    await found.closed()
