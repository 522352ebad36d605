"""What the status of a running tailscaled says against a configuration: a router that cannot forward as declared.

Only what is known speaks: where no tailscaled answers yet, nothing is held against anybody.
"""

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

from farshore.config.egresses import socket_of
from farshore.config.model import Config, Forwarding
from farshore.core.address import via_address
from farshore.tailnet.forwarding import Forwards, forwarding_of_system
from farshore.tailnet.localapi import LocalApi, LocalApiError
from farshore.tailnet.routes import owner_of
from farshore.tailnet.status import Status

ANSWER_S = 2.0


async def disproved(config: Config) -> str | None:
    """Which declaration of `forwarding: kernel` the status disproves, as a sentence; None if it disproves none.

    Waits up to two seconds for each tailscaled; `config` is complete with what is found on this host.
    """
    for socket, ways in _declared(config).items():
        status = await _status(socket)
        if status is None:
            continue
        for router, address in ways:
            owner = owner_of(status, address)
            if owner is not None and forwarding_of_system(owner.os) is Forwards.IN_NETSTACK:
                return (
                    f"routers.{router} cannot be `forwarding: kernel` because {owner.host_name} runs {owner.os}, which "
                    "forwards in tailscaled's network stack; dial its targets only by site: or listener:, and write "
                    "`forwarding: netstack`."
                )
    return None


def _declared(config: Config) -> dict[Path, list[tuple[str, IPv6Address]]]:
    """By the socket that may be asked: the routers that are declared, each with a 4via6 address that it serves."""
    found: dict[Path, list[tuple[str, IPv6Address]]] = {}
    for socket, router, address in _ways(config):
        found.setdefault(socket, []).append((router, address))
    return found


def _ways(config: Config) -> Iterator[tuple[Path, str, IPv6Address]]:
    kernel = {name for name, router in config.routers.items() if router.forwarding is Forwarding.KERNEL}
    default = next(iter(config.egresses))
    for route in config.routes:
        for path in route.paths:
            egress = config.egresses[path.egress or route.egress or default]
            socket = socket_of(egress)
            host = route.target.host
            if path.via in kernel and path.site is not None and socket is not None and isinstance(host, IPv4Address):
                yield socket, path.via or "", via_address(path.site, host)


async def _status(socket: Path) -> Status | None:
    api = LocalApi(socket)
    try:
        return await api.status(timeout_s=ANSWER_S)
    except LocalApiError:
        return None
    finally:
        await api.aclose()
