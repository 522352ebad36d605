"""What kind of outage it was for a route: asks a journal for what `core.pattern` decides by, and says what it says."""

from collections.abc import Iterator

from farshore.core.pattern import DEFINITIONS, ENOUGH, IDLE_S, SLOW, SLOW_PERCENT, Shape, is_slow, pattern_of
from farshore.report.outage.given import Figures, Given, Speed
from farshore.report.outage.model import Said
from farshore.report.outage.sources import Sources
from farshore.report.outage.words import foreign
from farshore.store.rows import Values

# What is usual is what was so long before.
BEFORE_S = 600.0


def shapes_sql(within: str, around: str, well: str) -> str:
    """For each route that failed `within`; `around` says what counts as after it, and `well` which codes are good.

    A route was quiet where none of its connections, but those that failed first, was there for `IDLE_S`, in a process
    that had been there for longer.
    """
    return (
        f"WITH ended AS (SELECT *, code NOT IN ({well}) AS failed FROM connections WHERE {within}),"  # noqa: S608 - made of numbers and quoted names
        " failing AS (SELECT route, min(at_us) AS first_us, max(at_us) AS last_us, min(started_at_s) AS began_s"
        " FROM ended WHERE failed GROUP BY route),"
        " course AS (SELECT route, failed, failed <> lag(failed) OVER (PARTITION BY route ORDER BY at_us) AS turned"
        " FROM ended JOIN failing USING (route) WHERE at_us BETWEEN first_us AND last_us)"
        " SELECT route, sum(failed), sum(NOT failed), coalesce(sum(turned), 0), last_us, began_s,"
        " (SELECT max(at_us) FROM runs WHERE at_us <= first_us),"
        " EXISTS (SELECT 1 FROM connections AS c WHERE c.route = failing.route"
        f" AND c.at_us >= began_s * 1000000 - {IDLE_S * 1e6:.0f} AND c.started_at_s < began_s),"
        f" EXISTS (SELECT 1 FROM connections AS c WHERE c.route = failing.route AND {around} AND at_us > last_us"
        f" AND code IN ({well}))"
        " FROM course JOIN failing USING (route) GROUP BY route"
    )


def shaped(row: Values) -> tuple[str, Shape]:
    """One row of it."""
    route, failed, good, turns, last_us, began_s, run_us, is_busy, mended = row
    last_s, began = _real(last_us) / 1e6, _real(began_s)
    woken = [] if run_us is None else [_real(run_us) / 1e6]
    if run_us is not None and not is_busy and began - woken[0] > IDLE_S:
        woken.append(began)
    return str(route), Shape(
        failed=int(_real(failed)),
        good=int(_real(good)),
        turns=int(_real(turns)),
        woken_for_s=last_s - max(woken) if woken else None,
        mended=bool(mended),
    )


def speeds_sql(within: str, from_us: int) -> str:
    """Nearest ranks of the times to a connection, for each route, before `from_us` and from then on."""
    return (
        f"WITH up AS (SELECT route, at_us >= {from_us} AS now, reached_ms, row_number() OVER of_it AS place, count(*)"  # noqa: S608 - the same
        f" OVER (PARTITION BY route, at_us >= {from_us}) AS n FROM connections WHERE {within}"
        f" AND reached_ms IS NOT NULL WINDOW of_it AS (PARTITION BY route, at_us >= {from_us} ORDER BY reached_ms))"
        f" SELECT route, now, n, reached_ms FROM up WHERE place = (n * {SLOW_PERCENT} + 99) / 100 AND n >= {ENOUGH}"
    )


def sped(row: Values) -> Speed:
    """One row of it."""
    route, is_now, count, p95_ms = row
    return Speed(route=str(route), is_now=bool(is_now), count=int(_real(count)), p95_s=_real(p95_ms) / 1000)


def is_one(given: Given) -> bool:
    """Whether a report is about one outage: what several had in common is of no kind."""
    return len(given.courses) <= 1


def kind_of(figures: Figures, route: str) -> str | None:
    """The kind of its outage; None where nothing failed, and nothing was slow."""
    shape = figures.shapes.get(route)
    if shape is not None:
        return pattern_of(shape).value
    return SLOW if _slow(figures, route) is not None else None


def said_of_kinds(figures: Figures, sources: Sources) -> Iterator[Said]:
    """A sentence for each kind, with its definition."""
    routes: dict[str, list[str]] = {}
    for route in figures.shapes:
        routes.setdefault(kind_of(figures, route) or "", []).append(foreign(route))
    for kind, named in routes.items():
        definition = next(text for each, text in DEFINITIONS.items() if each == kind)
        yield Said(text=f"Kind: {kind}, on {', '.join(named)}: {definition}.", refs=sources.asked(figures, "kinds"))


def said_of_speeds(figures: Figures, sources: Sources) -> Iterator[Said]:
    """A sentence for each route that was slow, beside its failures or without any."""
    for route in dict.fromkeys(each.route for each in figures.speeds):
        pair = _slow(figures, route)
        if pair is not None:
            now, usual = (_time(each.p95_s) for each in pair)
            yield Said(
                text=f"Slow, on {foreign(route)}: {SLOW_PERCENT} % of its connections were up within {now}; "
                f"in the ten minutes before within {usual}.",
                refs=sources.asked(figures, "times to connect"),
            )


def _slow(figures: Figures, route: str) -> tuple[Speed, Speed] | None:
    """How fast it was, and how fast before, where that is slow."""
    now = next((each for each in figures.speeds if each.route == route and each.is_now), None)
    usual = next((each for each in figures.speeds if each.route == route and not each.is_now), None)
    return (now, usual) if now and usual and is_slow(now.p95_s, usual.p95_s) else None


def _time(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds >= 1 else f"{seconds * 1000:.0f} ms"


def _real(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
