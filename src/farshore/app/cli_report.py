"""`farshore report …` as it may be typed. As in `cli`, each command imports its own work."""

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from farshore.app.exits import Exit, Refusal

DEFAULT_URL = "http://127.0.0.1:9809"


def report(  # noqa: PLR0913 - one for each flag
    incident: str | None = None,
    *,
    from_: Annotated[str | None, Parameter(name="--from")] = None,
    to: str | None = None,
    compare: str | None = None,
    config: Annotated[Path | None, Parameter(name=["--config", "-c"])] = None,
    folder: Path | None = None,
    journal: Path | None = None,
    url: str = DEFAULT_URL,
    format: Literal["text", "markdown", "json", "html"] = "text",  # noqa: A002 - the flag's name
    output: Annotated[Path | None, Parameter(name=["--output", "-o"])] = None,
    keep: bool = False,
    no_redact: bool = False,
    hide: Path | None = None,
) -> Exit | Refusal:
    """Write the report on an outage: what broke, what proves it, whom it hit, what to do, and what is not known.

    Parameters
    ----------
    incident
        Its name, such as 2026-11-22-3.
    from_
        Report on a span instead: when it began, for example 2026-11-22T10:00:00Z.
    to
        When the span ended; now if absent.
    compare
        Another incident to set beside it; the last one with the same cause and subject if absent.
    config
        The gateway's configuration file, which names the folder of incidents and the journal.
    folder
        The folder of incidents itself; no gateway need be running.
    journal
        The journal's file, for the figures.
    url
        The running gateway's admin listener, where neither a configuration nor a folder is given.
    format
        text, markdown, json or html (one page, no script, nothing loaded; printable).
    output
        Write it to this file; standard output if absent.
    keep
        Write it into the incident's folder, as report.md, report.html and report.json, as a gateway does at closing.
    no_redact
        Leave in keys, tokens, logins and e-mail addresses that stand in what was seen; not the secrets of the
        configuration itself, nor what --hide names.
    hide
        A file with more texts to take out, one a line, or - for standard input; the configuration's own secrets are
        taken out in any case.
    """
    from farshore.app.report import Wanted, report  # noqa: PLC0415

    return report(
        Wanted(
            incident=incident,
            from_=from_,
            to=to,
            compare=compare,
            config=config,
            folder=folder,
            journal=journal,
            url=url,
            format=format,
            output=output,
            keep=keep,
            redact=not no_redact,
            hide=hide,
        )
    )
