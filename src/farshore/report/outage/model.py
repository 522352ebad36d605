"""The report as JSON: `farshore.report/1`, stable, with a schema of its own.

A key is never renamed or removed within a version. Times are RFC 3339 in UTC, spans are seconds. `refs` hold the ids of
`sources`: a sentence rests on those.
"""

from collections.abc import Callable
from typing import Literal

import msgspec


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """Where something stands: a file of the incident's folder and a place in it, or a question to the journal."""

    id: str
    place: str
    text: str
    time: str | None = None
    observer: str = ""


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """A sentence, and what it rests on."""

    text: str
    refs: tuple[str, ...]


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened. `kind` is for whoever draws it."""

    time: str
    kind: Literal["failing", "opened", "verdict", "remedy", "path", "held", "ended", "closed"]
    text: str
    refs: tuple[str, ...]


class DriverText(msgspec.Struct, frozen=True, kw_only=True):
    """What a driver's user reads where a connection ends so."""

    driver: str
    text: str


class Symptom(msgspec.Struct, frozen=True, kw_only=True):
    """How connections ended, how often, and what their users saw. `count` is null where nobody has counted.

    `told` is what clients were told by the gateway in their own protocol; `texts` are the drivers' for the others.
    """

    code: str
    count: int | None
    meaning: str
    client_end: str
    texts: tuple[DriverText, ...]
    refs: tuple[str, ...]
    told: tuple[Said, ...] = ()


class Lacking(msgspec.Struct, frozen=True, kw_only=True):
    """Evidence that is not there, the command that gets it, and what it would decide."""

    what: str
    command: str
    would_decide: str
    refs: tuple[str, ...]


class Root(msgspec.Struct, frozen=True, kw_only=True):
    """What broke. `code` is null where it is undecided between `candidates`."""

    incident: str
    code: str | None
    title: str
    confidence: str
    hop: str | None
    router: str
    target: str
    candidates: tuple[str, ...]
    meaning: Said
    supports: tuple[Said, ...]
    contradicts: tuple[Said, ...]
    missing: tuple[Lacking, ...]
    refs: tuple[str, ...]


class Dismissed(msgspec.Struct, frozen=True, kw_only=True):
    """What did not cause it, or is less likely to have. `how` says which."""

    name: str
    how: Literal["ruled out", "a symptom", "given up", "misread", "not ruled out", "easily mistaken"]
    because: tuple[Said, ...]


class RouteHit(msgspec.Struct, frozen=True, kw_only=True):
    """A route: what it failed by, and how many connections of it ended in the span. Null where nobody has counted.

    `kind` is total, flapping, partial, cold start or slow; null where nothing failed, too.

    `probes` are looks at its target without any client, the gateway's own and those of `farshore probe`.
    """

    route: str
    sign: str
    connections: int | None
    failed: int | None
    clients: int | None
    held: int | None
    held_s: float | None
    served: int | None
    turned_away: int | None
    refs: tuple[str, ...]
    kind: str | None = None
    probes: int | None = None
    probes_failed: int | None = None


class Bar(msgspec.Struct, frozen=True, kw_only=True):
    """So many connections ended well and not in the span that begins at `time`."""

    time: str
    well: int
    failed: int


class Impact(msgspec.Struct, frozen=True, kw_only=True):
    """Whom it hit, how hard, for how long."""

    said: tuple[Said, ...]
    routes: tuple[RouteHit, ...]
    failing_minutes: int | None
    minutes_without_success: int | None
    bar_s: float | None
    bars: tuple[Bar, ...]


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """A remedy that the gateway applied, suggested or withheld, and what came of it."""

    time: str
    remedy: str
    subject: str
    result: str
    why: str
    detail: str
    refs: tuple[str, ...]


class Steps(msgspec.Struct, frozen=True, kw_only=True):
    """The same remedy on one platform: where, what to run, what to do with what it says, and what shows that it helped.

    `run` and `verify` are typed as they stand, `then` is told in words and may be empty.
    """

    platform: Literal["Windows", "Linux", "Kubernetes"]
    where: str
    run: str
    then: str
    verify: str


class ToDo(msgspec.Struct, frozen=True, kw_only=True):
    """A remedy for somebody: who, what, at what risk, and how to see that it helped."""

    cause: str
    owner: str
    command: str
    risk: str
    verify: str
    steps: tuple[Steps, ...]
    refs: tuple[str, ...]


class Aspect(msgspec.Struct, frozen=True, kw_only=True):
    """One row of a comparison."""

    aspect: str
    this: str
    other: str
    same: bool


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """This outage beside an earlier one."""

    this: str
    other: str
    said: Said
    rows: tuple[Aspect, ...]
    refs: tuple[str, ...]


class Term(msgspec.Struct, frozen=True, kw_only=True):
    """A word or a code that this report uses."""

    group: str
    term: str
    meaning: str


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """How to see it again."""

    what: str
    command: str


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """One outage."""

    title: str
    incidents: tuple[str, ...]
    state: Literal["open", "closed", "span"]
    began: str
    ended: str | None
    closed: str | None
    lasted_s: float
    routes: tuple[str, ...]
    summary: tuple[Said, ...]
    scene: tuple[Said, ...]
    timeline: tuple[Moment, ...]
    symptoms: tuple[Symptom, ...]
    roots: tuple[Root, ...]
    dismissed: tuple[Dismissed, ...]
    impact: Impact
    tried: tuple[Tried, ...]
    to_do: tuple[ToDo, ...]
    comparison: Comparison | None
    prevention: tuple[Said, ...]
    unknown: tuple[Said, ...]
    commands: tuple[Command, ...]
    sources: tuple[Source, ...]
    glossary: tuple[Term, ...]
    made: str
    version: str
    redacted: tuple[str, ...] = ()
    schema: Literal["farshore.report/1"] = "farshore.report/1"


def to_json(report: Report) -> str:
    """The report as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(report), indent=2).decode()


def json_schema() -> dict[str, object]:
    """The JSON Schema (2020-12) of what `to_json` writes."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(Report)}


def mapped(report: Report, change: Callable[[str], str]) -> Report:
    """The report with every text of it changed so."""
    changed: Report = msgspec.convert(_mapped(msgspec.to_builtins(report), change), Report)
    return changed


def _mapped(value: object, change: Callable[[str], str]) -> object:
    match value:
        case str():
            return change(value)
        case list() | tuple():
            return [_mapped(each, change) for each in value]
        case dict():
            return {key: _mapped(each, change) for key, each in value.items()}
        case _:
            return value
