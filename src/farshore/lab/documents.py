"""The JSON that LocalAPI answers with, field for field as real tailscaled 1.102.3 does.

A healthy peer that nobody has talked to shows an empty `CurAddr`, zero counters and no handshake. Names of fields are
Go's (ipn/ipnstate/ipnstate.go, ipn/prefs.go, ipn/backend.go at v1.102.3).
"""

import hashlib
from datetime import UTC, datetime
from typing import Any

from farshore.core.address import IPAddress
from farshore.lab.backend import Backend
from farshore.lab.tailnet import Router, Tailnet

Document = dict[str, Any]

RUNNING, NEEDS_LOGIN = "Running", "NeedsLogin"
STATE_NUMBERS = {NEEDS_LOGIN: 2, RUNNING: 6}
SUFFIX = "tn.test"
NEVER = "0001-01-01T00:00:00Z"
CREATED = "2026-01-01T00:00:00Z"
ROUTES_NOT_ACCEPTED = "Some peers are advertising routes but --accept-routes is false"

WATCH_STATE = 1 << 1
WATCH_PREFS = 1 << 2
WATCH_HEALTH = 1 << 7
WATCH_INITIAL_STATUS = 1 << 14
WATCH_PEER_STATE = 1 << 18


def state(tailnet: Tailnet) -> str:
    """The backend's state."""
    return RUNNING if tailnet.logged_in else NEEDS_LOGIN


def status(backend: Backend) -> Document:
    """`GET /localapi/v0/status`."""
    tailnet = backend.tailnet
    document: Document = {
        "Version": tailnet.version,
        "TUN": False,
        "BackendState": state(tailnet),
        "HaveNodeKey": True,
        "AuthURL": "",
        "TailscaleIPs": _texts(tailnet.addresses),
        "Self": _self_node(tailnet),
        "Health": _health(tailnet),
        "MagicDNSSuffix": SUFFIX,
        "CurrentTailnet": {"Name": "lab", "MagicDNSSuffix": SUFFIX, "MagicDNSEnabled": False},
        "CertDomains": None,
        "ExtraRecords": None,
        "Peer": dict(_peer(backend, number, router) for number, router in enumerate(tailnet.routers, 2)),
        "User": {"1": {"ID": 1, "LoginName": "lab", "DisplayName": "lab"}},
        "ClientVersion": None,
    }
    if tailnet.logged_in:
        return document
    del document["HaveNodeKey"]
    return {**document, "MagicDNSSuffix": "", "CurrentTailnet": None, "Peer": None, "User": None}


def prefs(tailnet: Tailnet) -> Document:
    """`GET /localapi/v0/prefs`."""
    return {
        "ControlURL": "http://127.0.0.1:8080",
        "RouteAll": tailnet.accept_routes,
        "ExitNodeID": "",
        "ExitNodeIP": "",
        "InternalExitNodePrior": "",
        "ExitNodeAllowLANAccess": False,
        "CorpDNS": False,
        "RunSSH": False,
        "RunWebClient": False,
        "WantRunning": tailnet.logged_in,
        "LoggedOut": not tailnet.logged_in,
        "ShieldsUp": False,
        "AdvertiseTags": None,
        "Hostname": "gw",
        "NotepadURLs": False,
        "AdvertiseRoutes": None,
        "AdvertiseServices": None,
        "Sync": None,
        "NoSNAT": False,
        "NoStatefulFiltering": True,
        "NetfilterMode": 2,
        "AutoUpdate": {"Check": True, "Apply": False},
        "AppConnector": {"Advertise": False},
        "PostureChecking": False,
        "NetfilterKind": "",
        "RemoteConfig": False,
        "DriveShares": None,
    }


def ping(backend: Backend, address: IPAddress, kind: str) -> Document | None:
    """`POST /localapi/v0/ping`; None where nobody answers and tailscaled waits for ever."""
    tailnet = backend.tailnet
    blank: Document = {
        "IP": str(address),
        "NodeIP": "",
        "NodeName": "",
        "Err": "",
        "LatencySeconds": 0,
        "Endpoint": "",
        "PeerRelay": "",
        "DERPRegionID": 0,
        "DERPRegionCode": "",
    }
    if address in tailnet.addresses:
        return {**blank, "Err": f"{address} is local Tailscale IP", "IsLocalIP": True}
    owner = tailnet.owner(address)
    if owner is None:
        return {**blank, "Err": "no matching peer"}
    asked = kind == "disco"
    found = {**blank, "NodeIP": str(owner.address if asked else address), "NodeName": owner.name}
    if owner.key_expired:
        return {**found, "Err": "peer's node key has expired"}
    account = backend.account(owner)
    account.attempted(backend.clock.wall_s())
    if not owner.answers:
        return None
    account.reached(backend.clock.wall_s())
    return {**found, "LatencySeconds": 0.0007, "Endpoint": _endpoint(owner) if asked else ""}


def whois(backend: Backend, address: IPAddress) -> Document | None:
    """`GET /localapi/v0/whois`: only Tailscale addresses have an owner here, those behind a router have none."""
    tailnet = backend.tailnet
    for number, router in enumerate(tailnet.routers, 2):
        if tailnet.logged_in and address in router.addresses:
            name = f"{router.name}.{SUFFIX}."
            addresses = [f"{own}/{own.max_prefixlen}" for own in router.addresses]
            node = {"ID": number, "StableID": str(number), "Name": name, "Addresses": addresses}
            return {"Node": node, "UserProfile": {"ID": 1, "LoginName": "lab", "DisplayName": "lab"}, "CapMap": {}}
    return None


def notifications(backend: Backend, mask: int) -> Document:
    """What one watcher of the IPN bus may see now, by field; `watch-ipn-bus` sends a field again when it changes."""
    tailnet = backend.tailnet
    fields: Document = {}
    if mask & WATCH_STATE:
        fields["State"] = STATE_NUMBERS[state(tailnet)]
    if mask & WATCH_PREFS:
        fields["Prefs"] = prefs(tailnet)
    if mask & WATCH_PEER_STATE:
        fields["PeerState"] = dict(_peer_states(backend))
    if mask & WATCH_HEALTH:
        fields["Health"] = {"Warnings": _warnings(tailnet)}
    return fields


def notify(tailnet: Tailnet, fields: Document) -> Document:
    """One object on the IPN bus."""
    blank: Document = {"Version": tailnet.version, "ErrMessage": None, "LoginFinished": None, "State": None}
    return {**blank, "Prefs": None, "NetMap": None, "Engine": None, "BrowseToURL": None, "DriveShares": None, **fields}


def usermetrics(backend: Backend) -> str:
    """`GET /localapi/v0/usermetrics`: of its metrics those that say something here."""
    accounts = [backend.account(router) for router in backend.tailnet.routers]
    lines = (
        "# TYPE tailscaled_health_messages gauge",
        "# HELP tailscaled_health_messages Number of health messages broken down by type.",
        f'tailscaled_health_messages{{type="warning"}} {len(_health(backend.tailnet))}',
        "# TYPE tailscaled_inbound_bytes_total counter",
        "# HELP tailscaled_inbound_bytes_total Counts the number of bytes received from other peers",
        f'tailscaled_inbound_bytes_total{{path="direct_ipv4"}} {sum(account.rx_bytes for account in accounts)}',
        "# TYPE tailscaled_outbound_bytes_total counter",
        "# HELP tailscaled_outbound_bytes_total Counts the number of bytes sent to other peers",
        f'tailscaled_outbound_bytes_total{{path="direct_ipv4"}} {sum(account.tx_bytes for account in accounts)}',
    )
    return "\n".join(lines) + "\n"


def _self_node(tailnet: Tailnet) -> Document:
    addresses = _texts(tailnet.addresses)
    node = _node(number=1, name="gw", addresses=addresses or [], online=tailnet.logged_in)
    node |= {"TailscaleIPs": addresses, "Addrs": [f"{tailnet.pod_address}:41641"], "InMagicSock": False}
    if not tailnet.logged_in:
        node |= {"ID": "", "NodeID": 0, "PublicKey": f"nodekey:{'0' * 64}", "DNSName": "", "UserID": 0}
        node |= {"Created": NEVER, "PeerAPIURL": None, "InNetworkMap": False}
        del node["AllowedIPs"]
    return node


def _peer(backend: Backend, number: int, router: Router) -> tuple[str, Document]:
    now_s = backend.clock.wall_s()
    account = backend.account(router)
    routes = sorted(map(str, backend.tailnet.primary_routes(router)))
    node = _node(number=number, name=router.name, addresses=list(map(str, router.addresses)), online=router.online)
    node["AllowedIPs"] += routes
    if routes:
        node["PrimaryRoutes"] = routes
    talks_directly = router.answers and not router.key_expired and account.is_active(now_s)
    node |= {
        "CurAddr": _endpoint(router) if talks_directly else "",
        "RxBytes": account.rx_bytes,
        "TxBytes": account.tx_bytes,
        "LastWrite": _time(account.last_write_s),
        "LastHandshake": _time(account.last_handshake_s),
        "LastSeen": NEVER if router.online else CREATED,
        "Active": account.is_active(now_s),
        "InEngine": account.is_active(now_s) or account.has_session(now_s),
    }
    if router.key_expired:
        node["Expired"] = True
    return node["PublicKey"], node


def _node(*, number: int, name: str, addresses: list[str], online: bool) -> Document:
    return {
        "ID": str(number),
        "NodeID": number,
        "PublicKey": f"nodekey:{hashlib.sha256(name.encode()).hexdigest()}",
        "HostName": name,
        "DNSName": f"{name}.{SUFFIX}.",
        "OS": "linux",
        "UserID": 1,
        "TailscaleIPs": addresses,
        "AllowedIPs": [f"{address}/{128 if ':' in address else 32}" for address in addresses],
        "Addrs": None,
        "CurAddr": "",
        "Relay": "lab",
        "PeerRelay": "",
        "RxBytes": 0,
        "TxBytes": 0,
        "Created": CREATED,
        "LastWrite": NEVER,
        "LastSeen": NEVER,
        "LastHandshake": NEVER,
        "Online": online,
        "ExitNode": False,
        "ExitNodeOption": False,
        "Active": False,
        "PeerAPIURL": [f"http://[{a}]:41000" if ":" in a else f"http://{a}:41000" for a in addresses],
        "TaildropTarget": 0,
        "NoFileSharingReason": "",
        "InNetworkMap": True,
        "InMagicSock": True,
        "InEngine": False,
    }


def _peer_states(backend: Backend) -> list[tuple[str, Document]]:
    now_s = backend.clock.wall_s()
    states = []
    for number, router in enumerate(backend.tailnet.routers, 2):
        account = backend.account(router)
        if account.has_session(now_s):
            states.append((str(number), _peer_state("established", account.last_handshake_s)))
        elif account.is_active(now_s):
            states.append((str(number), _peer_state("handshake", account.last_write_s)))
    return states


def _peer_state(name: str, since_s: float) -> Document:
    return {"PeerWireGuardState": name, "PeerWireGuardStateAt": _time(since_s)}


def _health(tailnet: Tailnet) -> list[str]:
    if not tailnet.logged_in:
        return ["Tailscale is stopped."]
    ignores = not tailnet.accept_routes and any(tailnet.primary_routes(router) for router in tailnet.routers)
    return [ROUTES_NOT_ACCEPTED] if ignores else []


def _warnings(tailnet: Tailnet) -> Document | None:
    if tailnet.logged_in:
        return None
    return {"login-state": {"WarnableCode": "login-state", "Severity": "medium", "Title": "Logged out"}}


def _endpoint(router: Router) -> str:
    return f"192.0.2.{int(router.address) & 0xFF}:41641"


def _texts(addresses: tuple[IPAddress, ...]) -> list[str] | None:
    return list(map(str, addresses)) or None


def _time(wall_s: float) -> str:
    return datetime.fromtimestamp(wall_s, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ") if wall_s else NEVER
