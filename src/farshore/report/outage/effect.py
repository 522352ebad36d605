"""Whom it hit: how connections ended, what their users saw, and for how long. Says so where nobody has counted."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgspec

from farshore.core.outcome import GAVE_UP_S, MEANINGS, Code
from farshore.gateway.wording import text_of
from farshore.report.outage.argument import deciding
from farshore.report.outage.given import Counted, Figures, Given, Held
from farshore.report.outage.kinds import is_one, kind_of, said_of_kinds, said_of_speeds
from farshore.report.outage.model import Bar, Impact, RouteHit, Said, Symptom
from farshore.report.outage.probing import looks, of_route, said_of_looks, unvisited
from farshore.report.outage.questions import is_failure
from farshore.report.outage.seen import client_sees, texts_for
from farshore.report.outage.sources import Sources
from farshore.report.outage.words import counted, foreign, lasted, moment, often, share

MOST_CODES = 12
MOST_REFS = 5


def symptoms(given: Given, target: str, sources: Sources) -> tuple[Symptom, ...]:
    """How connections failed, the most frequent first; from the journal, or else from what examinations have seen."""
    counts = _by_code(() if given.figures is None else given.figures.counted)
    refs = () if given.figures is None else sources.asked(given.figures, "connections")
    found = [
        msgspec.structs.replace(_symptom(code, count, target, refs), told=tuple(_told(code, given.figures, sources)))
        for code, count in list(counts.items())[:MOST_CODES]
    ]
    if found:
        return tuple(found)
    return tuple(_symptom(code, _Count(), target, seen) for code, seen in _seen(given, sources).items())


def impact(given: Given, sources: Sources) -> Impact:
    """The figures, and the sentences that rest on them."""
    figures = given.figures
    if figures is None:
        return Impact(
            said=(Said(text=f"Nobody has counted: {given.no_figures}.", refs=_records(given, sources)),),
            routes=tuple(_uncounted(given, sources)),
            failing_minutes=None,
            minutes_without_success=None,
            bar_s=None,
            bars=(),
        )
    bad = [minute for minute in figures.minutes if minute.failed]
    total = [minute for minute in bad if not minute.well]
    return Impact(
        said=(*_said(given, figures, sources), *unvisited(given, figures, routes_of(given), sources)),
        routes=tuple(_hits(given, figures, sources)),
        failing_minutes=len(bad) if "minutes" in figures.asked else None,
        minutes_without_success=len(total) if "minutes" in figures.asked else None,
        bar_s=figures.slice_s,
        bars=tuple(Bar(time=moment(each.at_s), well=each.well, failed=each.failed) for each in figures.slices),
    )


def routes_of(given: Given) -> tuple[str, ...]:
    """The routes that a report is about: those of its incidents, or all that failed in its span."""
    named = [route for course in given.courses for route in course.routes]
    counted_ = () if given.figures is None else given.figures.counted
    failed = [] if named else [each.route for each in counted_ if is_failure(each.code)]
    return tuple(dict.fromkeys([*named, *failed]))


@dataclass(frozen=True, slots=True)
class _Count:
    """How many connections ended with a code, None where nobody has counted, and how many clients were told why."""

    all_: int | None = None
    told: int = 0


def _by_code(counts: Sequence[Counted]) -> dict[str, _Count]:
    sums: dict[str, list[Counted]] = {}
    for each in counts:
        if is_failure(each.code):
            sums.setdefault(each.code, []).append(each)
    found = [(code, sum(each.count for each in same), sum(each.told for each in same)) for code, same in sums.items()]
    return {code: _Count(all_, told) for code, all_, told in sorted(found, key=lambda each: (-each[1], each[0]))}


def _symptom(code: str, count: _Count, target: str, refs: tuple[str, ...]) -> Symptom:
    known = Code(code) if code in set(Code) else None
    return Symptom(
        code=foreign(code),
        count=count.all_,
        meaning="" if known is None else MEANINGS[known].summary,
        client_end="" if known is None else client_sees(known, count.told, count.all_),
        texts=() if known is None or count.told == count.all_ else texts_for(known, target),
        refs=refs,
    )


def _told(code: str, figures: Figures | None, sources: Sources) -> Iterator[Said]:
    """What the gateway told them, made of what the journal keeps by the function that made it then."""
    for each in () if figures is None else figures.refusals:
        if each.code == code and each.code in set(Code):
            text = text_of(each.route, each.target, Code(each.code), each.detail or None)
            refs = sources.asked(figures, "refusals") if figures is not None else ()
            clients = f"{counted(each.count, 'client')} of {foreign(each.route)}"
            yield Said(text=f"{clients}: `{foreign(text)}`", refs=refs)


def _seen(given: Given, sources: Sources) -> dict[str, tuple[str, ...]]:
    """The codes that stand in the evidence, each with where."""
    found: dict[str, dict[str, None]] = {}
    for course in given.courses:
        examined = deciding(course)
        for evidence in () if examined is None else examined.diagnosis.evidence:
            code = evidence.text.partition(" ")[0]
            if examined is not None and code in set(Code) and MEANINGS[Code(code)].is_failure:
                refs = found.setdefault(code, {})
                if len(refs) < MOST_REFS:
                    refs[sources.evidence(course, examined, evidence)] = None
    return {code: tuple(refs) for code, refs in found.items()}


def _said(given: Given, figures: Figures, sources: Sources) -> Iterator[Said]:
    bad = [minute for minute in figures.minutes if minute.failed]
    total = [minute for minute in bad if not minute.well]
    all_, failed = _sums(figures.counted)
    refs = (*sources.asked(figures, "connections"), *sources.asked(figures, "clients"))
    hosts = figures.affected.get("", 0)
    if not all_:
        yield Said(text="No client connection ended meanwhile.", refs=refs)
    else:
        whose = f", of {counted(hosts, 'client host')}" if hosts else ""
        yield Said(
            text=f"{failed:,} of {counted(all_, 'connection')} that ended meanwhile failed "
            f"({share(failed, all_)}){whose}.",
            refs=refs,
        )
    if is_one(given):
        yield from said_of_kinds(figures, sources)
    yield from said_of_speeds(figures, sources)
    if bad and len(figures.minutes) > 1:
        without = "others succeeded in each of them" if not total else f"in {len(total):,} of them not one succeeded"
        if len(total) == len(bad):
            without = "not one succeeded meanwhile"
        yield Said(
            text=f"There were failures in {counted(len(bad), 'minute')}; {without}.",
            refs=sources.asked(figures, "minutes"),
        )
    if figures.held:
        yield Said(text=_told_held(figures.held), refs=sources.asked(figures, "held"))
    if figures.uncounted:
        yield Said(
            text=f"Not counted: {counted(figures.uncounted, 'connection')} that had not been allowed, had left "
            f"unconnected within {GAVE_UP_S:g} s, or had been cut by a shutdown.",
            refs=sources.asked(figures, "not counted"),
        )
    yield from said_of_looks(figures, sources)


def _told_held(held: Sequence[Held]) -> str:
    known = [each for each in held if each.ended_s is not None]
    whole_s = sum((each.ended_s or each.at_s) - each.at_s for each in known)
    served, refused = sum(each.served or 0 for each in held), sum(each.refused or 0 for each in held)
    open_ = len(held) - len(known)
    more = f"; how {counted(open_, 'more')} ended is not known" if open_ else ""
    times = often(len(held))
    return (
        f"Clients were held {times}, {lasted(whole_s)} in all: {served:,} were connected after all, "
        f"{refused:,} turned away{more}."
    )


def _hits(given: Given, figures: Figures, sources: Sources) -> Iterator[RouteHit]:
    signs = {route: sign for course in given.courses for route, sign in course.routes.items()}
    refs = tuple(ref for what in ("connections", "clients", "held", "probes") for ref in sources.asked(figures, what))
    for route in routes_of(given):
        own = [each for each in figures.counted if each.route == route]
        held = [each for each in figures.held if each.route == route]
        all_, failed = _sums(own)
        seen = looks(of_route(given, figures, route))
        yield RouteHit(
            route=foreign(route),
            sign=signs.get(route, ""),
            connections=all_,
            failed=failed,
            clients=figures.affected.get(route, 0),
            held=len(held),
            held_s=round(sum((each.ended_s or each.at_s) - each.at_s for each in held), 3),
            served=sum(each.served or 0 for each in held),
            turned_away=sum(each.refused or 0 for each in held),
            refs=refs,
            kind=kind_of(figures, route) if is_one(given) else None,
            probes=seen.all_,
            probes_failed=seen.failed,
        )


def _uncounted(given: Given, sources: Sources) -> Iterator[RouteHit]:
    for course in given.courses:
        for route, sign in course.routes.items():
            yield RouteHit(
                route=foreign(route),
                sign=sign,
                connections=None,
                failed=None,
                clients=None,
                held=None,
                held_s=None,
                served=None,
                turned_away=None,
                refs=(sources.record(course, "/routes", f"{route}: {sign}"),),
            )


def _records(given: Given, sources: Sources) -> tuple[str, ...]:
    return tuple(
        sources.record(course, "/since_s", f"it began at {moment(course.since_s)}") for course in given.courses
    ) or (sources.at("the command line", "no incident was named, and no journal"),)


def _sums(counts: Sequence[Counted]) -> tuple[int, int]:
    return sum(each.count for each in counts), sum(each.count for each in counts if is_failure(each.code))
