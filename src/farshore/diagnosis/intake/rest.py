"""The lines of a text that its reader does not know: handed on, so that nothing is lost without a word."""

from collections.abc import Iterable

from farshore.diagnosis.evidence import Origin
from farshore.diagnosis.intake.reader import Reading, ReadInner


class Rest:
    """Lines by number; those that follow one another are read as one text by whoever recognises it."""

    def __init__(self) -> None:
        self._runs: list[tuple[int, list[str]]] = []

    def add(self, number: int, line: str) -> None:
        """Keep a line; blank ones only inside a run."""
        if self._runs and self._runs[-1][0] + len(self._runs[-1][1]) == number:
            self._runs[-1][1].append(line)
        elif line.strip():
            self._runs.append((number, [line]))

    def read(self, origin: Origin, inner: ReadInner) -> Reading:
        """What others make of them."""
        runs = ((number, "\n".join(lines)) for number, lines in self._runs)
        return together(inner(text, origin.inner(line=number)) for number, text in runs if text.strip())


def together(readings: Iterable[Reading]) -> Reading:
    """Several readings as one, in their order."""
    held = tuple(readings)
    return Reading(
        facts=tuple(fact for reading in held for fact in reading.facts),
        unread=tuple(unread for reading in held for unread in reading.unread),
    )
