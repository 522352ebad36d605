"""The benchmark's table: medians, ratios and verdicts from samples. Pure, so that it can be tested."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median


class Forwarder(StrEnum):
    """Who carried the bytes."""

    FARSHORE = "Farshore"
    GO = "Go"
    GO_SPLICING = "Go, splicing"
    HAPROXY = "HAProxy"


PEERS = (Forwarder.GO, Forwarder.GO_SPLICING)


class Bound(StrEnum):
    """What a goal is compared with."""

    RATIO_TO_GO = "ratio to Go"
    VALUE = "value"


class Verdict(StrEnum):
    """Whether a goal was reached."""

    MET = "met"
    MISSED = "missed"
    UNKNOWN = "not measured"
    NO_GOAL = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """The most that Farshore's median, or its ratio to Go's, may be."""

    bound: Bound
    at_most: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table."""

    name: str
    title: str
    unit: str
    goal: Goal | None = None


Samples = Mapping[Forwarder, Sequence[float]]
"""Of one row: what each forwarder was measured at, one figure a round."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """A median with the least and the greatest of its samples."""

    median: float
    least: float
    greatest: float

    def __str__(self) -> str:
        return f"{figure(self.median)} ({figure(self.least)}-{figure(self.greatest)})"


def figure(value: float) -> str:
    """A number with three significant digits, and no fewer before the point."""
    magnitude = abs(value)
    digits = 0 if magnitude >= 100 else 1 if magnitude >= 10 else 2
    return f"{value:.{digits}f}"


def spread(samples: Sequence[float]) -> Spread | None:
    """The spread of the samples; None if there are none."""
    if not samples:
        return None
    return Spread(median=median(samples), least=min(samples), greatest=max(samples))


def ratio(samples: Samples, to: Forwarder) -> float | None:
    """Farshore's median over another's; None unless both were measured and the other's is above zero."""
    ours, theirs = spread(samples.get(Forwarder.FARSHORE, ())), spread(samples.get(to, ()))
    if ours is None or theirs is None or theirs.median <= 0:
        return None
    return ours.median / theirs.median


def verdict(row: Row, samples: Samples) -> Verdict:
    """Whether the row's goal was reached. The bound itself is still within it."""
    if row.goal is None:
        return Verdict.NO_GOAL
    ours = spread(samples.get(Forwarder.FARSHORE, ()))
    value = None if ours is None else ours.median
    measured = ratio(samples, Forwarder.GO) if row.goal.bound is Bound.RATIO_TO_GO else value
    if measured is None:
        return Verdict.UNKNOWN
    return Verdict.MET if measured <= row.goal.at_most else Verdict.MISSED


def render(rows: Iterable[Row], samples: Mapping[str, Samples], notes: Mapping[str, str]) -> str:
    """The table as Markdown. A note stands under the table, for a row that was skipped or needs a word."""
    head = ["", "unit", *Forwarder, *(f"÷ {peer}" for peer in PEERS), "goal", ""]
    lines = [head, ["---"] * len(head), *(_cells(row, samples.get(row.name, {})) for row in rows)]
    text = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return "\n".join([text, "", *(f"- {name}: {note}" for name, note in notes.items())]).rstrip() + "\n"


def _cells(row: Row, samples: Samples) -> list[str]:
    spreads = [spread(samples.get(forwarder, ())) for forwarder in Forwarder]
    ratios = [ratio(samples, peer) for peer in PEERS]
    return [
        row.title,
        row.unit,
        *("-" if value is None else str(value) for value in spreads),
        *("-" if value is None else f"{value:.2f}" for value in ratios),
        _goal(row),
        verdict(row, samples).value,
    ]


def _goal(row: Row) -> str:
    match row.goal:
        case None:
            return ""
        case Goal(bound=Bound.RATIO_TO_GO, at_most=at_most):
            return f"≤ {at_most:g} of Go's"
        case Goal(at_most=at_most):
            return f"≤ {at_most:g} {row.unit}"
