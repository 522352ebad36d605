"""What the script of `farshore collect` prints on a router: sections under marks, each for the reader of its format."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from farshore.diagnosis.evidence import Instant, Origin, Unread
from farshore.diagnosis.facts.base import Fact, target_of
from farshore.diagnosis.facts.dials import RouterDialFailed, RouterReached, Wording
from farshore.diagnosis.intake.document import Document
from farshore.diagnosis.intake.reader import Fit, Reading, ReadInner
from farshore.diagnosis.intake.times import read_time

_MARK = re.compile(r"==== router report: ([a-z]{1,20}) ====$")
_TRIED = re.compile(r"connect (\S{3,280}): (?:ok$|failed: (.{0,400}))")
_SAID = (
    ("refused", Wording.REFUSED),
    ("no route to host", Wording.KERNEL_UNREACHABLE),
    ("unreachable", Wording.KERNEL_UNREACHABLE),
    ("timed out", Wording.TIMED_OUT),
    ("no answer", Wording.TIMED_OUT),
)
# What is there for people: nothing in them is evidence that a reader would know.
_FOR_PEOPLE = frozenset({"about", "version", "forwarding", "addresses", "routes", "service", "end"})


@dataclass(slots=True, kw_only=True)
class _Section:
    """One section: its name, where its text begins, and its lines."""

    name: str
    line: int
    lines: list[str] = field(default_factory=list)


class _RouterReport:
    name = "report of a router"

    def recognise(self, document: Document) -> Fit:
        return Fit.SIGNED if any(_MARK.match(line.rstrip()) for line in document.head.split("\n")[:40]) else Fit.NO

    def read(self, document: Document, origin: Origin, inner: ReadInner) -> Reading:
        sections = list(_sections(document.lines))
        about = next((each for each in sections if each.name == "about"), None)
        host, taken = _about(about)
        facts: list[Fact] = []
        unread: list[Unread] = []
        missing: dict[str, _Section] = {}
        for section in sections:
            if section.name in _FOR_PEOPLE:
                continue
            if section.name == "connections":
                facts += _tried(section, origin, host, taken)
                continue
            text = "\n".join(section.lines).strip("\n")
            if text.lstrip().startswith("("):
                # A command that is not there, or could not be run; those that run no tailscale say so once.
                missing.setdefault(text.strip().strip("()"), section)
                continue
            if not text.strip():
                continue
            day = None if taken is None else taken.at
            reading = inner(text, origin.inner(line=section.line, observer=host, day=day))
            facts += reading.facts
            unread += reading.unread
        unread += [origin.unread(f"{each.name}: {why}", line=each.line) for why, each in missing.items()]
        return Reading(facts=tuple(facts), unread=tuple(unread))


def _sections(lines: list[str]) -> Iterator[_Section]:
    section: _Section | None = None
    for number, line in enumerate(lines, 1):
        mark = _MARK.match(line.rstrip())
        if mark is not None:
            if section is not None:
                yield section
            section = _Section(name=mark[1], line=number + 1)
        elif section is not None:
            section.lines.append(line)
    if section is not None:
        yield section


def _about(section: _Section | None) -> tuple[str, Instant | None]:
    told = dict(line.split(": ", 1) for line in ([] if section is None else section.lines) if ": " in line)
    return told.get("host", "").strip()[:60].lower(), read_time(told.get("time", ""))


def _tried(section: _Section, origin: Origin, host: str, taken: Instant | None) -> Iterator[Fact]:
    for offset, line in enumerate(section.lines):
        tried = _TRIED.match(line)
        target = None if tried is None else target_of(tried[1])
        if tried is None or target is None:
            continue
        evidence = origin.evidence(line, line=section.line + offset, observer=host, time=taken)
        if tried[2] is None:
            yield RouterReached(evidence=evidence, target=target)
            continue
        said = tried[2].lower()
        wording = next((wording for words, wording in _SAID if words in said), Wording.OTHER)
        yield RouterDialFailed(evidence=evidence, target=target, wording=wording)


READER = _RouterReport()
