"""`farshore probe …` as it may be typed. As in `cli`, each command imports its own work."""

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from farshore.app.exits import Exit, Refusal


def probe(  # noqa: PLR0913 - one for each flag
    what: str,
    *,
    for_: Annotated[str | None, Parameter(name="--for")] = None,
    every: str | None = None,
    concurrency: int | None = None,
    slo: float | None = None,
    query: str | None = None,
    path: str | None = None,
    every_path: bool = False,
    direct: bool = False,
    resume: bool = False,
    journal: Path | None = None,
    config: Annotated[Path | None, Parameter(name=["--config", "-c"])] = None,
    format: Literal["text", "json", "markdown"] = "text",  # noqa: A002 - the flag's name
) -> Exit | Refusal:
    """Probe a target at fixed times for hours, as clients would connect, and count: success, bursts, latency.

    Parameters
    ----------
    what
        A route's name, or a target as HOST:PORT.
    for_
        How long, for example 20h or 90s; 20h if absent.
    every
        How far apart probes are due; 1s if absent. They start then, whatever the answers do.
    concurrency
        How many may be under way at once; one more is not started, and counts as failed. 32 if absent.
    slo
        The success rate in percent below which the exit code is 1; 99.5 if absent.
    query
        What is asked after a login as the route's `probe_login`, such as "SELECT 1", or the folder that is listed; what
        is configured there if absent. Without `probe_login` a probe hears the greeting.
    path
        Probe over this path of the route only.
    every_path
        Probe over every path of the route at once, instead of over the first that answers.
    direct
        Dial HOST:PORT over this host's own network, without any tailscaled.
    resume
        Go on with the last check of this subject that was interrupted; the time between is told, not counted. What is
        given beside it has to be as that check has it.
    journal
        The journal's file; that of the configuration if absent, and farshore-probe.db where it has none.
    config
        The configuration file, YAML or JSON; what is found on this host is used if absent.
    format
        text, json or markdown.
    """
    from farshore.app.probe import probe  # noqa: PLC0415 - the module's docstring says why
    from farshore.app.probe_begin import Asked  # noqa: PLC0415

    return probe(
        Asked(
            what=what,
            lasting=for_,
            every=every,
            concurrency=concurrency,
            slo=slo,
            query=query,
            path=path,
            every_path=every_path,
            direct=direct,
            resume=resume,
            journal=journal,
            config=config,
            format=format,
        )
    )
