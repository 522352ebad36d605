"""The pictures of a report as inline SVG: what happened on a time axis, and the way from client to target.

Colours come from the page's style sheet, so that they follow its light and its dark; everything that was said elsewhere
is escaped. What a picture shows stands in the report's words as well.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from farshore.diagnosis.cause import Hop
from farshore.diagnosis.causes import BY_CODE
from farshore.report.outage.model import Bar, Moment, Report, Root
from farshore.report.outage.words import DAY_S, hour, lasted, moment

WIDTH, LEFT, RIGHT = 960, 92, 14
BARS_HEIGHT, LANE_HEIGHT, AXIS_HEIGHT = 90, 26, 24
TICKS = 7
LABEL = 9
LANES = (("verdict", "verdicts"), ("remedy", "remedies"), ("path", "paths"), ("held", "held"))
STEPS_S = (1, 5, 10, 30, 60, 300, 600, 1800, 3600, 7200, 21_600, 43_200, 86_400, 604_800)
MARGIN_SHARE = 0.06
HOP_WIDTH, HOP_GAP, HOP_HEIGHT = 104, 16, 40
LONGEST_NAME = 19
CHARACTER_WIDTH = 6.6


def timeline(report: Report) -> Markup:
    """What happened on one axis of time; connections above it where they were counted."""
    axis = _Axis.of(report)
    lanes = [(kind, name) for kind, name in LANES if any(each.kind == kind for each in report.timeline)]
    parts: list[Markup] = []
    top = 8.0
    if report.impact.bars:
        parts += _bars(report.impact.bars, report.impact.bar_s or 1.0, axis, top)
        top += BARS_HEIGHT + 8
    parts += _spans(report, axis, top)
    top += LANE_HEIGHT
    for kind, name in lanes:
        parts += _lane([each for each in report.timeline if each.kind == kind], name, axis, top)
        top += LANE_HEIGHT
    parts += _ticks(axis, top)
    height = top + AXIS_HEIGHT
    told = f"From {report.began} to {report.ended or 'now'}: {lasted(report.lasted_s)} of failures"
    return Markup('<svg class="chart" viewBox="0 0 {} {:.0f}" role="img" aria-label="{}">{}</svg>').format(
        WIDTH, height, told, Markup().join(parts)
    )


def way(root: Root) -> Markup:
    """The hops from client to target, the broken one marked; what lies behind it was not reached."""
    hops = [hop.value for hop in Hop if hop is not Hop.CLUSTER or root.hop == Hop.CLUSTER.value]
    broken = hops.index(root.hop) if root.hop in hops else None
    perhaps = {BY_CODE[code].hop.value for code in root.candidates if code in BY_CODE}
    names = {Hop.ROUTER.value: root.router, Hop.TARGET.value: root.target}
    width = len(hops) * (HOP_WIDTH + HOP_GAP) - HOP_GAP + 4
    parts: list[Markup] = []
    for at, hop in enumerate(hops):
        kind = _hop_kind(at, broken, is_candidate=hop in perhaps)
        x = 2 + at * (HOP_WIDTH + HOP_GAP)
        if at:
            wire = "plain" if broken is None else "wire" if at < broken else "wire cut"
            parts.append(_line(x - HOP_GAP, 24, x, 24, wire))
        parts.append(_box(x, 4, HOP_WIDTH, HOP_HEIGHT, kind))
        parts.append(_text(x + HOP_WIDTH / 2, 28, hop, f"name {kind}"))
        if names.get(hop):
            parts.append(_text(x + HOP_WIDTH / 2, 60, _short(names[hop]), "small"))
    where = f"the {root.hop} is broken" if root.hop else "which hop is broken is not known"
    return Markup('<svg class="chart way" viewBox="0 0 {} 68" role="img" aria-label="{}">{}</svg>').format(
        width, f"The way from client to target: {where}", Markup().join(parts)
    )


def _hop_kind(at: int, broken: int | None, *, is_candidate: bool) -> str:
    """Sound as far as the broken one; where that is not known nothing is called sound."""
    if broken is None:
        return "hop maybe" if is_candidate else "hop unknown"
    return "hop" if at < broken else "hop broken" if at == broken else "hop beyond"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Axis:
    from_s: float
    to_s: float

    @classmethod
    def of(cls, report: Report) -> "_Axis":
        times = [_seconds(each.time) for each in report.timeline]
        bars = [_seconds(bar.time) for bar in report.impact.bars]
        ends = [_seconds(report.began), _seconds(report.began) + report.lasted_s]
        times += [bars[0], bars[-1] + (report.impact.bar_s or 0.0)] if bars else []
        first, last = min([*times, *ends]), max([*times, *ends])
        margin_s = max(1.0, (last - first) * MARGIN_SHARE) if not bars else 0.0
        return cls(from_s=first - margin_s, to_s=max(last + margin_s, first + 1.0))

    def x(self, at_s: float) -> float:
        share = (at_s - self.from_s) / (self.to_s - self.from_s)
        return LEFT + min(1.0, max(0.0, share)) * (WIDTH - LEFT - RIGHT)


def _bars(bars: tuple[Bar, ...], bar_s: float, axis: _Axis, top: float) -> Iterator[Markup]:
    most = max((bar.well + bar.failed for bar in bars), default=0) or 1
    bottom = top + BARS_HEIGHT
    yield _text(LEFT - 8, top + 12, "connections", "lane")
    yield _text(LEFT - 8, top + 26, f"each {lasted(bar_s)}", "lane")
    yield _text(LEFT - 8, bottom - 2, f"most {most:,}", "lane")
    for bar in bars:
        at_s = _seconds(bar.time)
        x, right = axis.x(at_s), axis.x(at_s + bar_s)
        width = max(1.0, right - x - 1.0)
        failed = bar.failed / most * BARS_HEIGHT
        well = bar.well / most * BARS_HEIGHT
        told = f"{hour(bar.time)}: {bar.failed:,} failed, {bar.well:,} well"
        if bar.failed:
            yield _box(x, bottom - failed, width, max(failed, 1.5), "failed", told)
        if bar.well:
            yield _box(x, bottom - failed - well, width, max(well, 1.5), "well", told)
    yield _line(LEFT, bottom, WIDTH - RIGHT, bottom, "rule")


def _spans(report: Report, axis: _Axis, top: float) -> Iterator[Markup]:
    """When it failed, and for how long the incident was open."""
    middle = top + LANE_HEIGHT / 2
    yield _text(LEFT - 8, middle + 4, "outage", "lane")
    opened = [_seconds(each.time) for each in report.timeline if each.kind == "opened"]
    closed = [_seconds(each.time) for each in report.timeline if each.kind == "closed"]
    if opened:
        x, right = axis.x(min(opened)), axis.x(max(closed) if closed else axis.to_s)
        yield _box(x, middle - 7, max(2.0, right - x), 14, "open", "the incident was open")
    began_s = _seconds(report.began)
    x, right = axis.x(began_s), axis.x(began_s + report.lasted_s)
    yield _box(x, middle - 4, max(2.0, right - x), 8, "failing", f"failing for {lasted(report.lasted_s)}")


def _lane(moments: list[Moment], name: str, axis: _Axis, top: float) -> Iterator[Markup]:
    middle = top + LANE_HEIGHT / 2
    yield _text(LEFT - 8, middle + 4, name, "lane")
    yield _line(LEFT, middle, WIDTH - RIGHT, middle, "rule faint")
    free = float(WIDTH)
    for each in reversed(moments):
        x = axis.x(_seconds(each.time))
        yield Markup('<circle class="dot {}" cx="{:.1f}" cy="{:.1f}" r="4.5"><title>{}</title></circle>').format(
            _mark(each), x, middle, f"{hour(each.time)} {each.text}"
        )
        label = _label(each)
        # The last of several that stand close together is the one that counts.
        if label and x + LABEL + len(label) * CHARACTER_WIDTH <= free:
            yield _text(x + LABEL, middle + 4, label, "small start")
        free = x - LABEL


def _mark(each: Moment) -> str:
    if each.kind == "path":
        if "is down" in each.text or "is open" in each.text:
            return "bad"
        return "good" if "is up" in each.text or "is closed" in each.text else "plain"
    if each.kind == "remedy":
        return "good" if "the outage ended" in each.text else "plain"
    return "plain"


def _label(each: Moment) -> str:
    """What fits beside a dot: the verdict's code, the remedy's name."""
    if each.kind == "verdict":
        return each.text.removeprefix("Examined: ").partition(" ")[0].rstrip(".,")
    if each.kind == "remedy":
        return _short(each.text.removeprefix("Remedy ").partition(" on ")[0])
    return ""


def _ticks(axis: _Axis, top: float) -> Iterator[Markup]:
    span_s = axis.to_s - axis.from_s
    step_s = next((step for step in STEPS_S if span_s / step <= TICKS), span_s / TICKS)
    yield _line(LEFT, top + 2, WIDTH - RIGHT, top + 2, "rule")
    at_s = -(-axis.from_s // step_s) * step_s
    while at_s <= axis.to_s:
        x = axis.x(at_s)
        time = moment(at_s)
        yield _line(x, top + 2, x, top + 6, "rule")
        yield _text(x, top + 18, time[:10] if step_s >= DAY_S else hour(time), "tick")
        at_s += step_s


def _seconds(time: str) -> float:
    return datetime.fromisoformat(time).timestamp()


def _short(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"


def _box(x: float, y: float, width: float, height: float, kind: str, told: str = "") -> Markup:  # noqa: PLR0913, PLR0917 - a box
    inner = Markup("<title>{}</title>").format(told) if told else Markup()
    return Markup('<rect class="{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" rx="3">{}</rect>').format(
        kind, x, y, width, height, inner
    )


def _line(x: float, y: float, to_x: float, to_y: float, kind: str) -> Markup:
    return Markup('<line class="{}" x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}"/>').format(kind, x, y, to_x, to_y)


def _text(x: float, y: float, text: str, kind: str) -> Markup:
    return Markup('<text class="{}" x="{:.1f}" y="{:.1f}">{}</text>').format(kind, x, y, text)
