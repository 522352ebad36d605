"""What tailscaled, its commands and the control plane write about nodes and routes, made in one line."""

import json

from tests.unit.diagnosis.texts import ROUTER, SUBNET, TARGET, at, dial, ended, lines

from farshore.diagnosis.collected import CollectedDial, DialEnd

OTHER = "100.64.0.3"
_NAMES = {ROUTER: "ferry-a", OTHER: "ferry-b"}


def said(text: str, clock: str = "09:14:02", by: str = "") -> str:
    """A line of tailscaled's log; `by` is the host whose syslog it stands in."""
    return f"{at(clock)} {by} tailscaled[712]: {text}" if by else f"{at(clock)} {text}"


def failed(error: str, clock: str = "09:14:02") -> str:
    """Why a SOCKS dial failed, in tailscaled's own log."""
    return said(f"socks5: client connection failed: {error}", clock)


DIAL_HUNG = failed("context deadline exceeded")
DIAL_REFUSED = failed(f"connect tcp {TARGET}: connection was refused")
DIAL_UNREACHABLE = failed(f"connect tcp {TARGET}: no route to host")
DIAL_LEAKED = failed(f"dial tcp {TARGET}: i/o timeout")
HANGS = ended("tailnet.dial.no-answer")
REPLY_1 = f"{at('09:14:02')} socks connect tcp 127.0.0.1:1055->{TARGET}: unknown error general SOCKS server failure"


def pending(says: str, target: str = TARGET) -> str:
    """A TUN-mode client's line about a connection that did not come about within 5 s."""
    return said(f"open-conn-track: timeout opening (TCP 100.64.0.9:5 => {target}); {says}")


def pending_flow(says: str, target: str = TARGET) -> str:
    """A TUN-mode client's line about a connection that was answered, and not with a connection."""
    return said(f"open-conn-track: flow TCP 100.64.0.9:5 > {target} {says}")


def pings(*answers: str, flags: str = "--tsmp", of: str = ROUTER) -> str:
    """`tailscale ping` as it stands on a terminal: `timeout`, or by which way the pong came."""
    name = _NAMES.get(of, "x")
    told = [f'ping "{of}" timed out' if a == "timeout" else f"pong from {name} ({of}) via {a} in 2ms" for a in answers]
    return lines(f"$ tailscale ping {flags} {of}".replace("  ", " "), *told)


ANSWERS = pings("TSMP")
MUTE = pings("timeout")


def device(
    name: str = "ferry-a",
    address: str = ROUTER,
    offers: str = SUBNET,
    approved: str = SUBNET,
    **fields: object,
) -> dict[str, object]:
    """One node as the control plane lists it."""
    told = {"advertisedRoutes": [offers] if offers else [], "enabledRoutes": [approved] if approved else []}
    return {"hostname": name, "addresses": [address], "connectedToControl": True, **told, **fields}


def devices(*listed: dict[str, object]) -> str:
    """What the control plane's API lists."""
    return json.dumps({"devices": listed})


def prefs(of: str, **fields: object) -> str:
    """A node's own settings."""
    return json.dumps(
        {"ControlURL": "https://c.example", "RouteAll": True, "WantRunning": True, "Hostname": of, **fields}
    )


def health(text: str, code: str = "x", by: str = "") -> str:
    """A health warning, as tailscaled logs it."""
    return said(f"health(warnable={code}): error: {text}", by=by)


def netcheck(*regions: str, udp: bool = True) -> str:
    """`tailscale netcheck`, with the relays that answered."""
    return lines(
        "Report:",
        f"\t* UDP: {'true' if udp else 'false'}",
        f"\t* Nearest DERP: {regions[0] if regions else 'unknown (no response to latency probes)'}",
        *(["\t* DERP latency:"] if regions else []),
        *(f"\t\t- {region}: 4.1ms   ({region})" for region in regions),
    )


def wireguard(state: str, since: str = "09:14:02", of: str = "ferry-a") -> str:
    """The bus's word on a peer's WireGuard session, after the status that names the peer's number."""
    status = {"BackendState": "Running", "Self": {"HostName": "gw"}, "Peer": {"k": {"ID": "n2", "HostName": of}}}
    peer = {"PeerWireGuardState": state, "PeerWireGuardStateAt": at(since)}
    return lines(json.dumps({"InitialStatus": status}), json.dumps({"PeerState": {"n2": peer}}))


def socks_failed(elapsed_s: float, clock: str = "09:14:02") -> CollectedDial:
    """A dial of the doctor's through SOCKS, which says no more than that it failed, and when."""
    return dial(DialEnd.FAILED, clock=clock, egress="socks5", elapsed_s=elapsed_s)


def refused_after(elapsed_s: float) -> CollectedDial:
    """A dial of the doctor's that was refused beyond the tailnet."""
    return dial(DialEnd.FAILED, text=f"connect tcp {TARGET}: connection was refused", elapsed_s=elapsed_s)


def router_report(tried: str, clock: str = "09:14:03") -> str:
    """What the script of `farshore collect` prints on a router that tries one connection to the target."""
    head = f"==== router report: about ====\nhost: ferry-a\ntime: 2026-03-04T{clock}Z\n"
    return f"{head}\n==== router report: connections ====\nconnect {TARGET}: {tried}\n"


def router_log(error: str, target: str = TARGET, by: str = "") -> str:
    """A router's own line about a target that it could not reach."""
    return said(f"netstack: could not connect to local backend server at {target}: dial tcp {target}: {error}", by=by)
