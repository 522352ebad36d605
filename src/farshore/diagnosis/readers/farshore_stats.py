"""What a gateway's admin listener says of its routes' paths (`/stats`, `/api/v1/routes`): how each is, at that time."""

from collections.abc import Iterator

import msgspec

from farshore.diagnosis.evidence import Evidence, Origin
from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.gateway import PathShifted
from farshore.diagnosis.intake.document import Document
from farshore.diagnosis.intake.reader import Fit, Reading, ReadInner

_WORDS = ('"patience_ms"', '"routes"')
_UNKNOWN, _CLOSED = "unknown", "closed"


class _Path(msgspec.Struct, frozen=True):
    name: str
    target: str = ""
    state: str = _CLOSED
    health: str = _UNKNOWN
    health_reason: str = ""


class _Route(msgspec.Struct, frozen=True):
    name: str
    paths: list[_Path] = []


class _Routes(msgspec.Struct, frozen=True):
    routes: list[_Route]


class _FarshoreStats:
    name = "a gateway's routes"

    def recognise(self, document: Document) -> Fit:
        known = document.looks_like_json and all(word in document.text for word in _WORDS)
        return Fit.CERTAIN if known else Fit.NO

    def read(self, document: Document, origin: Origin, inner: ReadInner) -> Reading:  # noqa: ARG002 - the protocol's
        try:
            told = msgspec.json.decode(document.text, type=_Routes)
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            return Reading(unread=(origin.unread(f"not as a gateway says it: {error}"),))
        return Reading(facts=tuple(_facts(told, origin)))


def _facts(told: _Routes, origin: Origin) -> Iterator[Fact]:
    for number, route in enumerate(told.routes):
        for place, path in enumerate(route.paths):
            pointer = f"/routes/{number}/paths/{place}"
            if path.health != _UNKNOWN:
                yield _seen(origin, pointer, route, path, path.health)
            if path.state != _CLOSED:
                yield _seen(origin, pointer, route, path, path.state)


def _seen(origin: Origin, pointer: str, route: _Route, path: _Path, now: str) -> PathShifted:
    why = f": {path.health_reason}" if path.health_reason and now == path.health else ""
    evidence: Evidence = origin.evidence(f"route {route.name}, path {path.name} is {now}{why}", pointer=pointer)
    return PathShifted(
        evidence=evidence, route=route.name, path=path.name, now=now, was="", reason=why.removeprefix(": ")
    )


READER = _FarshoreStats()
