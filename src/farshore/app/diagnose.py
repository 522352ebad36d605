"""`farshore diagnose`: reads what it is given, and says what is broken."""

import sys
from dataclasses import dataclass
from pathlib import Path

from farshore.app.exits import Exit, Refusal
from farshore.core.clock import SystemClock
from farshore.diagnosis.engine import diagnose as weigh
from farshore.diagnosis.intake.dispatch import take_in
from farshore.diagnosis.intake.sources import STANDARD_INPUT, Opener
from farshore.diagnosis.published import to_json
from farshore.diagnosis.verdict import Diagnosis
from farshore.report.text import render_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What somebody wants diagnosed, and how it is to be shown."""

    paths: tuple[Path, ...]
    format: str
    why: bool


def diagnose(asked: Asked) -> Exit | Refusal:
    """Print the diagnosis of files, folders, archives or standard input."""
    if not asked.paths:
        return Refusal(exit=Exit.USAGE, sentence="name a file, a folder, an archive, or - for standard input.")
    missing = next((path for path in asked.paths if str(path) != STANDARD_INPUT and not path.exists()), None)
    if missing is not None:
        return Refusal(exit=Exit.USAGE, sentence=f"{missing} does not exist.")
    taken = take_in(Opener(SystemClock()).open_paths(list(asked.paths), sys.stdin.buffer))
    diagnosis = weigh(taken.facts, taken.unread, formats=taken.formats.items())
    print(render(diagnosis, asked))  # noqa: T201 - the command's output
    return exit_of(diagnosis)


def render(diagnosis: Diagnosis, asked: Asked) -> str:
    """The diagnosis in the format that was asked for."""
    if asked.format == "json":
        return to_json(diagnosis)
    return render_text(diagnosis, why=asked.why).rstrip("\n")


def exit_of(diagnosis: Diagnosis) -> Exit:
    """Nothing wrong, a cause named, input unusable, or undecided."""
    if not diagnosis.facts:
        return Exit.USAGE
    if not diagnosis.verdicts:
        return Exit.OK
    return Exit.FAILED if any(verdict.finding for verdict in diagnosis.verdicts) else Exit.UNDECIDED
