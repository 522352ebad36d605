"""`farshore doctor …` as it may be typed. As in `cli`, each command imports its own work."""

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from farshore.app.exits import Exit, Refusal

DEFAULT_URL = "http://127.0.0.1:9809"


def doctor(  # noqa: PLR0913 - one for each flag
    what: str | None = None,
    *,
    config: Annotated[Path | None, Parameter(name=["--config", "-c"])] = None,
    url: str = DEFAULT_URL,
    format: Literal["text", "json", "markdown", "html"] = "text",  # noqa: A002 - the flag's name
    bundle: Path | None = None,
    redact: Literal["names", "addresses"] = "names",
    log: tuple[Path, ...] = (),
    why: bool = False,
    within: float = 60.0,
    since: str | None = None,
    hide: Path | None = None,
) -> Exit | Refusal:
    """Walk the way to a target now, hop by hop, and name what is broken.

    Parameters
    ----------
    what
        A route's name, or a target as HOST:PORT; every route of the configuration or the running gateway if absent.
    config
        The configuration file, YAML or JSON; the running gateway is asked if absent.
    url
        The running gateway's admin listener; http://127.0.0.1:9809 if absent.
    format
        text, json, markdown or html.
    bundle
        Write what was seen to this file (.tar.gz), without keys, logins and e-mail addresses; `diagnose` reads it.
    redact
        addresses: take out addresses, too, each by one of its kind; what contains what stays true.
    log
        A log file whose end is read, too (its last 256 KiB), such as tailscaled's; may be given several times.
    why
        Show the whole argument: every rule that found something, for and against.
    within
        Be done after this many seconds, 60 if absent; what there was no time for is listed as not tested.
    since
        Take nothing older from what the gateway remembers, for example 2026-03-04T05:50:34Z; ten minutes if absent.
    hide
        A file with more texts to take out, one a line, or - for standard input; the configuration's own secrets are
        taken out in any case.
    """
    from farshore.app.doctor import Asked, doctor  # noqa: PLC0415

    return doctor(
        Asked(
            what=what,
            config=config,
            url=url,
            format=format,
            bundle=bundle,
            redact_addresses=redact == "addresses",
            why=why,
            logs=log,
            within_s=within,
            since=since,
            hide=hide,
        )
    )
