"""`tailscale status --json` of every generation, whole, cut, commented, or one peer taken out of it."""

from collections.abc import Iterator

from farshore.diagnosis.evidence import Origin, Sureness, Unread
from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.peers import DaemonSeen, HealthWarned, PeerSeen
from farshore.diagnosis.facts.statements import StatementMade
from farshore.diagnosis.intake.document import Document
from farshore.diagnosis.intake.reader import Fit, Reading, ReadInner
from farshore.diagnosis.intake.times import read_time
from farshore.tailnet.status import Peer, Status, StatusError, parse_status

_STATUS_KEYS = {"BackendState", "Peer", "Self", "TailscaleIPs", "Health", "MagicDNSSuffix", "Version", "User"}
_PEER_KEYS = {"HostName", "DNSName", "TailscaleIPs", "TailAddr", "CurAddr", "Relay", "RxBytes", "TxBytes",
              "LastSeen", "LastHandshake", "LastWrite", "Online", "AllowedIPs", "PrimaryRoutes", "InEngine",
              "PublicKey"}  # fmt: skip
_TIME_KEYS = ("LastWrite", "LastSeen", "LastHandshake", "KeyExpiry", "Created")
_WORDS = ('"BackendState"', '"CurAddr"', '"LastHandshake"', '"InMagicSock"', '"InEngine"')
_SHAPE = ('"Peer"', '"HostName"')
_SHAPED = 3


class _TailscaleStatus:
    name = "tailscale status --json"

    def recognise(self, document: Document) -> Fit:
        if not document.looks_like_json:
            return Fit.NO
        if any(word in document.head for word in _WORDS):
            return Fit.CERTAIN
        return Fit.SHAPE if all(word in document.head for word in _SHAPE) else Fit.NO

    def read(self, document: Document, origin: Origin, inner: ReadInner) -> Reading:  # noqa: ARG002 - the protocol's
        loose = document.loose if document.json is None else None
        value = document.json if loose is None else loose.value
        unread: list[Unread] = []
        facts: list[Fact] = []
        if loose is not None:
            facts += [
                StatementMade(evidence=origin.evidence(text, line=line), text=text) for line, text in loose.comments
            ]
            if loose.problem:
                unread.append(origin.unread(loose.problem))
        for pointer, raw in _statuses(value):
            try:
                status = parse_status(_with_zones(raw))
            except StatusError as error:
                unread.append(origin.unread(str(error), pointer=pointer))
                status = _what_can_be_read(raw)
            facts += _facts(status, raw, origin, pointer)
            unread += [origin.unread(skipped, pointer=pointer) for skipped in status.skipped]
        if not facts and not unread:
            unread.append(origin.unread("no peer and no state in it"))
        return Reading(facts=tuple(facts), unread=tuple(unread))


def _statuses(value: object) -> Iterator[tuple[str, dict[str, object]]]:
    """Every status in a value: itself, a list of them, or a peer that was taken out of one."""
    if isinstance(value, list):
        for number, item in enumerate(value):
            yield from ((f"/{number}{pointer}", status) for pointer, status in _statuses(item))
    elif isinstance(value, dict):
        keys = {str(key) for key in value}
        if keys & {"BackendState", "Peer", "Self"}:
            yield "", value
        elif len(keys & _PEER_KEYS) >= _SHAPED:
            yield "", {"Peer": {str(value.get("PublicKey") or ""): value}}
        elif len(keys & _STATUS_KEYS) >= _SHAPED:
            yield "", value
        else:
            # A map of peers, or an envelope around a status.
            peers = {str(key): peer for key, peer in value.items() if _is_peer(peer)}
            if peers:
                yield "", {"Peer": peers}


def _what_can_be_read(raw: dict[str, object]) -> Status:
    """A status without the members and the peers that are not what they should be."""
    kept: dict[str, object] = {name: value for name, value in raw.items() if _reads({name: value})}
    peers = raw.get("Peer")
    if isinstance(peers, dict) and "Peer" not in kept:
        kept["Peer"] = {str(key): peer for key, peer in peers.items() if _reads({"Peer": {str(key): peer}})}
    return parse_status(_with_zones(kept))


def _reads(part: dict[str, object]) -> bool:
    try:
        parse_status(_with_zones(part))
    except StatusError:
        return False
    return True


def _is_peer(value: object) -> bool:
    return isinstance(value, dict) and len(value.keys() & _PEER_KEYS) >= _SHAPED


def _with_zones(raw: dict[str, object]) -> dict[str, object]:
    """The same with a `Z` behind times that somebody's copy lost it from."""
    peers = raw.get("Peer")
    if not isinstance(peers, dict):
        return raw
    return {**raw, "Peer": {key: _peer_with_zones(peer) for key, peer in peers.items()}}


def _peer_with_zones(peer: object) -> object:
    if not isinstance(peer, dict):
        return peer
    times: dict[str, str | None] = {}
    for key in _TIME_KEYS:
        text = peer.get(key)
        instant = read_time(text) if isinstance(text, str) else None
        if instant is not None and instant.sure is Sureness.ZONE_ASSUMED:
            times[key] = instant.at.isoformat()
        elif isinstance(text, str) and text.startswith("0001-01-01"):
            times[key] = None
    return {**peer, **times} if times else peer


def _facts(status: Status, raw: dict[str, object], origin: Origin, pointer: str) -> Iterator[Fact]:
    observer = status.self_node.host_name if status.self_node is not None else ""

    def evidence(text: str, at: str) -> dict[str, object]:
        place = origin.evidence(text, pointer=pointer + at, observer=observer, version=status.version.partition("-")[0])
        return {"evidence": place}

    if status.backend_state or status.self_node is not None:
        own = status.self_node
        yield DaemonSeen(
            **evidence(f"BackendState {status.backend_state or 'not said'}, {len(status.peers)} peers", ""),  # type: ignore[arg-type]
            backend_state=status.backend_state,
            tun=status.tun,
            ips=tuple(str(ip) for ip in status.self_ips),
            online=None if own is None else own.online,
            key_expiry=None if own is None else own.key_expiry,
            home_derp="" if own is None else own.relay,
        )
    for number, text in enumerate(status.health):
        yield HealthWarned(**evidence(text, f"/Health/{number}"), warnable="", text=text)  # type: ignore[arg-type]
    raw_peers = raw.get("Peer")
    for peer in status.peers:
        fields = raw_peers.get(peer.key) if isinstance(raw_peers, dict) else None
        names = frozenset(str(name) for name in fields) if isinstance(fields, dict) else frozenset()
        at = f"/Peer/{peer.key}" if peer.key else ""
        yield PeerSeen(**evidence(_describe(peer, names), at), peer=peer, fields=names)  # type: ignore[arg-type]


def _describe(peer: Peer, names: frozenset[str]) -> str:
    parts = [peer.host_name or peer.dns_name or next(map(str, peer.ips), "?")]
    if peer.online is not None:
        parts.append(f"Online={str(peer.online).lower()}")
    if "CurAddr" in names or peer.cur_addr:
        parts.append(f'CurAddr="{peer.cur_addr}"')
    if {"RxBytes", "TxBytes"} & names:
        parts.append(f"RxBytes={peer.rx_bytes} TxBytes={peer.tx_bytes}")
    if "LastHandshake" in names:
        parts.append(f"LastHandshake={peer.last_handshake.isoformat() if peer.last_handshake else 'never'}")
    if "LastWrite" in names:
        parts.append(f"LastWrite={peer.last_write.isoformat() if peer.last_write else 'never'}")
    routes = ",".join(map(str, peer.primary_routes))
    return " ".join([*parts, f"PrimaryRoutes={routes}"] if routes else parts)


READER = _TailscaleStatus()
