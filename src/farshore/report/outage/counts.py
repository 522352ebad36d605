"""Asks a journal for a report's figures. It only reads."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from farshore.core.clock import Clock
from farshore.report.outage.given import Asked, Counted, Done, Figures, Held, Probed, Refused, Shifted, Slice, Span
from farshore.report.outage.kinds import shaped, sped
from farshore.report.outage.questions import US, Question, Questions
from farshore.store.query import Bounds, NotAnswered, ask
from farshore.store.rows import Values

MOST_ROWS = 20_000
_Row = TypeVar("_Row")


def figures(  # noqa: PLR0913 - what is asked for
    journal: Path,
    span: Span,
    routes: Sequence[str],
    clock: Clock,
    *,
    until_s: float | None = None,
    targets: Sequence[str] = (),
) -> Figures | str:
    """What the journal says of these routes in this span, as `Questions` asks; why not, where it cannot be read."""
    asker = _Asker(journal, clock)
    about = Questions(span, routes, targets, until_s)
    told = Figures(
        journal=journal.name,
        counted=asker.rows(about.connections(), _counted),
        affected=dict(asker.rows(about.clients(), lambda row: (_text(row[0]), _number(row[1])))),
        slices=asker.rows(about.strip(), _slice),
        slice_s=about.step_us / US,
        minutes=asker.rows(about.minutes(), _slice),
        uncounted=sum(asker.rows(about.uncounted(), lambda row: _number(row[0]))),
        shapes=dict(asker.rows(about.kinds(), shaped)),
        speeds=asker.rows(about.times(), sped),
        held=asker.rows(about.held(), _held),
        remedies=asker.rows(about.remedies(), _done),
        paths=asker.rows(about.paths(), _shifted),
        probed=asker.rows(about.probes(), _probed) + asker.rows(about.health_checks(), _probed),
        refusals=asker.rows(about.refusals(), _refused),
        lost=sum(asker.rows(about.gaps(), lambda row: _number(row[0]))),
        asked=asker.asked,
        unknown=tuple(dict.fromkeys(asker.unknown)),
    )
    return told if asker.is_answered else asker.unknown[0]


class _Asker:
    """Puts one question after the other, and remembers which were answered."""

    def __init__(self, journal: Path, clock: Clock) -> None:
        self._journal, self._clock = journal, clock
        self.asked: dict[str, Asked] = {}
        self.unknown: list[str] = []
        self.is_answered = False

    def rows(self, question: Question, read: Callable[[Values], _Row]) -> tuple[_Row, ...]:
        answer = ask(self._journal, question.sql, self._clock, Bounds(rows=MOST_ROWS))
        if isinstance(answer, NotAnswered):
            self.unknown.append(answer.reason)
            return ()
        self.is_answered = True
        self.asked[question.name] = Asked(sql=question.sql, about=question.about)
        if answer.is_cut:
            self.unknown.append(f"{question.about}: only the first {MOST_ROWS:,} rows were read")
        return tuple(read(row) for row in answer.rows)


def _counted(row: Values) -> Counted:
    return Counted(
        route=_text(row[0]),
        code=_text(row[1]),
        count=_number(row[2]),
        clients=_number(row[3]),
        first_s=_seconds(row[4]),
        last_s=_seconds(row[5]),
        told=_number(row[6]),
    )


def _slice(row: Values) -> Slice:
    total, failed = _number(row[1]), _number(row[2])
    return Slice(at_s=_seconds(row[0]), well=total - failed, failed=failed)


def _held(row: Values) -> Held:
    return Held(
        at_s=_seconds(row[0]),
        route=_text(row[1]),
        code=_text(row[2]),
        ended_s=None if row[3] is None else _seconds(row[3]),
        served=None if row[4] is None else _number(row[4]),
        refused=None if row[5] is None else _number(row[5]),
    )


def _done(row: Values) -> Done:
    route, remedy, subject, why, result, detail = map(_text, row[1:7])
    return Done(
        at_s=_seconds(row[0]), route=route, remedy=remedy, subject=subject, why=why, result=result, detail=detail
    )


def _shifted(row: Values) -> Shifted:
    route, path, now, was, reason = map(_text, row[1:6])
    return Shifted(at_s=_seconds(row[0]), route=route, path=path, now=now, was=was, reason=reason)


def _probed(row: Values) -> Probed:
    what, route, result = map(_text, row[:3])
    return Probed(what=what, route=route, result=result, count=_number(row[3]), target="".join(map(_text, row[4:])))


def _refused(row: Values) -> Refused:
    route, target, code, detail = map(_text, row[:4])
    return Refused(route=route, target=target, code=code, detail=detail, count=_number(row[4]))


def _seconds(value: object) -> float:
    return _number(value) / US


def _number(value: object) -> int:
    return int(value) if isinstance(value, int | float) else 0


def _text(value: object) -> str:
    return value if isinstance(value, str) else "" if value is None else str(value)
