"""What `tailscale status --json` says, live or from a file, of every generation since 2020.

Source: tailscale ipn/ipnstate/ipnstate.go at v1.102.3; 2020's files have `TailAddr`, later ones lack whole parts. A
field that is absent or null takes its empty value. A field of the wrong kind is a `StatusError`: nothing is guessed.
An address or a time that can't be read (files are often redacted) is left out and listed in `Status.skipped`.
"""

from datetime import datetime
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

import msgspec

from farshore.core.address import IPAddress, IPNetwork

RUNNING = "Running"
MAX_SKIPPED = 20

_DERP_2020 = "derp-"
# Go's zero time: never, or not known.
_ZERO_TIME = "0001-01-01T00:00:00Z"


class StatusError(ValueError):
    """A text that is no status; `str()` says where and what was expected."""


class Peer(msgspec.Struct, frozen=True, kw_only=True):
    """One node as the observer's tailscaled sees it; the meanings are those of ipnstate.PeerStatus.

    `allowed_ips` is everything control routes to the node, not filtered by the observer's accept-routes.
    `cur_addr` is empty on an idle or relayed peer too; `relay` is the node's home DERP region, not a path in use;
    in 2020's files `derp-N`, the region's number.
    `rx_bytes` and `tx_bytes` count what the observer got from and sent to the peer. `online` is the node's connection
    to the control plane, None where the status does not say; `last_seen` is only set while it is offline.
    """

    key: str
    id: str
    host_name: str
    dns_name: str
    os: str
    ips: tuple[IPAddress, ...]
    allowed_ips: tuple[IPNetwork, ...]
    primary_routes: tuple[IPNetwork, ...]
    cur_addr: str
    relay: str
    peer_relay: str
    rx_bytes: int
    tx_bytes: int
    last_handshake: datetime | None
    last_write: datetime | None
    last_seen: datetime | None
    key_expiry: datetime | None
    online: bool | None
    active: bool
    expired: bool
    exit_node: bool
    in_engine: bool
    exit_node_option: bool = False
    tags: tuple[str, ...] = ()


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """One answer of one tailscaled. `tun` is False in userspace mode, None where the status does not say.

    `auth_url` is where a person may log the node in, while tailscaled waits for that.
    """

    version: str
    backend_state: str
    tun: bool | None
    self_ips: tuple[IPAddress, ...]
    self_node: Peer | None
    peers: tuple[Peer, ...]
    health: tuple[str, ...]
    magic_dns_suffix: str
    skipped: tuple[str, ...]
    auth_url: str = ""


class _RawPeer(msgspec.Struct):
    """PeerStatus as it is written."""

    PublicKey: str | None = None
    ID: str | None = None
    HostName: str | None = None
    DNSName: str | None = None
    OS: str | None = None
    TailAddr: str | None = None
    TailscaleIPs: list[str] | None = None
    AllowedIPs: list[str] | None = None
    PrimaryRoutes: list[str] | None = None
    CurAddr: str | None = None
    Relay: str | None = None
    PeerRelay: str | None = None
    RxBytes: int | None = None
    TxBytes: int | None = None
    LastHandshake: str | None = None
    LastWrite: str | None = None
    LastSeen: str | None = None
    KeyExpiry: str | None = None
    Online: bool | None = None
    Active: bool | None = None
    Expired: bool | None = None
    ExitNode: bool | None = None
    InEngine: bool | None = None
    ExitNodeOption: bool | None = None
    Tags: list[str] | None = None
    Addrs: list[str] | None = None


class _RawStatus(msgspec.Struct):
    """Status as it is written."""

    Version: str | None = None
    BackendState: str | None = None
    TUN: bool | None = None
    TailscaleIPs: list[str] | None = None
    Self: _RawPeer | None = None
    Peer: dict[str, _RawPeer] | None = None
    Health: list[str] | None = None
    MagicDNSSuffix: str | None = None
    AuthURL: str | None = None


def parse_status(source: bytes | str | dict[str, object]) -> Status:
    """Read a status from its JSON text, or from what was decoded from it.

    Raises:
        StatusError: the text is not JSON, not a status, or a field has the wrong kind; says where.
    """
    try:
        if isinstance(source, dict):
            return _read_status(msgspec.convert(source, _RawStatus))
        return _read_status(msgspec.json.decode(source, type=_RawStatus))
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        msg = f"not a tailscale status: {error}"
        raise StatusError(msg) from error


def _read_status(raw: _RawStatus) -> Status:
    skipped: list[str] = []
    self_node = None if raw.Self is None else _read_peer(raw.Self.PublicKey or "", raw.Self, skipped)
    self_ips = _addresses(raw.TailscaleIPs, "TailscaleIPs", skipped)
    return Status(
        version=raw.Version or "",
        backend_state=raw.BackendState or "",
        tun=raw.TUN,
        self_ips=self_ips or (() if self_node is None else self_node.ips),
        self_node=self_node,
        peers=tuple([_read_peer(key, peer, skipped) for key, peer in (raw.Peer or {}).items()]),
        health=tuple(raw.Health or ()),
        magic_dns_suffix=raw.MagicDNSSuffix or "",
        skipped=tuple(skipped[:MAX_SKIPPED]),
        auth_url=raw.AuthURL or "",
    )


def _read_peer(key: str, raw: _RawPeer, skipped: list[str]) -> Peer:
    ips = raw.TailscaleIPs or ([raw.TailAddr] if raw.TailAddr else None)
    return Peer(
        key=key,
        id=raw.ID or "",
        host_name=raw.HostName or "",
        dns_name=raw.DNSName or "",
        os=raw.OS or "",
        ips=_addresses(ips, key, skipped),
        allowed_ips=_networks(raw.AllowedIPs, key, skipped),
        primary_routes=_networks(raw.PrimaryRoutes, key, skipped),
        cur_addr=raw.CurAddr or "",
        relay=raw.Relay or _home_of_2020(raw.Addrs),
        peer_relay=raw.PeerRelay or "",
        rx_bytes=raw.RxBytes or 0,
        tx_bytes=raw.TxBytes or 0,
        last_handshake=_time(raw.LastHandshake, key, skipped),
        last_write=_time(raw.LastWrite, key, skipped),
        last_seen=_time(raw.LastSeen, key, skipped),
        key_expiry=_time(raw.KeyExpiry, key, skipped),
        online=raw.Online,
        active=raw.Active or False,
        expired=raw.Expired or False,
        exit_node=raw.ExitNode or False,
        in_engine=raw.InEngine or False,
        exit_node_option=raw.ExitNodeOption or False,
        tags=tuple(raw.Tags or ()),
    )


def _home_of_2020(addrs: list[str] | None) -> str:
    """The home DERP region, which stood among a peer's addresses before `Relay` did."""
    return next((text for text in addrs or () if text.startswith(_DERP_2020)), "")


def _addresses(texts: list[str] | None, where: str, skipped: list[str]) -> tuple[IPAddress, ...]:
    if not texts:
        return ()
    read = tuple([value for text in texts if (value := _address(text)) is not None])
    if len(read) < len(texts):
        skipped += [f"{where[:24]}: {text[:64]!r} is no address" for text in texts if _address(text) is None]
    return read


def _networks(texts: list[str] | None, where: str, skipped: list[str]) -> tuple[IPNetwork, ...]:
    if not texts:
        return ()
    read = tuple([value for text in texts if (value := _network(text)) is not None])
    if len(read) < len(texts):
        skipped += [f"{where[:24]}: {text[:64]!r} is no prefix" for text in texts if _network(text) is None]
    return read


def _time(text: str | None, where: str, skipped: list[str]) -> datetime | None:
    if not text or text == _ZERO_TIME:
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        time = None
    if time is None or time.tzinfo is None:
        skipped.append(f"{where[:24]}: {text[:64]!r} is no time")
        return None
    return time


# The same few hundred texts come back in every answer; reading them anew costs more than everything else here.
@lru_cache(maxsize=8192)
def _address(text: str) -> IPAddress | None:
    try:
        return ip_address(text)
    except ValueError:
        return None


@lru_cache(maxsize=8192)
def _network(text: str) -> IPv4Network | IPv6Network | None:
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None
