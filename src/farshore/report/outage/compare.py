"""This outage beside an earlier one: from the two reports alone, so that it says nothing that neither of them does."""

from collections.abc import Iterator

from farshore.diagnosis.cause import Hop
from farshore.report.outage.happened import told_result
from farshore.report.outage.model import Aspect, Comparison, Report, Root, Said
from farshore.report.outage.words import clock, lasted, listed, often, share

UNKNOWN = "not known"
MOST_CODES = 3


def compare(this: Report, other: Report, refs: tuple[str, ...]) -> Comparison:
    """The table, and what it comes to."""
    pairs = zip(_aspects(this), _aspects(other), strict=True)
    rows = tuple(
        Aspect(aspect=name, this=mine, other=theirs, same=mine == theirs) for (name, mine), (_, theirs) in pairs
    )
    return Comparison(this=_name(this), other=_name(other), said=_said(this, other, refs), rows=rows, refs=refs)


def _said(this: Report, other: Report, refs: tuple[str, ...]) -> Said:
    mine, theirs = this.roots[:1], other.roots[:1]
    if not mine or not theirs:
        return Said(text="Whether both had one cause is not known: not both were examined.", refs=refs)
    one, two = mine[0], theirs[0]
    if one.code is None or two.code is None:
        return Said(text="Whether both had one cause is not known: not both were decided.", refs=refs)
    if one.code != two.code:
        return Said(text=f"Two different outages: {_cause(one)} here, {_cause(two)} there.", refs=refs)
    same = _about(one) == _about(two)
    where = f"at the same place ({_about(one)})" if same else f"elsewhere ({_about(one)} here, {_about(two)} there)"
    return Said(text=f"The same cause, {one.code}, {where}.", refs=refs)


def _aspects(report: Report) -> Iterator[tuple[str, str]]:
    roots, impact = report.roots, report.impact
    root = roots[0] if roots else None
    yield "began", clock(report.began)
    yield "lasted", lasted(report.lasted_s) if report.ended else f"{lasted(report.lasted_s)}, and goes on"
    yield "recovery", _recovery(report)
    yield "cause", UNKNOWN if root is None else _cause(root)
    yield "confidence", UNKNOWN if root is None else root.confidence
    yield "broken hop", UNKNOWN if root is None or root.hop is None else root.hop
    yield "router or target", UNKNOWN if root is None else _about(root)
    yield "routes", listed(report.routes)
    yield "noticed by", listed(dict.fromkeys(hit.sign for hit in impact.routes if hit.sign))
    yield "how connections failed", _codes(report)
    yield "what clients saw", _seen(report)
    yield "connections failed", _failed(report)
    yield "clients held", _held(report)
    yield "minutes with failures", UNKNOWN if impact.failing_minutes is None else str(impact.failing_minutes)


def _recovery(report: Report) -> str:
    helped = [each for each in report.tried if each.result == "helped"]
    if helped:
        return f"after {helped[-1].remedy} on {helped[-1].subject}"
    if report.ended is None:
        return "not yet"
    failed = [
        f"{each.remedy}: {told_result(each.result)}" for each in report.tried if each.result in {"no-change", "failed"}
    ]
    return f"by itself or by hand; {listed(dict.fromkeys(failed))}" if failed else "by itself or by hand"


def _cause(root: Root) -> str:
    return f"{root.code} {root.title}" if root.code is not None else f"undecided between {listed(root.candidates)}"


def _about(root: Root) -> str:
    at_target = root.target and root.hop in {Hop.TARGET.value, Hop.LAN.value}
    return root.target if at_target else root.router or root.target or UNKNOWN


def _seen(report: Report) -> str:
    ends = dict.fromkeys(each.client_end for each in report.symptoms if each.client_end)
    return listed(ends) if ends else UNKNOWN


def _codes(report: Report) -> str:
    return listed(each.code for each in report.symptoms[:MOST_CODES]) if report.symptoms else UNKNOWN


def _failed(report: Report) -> str:
    counts = [(hit.connections, hit.failed) for hit in report.impact.routes]
    all_ = sum(count for count, _ in counts if count is not None)
    failed = sum(count for _, count in counts if count is not None)
    if not counts or any(count is None for count, _ in counts):
        return UNKNOWN
    return f"{failed:,} of {all_:,} ({share(failed, all_)})" if all_ else "none came"


def _held(report: Report) -> str:
    hits = report.impact.routes
    if not hits or any(hit.held is None for hit in hits):
        return UNKNOWN
    seconds = sum(hit.held_s or 0.0 for hit in hits)
    times = sum(hit.held or 0 for hit in hits)
    return f"{often(times)}, {lasted(seconds)} in all" if times else "no"


def _name(report: Report) -> str:
    return (
        report.incidents[0] if len(report.incidents) == 1 else f"{clock(report.began)} to {clock(report.ended or '')}"
    )
