"""The account of a connection that has ended."""

from typing import TYPE_CHECKING

from farshore.core.events import ConnectionEnded
from farshore.core.outcome import MEANINGS, Code
from farshore.gateway.peer import label

if TYPE_CHECKING:
    from farshore.gateway.session import Session


def account(session: "Session", code: Code, detail: str | None, *, leaked_dial: bool) -> ConnectionEnded:
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
        client_end=MEANINGS[code].client_end,
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
