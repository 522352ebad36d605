"""What refutes several misreadings, as rules over all facts."""

from collections.abc import Iterable
from datetime import timedelta

from farshore.diagnosis.cause import Ground
from farshore.diagnosis.facts.base import Fact, dated
from farshore.diagnosis.facts.dials import DialFailed, RelayBroke, Wording
from farshore.diagnosis.facts.flows import FlowSeen, PeriodCounted, ResetAfterHandshake, Section, TargetsSilent
from farshore.diagnosis.facts.peers import PeerSeen
from farshore.diagnosis.facts.timing import answered
from farshore.diagnosis.grounds import duration, ground
from farshore.diagnosis.index import Index, span

_LOOPBACK_6 = "[::1]:"
_HOUR = timedelta(hours=1)


def peers_with(index: Index, field: str) -> list[PeerSeen]:
    """What statuses say of peers, where a field stood in the input."""
    return [seen for seen in index.of(PeerSeen) if field in seen.fields]


def closed_itself(index: Index) -> Ground | None:
    """The process that wrote the line had closed the connection itself: the other direction was over."""
    return ground(
        "the process that logs it had closed the connection itself, after the other direction was over",
        (broke for broke in index.of(RelayBroke) if broke.closed_here),
    )


def came_about_over_ipv6(index: Index) -> Ground | None:
    """The connection over [::1] had come about: a fault of the family shows at the dial."""
    return ground(
        "the connection over [::1] had come about; a fault of IPv6 would show at the dial",
        (broke for broke in index.of(RelayBroke) if any(a.startswith(_LOOPBACK_6) for a in broke.addresses)),
    )


def general_failures(index: Index) -> tuple[DialFailed, ...]:
    """Dials that failed with SOCKS reply 1."""
    return tuple(dial for dial in index.of(DialFailed) if dial.wording is Wording.SOCKS_GENERAL)


def faster_than_silence(index: Index) -> Ground | None:
    """The failures came faster than silence can."""
    timed: list[tuple[float, Fact]] = [(reset.after_s, reset) for reset in index.of(ResetAfterHandshake)]
    timed += [(dial.elapsed_s, dial) for dial in index.of(DialFailed) if dial.elapsed_s is not None]
    fast = [(seconds, fact) for seconds, fact in timed if answered(seconds)]
    if not fast:
        return None
    quickest = duration(min(fast, key=lambda each: each[0])[0])
    return ground(
        f"the failure came after {quickest}; a router that does not answer costs 5.0 s: something answered, or the "
        "dial never went there",
        (fact for _, fact in fast),
    )


def received(index: Index) -> Ground | None:
    """A table over periods counts packets received while it is said that nothing came through."""
    rows = [(row, packets) for row in _during(index) if (packets := _column(row, "rx")) and _column(row, "tx")]
    if not rows:
        return None
    return ground(
        f"{rows[0][1]:,.0f} packets were received during that time, and such counters hold WireGuard packets alone: "
        "some node had a working path to it in both directions",
        (row for row, _ in rows),
    )


def received_by_a_reporter(index: Index) -> Ground | None:
    """Rows of a flow log: a node exchanged WireGuard packets with a router in both directions while others failed."""
    spells = [(each.since, each.until) for each in index.of(TargetsSilent)]
    dials = span(index.of(DialFailed))
    spells += [dials] if dials is not None else []
    rows = [
        row
        for row in index.of(FlowSeen)
        if row.section is Section.PHYSICAL and row.tx_packets and row.rx_packets and row.start is not None
        if any(since <= row.start <= until for since, until in spells)
        if (node := index.node_of(row.src.rpartition(":")[0].strip("[]"))) is not None and node.routes
    ]
    return ground("{n} physical rows of the flow log have packets both ways with the router at that time", rows)


def silent_since(index: Index) -> Ground | None:
    """The observer of the status had sent the peer nothing for an hour and more while dials failed."""
    moments = [at for dial in index.of(DialFailed) if (at := dated(dial)) is not None]
    if not moments:
        return None
    first = min(moments)
    idle = [p for p in index.of(PeerSeen) if p.peer.last_write is not None and first - p.peer.last_write > _HOUR]
    if not idle or idle[0].peer.last_write is None:
        return None
    quiet = duration((first - idle[0].peer.last_write).total_seconds())
    return ground(
        f"whoever took this status had sent the peer nothing for {quiet} while dials failed: it was not the node that "
        "fails, or its dials did not go there",
        idle,
    )


def _during(index: Index) -> Iterable[PeriodCounted]:
    return (row for row in index.of(PeriodCounted) if row.period == "during")


def _column(row: PeriodCounted, word: str) -> float | None:
    """The first figure whose column has a word among its words."""
    return next((value for name, value in row.counts if word in name.split()), None)
