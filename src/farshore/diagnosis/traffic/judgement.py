"""What the tables say, in sentences: only what differs from the healthy window, and what is to be discarded."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from farshore.diagnosis.lake.engine import Record
from farshore.diagnosis.traffic.analysis import Analysis, integer

# Points between the periods below which a share tells nothing apart.
SAME_POINTS = 2.0
FEWEST_FLOWS = 3
MOST_NAMES = 3
MOST_PEERS = 20
# A baseline that is this unanswered itself is none.
HEALTHY_PERCENT = 50.0


class Weight(StrEnum):
    """Whether a statement points to a fault, is only to be known, or warns of a wrong inference."""

    FINDING = "finding"
    NOTE = "note"
    DISCARDED = "discarded"


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence, and the table that it was read from."""

    weight: Weight
    table: str
    text: str


def judge(analysis: Analysis) -> list[Statement]:
    """Every statement, findings first."""
    found = [
        *_unanswered_handshakes(analysis),
        *_silent_targets(analysis),
        *_rejected(analysis),
        *_denied(analysis),
        *_sums(analysis),
        *_missing_reporters(analysis),
        *_single_packets(analysis),
    ]
    order = list(Weight)
    return sorted(found, key=lambda each: order.index(each.weight))


def focus(analysis: Analysis) -> str:
    """The period that is asked about."""
    return "during" if len(analysis.periods) > 1 else analysis.periods[0].name


@dataclass(frozen=True, slots=True)
class Silent:
    """Rows of a target that answered nobody, and what became of its rows at other times."""

    rows: int
    other_unanswered: int
    other_rows: int

    @property
    def has_answered(self) -> bool:
        """Whether a healthy time stands beside it."""
        return self.other_rows > 0 and 100 * self.other_unanswered / self.other_rows < HEALTHY_PERCENT


def silent_targets(analysis: Analysis) -> dict[str, Silent]:
    """Targets behind routers from which clients got nothing back in the period that is asked about, as `host:port`."""
    rows: dict[str, list[Record]] = defaultdict(list)
    for row in _rows(analysis, "flow_targets"):
        host = str(row["target"])
        rows[f"[{host}]:{row['port']}" if ":" in host else f"{host}:{row['port']}"].append(row)
    silent: dict[str, Silent] = {}
    for target, told in rows.items():
        now = next((row for row in told if row["period"] == focus(analysis)), None)
        if now is None or integer(now["flows"]) < FEWEST_FLOWS or integer(now["rx_packets"]):
            continue
        others = [row for row in told if row is not now]
        flows, unanswered = (sum(integer(row[key]) for row in others) for key in ("flows", "unanswered"))
        silent[target] = Silent(integer(now["flows"]), unanswered, flows)
    return silent


def silent_peers(analysis: Analysis) -> list[Record]:
    """Rows of `flow_handshakes`: peers from which a reporter received nothing in the period that is asked about."""
    rows = _rows(analysis, "flow_handshakes")
    return [row for row in rows if row["period"] == focus(analysis) and not integer(row["rx_packets"])]


def _silent_targets(analysis: Analysis) -> Iterator[Statement]:
    """Targets that answered nobody, with and without a healthy time beside it."""
    silent = silent_targets(analysis)
    proven = {target: each for target, each in silent.items() if each.has_answered}
    alone = silent.keys() - proven.keys()
    when = _when(focus(analysis))
    if proven:
        now_rows = sum(each.rows for each in proven.values())
        unanswered = sum(each.other_unanswered for each in proven.values())
        flows = sum(each.other_rows for each in proven.values())
        text = f"answered nobody {when}: all {now_rows:,} rows unanswered, at other times {unanswered:,} of {flows:,}"
        yield Statement(Weight.FINDING, "flow_targets", f"{_several(proven, 'target')} {text}")
    if alone:
        text = f"answered nobody {when}, and no healthy time stands beside it"
        yield Statement(Weight.NOTE, "flow_targets", f"{_several(alone, 'target')} {text}")


def _unanswered_handshakes(analysis: Analysis) -> Iterator[Statement]:
    asked: dict[str, dict[str, int]] = defaultdict(dict)
    for row in silent_peers(analysis):
        asked[str(row["peer"])][str(row["reporter"])] = integer(row["initiations"])
    for peer, reporters in sorted(asked.items(), key=lambda each: -sum(each[1].values()))[:MOST_PEERS]:
        yield Statement(
            Weight.FINDING,
            "flow_handshakes",
            f"{peer} answered none of {sum(reporters.values()):,} WireGuard handshakes {_when(focus(analysis))} from "
            f"{_several(reporters, 'reporter')}: nothing was received from it, so there was no session",
        )


def _rejected(analysis: Analysis) -> Iterator[Statement]:
    when = _when(focus(analysis))
    for row in _rows(analysis, "reset_times"):
        if row["period"] == focus(analysis):
            yield Statement(
                Weight.FINDING,
                "reset_times",
                f"{row['server']}:{row['port']} accepted {integer(row['resets']):,} connections {when} and reset them "
                f"before a word, after {row['min_ms']} to {row['max_ms']} ms (median {row['median_ms']})",
            )


def _denied(analysis: Analysis) -> Iterator[Statement]:
    rows = _rows(analysis, "denials_by_period")
    for row in rows:
        if row["period"] == focus(analysis):
            target = f"{row['destination']}:{row['port']}" if row["port"] else str(row["destination"])
            yield Statement(
                Weight.FINDING,
                "denials_by_period",
                f"a network policy denied {integer(row['packets']):,} packets {_when(focus(analysis))} from "
                f"{row['source'] or 'unknown'} to {target}",
            )


def _sums(analysis: Analysis) -> Iterator[Statement]:
    for row in _rows(analysis, "packet_periods"):
        if row["period"] == focus(analysis):
            names = ("completed", "denied", "refused", "unexplained")
            parts = ", ".join(f"{integer(row[name]):,} {name}" for name in names)
            whole = f"of {integer(row['attempts']):,} connections {_when(focus(analysis))}"
            yield Statement(Weight.NOTE, "packet_periods", f"{whole}: {parts}")


def _missing_reporters(analysis: Analysis) -> Iterator[Statement]:
    heard: dict[str, set[str]] = defaultdict(set)
    for row in _rows(analysis, "flow_reporters"):
        heard[str(row["reporter"])].add(str(row["period"]))
    for reporter, periods in heard.items():
        if focus(analysis) not in periods:
            yield Statement(
                Weight.NOTE,
                "flow_reporters",
                f"{reporter} logged nothing {_when(focus(analysis))}: missing from the log, which is not silence",
            )


def _single_packets(analysis: Analysis) -> Iterator[Statement]:
    shares = {str(row["period"]): row["single_percent"] for row in _rows(analysis, "flow_periods")}
    during = shares.get("during")
    for name in ("before", "after"):
        beside = shares.get(name)
        if isinstance(during, int | float) and isinstance(beside, int | float):
            same = abs(during - beside) < SAME_POINTS
            says = "the same in a healthy window, so no indicator" if same else "rows of one packet are not failures"
            yield Statement(
                Weight.DISCARDED,
                "flow_periods",
                f"single-packet rows: {during:.1f} % during, {beside:.1f} % {name}: {says}",
            )
            return


def _rows(analysis: Analysis, table: str) -> list[Record]:
    return analysis.tables.get(table, [])


def _several(names: Iterable[str], word: str) -> str:
    """The first few by name, and how many they are."""
    every = sorted(names)
    told = ", ".join(every[:MOST_NAMES])
    if len(every) > MOST_NAMES:
        return f"{len(every)} {word}s ({told}, ...)"
    return told


def _when(period: str) -> str:
    return "during the outage" if period == "during" else "in the whole log"
