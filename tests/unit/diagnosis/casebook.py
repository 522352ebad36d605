"""Labelled cases: `cases/NAME/` holds the input (files as a person would send them) and `expect.json`, the answer."""

import io
from collections.abc import Iterable
from pathlib import Path

import msgspec

from farshore.core.clock import SystemClock
from farshore.diagnosis.engine import diagnose
from farshore.diagnosis.evidence import Unread
from farshore.diagnosis.intake.dispatch import Taken, take_in
from farshore.diagnosis.intake.sources import Opener, Source
from farshore.diagnosis.verdict import Diagnosis

CASES = Path(__file__).parent / "cases"


class ExpectedVerdict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A code, or the exact candidates between which nothing at hand can tell."""

    code: str | None = None
    confidence: str | None = None
    undecided: frozenset[str] | None = None
    router: str | None = None
    target: str | None = None


class Expected(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The answer: verdicts in order, and codes and misreadings that must be among the others."""

    about: str
    verdicts: list[ExpectedVerdict]
    contradicted: frozenset[str] = frozenset()
    hushed: frozenset[str] = frozenset()
    misreadings: frozenset[str] = frozenset()
    unread: int = 0


class Case(msgspec.Struct, frozen=True):
    name: str
    expected: Expected
    sources: tuple[Source | Unread, ...]


def case_names() -> list[str]:
    return sorted(folder.name for folder in CASES.iterdir() if folder.is_dir())


def load(name: str) -> Case:
    folder = CASES / name
    expected = msgspec.json.decode((folder / "expect.json").read_bytes(), type=Expected)
    found = Opener(SystemClock()).open_paths([folder], io.BytesIO())
    sources = tuple(source for source in found if _name(source) != "expect.json")
    return Case(name, expected, sources)


def read(sources: Iterable[Source | Unread]) -> Taken:
    return take_in(sources)


def run(sources: Iterable[Source | Unread]) -> Diagnosis:
    taken = take_in(sources)
    return diagnose(taken.facts, taken.unread)


def codes(diagnosis: Diagnosis) -> list[str]:
    return [verdict.finding.cause.code for verdict in diagnosis.verdicts if verdict.finding is not None]


def _name(source: Source | Unread) -> str:
    return source.name if isinstance(source, Source) else source.source
