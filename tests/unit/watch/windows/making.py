"""Samples in a line."""

from farshore.watch.windows.sample import Sample


def sample(at_s: float, *, failed: bool = False, cause: str = "tailnet.dial.no-answer", **other: object) -> Sample:
    """One ending at that second."""
    known: dict[str, object] = {"route": "db", "path": "r1", "is_reset": failed, "latency_s": None, **other}
    return Sample(at_s=at_s, cause=cause, is_failure=failed, **known)  # type: ignore[arg-type]


def series(letters: str, *, every_s: float = 1.0, from_s: float = 1_000.0) -> list[Sample]:
    """One ending a letter: `x` failed, `.` went well, a space is a pause."""
    return [
        sample(from_s + place * every_s, failed=letter == "x") for place, letter in enumerate(letters) if letter != " "
    ]
