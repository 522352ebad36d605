"""What was seen without any client: by the gateway's looks at paths and targets, and by `farshore probe` beside it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from farshore.core.outcome import Code
from farshore.report.outage.given import Figures, Given, Probed
from farshore.report.outage.model import Said
from farshore.report.outage.scene import carried
from farshore.report.outage.sources import Sources
from farshore.report.outage.words import counted, foreign, listed, often, share

HEALTH_CHECK = "health check"
_NAMES = {
    "check": ("The gateway's looks at its paths", "probes"),
    "probe": ("The gateway's probes of the target", "probes"),
    HEALTH_CHECK: ("Health checks (`farshore probe`)", "health checks"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Looks:
    """How many there were that saw anything, and how many of them failed."""

    all_: int
    failed: int


def looks(probed: Sequence[Probed]) -> Looks:
    """Those of any kind together."""
    telling = [each for each in probed if each.is_telling]
    return Looks(
        all_=sum(each.count for each in telling), failed=sum(each.count for each in telling if each.is_failure)
    )


def of_route(given: Given, figures: Figures, route: str) -> tuple[Probed, ...]:
    """Those of a route: by its name, or by its target where a health check named that."""
    led = {each.target for course in given.courses for each in carried(course) if each.route == route}
    return tuple(each for each in figures.probed if each.route == route or each.target in led)


def said_of_looks(figures: Figures, sources: Sources) -> Iterator[Said]:
    """A sentence for each kind: how many failed, of which route, and how."""
    for what in dict.fromkeys(each.what for each in figures.probed):
        name, asked = _NAMES.get(what, (what, "probes"))
        own = [each for each in figures.probed if each.what == what]
        told = [_told([each for each in own if each.route == route]) for route in dict.fromkeys(e.route for e in own)]
        if any(told):
            yield Said(text=f"{name}: {'; '.join(filter(None, told))}.", refs=sources.asked(figures, asked))


def unvisited(given: Given, figures: Figures, routes: Sequence[str], sources: Sources) -> Iterator[Said]:
    """The routes to which no client came, and what probes say of who would have come."""
    came = {each.route for each in figures.counted}
    for route in routes:
        seen = looks(of_route(given, figures, route))
        if route in came or not seen.all_:
            continue
        refs = tuple(
            ref for asked in ("connections", "probes", HEALTH_CHECK + "s") for ref in _asked(figures, asked, sources)
        )
        would = (
            "whoever had come would have failed"
            if seen.failed == seen.all_
            else "some of those who had come would have failed"
            if seen.failed
            else "nobody who had come would have failed, as far as they saw"
        )
        yield Said(
            text=f"No connection of {foreign(route)} ended meanwhile; {seen.failed:,} of "
            f"{counted(seen.all_, 'look')} without a client failed: {would}.",
            refs=refs,
        )


def _asked(figures: Figures, what: str, sources: Sources) -> tuple[str, ...]:
    return sources.asked(figures, what) if what in figures.asked else ()


def _told(own: Sequence[Probed]) -> str:
    """Of one route, by one kind; empty where nothing was seen."""
    seen = looks(own)
    if not seen.all_:
        return ""
    route = foreign(own[0].route)
    if not seen.failed:
        return f"none of {seen.all_:,} failed on {route}"
    ways = [each for each in own if each.is_failure and each.result != "failed"]
    named = listed(
        f"{f'`{foreign(each.result)}`' if each.result in set(Code) else foreign(each.result)}"
        + (f" {often(each.count)}" if len(ways) > 1 else "")
        for each in ways
    )
    how = f", {named}" if ways else ""
    return f"{seen.failed:,} of {seen.all_:,} failed on {route} ({share(seen.failed, seen.all_)}{how})"
