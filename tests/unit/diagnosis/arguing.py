"""Texts in, through the real readers, and what one rule of a cause makes of them."""

from collections.abc import Callable
from typing import NamedTuple

from farshore.diagnosis.cause import Cause, Rule
from farshore.diagnosis.engine import find
from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.index import Index, Scope
from farshore.diagnosis.intake.dispatch import take_in
from farshore.diagnosis.intake.sources import Source
from farshore.diagnosis.verdict import Confidence

Texts = tuple[str, ...]


class Row(NamedTuple):
    """A rule, texts in which it finds its ground, and the nearest in which it must not; how sure each make of it."""

    rule: str
    texts: Texts
    sure: Confidence
    nearest: Texts
    otherwise: Confidence | None


PROVEN, LIKELY, POSSIBLE, CONTRADICTED = (
    Confidence.PROVEN,
    Confidence.LIKELY,
    Confidence.POSSIBLE,
    Confidence.CONTRADICTED,
)


def read(*texts: str) -> list[Fact]:
    """The facts of texts, each a file of its own; nothing may be left unread."""
    taken = take_in(Source(name=f"{number}.txt", data=text.encode()) for number, text in enumerate(texts, 1))
    assert taken.unread == []
    return taken.facts


def argued(cause: Cause, rule: str, texts: Texts) -> tuple[bool, Confidence | None]:
    """Whether a rule of a cause finds a ground in texts about a suspect, and how sure they make of the cause."""
    index = Index(read(*texts))
    rules = [each for each in rules_of(cause) if name_of(each) == rule]
    assert rules, f"{cause.code} has no rule {rule}"
    supports = [*cause.decides, *cause.points, *cause.allows]
    scopes = [scope for scope in index.scopes() if cause.is_about(scope.kind) and any(map(_asked(scope), supports))]
    grounds = [each(scope) for each in rules for scope in scopes]
    found = {finding.confidence for finding in find(index) if finding.cause.code == cause.code}
    return any(ground is not None for ground in grounds), next((each for each in Confidence if each in found), None)


def _asked(scope: Scope) -> Callable[[Rule], bool]:
    return lambda rule: rule(scope) is not None


def rules_of(cause: Cause) -> list[Rule]:
    """Every rule of a cause, in whichever list."""
    return [*cause.decides, *cause.points, *cause.allows, *cause.rules_out, *cause.speaks_against]


def name_of(rule: Rule) -> str:
    """What the function is called."""
    return str(getattr(rule, "__name__", ""))


def rule_in(row: Row) -> str:
    """What a row is called."""
    return row.rule
