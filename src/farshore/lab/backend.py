"""The state behind the daemon's doors: what the tailnet looks like now, what was sent to whom, who is watching."""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum
from functools import reduce
from typing import Protocol, assert_never

from farshore.core.address import HostPort
from farshore.core.clock import Clock
from farshore.lab.account import Account
from farshore.lab.faults import DoorFault, Fault
from farshore.lab.relay import relay
from farshore.lab.stream import Serve, Stream, connect, forever
from farshore.lab.tailnet import Carried, Door, Link, NotOurs, Refused, Router, Silent, Tailnet, Unresolved

LOG_LINES = 1000


class Segments(StrEnum):
    """How a reply and the target's first bytes are cut into segments."""

    SPLIT = "split"
    COALESCED = "coalesced"
    DRIBBLED = "dribbled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How long the daemon and its routers take, in seconds. The defaults are the real ones."""

    socks_deadline_s: float = 5.0
    missing_host_s: float = 3.0
    coalesce_s: float = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialled:
    """The target is connected; `bound` is the address that SOCKS shows."""

    target: Stream
    bound: HostPort
    router: Router | None
    link: Link


@dataclass(frozen=True, slots=True, kw_only=True)
class DialFailed:
    """The target is not connected, in tailscaled's own words."""

    text: str


DialAnswer = Dialled | DialFailed | NotOurs | Unresolved


class Watcher(Protocol):
    """Who hears that something changed: one watcher of the IPN bus."""

    def changed(self) -> None:
        """Look again."""
        ...


@dataclass(slots=True, kw_only=True)
class Backend:
    """One daemon without its doors."""

    base: Tailnet
    clock: Clock
    pace: Pace = Pace()
    segments: Segments = Segments.SPLIT
    faults: list[Fault] = field(default_factory=list)
    log: deque[str] = field(default_factory=lambda: deque(maxlen=LOG_LINES))
    carried: deque[Carried] = field(default_factory=lambda: deque(maxlen=LOG_LINES))
    watchers: set[Watcher] = field(default_factory=set)
    _accounts: dict[str, Account] = field(default_factory=dict)

    @property
    def tailnet(self) -> Tailnet:
        """The tailnet with every fault that is injected now."""
        faults = [fault for fault in self.faults if not isinstance(fault, DoorFault)]
        return reduce(lambda tailnet, fault: fault.strike(tailnet), faults, self.base)

    def account(self, router: Router) -> Account:
        """What this router was sent."""
        return self._accounts.setdefault(router.name, Account())

    def changed(self) -> None:
        """Tell the watchers."""
        for watcher in self.watchers:
            watcher.changed()

    def behind_door(self, door: Door, serve: Serve) -> Serve:
        """How the door is served now, with every fault of the daemon."""
        faults = [fault for fault in self.faults if isinstance(fault, DoorFault)]
        return reduce(lambda served, fault: fault.strike_door(door, served), faults, serve)

    async def dial(self, target: HostPort, door: Door) -> DialAnswer:
        """Go the way the tailnet says. Never returns where nobody answers: only SOCKS has a deadline."""
        tailnet = self.tailnet
        match tailnet.way(target, door):
            case NotOurs() | Unresolved() as answer:
                return answer
            case Silent(router=router):
                self._attempted(router)
                return await forever()
            case Refused() as refused:
                return await self._refuse(refused)
            case Carried() as carried:
                return await self._connect(carried, tailnet.link)

    async def dial_while_wanted(self, client: Stream, target: HostPort, door: Door) -> DialAnswer:
        """The same, given up when the client ends its direction, as Go's HTTP server does; EOFError then."""
        loop = asyncio.get_running_loop()
        dialling, leaving = loop.create_task(self.dial(target, door)), loop.create_task(client.gone())
        try:
            await asyncio.wait((dialling, leaving), return_when=asyncio.FIRST_COMPLETED)
            if dialling.done():
                return dialling.result()
        finally:
            dialling.cancel()
            leaving.cancel()
            await asyncio.gather(dialling, leaving, return_exceptions=True)
        raise EOFError

    async def carry(self, client: Stream, reply: bytes, dialled: Dialled) -> None:
        """Send the door's reply, carry until one direction ends, then close both."""
        account = self.account(dialled.router) if dialled.router is not None else Account()
        try:
            await self._greet(client, reply, dialled)
            await relay(client, dialled.target, dialled.link, account)
        finally:
            client.close()
            dialled.target.close()

    async def _greet(self, client: Stream, reply: bytes, dialled: Dialled) -> None:
        match self.segments:
            case Segments.SPLIT:
                await client.write(reply)
            case Segments.COALESCED:
                await client.write(reply + await self._first_bytes(dialled.target))
            case Segments.DRIBBLED:
                for byte in reply:
                    await client.write(bytes((byte,)))
                    await asyncio.sleep(0)
            case _:
                assert_never(self.segments)

    async def _first_bytes(self, target: Stream) -> bytes:
        try:
            async with asyncio.timeout(self.pace.coalesce_s):
                await target.readable()
        except TimeoutError:
            return b""
        return await target.read()

    async def _refuse(self, refused: Refused) -> DialFailed:
        self._attempted(refused.router)
        await asyncio.sleep(self.pace.missing_host_s if refused.late else 0)
        self._reached(refused.router)
        return DialFailed(text=refused.text)

    async def _connect(self, way: Carried, link: Link) -> Dialled | DialFailed:
        self._attempted(way.router)
        try:
            target = await connect(way.listener)
        except OSError:
            return await self._refuse(way.refusal)
        self._reached(way.router)
        self.carried.append(way)
        return Dialled(target=target, bound=HostPort(way.bound, target.local_port), router=way.router, link=link)

    def _attempted(self, router: Router | None) -> None:
        if router is not None:
            self.account(router).attempted(self.clock.wall_s())

    def _reached(self, router: Router | None) -> None:
        if router is not None:
            self.account(router).reached(self.clock.wall_s())
