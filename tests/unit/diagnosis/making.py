"""Facts made in one line, for tests of what argues from them."""

from datetime import UTC, datetime

from farshore.core.address import parse_host_port
from farshore.diagnosis.evidence import Evidence, Instant, Origin, Sureness
from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.dials import DialFailed, DialSucceeded, Egress, Wording
from farshore.diagnosis.facts.peers import PeerSeen, PingAnswered, PingKind, PingUnanswered
from farshore.diagnosis.intake.dialect import Dialect
from farshore.diagnosis.intake.records import Record
from farshore.tailnet.status import parse_status

TARGET = parse_host_port("10.9.8.7:1433")
_count = iter(range(1, 1_000_000))


def moment(clock: str, day: int = 4) -> Instant:
    hour, minute = (int(part) for part in clock.split(":"))
    return Instant(datetime(2026, 3, day, hour, minute, tzinfo=UTC))


def at(clock: str) -> Instant:
    """A moment to the second."""
    return Instant(datetime.fromisoformat(f"2026-03-04T{clock}+00:00"))


def evidence(source: str = "made.log", time: Instant | None = None, observer: str = "") -> Evidence:
    return Evidence(source=source, line=next(_count), text="made up", time=time, observer=observer)


def failed(
    wording: Wording = Wording.SOCKS_GENERAL,
    *,
    target: str | None = "10.9.8.7:1433",
    elapsed_s: float | None = None,
    time: Instant | None = None,
) -> DialFailed:
    return DialFailed(
        evidence=evidence(time=time),
        target=None if target is None else parse_host_port(target),
        wording=wording,
        egress=Egress.SOCKS5,
        elapsed_s=elapsed_s,
    )


def unanswered(address: str, kind: PingKind = PingKind.TSMP) -> PingUnanswered:
    return PingUnanswered(evidence=evidence("pings.txt"), address=address, kind=kind, reason="timeout")


def pong(address: str, kind: PingKind = PingKind.TSMP, time: Instant | None = None) -> PingAnswered:
    return PingAnswered(evidence=evidence("pings.txt", time), address=address, kind=kind)


def reached(target: str, time: Instant | None = None) -> DialSucceeded:
    return DialSucceeded(evidence=evidence(time=time), target=parse_host_port(target), egress=Egress.LOCALAPI)


def routing(name: str, address: str, route: str, *, offline_since: str = "", **fields: object) -> PeerSeen:
    """A router in somebody's status."""
    state = {"Online": not offline_since, "LastSeen": f"2026-03-04T{offline_since or '00:00'}:00Z"}
    raw = {"HostName": name, "TailscaleIPs": [address], "AllowedIPs": [f"{address}/32", route], **state, **fields}
    if not offline_since:
        raw["LastSeen"] = "0001-01-01T00:00:00Z"
    (peer,) = parse_status({"Peer": {f"nodekey:{name}": raw}}).peers
    return PeerSeen(evidence=evidence("status.json"), peer=peer, fields=frozenset(raw))


UNDATED = Sureness.DATE_ASSUMED


def said(dialect: Dialect, text: str) -> list[Fact]:
    """What a dialect makes of one message, if it is offered it at all."""
    offered = any(needle in text.lower() for needle in dialect.needles)
    return list(dialect.read(Record(origin=Origin(source="made.log"), line=1, text=text))) if offered else []
