"""The course of an outage: what happened when, and what was done about it."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import TypeVar

from farshore.report.outage.argument import name
from farshore.report.outage.given import Course, Done, Figures, Given, Held, Shifted
from farshore.report.outage.model import Moment, Tried
from farshore.report.outage.questions import is_failure
from farshore.report.outage.sources import Sources
from farshore.report.outage.words import foreign, lasted, listed, moment

_SIGNS = {
    "failures": "three connections in a row failed",
    "resets": "more than 5 % of a minute's connections were reset",
    "held": "clients are held, because no path answers",
    "paths down": "health checks call every path down",
}
_RESULTS = {
    "helped": "the outage ended while it took effect",
    "no-change": "nothing changed",
    "failed": "it could not be done",
    "undone": "it was taken back",
    "suggested": "for a person to do",
    "withheld": "not done",
}
# A change that both the record and the journal tell of has almost the same time in both.
_SAME_S = 1.0
_COUNTED = ("failing", "ended")
_Any = TypeVar("_Any", Done, Shifted)


def timeline(given: Given, sources: Sources) -> tuple[Moment, ...]:
    """Everything that happened, the first thing first."""
    moments = [
        *(each for course in given.courses for each in _of_course(course, sources)),
        *_of_figures(given, sources),
    ]
    moments += [_tried_moment(each) for each in tried(given, sources)]
    moments += [
        _moment_of_shift(each, refs)
        for each, refs in _both(given, sources, "paths", _shifts, _shift_text)
        if not _is_first_look(each)
    ]
    return tuple(_merged(sorted(moments, key=lambda each: each.time)))


def tried(given: Given, sources: Sources) -> tuple[Tried, ...]:
    """What was done, suggested and withheld, in order."""
    found = [
        Tried(
            time=moment(each.at_s),
            remedy=each.remedy,
            subject=foreign(each.subject),
            result=each.result,
            why=foreign(each.why),
            detail=foreign(each.detail),
            refs=refs,
        )
        for each, refs in _both(given, sources, "remedies", _remedies, _done_text)
    ]
    return tuple(sorted(found, key=lambda each: each.time))


def told_result(result: str) -> str:
    """What came of a remedy, in words."""
    return _RESULTS.get(result, foreign(result))


def _merged(moments: Sequence[Moment]) -> Iterator[Moment]:
    """The record's first and last sign are the first and the last failure that the journal counted, where it did."""
    counted = {each.kind: each for each in moments if each.kind in _COUNTED and "connection failed" in each.text}
    for each in moments:
        same = counted.get(each.kind)
        if same is None or (each is not same and not _is_near(each, same)):
            yield each
        elif each is same:
            others = [other for other in moments if other.kind == each.kind and _is_near(other, each)]
            refs = dict.fromkeys(ref for other in (each, *others) for ref in other.refs)
            yield Moment(time=each.time, kind=each.kind, text=each.text, refs=tuple(refs))


def _is_near(one: Moment, other: Moment) -> bool:
    apart = datetime.fromisoformat(one.time) - datetime.fromisoformat(other.time)
    return abs(apart.total_seconds()) <= _SAME_S


def _of_course(course: Course, sources: Sources) -> Iterator[Moment]:
    routes = listed(foreign(route) for route in course.routes)
    yield _moment(
        course.since_s,
        "failing",
        f"{routes}: the first sign of it.",
        sources.record(course, "/since_s", moment(course.since_s)),
    )
    signs = "; ".join(f"{foreign(route)}: {_SIGNS.get(sign, foreign(sign))}" for route, sign in course.routes.items())
    yield _moment(
        course.opened_s,
        "opened",
        f"Incident {course.id} opened ({signs}).",
        sources.record(course, "/opened_s", moment(course.opened_s)),
    )
    for number, verdict in enumerate(course.verdicts):
        about = " ".join(filter(None, (verdict.router and f"router {verdict.router}", verdict.target)))
        says = f"Examined: {name(verdict)}{f', {foreign(about)}' if about else ''}."
        yield _moment(verdict.at_s, "verdict", says, sources.record(course, f"/verdicts/{number}", name(verdict)))
    if course.ended_s is not None:
        place = sources.record(course, "/ended_s", moment(course.ended_s))
        yield _moment(course.ended_s, "ended", "The last sign of it.", place)
    if course.closed_s is not None:
        how = "clients are served again" if course.proven else "nobody has come since who could tell"
        if course.merged_into is not None:
            how = f"it is the same as {course.merged_into}"
        place = sources.record(course, "/closed_s", moment(course.closed_s))
        yield _moment(course.closed_s, "closed", f"Incident {course.id} closed: {how}.", place)


def _of_figures(given: Given, sources: Sources) -> Iterator[Moment]:
    figures = given.figures
    if figures is None:
        return
    refs = sources.asked(figures, "connections")
    failures = [each for each in figures.counted if is_failure(each.code)]
    if failures:
        first = min(failures, key=lambda each: each.first_s)
        last = max(failures, key=lambda each: each.last_s)
        where = f"{foreign(first.route)}: the first connection failed ({foreign(first.code)})."
        yield Moment(time=moment(first.first_s), kind="failing", text=where, refs=refs)
        where = f"{foreign(last.route)}: the last connection failed ({foreign(last.code)})."
        yield Moment(time=moment(last.last_s), kind="ended", text=where, refs=refs)
    for held in figures.held:
        yield Moment(time=moment(held.at_s), kind="held", text=_held_text(held), refs=sources.asked(figures, "held"))


def _held_text(held: Held) -> str:
    if held.ended_s is None:
        return f"{foreign(held.route)}: clients are held ({foreign(held.code)}); how it ended is not known."
    return (
        f"{foreign(held.route)}: clients are held for {lasted(held.ended_s - held.at_s)} ({foreign(held.code)}); "
        f"{held.served or 0:,} connected after all, {held.refused or 0:,} turned away."
    )


def _both(
    given: Given,
    sources: Sources,
    what: str,
    of: Callable[[Course | Figures], Sequence[_Any]],
    text: Callable[[_Any], str],
) -> Iterator[tuple[_Any, tuple[str, ...]]]:
    """What the records tell, and what the journal tells beside them: what is in both once, with both for a source."""
    figures = given.figures
    others: list[_Any] = [] if figures is None else list(of(figures))
    asked: tuple[str, ...] = () if figures is None else sources.asked(figures, what)
    for course in given.courses:
        for number, each in enumerate(of(course)):
            same = next((o for o in others if text(o) == text(each) and abs(o.at_s - each.at_s) <= _SAME_S), None)
            if same is not None:
                others.remove(same)
            own = sources.record(course, f"/{what}/{number}", text(each))
            yield each, (own,) if same is None else (own, *asked)
    for each in others:
        yield each, asked


def _remedies(of: Course | Figures) -> Sequence[Done]:
    return of.remedies


def _shifts(of: Course | Figures) -> Sequence[Shifted]:
    return of.paths


def _done_text(done: Done) -> str:
    return f"{done.remedy} on {done.subject}: {done.result}"


def _shift_text(shift: Shifted) -> str:
    return f"{shift.route}: path {shift.path} is {shift.now}, was {shift.was}"


def _is_first_look(shift: Shifted) -> bool:
    """A path that is found well when it is first looked at is no news."""
    return (shift.was, shift.now) == ("unknown", "up")


def _tried_moment(each: Tried) -> Moment:
    detail = f" ({each.detail})" if each.detail else ""
    says = f"Remedy {each.remedy} on {each.subject}: {told_result(each.result)}{detail}."
    return Moment(time=each.time, kind="remedy", text=says, refs=each.refs)


def _moment_of_shift(shift: Shifted, refs: tuple[str, ...]) -> Moment:
    why = f": {shift.reason}" if shift.reason else ""
    return Moment(time=moment(shift.at_s), kind="path", text=f"{foreign(_shift_text(shift) + why)}.", refs=refs)


def _moment(at_s: float, kind: str, text: str, ref: str) -> Moment:
    return Moment(time=moment(at_s), kind=kind, text=text, refs=(ref,))  # type: ignore[arg-type]
