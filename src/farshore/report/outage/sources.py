"""Numbers the sources of a report as they are first pointed to: `E1`, `E2`, …, each place once."""

from collections.abc import Iterator

import msgspec

from farshore.diagnosis.published import PublishedEvidence
from farshore.report.outage.given import Asked, Course, Examined, Figures
from farshore.report.outage.model import Report, Source
from farshore.report.outage.words import foreign


class Sources:
    """A list that grows while a report is written."""

    def __init__(self) -> None:
        self._by_place: dict[str, Source] = {}

    @property
    def all(self) -> tuple[Source, ...]:
        """In the order of their numbers."""
        return tuple(self._by_place.values())

    def at(self, place: str, text: str, *, time: str | None = None, observer: str = "") -> str:
        """The id of a place; `text` is what stands there."""
        place = foreign(place)
        known = self._by_place.get(place)
        if known is None:
            known = Source(
                id=f"E{len(self._by_place) + 1}", place=place, text=foreign(text), time=time, observer=foreign(observer)
            )
            self._by_place[place] = known
        return known.id

    def record(self, course: Course, pointer: str, text: str) -> str:
        """A place in an incident's record."""
        return self.at(f"{course.record}#{pointer}", text)

    def diagnosis(self, course: Course, examined: Examined, pointer: str, text: str) -> str:
        """A place in what one examination said."""
        return self.at(f"{_beside(course, examined.file)}#{pointer}", text)

    def evidence(self, course: Course, examined: Examined, evidence: PublishedEvidence) -> str:
        """A piece of what was gathered: in the examination's archive, where that was kept."""
        # A diagnosis names its files without the folder that they lie in.
        archive = _beside(course, examined.bundle or examined.file)
        place = f"{archive}: {evidence.ref}"
        return self.at(place, evidence.text, time=evidence.time, observer=evidence.observer)

    def catalogue(self, code: str, title: str) -> str:
        """What Farshore knows of a cause, as a command that says it anywhere."""
        return self.at(f"farshore explain {code}", f"{code} {title}, in the catalogue of causes")

    def archived(self, course: Course, examined: Examined, pointer: str, text: str) -> str:
        """A place in an examination's archive."""
        return self.at(f"{_beside(course, examined.bundle)}: {pointer}", text)

    def asked(self, figures: Figures, what: str) -> tuple[str, ...]:
        """A question to the journal, whose SQL is among the commands; nothing where it was not asked."""
        asked: Asked | None = figures.asked.get(what)
        return () if asked is None else (self.at(f"{figures.journal}#{what}", asked.about),)


def _beside(course: Course, name: str) -> str:
    folder, slash, _ = course.record.rpartition("/")
    return f"{folder}{slash}{name}"


def renumbered(report: Report) -> Report:
    """The same with its sources numbered as a reader meets them; what nothing points to is left out."""
    plain = msgspec.to_builtins(report)
    numbers = {old: f"E{number}" for number, old in enumerate(dict.fromkeys(_refs(plain)), 1)}
    known = {source["id"]: source for source in plain["sources"]}
    plain["sources"] = [{**known[old], "id": new} for old, new in numbers.items()]
    changed: Report = msgspec.convert(_renamed(plain, numbers), Report)
    return changed


def _refs(value: object) -> Iterator[str]:
    match value:
        case {"refs": [*refs], **rest}:
            yield from refs
            yield from _refs(rest)
        case dict():
            for each in value.values():
                yield from _refs(each)
        case list() | tuple():
            for each in value:
                yield from _refs(each)
        case _:
            return


def _renamed(value: object, numbers: dict[str, str]) -> object:
    match value:
        case dict():
            return {
                key: [numbers[ref] for ref in each] if key == "refs" else _renamed(each, numbers)
                for key, each in value.items()
            }
        case list() | tuple():
            return [_renamed(each, numbers) for each in value]
        case _:
            return value
