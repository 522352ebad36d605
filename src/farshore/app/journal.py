"""`farshore journal query`: what a gateway remembers, for whoever can ask in SQL."""

from dataclasses import dataclass
from pathlib import Path

from farshore.app.exits import Exit, Refusal, say
from farshore.config.load import load
from farshore.core.clock import SystemClock
from farshore.store.query import Bounds, NotAnswered, ask
from farshore.surface.tables import as_csv, as_json, as_text

FORMATS = {"text": as_text, "json": as_json, "csv": as_csv}


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What somebody wants to know, of which journal, and how it is to be shown."""

    sql: str
    journal: Path | None
    config: Path | None
    format: str
    limit: int


def answer(question: Question) -> Exit | Refusal:
    """Print the rows."""
    if question.limit < 1:
        return Refusal(exit=Exit.USAGE, sentence="--limit takes a number of rows, from 1 up.")
    path = _journal(question)
    if isinstance(path, Refusal):
        return path
    told = ask(path, question.sql, SystemClock(), Bounds(rows=question.limit))
    if isinstance(told, NotAnswered):
        return Refusal(exit=Exit.USAGE, sentence=f"{told.reason}.")
    twice = next((name for name in told.columns if told.columns.count(name) > 1), None)
    if twice is not None and question.format == "json":
        return Refusal(exit=Exit.USAGE, sentence=f"two columns are called {twice}; give one another name with AS.")
    print(FORMATS[question.format](told.columns, told.rows))  # noqa: T201 - the command's output
    if told.is_cut:
        say(f"farshore: these are the first {question.limit} rows; `--limit` takes more.")
    return Exit.OK


def _journal(question: Question) -> Path | Refusal:
    if question.journal is not None:
        return question.journal
    if question.config is None:
        return Refusal(exit=Exit.USAGE, sentence="name the journal with --journal FILE, or its configuration with -c.")
    source = load(question.config)
    if source.config is None:
        sentence = f"{source.problems[0]}; see all of it with `farshore check -c {question.config}`."
        return Refusal(exit=Exit.USAGE, sentence=sentence)
    journal = source.config.journal
    if journal is None:
        sentence = f"{question.config} keeps no journal; add `journal:` with its `path:`."
        return Refusal(exit=Exit.USAGE, sentence=sentence)
    return journal.path
