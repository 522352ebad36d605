"""Asks a journal for a report's figures. It only reads, and each question is one that a person can put again."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from farshore.core.clock import Clock
from farshore.core.outcome import GAVE_UP_S, MEANINGS, UNCOUNTED, Code
from farshore.report.outage.given import Asked, Counted, Done, Figures, Held, Probed, Refused, Shifted, Slice, Span
from farshore.report.outage.kinds import BEFORE_S, shaped, shapes_sql, sped, speeds_sql
from farshore.store.query import Bounds, NotAnswered, ask
from farshore.store.rows import Values

MOST_ROWS = 20_000
SLICES = 90
# What a strip may count in, in seconds.
STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21_600, 86_400)
MARGIN_SHARE = 0.25
LEAST_MARGIN_S = 30.0
_Row = TypeVar("_Row")
_US = 1_000_000
# Shorter than the list of the failures, and what another version calls by a name of its own is one here as well.
_GONE = Code.CLIENT_GONE_EARLY
_WELL = ", ".join(f"'{code}'" for code, meaning in MEANINGS.items() if not meaning.is_failure and code is not _GONE)
# As incidents and alerts count: who left unconnected had waited in vain, or is nobody's client.
_RULED = ", ".join(f"'{code}'" for code in sorted(UNCOUNTED))
_NOBODY = f"(code IN ({_RULED}) OR code = '{_GONE}' AND duration_ms < {GAVE_UP_S * 1000:g})"
# What a health check's subject begins with: a route or a target, before the path where one was chosen.
_NAMED = "substr(subject, 1, instr(subject || ' over ', ' over ') - 1)"
_HOST = "rtrim(rtrim(client, '0123456789'), ':')"


def figures(  # noqa: PLR0913 - what is asked for
    journal: Path,
    span: Span,
    routes: Sequence[str],
    clock: Clock,
    *,
    until_s: float | None = None,
    targets: Sequence[str] = (),
) -> Figures | str:
    """What the journal says of these routes (all, if none is named) in this span; why not, where it cannot be read.

    A health check is theirs if it names one of them or runs against one of `targets`. The strip shows what came before
    and after as well, up to `until_s` at least.
    """
    asker = _Asker(journal, clock)
    among = f" AND route IN ({', '.join(map(_quoted, routes))})" if routes else ""
    counted = f"{among} AND NOT {_NOBODY}"
    within = f"at_us BETWEEN {_us(span.from_s)} AND {_us(span.to_s)}"
    around = widened(span, until_s)
    step_us = step_s(around) * _US
    start_us = _us(around.from_s) // step_us * step_us
    wide = f"at_us BETWEEN {start_us} AND {_us(around.to_s)}"
    failed = f"sum(code NOT IN ({_WELL}))"
    told = Figures(
        journal=journal.name,
        counted=asker.rows(
            "connections",
            f"SELECT route, code, count(*), count(DISTINCT {_HOST}), min(at_us), max(at_us),"  # noqa: S608 - numbers and quoted names
            " sum(client_end = 'told') FROM connections"
            f" WHERE {within}{counted} GROUP BY route, code ORDER BY count(*) DESC",
            "connections that ended in the span, by route and code",
            _counted,
        ),
        affected=dict(
            asker.rows(
                "clients",
                f"SELECT route, count(DISTINCT {_HOST}) FROM connections WHERE {within}{counted}"  # noqa: S608 - the same
                f" AND code NOT IN ({_WELL}) GROUP BY route UNION ALL SELECT '', count(DISTINCT {_HOST})"
                f" FROM connections WHERE {within}{counted} AND code NOT IN ({_WELL})",
                "different client hosts whose connections failed, by route",
                lambda row: (_text(row[0]), _number(row[1])),
            )
        ),
        slices=asker.rows(
            "strip",
            f"SELECT at_us / {step_us} * {step_us}, count(*), {failed} FROM connections WHERE {wide}{counted}"  # noqa: S608 - the same
            " GROUP BY 1 ORDER BY 1",
            f"connections around the outage, in slices of {step_us // _US} s",
            _slice,
        ),
        slice_s=step_us / _US,
        minutes=asker.rows(
            "minutes",
            f"SELECT at_us / {60 * _US} * {60 * _US}, count(*), {failed} FROM connections WHERE {within}{counted}"  # noqa: S608 - the same
            " GROUP BY 1 ORDER BY 1",
            "connections in each minute of the outage",
            _slice,
        ),
        uncounted=sum(
            asker.rows(
                "not counted",
                f"SELECT count(*) FROM connections WHERE {within}{among} AND {_NOBODY}",  # noqa: S608 - the same
                "connections that are no client's: not allowed, gone within seconds, cut by a shutdown",
                lambda row: _number(row[0]),
            )
        ),
        shapes=dict(
            asker.rows(
                "kinds",
                shapes_sql(f"{within}{counted}", f"at_us <= {_us(around.to_s)}{counted}", _WELL),
                "failures and successes between the first failure and the last, and what came before and after",
                shaped,
            )
        ),
        speeds=asker.rows(
            "times to connect",
            speeds_sql(f"at_us BETWEEN {_us(span.from_s - BEFORE_S)} AND {_us(span.to_s)}{counted}", _us(span.from_s)),
            "how long 95 % of the connections took at most, before (0) and in the span (1)",
            sped,
        ),
        held=asker.rows(
            "held",
            f"SELECT at_us, route, code, ended_us, served, refused FROM outages WHERE {within}{among} ORDER BY at_us",  # noqa: S608 - the same
            "spans in which clients were held",
            _held,
        ),
        remedies=asker.rows(
            "remedies",
            "SELECT at_us, route, remedy, subject, why, result, coalesce(detail, command, '') FROM remedies"  # noqa: S608 - the same
            f" WHERE {within}{among} ORDER BY at_us LIMIT 300",
            "remedies in the span",
            _done,
        ),
        paths=asker.rows(
            "paths",
            f"SELECT at_us, route, path, health, was, reason FROM path_health WHERE {within}{among} UNION ALL"  # noqa: S608 - the same
            f" SELECT at_us, route, path, state, was, reason FROM path_states WHERE {within}{among}"
            " ORDER BY at_us LIMIT 300",
            "changes of paths in the span",
            _shifted,
        ),
        probed=asker.rows(
            "probes",
            f"SELECT 'probe', route, result, count(*) FROM probes WHERE {within}{among} GROUP BY route, result"  # noqa: S608 - the same
            f" UNION ALL SELECT 'check', route, result, count(*) FROM checks WHERE {within}{among}"
            " GROUP BY route, result",
            "looks at targets and paths without any client",
            _probed,
        )
        + asker.rows(
            "health checks",
            f"SELECT 'health check', {_NAMED}, coalesce(code, 'answered'), count(*), target FROM probe_results"  # noqa: S608 - the same
            " JOIN probe_runs USING (run, health_check)"
            f" WHERE probe_results.{within}{_checked(routes, targets)} GROUP BY 2, target, code",
            "probes of `farshore probe` that ended in the span, by result",
            _probed,
        ),
        refusals=asker.rows(
            "refusals",
            "SELECT route, max(target), code, max(coalesce(detail, '')), count(*) FROM connections"  # noqa: S608 - the same
            f" WHERE {within}{among} AND client_end = 'told' GROUP BY route, code ORDER BY count(*) DESC",
            "clients that were told why in their own protocol, by route and code, with one of their reasons",
            _refused,
        ),
        lost=sum(
            asker.rows(
                "gaps",
                f"SELECT lost FROM gaps WHERE {wide}",  # noqa: S608 - the same
                "rows that the journal has lost",
                lambda row: _number(row[0]),
            )
        ),
        asked=asker.asked,
        unknown=tuple(dict.fromkeys(asker.unknown)),
    )
    return told if asker.is_answered else asker.unknown[0]


def widened(span: Span, until_s: float | None = None) -> Span:
    """With what came before and after, so that it can be seen beside."""
    margin_s = max(LEAST_MARGIN_S, (span.to_s - span.from_s) * MARGIN_SHARE)
    return Span(from_s=span.from_s - margin_s, to_s=max(span.to_s + margin_s, until_s or 0.0))


def step_s(span: Span) -> int:
    """In how long slices a span is drawn."""
    return next((step for step in STEPS_S if (span.to_s - span.from_s) / step <= SLICES), STEPS_S[-1])


class _Asker:
    """Puts one question after the other, and remembers which were answered."""

    def __init__(self, journal: Path, clock: Clock) -> None:
        self._journal, self._clock = journal, clock
        self.asked: dict[str, Asked] = {}
        self.unknown: list[str] = []
        self.is_answered = False

    def rows(self, what: str, sql: str, about: str, read: Callable[[Values], _Row]) -> tuple[_Row, ...]:
        answer = ask(self._journal, sql, self._clock, Bounds(rows=MOST_ROWS))
        if isinstance(answer, NotAnswered):
            self.unknown.append(answer.reason)
            return ()
        self.is_answered = True
        self.asked[what] = Asked(sql=sql, about=about)
        if answer.is_cut:
            self.unknown.append(f"{about}: only the first {MOST_ROWS:,} rows were read")
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


def _checked(routes: Sequence[str], targets: Sequence[str]) -> str:
    """Which health checks are meant: all of them, or those of these routes and targets."""
    if not routes:
        return ""
    named = ", ".join(map(_quoted, dict.fromkeys([*routes, *targets])))
    led = ", ".join(map(_quoted, targets))
    return f" AND ({_NAMED} IN ({named})" + (f" OR target IN ({led}))" if targets else ")")


def is_failure(code: str) -> bool:
    """Whether counted connections that end so have failed; what another version calls by a name of its own has."""
    return code not in set(Code) or code == _GONE or MEANINGS[Code(code)].is_failure


def _us(at_s: float) -> int:
    return int(at_s * _US)


def _seconds(value: object) -> float:
    return _number(value) / _US


def _number(value: object) -> int:
    return int(value) if isinstance(value, int | float) else 0


def _text(value: object) -> str:
    return value if isinstance(value, str) else "" if value is None else str(value)


def _quoted(name: str) -> str:
    """A name as an SQL literal."""
    return "'" + name.replace("'", "''") + "'"
