"""Pings a router through LocalAPI: TSMP, which goes through WireGuard, and disco where TSMP hears nothing.

tailscaled itself waits for ever (ipn/ipnlocal/local.go at v1.102.3), so silence is measured here, and believed only
where tailscaled answers something else right after it. A ping makes no connection and no target sees it.
"""

import asyncio
import math
from dataclasses import dataclass

from farshore.core.address import IPAddress
from farshore.core.clock import Clock
from farshore.tailnet.localapi import LocalApi, LocalApiError, LocalApiFailure, PingKind, Pong
from farshore.watch.verdict import Ping, Pinged

FIRST_S = 1.0
# In all: a router that answered lately has a tunnel, one that did not may need a handshake over a relay first.
WARM_S, COLD_S = 2.0, 5.0
# wgengine/magicsock/magicsock.go:4024 at v1.102.3, sessionActiveTimeout: after that a path has to be found anew.
STAYS_WARM_S = 45.0
OWN_STATUS_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Silence:
    kind: PingKind


class Pinger:
    """One router as one tailscaled reaches it. `label` is how it is named to people."""

    def __init__(self, api: LocalApi, router: IPAddress, label: str, clock: Clock) -> None:
        self._api = api
        self._router = router
        self._label = label
        self._clock = clock
        self.answered_s = -math.inf

    def is_warm(self) -> bool:
        """Whether the router has answered so lately that the tunnel to it is still awake."""
        return self._clock.monotonic_s() - self.answered_s < STAYS_WARM_S

    async def ping(self) -> Pinged:
        """Ask, for at most 2 s where the tunnel is warm and 5 s where it is not, and a little more."""
        left_s = (WARM_S if self.is_warm() else COLD_S) - FIRST_S
        first = await self._ask(PingKind.TSMP, FIRST_S)
        if not isinstance(first, _Silence):
            return self._told(first)
        again, disco = await asyncio.gather(self._ask(PingKind.TSMP, left_s), self._ask(PingKind.DISCO, left_s))
        if not isinstance(again, _Silence):
            return self._told(again)
        return await self._confirm(disco, FIRST_S + left_s)

    async def _ask(self, kind: PingKind, timeout_s: float) -> Pong | _Silence | LocalApiError:
        try:
            return await self._api.ping(self._router, kind, timeout_s=timeout_s)
        except LocalApiError as error:
            return _Silence(kind=kind) if error.reason is LocalApiFailure.TIMEOUT else error

    def _told(self, answer: Pong | LocalApiError) -> Pinged:
        if isinstance(answer, LocalApiError):
            return Pinged(ping=Ping.NOTHING, detail=answer.detail)
        if answer.error:
            return Pinged(ping=Ping.NOTHING, detail=f"tailscaled cannot ping {self._label}: {answer.error}")
        self.answered_s = self._clock.monotonic_s()
        return Pinged(ping=Ping.ANSWERED, detail=f"{self._label} answers pings")

    async def _confirm(self, disco: Pong | _Silence | LocalApiError, waited_s: float) -> Pinged:
        """Believe the silence only where tailscaled still talks to us."""
        try:
            status = await self._api.own_status(timeout_s=OWN_STATUS_S)
        except LocalApiError as error:
            return Pinged(ping=Ping.NOTHING, detail=f"tailscaled does not answer either: {error.detail}")
        if status.backend_state != "Running":
            return Pinged(ping=Ping.NOTHING, detail=f"tailscaled is {status.backend_state or 'in no state'}")
        heard = "disco pings alone, WireGuard to it is dead" if _answered(disco) else "no ping"
        is_cut_off = status.self_node is not None and status.self_node.online is False
        detail = f"{self._label} answered {heard} for {waited_s:g} s"
        return Pinged(ping=Ping.SILENT, detail=detail, is_cut_off=is_cut_off)


def _answered(disco: Pong | _Silence | LocalApiError) -> bool:
    return isinstance(disco, Pong) and not disco.error
