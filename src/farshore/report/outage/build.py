"""The report, made of what is given. Pure: the same input gives the same report."""

import shlex
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from farshore.report.outage.argument import deciding, dismissed, name, roots
from farshore.report.outage.compare import compare
from farshore.report.outage.effect import impact, routes_of, symptoms
from farshore.report.outage.given import Course, Given
from farshore.report.outage.glossary import terms
from farshore.report.outage.happened import timeline, told_result, tried
from farshore.report.outage.measures import prevention, to_do
from farshore.report.outage.model import Command, Comparison, Impact, Report, Root, Said, Tried, mapped
from farshore.report.outage.prevention import HEALTH, SECOND_PATH
from farshore.report.outage.probing import HEALTH_CHECK
from farshore.report.outage.scene import alone, carried, scene, target_of
from farshore.report.outage.sources import Sources, renumbered
from farshore.report.outage.words import clock, foreign, lasted, listed, moment, printable

MOST_UNREAD = 10
MOST_FIGURES = 3


def build(given: Given, other: Given | None = None) -> Report:
    """The report on what is given, beside the one on another outage."""
    sources = Sources()
    parts = _parts(given, sources)
    report = _report(given, parts, sources)
    whole = report if other is None else _beside(report, build(other), other, sources)
    return renumbered(mapped(whole, printable))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    roots: tuple[Root, ...]
    impact: Impact
    tried: tuple[Tried, ...]


def _parts(given: Given, sources: Sources) -> _Parts:
    return _Parts(
        roots=tuple(each for course in given.courses for each in roots(course, sources)),
        impact=impact(given, sources),
        tried=tried(given, sources),
    )


def _report(given: Given, parts: _Parts, sources: Sources) -> Report:
    routes = tuple(foreign(route) for route in routes_of(given))
    began_s, ended_s = _began(given), _ended(given)
    targets = [*(target_of(course) for course in given.courses), *(root.target for root in parts.roots)]
    found = symptoms(given, next(filter(None, targets), ""), sources)
    to_be_done = dict.fromkeys(
        each
        for course in given.courses
        for each in to_do(course, tuple(r for r in parts.roots if r.incident == course.id))
    )
    return Report(
        title=_title(given, parts.roots, routes),
        incidents=tuple(course.id for course in given.courses),
        state="span" if given.named is None else "open" if given.courses[0].closed_s is None else "closed",
        began=moment(began_s),
        ended=None if ended_s is None else moment(ended_s),
        closed=_closed(given),
        lasted_s=round((given.now_s if ended_s is None else ended_s) - began_s, 3),
        routes=routes,
        summary=tuple(_summary(given, parts, routes, sources)),
        scene=tuple(each for course in given.courses for each in scene(course, sources)),
        timeline=timeline(given, sources),
        symptoms=found,
        roots=parts.roots,
        dismissed=tuple(each for course in given.courses for each in dismissed(course, sources)),
        impact=parts.impact,
        tried=parts.tried,
        to_do=tuple(to_be_done),
        comparison=None,
        prevention=tuple(_prevention(given, parts, sources)),
        unknown=tuple(_unknown(given, parts, sources)),
        commands=tuple(_commands(given)),
        sources=sources.all,
        glossary=terms(
            tuple(each.code for each in found), tuple(hit.kind for hit in parts.impact.routes if hit.kind is not None)
        ),
        made=moment(given.now_s),
        version=given.version,
    )


def _prevention(given: Given, parts: _Parts, sources: Sources) -> Iterator[Said]:
    told = prevention(parts.roots, sources)
    if any(each.text == SECOND_PATH for each in told):
        yield from (each for course in given.courses for each in alone(course, sources))
    has_more = [len(each.paths) > 1 for course in given.courses for each in carried(course)]
    is_checked = given.figures is not None and any(each.what == "check" for each in given.figures.probed)
    for each in told:
        is_there = (each.text == SECOND_PATH and has_more and all(has_more)) or (each.text == HEALTH and is_checked)
        if not is_there:
            yield each


def _beside(report: Report, other: Report, given: Given, sources: Sources) -> Report:

    here = report.summary[0].refs[:1]
    places = [sources.record(course, "/since_s", f"it began at {moment(course.since_s)}") for course in given.courses]
    refs = (*here, *(places or [sources.at("the other span", f"from {other.began}")]))
    comparison: Comparison = compare(report, other, refs)
    return msgspec.structs.replace(report, comparison=comparison, sources=sources.all)


def _began(given: Given) -> float:
    return (
        min((course.since_s for course in given.courses), default=given.span.from_s)
        if given.named
        else given.span.from_s
    )


def _ended(given: Given) -> float | None:
    if given.named is None:
        return given.span.to_s
    course = given.courses[0]
    return course.closed_s if course.ended_s is None else course.ended_s


def _closed(given: Given) -> str | None:
    closed_s = given.courses[0].closed_s if given.named is not None else None
    return None if closed_s is None else moment(closed_s)


def _title(given: Given, found: tuple[Root, ...], routes: tuple[str, ...]) -> str:
    about = listed(routes) if routes else "the gateway"
    first = [root for root in found if given.named is not None]
    if first:
        return f"Outage of {about}: {name(first[0])}"
    return f"{about} from {clock(moment(given.span.from_s))} to {clock(moment(given.span.to_s))}".replace(
        "the g", "The g"
    )


def _summary(given: Given, parts: _Parts, routes: tuple[str, ...], sources: Sources) -> Iterator[Said]:
    yield _what(given, routes, sources)
    for root in parts.roots:
        about = listed(filter(None, (root.router and f"router {root.router}", root.target and f"target {root.target}")))
        where = f" It concerns {about}." if root.router or root.target else ""
        of = f" of {root.incident}" if len(given.courses) > 1 else ""
        yield Said(text=f"Cause{of}: {name(root)}.{where}", refs=root.refs)
    yield from parts.impact.said[:MOST_FIGURES] if given.figures is not None else ()
    for course in given.courses:
        yield _how_it_ended(given, course, parts, sources)
        if course.earlier:
            refs = (sources.record(course, "/verdicts", name(course.verdicts[-1])),)
            last = (sources.at(course.earlier_record, "the last of them"),) if course.earlier_record else ()
            yield Said(text=f"It was there before: {foreign(course.earlier)}.", refs=(*refs, *last))


def _what(given: Given, routes: tuple[str, ...], sources: Sources) -> Said:
    about = listed(routes)
    if given.named is None:
        incidents = listed(course.id for course in given.courses)
        refs = tuple(sources.record(course, "/since_s", moment(course.since_s)) for course in given.courses)
        asked = () if given.figures is None else sources.asked(given.figures, "connections")
        return Said(
            text=f"From {clock(moment(given.span.from_s))} to {clock(moment(given.span.to_s))}: "
            f"incidents {incidents}; routes with failures: {about}.",
            refs=(*refs, *asked) or (sources.at("the command line", "the span that was asked for"),),
        )
    course = given.courses[0]
    refs = (sources.record(course, "/since_s", moment(course.since_s)),)
    began, ended_s = clock(moment(course.since_s)), _ended(given)
    if ended_s is None:
        so_far = lasted(given.now_s - course.since_s)
        return Said(text=f"Since {began} clients of {about} fail; so far for {so_far}.", refs=refs)
    key = "/closed_s" if course.ended_s is None else "/ended_s"
    upto = sources.record(course, key, moment(ended_s))
    span = f"{began} to {clock(moment(ended_s))}"
    return Said(text=f"From {span} ({lasted(ended_s - course.since_s)}) clients of {about} failed.", refs=(*refs, upto))


def _how_it_ended(given: Given, course: Course, parts: _Parts, sources: Sources) -> Said:
    helped = [each for each in parts.tried if each.result == "helped"]
    rest = [each for each in parts.tried if each.result in {"no-change", "failed", "undone"}]
    it = "It" if given.named is not None else course.id
    ref = sources.record(course, "/closed_s", "open" if course.closed_s is None else moment(course.closed_s))
    if course.closed_s is None:
        return Said(text=f"{it} is still open.", refs=(ref,))
    if helped:
        last = helped[-1]
        says = f"{it} ended after the gateway had applied {last.remedy} on {last.subject}."
        return Said(text=says, refs=(*last.refs, ref))
    vain = listed(dict.fromkeys(f"{each.remedy} ({told_result(each.result)})" for each in rest))
    tried_ = f"The gateway applied {vain}" if rest else "The gateway applied no remedy"
    proof = "clients were served again" if course.proven else "no client has come since who could tell"
    says = f"{it} ended by itself or by somebody's hand. {tried_}; {proof}."
    return Said(text=says, refs=(ref, *(ref_ for each in rest for ref_ in each.refs[:1])))


def _unknown(given: Given, parts: _Parts, sources: Sources) -> Iterator[Said]:
    here = tuple(sources.record(course, "/id", course.id) for course in given.courses)
    here = here or (sources.at("the command line", "what was asked for"),)
    if given.figures is None:
        yield Said(text=f"How many connections and clients failed: {given.no_figures}.", refs=here)
    else:
        asked = sources.asked(given.figures, "gaps") or here
        if given.figures.lost:
            yield Said(text=f"{given.figures.lost:,} rows are missing from the journal around that time.", refs=asked)
        for each in given.figures.unknown:
            yield Said(
                text=f"From the journal: {foreign(each)}.", refs=(sources.at(given.figures.journal, "the journal"),)
            )
        if not any(each.what == HEALTH_CHECK for each in given.figures.probed):
            yield Said(
                text="How many queries failed: no health check (`farshore probe --query`) ran meanwhile.",
                refs=sources.asked(given.figures, "health checks") or here,
            )
    if not given.courses:
        yield Said(text="What broke: no incident is known in that span.", refs=here)
    for course in given.courses:
        yield from _unknown_of(course, sources)
    for root in parts.roots:
        if root.confidence != "proven" and root.missing:
            says = (
                f"Whether it is {root.code}" if root.code is not None else f"Which of {listed(root.candidates)} it is"
            )
            yield Said(text=f"{says}: {root.missing[0].what} was not to be had.", refs=root.refs)
    for each in given.unknown:
        yield Said(text=f"{foreign(each)}.", refs=here)


def _unknown_of(course: Course, sources: Sources) -> Iterator[Said]:
    examined = deciding(course)
    if examined is None:
        ref = sources.record(course, "/verdicts", f"{len(course.verdicts)} verdicts")
        yield Said(text=f"What {course.id} rests on: no examination of it is at hand.", refs=(ref,))
        return
    if not examined.bundle:
        ref = sources.diagnosis(course, examined, "/verdicts/0", "the verdict")
        yield Said(text=f"The evidence behind {examined.file}: its archive is not in the folder.", refs=(ref,))
    for missed in examined.missed:
        ref = sources.archived(course, examined, missed.pointer, f"{missed.what}: {missed.reason}")
        yield Said(text=f"Not gathered: {foreign(missed.what)} ({foreign(missed.reason).rstrip('.')}).", refs=(ref,))
    for number, unread in enumerate(examined.diagnosis.unread[:MOST_UNREAD]):
        ref = sources.diagnosis(course, examined, f"/unread/{number}", unread.source)
        yield Said(
            text=f"What {foreign(unread.source)} says: it was not read ({foreign(unread.reason).rstrip('.')}).",
            refs=(ref,),
        )
    if course.closed_s is not None and not course.proven:
        ref = sources.record(course, "/proven", "false")
        yield Said(text=f"Whether {course.id} is really over: no client has come since.", refs=(ref,))


def _commands(given: Given) -> Iterator[Command]:
    for course in given.courses:
        examined = deciding(course)
        if examined is not None and examined.bundle:
            folder = course.record.rpartition("/")[0] or course.id
            yield Command(
                what="The verdict again, with its whole argument",
                command=f"farshore diagnose {_shell(f'{folder}/{examined.bundle}')} --why",
            )
    if not given.courses and given.figures is not None:
        at = shlex.quote(moment(given.span.from_s))
        command = f"farshore diagnose {_shell(given.figures.journal)} --since {at} --why"
        yield Command(what="What the journal alone says of the cause", command=command)
    asked = {} if given.figures is None else given.figures.asked
    for name_, each in asked.items():
        journal = "" if given.figures is None else given.figures.journal
        yield Command(
            what=f"`{journal}#{name_}`: {each.about}",
            command=f'farshore journal query "{each.sql}" --journal {_shell(journal)}',
        )


def _shell(word: str) -> str:

    return shlex.quote(word)
