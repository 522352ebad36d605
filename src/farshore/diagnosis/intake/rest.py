"""The lines of a text that its reader does not know: handed on, so that nothing is lost without a word."""

from collections.abc import Iterable

from farshore.diagnosis.evidence import Origin
from farshore.diagnosis.intake.reader import Reading, ReadInner

# Beyond this many runs they are read as one text with blank lines between: recognising each costs too much.
MAX_RUNS = 50


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
        joined = self._runs if len(self._runs) <= MAX_RUNS else self._padded()
        runs = ((number, "\n".join(lines)) for number, lines in joined)
        return together(inner(text, origin.inner(line=number)) for number, text in runs if text.strip())

    def _padded(self) -> list[tuple[int, list[str]]]:
        """All runs as one, each line at its distance from the first."""
        start = self._runs[0][0]
        lines: list[str] = []
        for number, run in self._runs:
            lines += [""] * (number - start - len(lines)) + run
        return [(start, lines)]


def together(readings: Iterable[Reading]) -> Reading:
    """Several readings as one, in their order."""
    held = tuple(readings)
    return Reading(
        facts=tuple(fact for reading in held for fact in reading.facts),
        unread=tuple(unread for reading in held for unread in reading.unread),
    )
