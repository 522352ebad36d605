"""Facts made in one line, for tests of what argues from them."""

from datetime import UTC, datetime

from farshore.core.address import parse_host_port
from farshore.diagnosis.evidence import Evidence, Instant, Sureness
from farshore.diagnosis.facts.dials import DialFailed, Egress, Wording
from farshore.diagnosis.facts.peers import PingAnswered, PingKind, PingUnanswered

TARGET = parse_host_port("10.9.8.7:1433")
_count = iter(range(1, 1_000_000))


def moment(clock: str, day: int = 4) -> Instant:
    hour, minute = (int(part) for part in clock.split(":"))
    return Instant(datetime(2026, 3, day, hour, minute, tzinfo=UTC))


def evidence(source: str = "made.log", time: Instant | None = None, observer: str = "") -> Evidence:
    return Evidence(source=source, line=next(_count), text="made up", time=time, observer=observer)


def failed(
    wording: Wording = Wording.SOCKS_GENERAL,
    *,
    target: str = "10.9.8.7:1433",
    elapsed_s: float | None = None,
    time: Instant | None = None,
) -> DialFailed:
    return DialFailed(
        evidence=evidence(time=time),
        target=parse_host_port(target),
        wording=wording,
        egress=Egress.SOCKS5,
        elapsed_s=elapsed_s,
    )


def unanswered(address: str, kind: PingKind = PingKind.TSMP) -> PingUnanswered:
    return PingUnanswered(evidence=evidence("pings.txt"), address=address, kind=kind, reason="timeout")


def pong(address: str, kind: PingKind = PingKind.TSMP, time: Instant | None = None) -> PingAnswered:
    return PingAnswered(evidence=evidence("pings.txt", time), address=address, kind=kind)


UNDATED = Sureness.DATE_ASSUMED
