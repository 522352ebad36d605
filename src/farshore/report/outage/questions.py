"""What a report asks a journal: SQL over `docs/journal.md`'s tables, each statement one that a person can put again."""

from collections.abc import Sequence
from typing import NamedTuple

from farshore.core.outcome import GAVE_UP_S, MEANINGS, UNCOUNTED, Code
from farshore.report.outage.given import Span
from farshore.report.outage.kinds import BEFORE_S, shapes_sql, speeds_sql

SLICES = 90
# What a strip may count in, in seconds.
STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21_600, 86_400)
MARGIN_SHARE = 0.25
LEAST_MARGIN_S = 30.0
US = 1_000_000
# Shorter than the list of the failures, and what another version calls by a name of its own is one here as well.
_GONE = Code.CLIENT_GONE_EARLY
_WELL = ", ".join(f"'{code}'" for code, meaning in MEANINGS.items() if not meaning.is_failure and code is not _GONE)
_FAILED = f"sum(code NOT IN ({_WELL}))"
# As incidents and alerts count: who left unconnected had waited in vain, or is nobody's client.
_RULED = ", ".join(f"'{code}'" for code in sorted(UNCOUNTED))
_NOBODY = f"(code IN ({_RULED}) OR code = '{_GONE}' AND duration_ms < {GAVE_UP_S * 1000:g})"
# What a health check's subject begins with: a route or a target, before the path where one was chosen.
_NAMED = "substr(subject, 1, instr(subject || ' over ', ' over ') - 1)"
_HOST = "rtrim(rtrim(client, '0123456789'), ':')"


def is_failure(code: str) -> bool:
    """Whether counted connections that end so have failed; what another version calls by a name of its own has."""
    return code not in set(Code) or code == _GONE or MEANINGS[Code(code)].is_failure


def widened(span: Span, until_s: float | None = None) -> Span:
    """With what came before and after, so that it can be seen beside."""
    margin_s = max(LEAST_MARGIN_S, (span.to_s - span.from_s) * MARGIN_SHARE)
    return Span(from_s=span.from_s - margin_s, to_s=max(span.to_s + margin_s, until_s or 0.0))


def step_s(span: Span) -> int:
    """In how long slices a span is drawn."""
    return next((step for step in STEPS_S if (span.to_s - span.from_s) / step <= SLICES), STEPS_S[-1])


class Question(NamedTuple):
    """One of them: its name in a report's appendix, the statement, and what it is about."""

    name: str
    sql: str
    about: str


class Questions:
    """About some routes (all, if none is named) in one span, and about what surrounds it until `until_s` at least.

    A health check is theirs if it names one of them or runs against one of `targets`.
    """

    def __init__(self, span: Span, routes: Sequence[str], targets: Sequence[str], until_s: float | None) -> None:
        around = widened(span, until_s)
        self.step_us = step_s(around) * US
        self._span = span
        self._to_us = _us(around.to_s)
        among = f" AND route IN ({', '.join(map(_quoted, routes))})" if routes else ""
        self._counted = f"{among} AND NOT {_NOBODY}"
        self._within = f"at_us BETWEEN {_us(span.from_s)} AND {_us(span.to_s)}"
        self._all = f"{self._within}{among}"
        self._clients = f"{self._within}{self._counted}"
        self._around = f"at_us BETWEEN {_us(around.from_s) // self.step_us * self.step_us} AND {self._to_us}"
        self._checked = _checked(routes, targets) if routes else ""

    def connections(self) -> Question:
        """Route, code, how many, of how many hosts, the first, the last, and how many were told why."""
        sql = (
            f"SELECT route, code, count(*), count(DISTINCT {_HOST}), min(at_us), max(at_us), sum(client_end = 'told')"  # noqa: S608 - made of numbers and quoted names, here and below
            f" FROM connections WHERE {self._clients} GROUP BY route, code ORDER BY count(*) DESC"
        )
        return Question("connections", sql, "connections that ended in the span, by route and code")

    def clients(self) -> Question:
        """Route and how many hosts failed; under the empty name those of all routes, each once."""
        failed = f"FROM connections WHERE {self._clients} AND code NOT IN ({_WELL})"
        sql = (
            f"SELECT route, count(DISTINCT {_HOST}) {failed} GROUP BY route"
            f" UNION ALL SELECT '', count(DISTINCT {_HOST}) {failed}"
        )
        return Question("clients", sql, "different client hosts whose connections failed, by route")

    def strip(self) -> Question:
        """Begin of each slice, how many ended in it, and how many of them failed."""
        about = f"connections around the outage, in slices of {self.step_us // US} s"
        return Question("strip", _slices(self.step_us, f"{self._around}{self._counted}"), about)

    def minutes(self) -> Question:
        """The same by the minute, of the span alone."""
        about = "connections in each minute of the outage"
        return Question("minutes", _slices(60 * US, f"{self._clients}"), about)

    def uncounted(self) -> Question:
        """How many ended that are no client's."""
        sql = f"SELECT count(*) FROM connections WHERE {self._all} AND {_NOBODY}"  # noqa: S608
        about = "connections that are no client's: not allowed, gone within seconds, cut by a shutdown"
        return Question("not counted", sql, about)

    def kinds(self) -> Question:
        """What `kinds.shaped` reads."""
        sql = shapes_sql(f"{self._clients}", f"at_us <= {self._to_us}{self._counted}", _WELL)
        about = "failures and successes between the first failure and the last, and what came before and after"
        return Question("kinds", sql, about)

    def times(self) -> Question:
        """What `kinds.sped` reads."""
        from_s, to_s = self._span.from_s, self._span.to_s
        before = f"at_us BETWEEN {_us(from_s - BEFORE_S)} AND {_us(to_s)}{self._counted}"
        about = "how long 95 % of the connections took at most, before (0) and in the span (1)"
        return Question("times to connect", speeds_sql(before, _us(from_s)), about)

    def held(self) -> Question:
        """Begin, route, code, end, how many were served after all, and how many refused."""
        sql = (
            "SELECT at_us, route, code, ended_us, served, refused FROM outages"  # noqa: S608
            f" WHERE {self._all} ORDER BY at_us"
        )
        return Question("held", sql, "spans in which clients were held")

    def remedies(self) -> Question:
        """Time, route, remedy, subject, why, result, and its detail or command."""
        sql = (
            "SELECT at_us, route, remedy, subject, why, result, coalesce(detail, command, '') FROM remedies"  # noqa: S608
            f" WHERE {self._all} ORDER BY at_us LIMIT 300"
        )
        return Question("remedies", sql, "remedies in the span")

    def paths(self) -> Question:
        """Time, route, path, what it came into, what it was, and why."""
        sql = (
            f"SELECT at_us, route, path, health, was, reason FROM path_health WHERE {self._all}"  # noqa: S608
            f" UNION ALL SELECT at_us, route, path, state, was, reason FROM path_states WHERE {self._all}"
            " ORDER BY at_us LIMIT 300"
        )
        return Question("paths", sql, "changes of paths in the span")

    def probes(self) -> Question:
        """What looked, route, result and how often."""
        sql = (
            f"SELECT 'probe', route, result, count(*) FROM probes WHERE {self._all} GROUP BY route, result"  # noqa: S608
            f" UNION ALL SELECT 'check', route, result, count(*) FROM checks WHERE {self._all}"
            " GROUP BY route, result"
        )
        return Question("probes", sql, "looks at targets and paths without any client")

    def health_checks(self) -> Question:
        """The same of `farshore probe`, and the target."""
        sql = (
            f"SELECT 'health check', {_NAMED}, coalesce(code, 'answered'), count(*), target FROM probe_results"  # noqa: S608
            f" JOIN probe_runs USING (run, health_check) WHERE probe_results.{self._within}{self._checked}"
            " GROUP BY 2, target, code"
        )
        return Question("health checks", sql, "probes of `farshore probe` that ended in the span, by result")

    def refusals(self) -> Question:
        """Route, target, code, one of the reasons, and how many were told it."""
        sql = (
            "SELECT route, max(target), code, max(coalesce(detail, '')), count(*) FROM connections"  # noqa: S608
            f" WHERE {self._all} AND client_end = 'told' GROUP BY route, code ORDER BY count(*) DESC"
        )
        about = "clients that were told why in their own protocol, by route and code, with one of their reasons"
        return Question("refusals", sql, about)

    def gaps(self) -> Question:
        """How many rows are missing around the span."""
        return Question("gaps", f"SELECT lost FROM gaps WHERE {self._around}", "rows that the journal has lost")  # noqa: S608


def _slices(step_us: int, where: str) -> str:
    return (
        f"SELECT at_us / {step_us} * {step_us}, count(*), {_FAILED} FROM connections WHERE {where}"  # noqa: S608
        " GROUP BY 1 ORDER BY 1"
    )


def _checked(routes: Sequence[str], targets: Sequence[str]) -> str:
    """Which health checks are meant."""
    named = ", ".join(map(_quoted, dict.fromkeys([*routes, *targets])))
    led = ", ".join(map(_quoted, targets))
    return f" AND ({_NAMED} IN ({named})" + (f" OR target IN ({led}))" if targets else ")")


def _us(at_s: float) -> int:
    return int(at_s * US)


def _quoted(name: str) -> str:
    """A name as an SQL literal."""
    return "'" + name.replace("'", "''") + "'"
