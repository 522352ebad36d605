"""Which router an address belongs to, as the tailscaled of an egress sees it now."""

from farshore.core.address import IPAddress
from farshore.gateway.ownership import Answer, tell_of_leak
from farshore.tailnet.localapi import LocalApiError
from farshore.tailnet.routes import owner_of
from farshore.tailnet.status import Peer
from farshore.watch.verdict import Ping, Pinged

# While tailscaled has only just started it knows no peers: that says nothing about them.
_NOT_YET = frozenset({"", "NoState", "Starting"})


def router_of(answer: Answer, address: IPAddress) -> Peer | Pinged | None:
    """The router to ping for an address, or what is known without one; None where this host has the address itself."""
    if isinstance(answer, LocalApiError):
        return Pinged(ping=Ping.NOTHING, detail=answer.detail)
    state = answer.status.backend_state
    if state in _NOT_YET:
        return Pinged(ping=Ping.NOTHING, detail=f"tailscaled is {state or 'in no state'}")
    tell = tell_of_leak(answer, address)
    if tell is not None:
        return Pinged(ping=Ping.SILENT, detail=tell)
    owner = owner_of(answer.status, address)
    return owner if owner is not None and owner.ips else None
