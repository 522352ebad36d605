"""Looks at every tailscaled of the routes now and then: its state, and the routers' connections, keys and answers.

Only this host's own node and the routers are told of, however large the tailnet. A router that was seen to own the
address of a route stays one while the tailscaled lists it: one whose key has ended, or whose route is withdrawn, owns
nothing any more.
"""

import asyncio
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from farshore.core.address import IPAddress
from farshore.core.events import Announce
from farshore.core.sampled import NodeSeen, TailscaledSampled
from farshore.gateway.gateway import Gateway
from farshore.gateway.judge import Failure
from farshore.gateway.ownership import Ownership
from farshore.gateway.resolve import Resolver
from farshore.tailnet.localapi import LocalApiError
from farshore.tailnet.routes import owner_of
from farshore.tailnet.status import RUNNING, Peer, Status
from farshore.watch.call import address_of
from farshore.watch.owner import ask
from farshore.watch.pinger import Pinger
from farshore.watch.verdict import Ping

FIRST_S = 3.0
LOOK_AROUND_S = 1.0
MAX_ADDRESSES = 256
MAX_ROUTERS = 32
MAX_WARNINGS = 20
MAX_WARNING = 500
# Another question of the same moment is as good.
SAME_TIME_S = 0.5
_HEARD = {Ping.ANSWERED: True, Ping.SILENT: False}


@dataclass(slots=True, kw_only=True)
class _Asked:
    """One tailscaled: by which egress it is told of, what is asked, and the routers that it has shown so far."""

    egress: str
    ownership: Ownership
    addresses: set[IPAddress] = field(default_factory=set)
    routers: dict[str, None] = field(default_factory=dict)
    pingers: dict[str, Pinger] = field(default_factory=dict)


class Observer:
    """Watches the tailscaleds of a gateway as its `observe` says. Belongs to one event loop; cancel `run` to end it."""

    def __init__(self, gateway: Gateway, announce: Announce, random: Random) -> None:
        self._gateway = gateway
        self._announce = announce
        self._random = random
        self._clock = gateway.surroundings.clock
        self._resolver = Resolver()
        self._asked: dict[str, _Asked] = {}

    async def run(self) -> None:
        """Look at all of them, then wait; no two gateways at the same moments."""
        try:
            await asyncio.sleep(self._random.uniform(0, min(FIRST_S, self._every_s or FIRST_S)))
            begun_s, jitter = -math.inf, 1.0
            while True:
                left_s = self._left_s(begun_s, jitter)
                if left_s > 0:
                    await asyncio.sleep(min(left_s, LOOK_AROUND_S))
                    continue
                begun_s, jitter = self._clock.monotonic_s(), self._random.uniform(0.9, 1.1)
                await self._look()
        finally:
            await self._resolver.close()

    async def _look(self) -> None:
        await self._follow()
        for sample in await asyncio.gather(*map(self._sample, self._asked.values())):
            self._announce(sample)

    @property
    def _every_s(self) -> float:
        return self._gateway.config.observe.every_s

    def _left_s(self, begun_s: float, jitter: float) -> float:
        """Until the next look, by what is written now; endless where nobody is to look."""
        every_s = self._every_s
        return begun_s + every_s * jitter - self._clock.monotonic_s() if every_s else math.inf

    async def _follow(self) -> None:
        """Take in which routes there are now, and where they lead."""
        found: dict[str, _Asked] = {}
        names: set[object] = set()
        for route in self._gateway.live_routes():
            for path in route.paths:
                ownership, asked_for = path.egress.ownership, path.target or route.target
                if ownership is None or (path.egress, asked_for.host) in names or len(names) == MAX_ADDRESSES:
                    continue
                names.add((path.egress, asked_for.host))
                socket = str(ownership.api.socket)
                known = self._asked.get(socket)
                asked = found.setdefault(socket, _Asked(egress=path.egress.name, ownership=ownership))
                if known is not None:
                    asked.routers = known.routers
                    asked.pingers = known.pingers if known.ownership is ownership else {}
                target = await address_of(route, path, self._resolver)
                if not isinstance(target, Failure) and not isinstance(target.host, str):
                    asked.addresses.add(target.host)
        self._asked = found

    async def _sample(self, asked: _Asked) -> TailscaledSampled:
        try:
            answer = await ask(asked.ownership, SAME_TIME_S)
        except Exception as error:  # noqa: BLE001 - a mistake of our own in one sample must not end all of them
            asyncio.get_running_loop().call_exception_handler({"message": "a sample", "exception": error})
            return _nothing(asked, f"asking failed: {error!r}")
        if isinstance(answer, LocalApiError):
            return _nothing(asked, answer.detail)
        status = answer.status
        return TailscaledSampled(
            egress=asked.egress,
            backend_state=status.backend_state,
            nodes=(*_self(status), *await self._routers(asked, status)),
            health=tuple(text[:MAX_WARNING] for text in status.health[:MAX_WARNINGS]),
        )

    async def _routers(self, asked: _Asked, status: Status) -> Sequence[NodeSeen]:
        owners = [owner_of(status, address) for address in sorted(asked.addresses, key=str)]
        asked.routers |= {owner.key: None for owner in owners if owner is not None}
        listed = {peer.key: peer for peer in status.peers}
        asked.routers = {key: None for key in asked.routers if key in listed}
        routers = [listed[key] for key in asked.routers][:MAX_ROUTERS]
        if status.backend_state != RUNNING:
            return [_seen(router, is_router=True, ping_ok=None) for router in routers]
        heard = await asyncio.gather(*(self._hears(asked, router) for router in routers))
        return [_seen(router, is_router=True, ping_ok=ok) for router, ok in zip(routers, heard, strict=True)]

    async def _hears(self, asked: _Asked, router: Peer) -> bool | None:
        if not router.ips:
            return None
        address = router.ips[0]
        fresh = Pinger(asked.ownership.api, address, f"{router.host_name} ({address})", self._clock)
        pinger = asked.pingers.setdefault(f"{router.key} {address}", fresh)
        return _HEARD.get((await pinger.ping()).ping)


def _self(status: Status) -> Iterator[NodeSeen]:
    if status.self_node is not None:
        yield _seen(status.self_node, is_router=False, ping_ok=None)


def _seen(peer: Peer, *, is_router: bool, ping_ok: bool | None) -> NodeSeen:
    return NodeSeen(
        name=peer.host_name,
        ip=str(peer.ips[0]) if peer.ips else "",
        online=peer.online,
        key_expiry_s=_unix(peer.key_expiry),
        last_handshake_s=_unix(peer.last_handshake),
        ping_ok=ping_ok,
        is_router=is_router,
    )


def _unix(time: datetime | None) -> float | None:
    return None if time is None else time.timestamp()


def _nothing(asked: _Asked, problem: str) -> TailscaledSampled:
    return TailscaledSampled(egress=asked.egress, backend_state="", nodes=(), health=(), problem=problem)
