"""What can be done to one tailscaled against an outage, and how it is seen whether a router lives. Decides nothing.

Each action raises LocalApiError where tailscaled declines or cannot be asked; NOT_PERMITTED where this user may only
read (tailscale ipn/ipnauth/ipnauth.go at v1.102.3: root, the daemon's own user and its `--operator` may do more).
"""

import asyncio
import shlex
from dataclasses import dataclass
from typing import assert_never

from farshore.core.address import IPAddress
from farshore.core.remedy import Remedy
from farshore.tailnet.localapi import DebugAction, LocalApi, LocalApiError, LocalApiFailure, PingKind
from farshore.tailnet.status import Peer

# A path over DERP that is cold takes 2 to 3 s; what the first ping has begun, the next one finds done.
PINGS = 3
PING_S = 1.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """What pings say of one router. Disco proves a path, TSMP a WireGuard session in both directions.

    `trouble` is set where the pings prove nothing: tailscaled knows no such peer, or could not be asked.
    """

    router: str
    disco_s: float | None = None
    tsmp_s: float | None = None
    trouble: str | None = None

    @property
    def is_silent(self) -> bool:
        """Whether nothing came back of pings that were sent."""
        return self.disco_s is None and self.tsmp_s is None and self.trouble is None

    @property
    def answers(self) -> bool:
        """Whether the router's data plane works, from here."""
        return self.tsmp_s is not None

    def __str__(self) -> str:
        if self.trouble is not None:
            return f"{self.router}: {self.trouble}"
        return f"{self.router}: disco {_written(self.disco_s)}, TSMP {_written(self.tsmp_s)}"


async def sight(api: LocalApi, router: Peer) -> Sighting:
    """Ping a router both ways, each until it answers; at most 4 s."""
    if not router.ips:
        return Sighting(router=router.host_name, trouble="it has no Tailscale address")
    async with asyncio.TaskGroup() as pings:
        disco = pings.create_task(_ping(api, router.ips[0], PingKind.DISCO))
        tsmp = pings.create_task(_ping(api, router.ips[0], PingKind.TSMP))
    answers = (disco.result(), tsmp.result())
    seconds = [answer if isinstance(answer, float) else None for answer in answers]
    troubles = [answer for answer in answers if isinstance(answer, str)]
    return Sighting(
        router=router.host_name,
        disco_s=seconds[0],
        tsmp_s=seconds[1],
        trouble=troubles[0] if troubles and seconds == [None, None] else None,
    )


async def rebind(api: LocalApi) -> None:
    """New UDP sockets, and a new look at the own address: mends what a sleeping NAT or a moved address has broken."""
    await api.debug(DebugAction.REBIND)
    await api.debug(DebugAction.RESTUN)


async def break_derp(api: LocalApi) -> None:
    """End the connections to DERP relays; tailscaled dials them anew when it next needs them."""
    await api.debug(DebugAction.BREAK_DERP)


def command(remedy: Remedy, api: LocalApi) -> str:
    """What a person runs on this host to do the same; nothing for what this host cannot do."""
    tailscale = f"tailscale --socket={shlex.quote(str(api.socket))}"
    match remedy:
        case Remedy.PING:
            return f"{tailscale} ping --tsmp ROUTER"
        case Remedy.REBIND:
            return f"{tailscale} debug rebind && {tailscale} debug restun"
        case Remedy.BREAK_DERP:
            return f"{tailscale} debug break-derp-conns"
        case Remedy.RESTART | Remedy.MOVE:
            return ""
        case _:
            assert_never(remedy)


async def _ping(api: LocalApi, ip: IPAddress, kind: PingKind) -> float | str | None:
    """Seconds of the first answer, tailscaled's reason why there can be none, or None of silence."""
    for _ in range(PINGS):
        try:
            pong = await api.ping(ip, kind, timeout_s=PING_S)
        except LocalApiError as error:
            if error.reason is not LocalApiFailure.TIMEOUT:
                return error.detail
            continue
        return pong.error or pong.latency_s
    return None


def _written(seconds: float | None) -> str:
    return "silent" if seconds is None else f"{seconds * 1000:.3g} ms"
