"""Names of targets, resolved once for each connection, before anything is dialled.

`resolve: tailnet` knows only the tailnet's own names, as tailscaled lists them: tailscaled would pass an unknown name
on to this host's resolver, and nobody could tell. `resolve: pod` asks this host's resolver.
"""

import asyncio
import socket
from collections.abc import Callable
from ipaddress import ip_address

from farshore.config.model import Resolve
from farshore.config.rules.routes import why_not_a_target
from farshore.core.address import HostPort, IPAddress
from farshore.core.outcome import Code
from farshore.gateway.attempt import OWNER_AGE_S
from farshore.gateway.judge import Failure
from farshore.gateway.ownership import Answer
from farshore.gateway.route import Route
from farshore.tailnet.localapi import LocalApiError
from farshore.tailnet.status import Status

_BY_VIA_ONLY = "other routes dial that host by 4via6, which takes its plain address away"

Then = Callable[[HostPort], None]
Otherwise = Callable[[Failure], None]


class Resolver:
    """Turns a route's target into one with an address."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def resolve(self, route: Route, then: Then, otherwise: Otherwise) -> None:
        """Call one of the two, now or later."""
        ownership = route.egress.ownership
        if route.resolve is Resolve.TAILNET:
            if ownership is None:
                detail = (
                    f"{route.target.host}: egress {route.egress.name} has no LocalAPI that knows the tailnet's names"
                )
                otherwise(Failure(code=Code.OWNER_UNCONFIRMED, detail=detail))
                return
            ownership.ask(OWNER_AGE_S, lambda answer: _look_up(answer, route.target, then, otherwise))
            return
        task = asyncio.get_running_loop().create_task(_ask_host(route, then, otherwise))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Stop; nobody is called any more."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def _ask_host(route: Route, then: Then, otherwise: Otherwise) -> None:
    target = route.target
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(str(target.host), target.port, type=socket.SOCK_STREAM)
    except OSError as error:
        otherwise(_unknown(target, f"this host's resolver says: {error.strerror}"))
        return
    except UnicodeError as error:
        otherwise(_unknown(target, f"this host's resolver cannot read it: {error}"))
        return
    address = ip_address(found[0][4][0])
    why_not = _BY_VIA_ONLY if address in route.not_plainly else why_not_a_target(address)
    if why_not is None or (route.allow_direct and address.is_loopback):
        then(HostPort(address, target.port))
    else:
        otherwise(_unknown(target, f"this host's resolver says {address}: {why_not}"))


def _look_up(answer: Answer, target: HostPort, then: Then, otherwise: Otherwise) -> None:
    if isinstance(answer, LocalApiError):
        otherwise(Failure(code=Code.OWNER_UNCONFIRMED, detail=answer.detail))
        return
    names = _names(answer.status)
    wanted = str(target.host).removesuffix(".").lower()
    if wanted in names:
        then(HostPort(names[wanted], target.port))
    else:
        otherwise(_unknown(target, "no node of the tailnet has this name"))


def _names(status: Status) -> dict[str, IPAddress]:
    """Every node by its full name, and those of this tailnet by their first label, too: MagicDNS searches no other."""
    suffix = status.magic_dns_suffix.removesuffix(".").lower()
    names: dict[str, IPAddress] = {}
    for peer in reversed(status.peers):
        full = peer.dns_name.removesuffix(".").lower()
        if not (full and peer.ips):
            continue
        names[full] = peer.ips[0]
        short, _, rest = full.partition(".")
        if not suffix or rest == suffix:
            names[short] = peer.ips[0]
    return names


def _unknown(target: HostPort, why: str) -> Failure:
    return Failure(code=Code.NAME_UNKNOWN, detail=f"{target.host}: {why}")
