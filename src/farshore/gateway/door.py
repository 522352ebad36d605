"""Who is let in."""

from farshore.core.outcome import Code
from farshore.gateway.peer import Peer
from farshore.gateway.route import Route


def why_not(route: Route, peer: Peer, *, is_full: bool) -> Code | None:
    """Why a client of a route may not come in; None if it may. `is_full`: the gateway has as many as it may."""
    if route.allow_clients and not route.allows(peer[0]):
        return Code.CLIENT_NOT_ALLOWED
    if route.tally.active >= route.max_connections:
        return Code.ROUTE_FULL
    return Code.GATEWAY_FULL if is_full else None
