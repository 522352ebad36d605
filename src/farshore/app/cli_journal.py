"""`farshore journal …` as it may be typed. As in `cli`, each command imports its own work."""

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

from farshore.app.exits import Exit, Refusal

journal_app = App(name="journal", help="What a gateway remembers.")


@journal_app.command
def query(
    sql: str,
    *,
    journal: Path | None = None,
    config: Annotated[Path | None, Parameter(name=["--config", "-c"])] = None,
    format: Literal["text", "json", "csv"] = "text",  # noqa: A002 - the flag's name
    limit: int = 1000,
) -> Exit | Refusal:
    """Ask a journal one question in SQL; it only reads. docs/journal.md lists the tables and their columns.

    Parameters
    ----------
    sql
        One SELECT, for example "SELECT code, count(*) FROM connections GROUP BY code".
    journal
        The journal's file.
    config
        The configuration file whose `journal:` is meant, instead.
    format
        text, json or csv.
    limit
        The most rows to print; 1000 if absent.
    """
    from farshore.app.journal import Question, answer  # noqa: PLC0415

    return answer(Question(sql=sql, journal=journal, config=config, format=format, limit=limit))
