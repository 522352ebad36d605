"""Whether the server at the other end is what its route says: told by the first bytes that it sends."""

from farshore.core.outcome import Code
from farshore.gateway.route import Route
from farshore.wire.greeting import speaker_of, spoken_by

# How a connection ends that has led to a server of another kind: by whom depends on who notices first.
ENDS_OF_A_MISTAKE = frozenset(
    {Code.CLIENT_CLOSED, Code.CLIENT_RESET, Code.UPSTREAM_CLOSED, Code.UPSTREAM_RESET, Code.HALF_CLOSE}
)
# More than the longest beginning by which a protocol is known.
_LOOKED_AT_BYTES = 64


def mistaken_for(route: Route, data: bytes | memoryview) -> str:
    """What the target speaks that the route's protocol does not lead one to expect, in words; empty where all is well.

    Only what is certain: a beginning that nobody knows is no mistake.
    """
    expected = spoken_by(route.protocol)
    if not expected:
        return ""
    found = speaker_of(bytes(data[:_LOOKED_AT_BYTES]))
    if found in {"", "unknown", expected}:
        return ""
    return f"the target speaks {found}, and the route's protocol is {route.protocol}"
