"""`farshore diagnose`: reads what it is given, and says what is broken."""

import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from farshore.app.exits import Exit, Refusal
from farshore.core.address import AddressError, parse_host_port
from farshore.core.clock import SystemClock
from farshore.diagnosis.engine import diagnose as weigh
from farshore.diagnosis.intake.dispatch import take_in
from farshore.diagnosis.intake.sources import STANDARD_INPUT, Opener
from farshore.diagnosis.intake.times import read_moment
from farshore.diagnosis.narrow import Narrow
from farshore.diagnosis.published import to_json
from farshore.diagnosis.verdict import Diagnosis
from farshore.report.markdown import render_markdown
from farshore.report.text import render_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What somebody wants diagnosed, and how it is to be shown."""

    paths: tuple[Path, ...]
    format: str = "text"
    at: str | None = None
    since: str | None = None
    target: str | None = None
    why: bool = False


def diagnose(asked: Asked) -> Exit | Refusal:
    """Print the diagnosis of files, folders, archives or standard input."""
    if not asked.paths:
        return Refusal(exit=Exit.USAGE, sentence="name a file, a folder, an archive, or - for standard input.")
    missing = next((path for path in asked.paths if str(path) != STANDARD_INPUT and not path.exists()), None)
    if missing is not None:
        return Refusal(exit=Exit.USAGE, sentence=f"{missing} does not exist.")
    narrow = _narrow(asked)
    if isinstance(narrow, Refusal):
        return narrow
    taken = take_in(Opener(SystemClock()).open_paths(list(asked.paths), sys.stdin.buffer))
    against = narrow.objection(taken.facts)
    if against:
        return Refusal(exit=Exit.USAGE, sentence=against)
    diagnosis = weigh(taken.facts, taken.unread, narrow=narrow)
    print(render(diagnosis, asked))  # noqa: T201 - the command's output
    return exit_of(diagnosis)


def render(diagnosis: Diagnosis, asked: Asked) -> str:
    """The diagnosis in the format that was asked for."""
    match asked.format:
        case "json":
            return to_json(diagnosis)
        case "markdown":
            return render_markdown(diagnosis, why=asked.why).rstrip("\n")
        case "html":
            from farshore.report.html import render_html  # noqa: PLC0415 - Jinja takes as long as a diagnosis

            return render_html(diagnosis).rstrip("\n")
        case _:
            return render_text(diagnosis, why=asked.why).rstrip("\n")


def exit_of(diagnosis: Diagnosis) -> Exit:
    """Nothing wrong (a note harms nobody), a cause named, input unusable, or undecided."""
    if not diagnosis.readable:
        return Exit.USAGE
    faults = [verdict for verdict in diagnosis.verdicts if not verdict.is_note]
    if not faults:
        return Exit.OK
    return Exit.FAILED if any(verdict.finding for verdict in faults) else Exit.UNDECIDED


def _narrow(asked: Asked) -> Narrow | Refusal:
    try:
        return Narrow(
            at=_moment("--at", asked.at),
            since=_moment("--since", asked.since),
            target=None if asked.target is None else parse_host_port(asked.target.strip()),
        )
    except AddressError as error:
        return Refusal(exit=Exit.USAGE, sentence=f"--target: {error}.")
    except ValueError as error:
        return Refusal(exit=Exit.USAGE, sentence=str(error))


def _moment(flag: str, text: str | None) -> datetime | None:
    instant = None if text is None else read_moment(text)
    if text is not None and instant is None:
        msg = f"{flag} takes a time like 2026-03-04T05:50:34Z, found {text!r}."
        raise ValueError(msg)
    return None if instant is None else instant.at
