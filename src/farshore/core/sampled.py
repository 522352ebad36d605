"""What tailscaled says of itself and of the routers, now and then. A part of `events`."""

import msgspec


class NodeSeen(msgspec.Struct, frozen=True, kw_only=True):
    """This host's own node, or a router of the routes. Times are seconds since the Unix epoch.

    `online` is the node's connection to the control plane, None where the status does not say. `key_expiry_s` is when
    its key ends, None where it never does. `last_handshake_s` is WireGuard's with the router, None where there was
    none. `ping_ok` is whether it answered a ping inside WireGuard, None where that could not be asked, as with oneself.
    """

    name: str
    ip: str
    online: bool | None
    key_expiry_s: float | None
    last_handshake_s: float | None
    ping_ok: bool | None
    is_router: bool


class TailscaledSampled(msgspec.Struct, frozen=True, kw_only=True):
    """A tailscaled was looked at, whichever egresses it serves; `egress` is the first of them.

    `nodes` are its own and those that own the addresses of the routes. `problem` is why it told nothing, None where it
    told; `backend_state` is empty then.
    """

    egress: str
    backend_state: str
    nodes: tuple[NodeSeen, ...]
    health: tuple[str, ...]
    problem: str | None = None
