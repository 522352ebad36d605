"""The account of a connection that has ended, or was refused at the door: the one as whole as the other."""

from typing import TYPE_CHECKING

from farshore.core.events import ConnectionEnded
from farshore.core.outcome import ClientEnd, Code
from farshore.gateway.peer import Peer, label
from farshore.gateway.route import Route

if TYPE_CHECKING:
    from farshore.gateway.session import Session


def account(
    session: "Session", code: Code, detail: str | None, client_end: ClientEnd, *, leaked_dial: bool
) -> ConnectionEnded:
    """Everything that is told of the session, now that it has ended so."""
    route, times = session.route, session.times
    return ConnectionEnded(
        connection=session.number,
        route=route.name,
        egress=session.path.egress.name,
        path=session.path.name,
        client=label(session.peer),
        target=route.target_text,
        code=code,
        detail=detail,
        client_end=client_end,
        started_at_s=session.started_at_s,
        connect_ms=times.connect_ms,
        handshake_ms=times.handshake_ms,
        dial_ms=times.dial_ms,
        first_byte_ms=session.first_byte_ms,
        reached_ms=session.reached_ms,
        duration_ms=round(session.age_s * 1000, 3),
        client_bytes=session.client_bytes,
        upstream_bytes=session.upstream_bytes,
        leaked_dial=leaked_dial,
    )


def account_of_refused(  # noqa: PLR0913 - these are the facts
    number: int, route: Route, *, peer: Peer, code: Code, client_end: ClientEnd, at_s: float
) -> ConnectionEnded:
    """A connection that was refused as soon as it was accepted, at that wall-clock time."""
    return ConnectionEnded(
        connection=number,
        route=route.name,
        egress=route.egress.name,
        path=route.paths[0].name,
        client=label(peer),
        target=route.target_text,
        code=code,
        detail=None,
        client_end=client_end,
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
