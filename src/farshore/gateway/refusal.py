"""The account of a connection that was refused at the door: as whole as any other."""

from farshore.core.events import ConnectionEnded
from farshore.core.outcome import ClientEnd, Code
from farshore.gateway.peer import Peer, label
from farshore.gateway.route import Route


def refusal(number: int, route: Route, peer: Peer, code: Code, at_s: float) -> ConnectionEnded:
    """A connection that was reset as soon as it was accepted, at that wall-clock time."""
    return ConnectionEnded(
        connection=number,
        route=route.name,
        egress=route.egress.name,
        path=route.paths[0].name,
        client=label(peer),
        target=route.target_text,
        code=code,
        detail=None,
        client_end=ClientEnd.RST,
        started_at_s=at_s,
        connect_ms=None,
        handshake_ms=None,
        dial_ms=None,
        first_byte_ms=None,
        reached_ms=None,
        duration_ms=0.0,
        client_bytes=0,
        upstream_bytes=0,
        leaked_dial=False,
    )
