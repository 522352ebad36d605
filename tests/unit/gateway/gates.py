"""A whole gateway in a test's hand, with one route or several."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import IPv4Address, ip_address
from pathlib import Path
from typing import Any, TypeVar

from tests.unit.gateway.clocks import HeldClock
from tests.unit.gateway.tailnets import OWN, SWITCHED
from tests.unit.gateway.wires import Script, Wire, connect, until

from farshore.config.egresses import DirectEgress, Egress, Socks5Egress, TailscaledEgress
from farshore.config.fields import Ports
from farshore.config.model import Config, Route
from farshore.core.address import HostPort
from farshore.core.events import ConnectionEnded, Event
from farshore.core.outcome import Code
from farshore.gateway.gateway import Gateway

E = TypeVar("E")

# An address that no test machine has: a dial that is not made through a test's own egress goes nowhere.
PRIVATE = HostPort(IPv4Address("172.16.20.88"), 1433)
DIRECT = DirectEgress(kind="direct")


@dataclass
class Gate:
    """An open gateway, its clock, and everything it has announced."""

    gateway: Gateway
    clock: HeldClock
    events: list[Event] = field(default_factory=list)

    @property
    def endings(self) -> list[ConnectionEnded]:
        return self.told(ConnectionEnded)

    def told(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]

    async def client(self, route: int = 0, said: bytes = b"") -> Wire:
        """A client that the gateway has accepted, if only to refuse it; what it `said` was there before that."""
        before = self.gateway.routes()[route]
        wire = connect(before.listen)
        if said:
            wire.sock.send(said)
        await until(lambda: self.gateway.routes()[route].accepted > before.accepted)
        return wire

    async def ended(self, count: int = 1) -> list[ConnectionEnded]:
        """The endings, once there are so many; one more is a failure."""
        await until(lambda: len(self.endings) >= count)
        assert len(self.endings) == count
        return self.endings

    async def ended_in_time(self, count: int = 1, step_s: float = 0.01) -> list[ConnectionEnded]:
        """The same for connections that only the passing of time ends."""

        def is_so() -> bool:
            self.clock.advance(step_s)
            return len(self.endings) >= count

        await until(is_so)
        return await self.ended(count)

    async def ended_with(self, code: Code) -> ConnectionEnded:
        """The only ending there is."""
        (ending,) = await self.ended()
        assert ending.code is code, ending
        return ending


def route(target: HostPort = PRIVATE, **settings: Any) -> Route:
    """A route on a port that the kernel chooses."""
    port = Ports(host=target.host, first=target.port, last=target.port)
    written: dict[str, object] = {"name": "db", "listen": Ports(host=None, first=0, last=0), "target": port}
    return Route.model_validate(written | settings)


def direct(target: HostPort, **settings: Any) -> Route:
    """A route that may leave through this host's own network."""
    return route(target, allow_direct=True, **settings)


@asynccontextmanager
async def gate(
    egress: Egress = DIRECT, *routes: Route, clock: HeldClock | None = None, **settings: Any
) -> AsyncIterator[Gate]:
    """A gateway that is open for as long as the block runs; `settings` are those of a configuration."""
    values: dict[str, object] = {"egresses": {"tailnet": egress}, "routes": routes or (route(),)}
    config = Config.model_validate(values | settings)
    held = clock or HeldClock()
    events: list[Event] = []
    gateway = Gateway(config, announce=events.append, clock=held)
    await gateway.open()
    opened = Gate(gateway, held, events)
    try:
        yield opened
    finally:
        await gateway.close()
        assert not gateway.connections()


def socks5(address: HostPort, *own: str) -> Egress:
    return Socks5Egress(kind="socks5", address=address, tailscale_ips=tuple(ip_address(ip) for ip in own or (OWN,)))


def tailscaled(path: Path) -> Egress:
    return TailscaledEgress(socket=path)


def granted(bound: str = OWN) -> bytes:
    """A SOCKS success whose connection is bound to that address."""
    packed = ip_address(bound).packed
    return b"\x05\x00\x05\x00\x00" + (b"\x01" if len(packed) == 4 else b"\x04") + packed + b"\xc0\x01"


def behind_socks5(target: Script, reply: bytes | None = None) -> Script:
    """A SOCKS5 server whose every dial reaches this target."""

    async def serve(wire: Wire) -> None:
        await wire.receive(13)
        await wire.send(granted() if reply is None else reply)
        await target(wire)

    return serve


def behind_localapi(target: Script) -> Script:
    """What a daemon does with a dial that reaches this target."""

    async def serve(wire: Wire) -> None:
        await wire.send(SWITCHED)
        await target(wire)

    return serve


def says(*answers: bytes, to: int = 1) -> Script:
    """A target that waits for `to` bytes, answers, and then waits for the end."""

    async def serve(wire: Wire) -> None:
        await wire.receive(to)
        for answer in answers:
            await wire.send(answer)
            await asyncio.sleep(0)
        await wire.receive_all()

    return serve


def leaves(*last_words: bytes, after: int = 0) -> Script:
    """A target that hears `after` bytes, says its last words and ends in order."""

    async def serve(wire: Wire) -> None:
        await wire.receive(after)
        for words in last_words:
            await wire.send(words)
        wire.close()

    return serve


def resets(*last_words: bytes, after: int = 0) -> Script:
    """A target that hears `after` bytes, says its last words and resets once they have arrived."""

    async def serve(wire: Wire) -> None:
        await wire.receive(after)
        for words in last_words:
            await wire.send(words)
            await asyncio.sleep(0.05)
        wire.reset()

    return serve
