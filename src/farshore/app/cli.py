"""The command line: what may be typed, and what the program says and returns when it cannot do it.

Only what parsing needs is imported here; each command imports its own work, so that `--help` stays quick.
"""

import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, CycloptsError, Parameter

from farshore.app.cli_alert import alert_app, alerts
from farshore.app.cli_doctor import doctor
from farshore.app.cli_export import export_app
from farshore.app.cli_incidents import incidents_app
from farshore.app.cli_journal import journal_app
from farshore.app.cli_probe import probe
from farshore.app.cli_report import report
from farshore.app.cli_top import top
from farshore.app.exits import Exit, Refusal, say
from farshore.core.visible import visible

ConfigFile = Annotated[Path | None, Parameter(name=["--config", "-c"])]
LogLevelName = Literal["debug", "info", "warning", "error"]
LogFormatName = Literal["json", "text"]
LoopName = Literal["auto", "asyncio", "uvloop"]
STANDARD_ERROR = 2
DEFAULT_URL = "http://127.0.0.1:9809"

app = App(
    name="farshore",
    help="A TCP gateway to private networks behind Tailscale that names the cause when they are out of reach.",
    help_epilogue="Exit codes: docs/exit-codes.md. Outcome codes of connections: docs/outcomes.md.",
    help_format="plaintext",
    version_flags=(),
    default_parameter=Parameter(negative=(), show_default=False),
)
config_app = App(name="config", help="What a configuration may say.")
app.command(config_app)
app.command(journal_app)
app.command(incidents_app)
app.command(doctor)
app.command(report)
app.command(probe)
app.command(alert_app)
app.command(alerts)
app.command(export_app)
app.command(top)
paths_app = App(name="paths", help="Several ways to one target.")
app.command(paths_app)


@app.command
def serve(  # noqa: PLR0913 - one for each flag
    *mappings: str,
    config: ConfigFile = None,
    tailscaled: bool = False,
    loop: LoopName = "auto",
    log_level: LogLevelName = "info",
    log_format: LogFormatName | None = None,
    debug: Annotated[bool, Parameter(parse=False)],
) -> Exit | Refusal:
    """Carry connections until SIGTERM or Ctrl-C; then drain. A second Ctrl-C cuts what is left.

    A file is read again on SIGHUP and when it has changed.

    Parameters
    ----------
    mappings
        Routes as PORT=HOST:PORT, for example 8082=172.16.20.88:1433; instead of a file.
    config
        The configuration file, YAML or JSON.
    tailscaled
        Start a tailscaled as a child, log it in and keep it running; see docs/tailscaled.md.
    loop
        The event loop: auto takes uvloop where it is installed.
    log_level
        The least important line to write: debug, info, warning or error.
    log_format
        json or text; text on a terminal and json elsewhere if absent.
    """
    from farshore.app.serve import Options, serve  # noqa: PLC0415 - the module's docstring says why

    return serve(
        Options(
            mappings=mappings,
            config=config,
            tailscaled=tailscaled,
            loop=loop,
            log_level=log_level,
            log_format=log_format,
            tracebacks=debug,
        )
    )


@app.command
def check(
    *,
    config: Annotated[Path, Parameter(name=["--config", "-c"])],
    live: bool = False,
    format: Literal["text", "json"] = "text",  # noqa: A002 - the flag's name
) -> Exit | Refusal:
    """Say everything that is wrong with a configuration, at once; connects to nothing without --live.

    Parameters
    ----------
    config
        The configuration file, YAML or JSON.
    live
        Dial every path of every route once, as the gateway would, and say which of them work now.
    format
        text or json, of what --live saw.
    """
    if live:
        from farshore.app.check_live import check_live  # noqa: PLC0415

        seen = check_live(config, as_json=format == "json")
        if isinstance(seen, Refusal):
            return seen
        print(visible(seen.text))  # noqa: T201 - the command's output
        return seen.exit_code
    from farshore.app.check import check  # noqa: PLC0415

    result = check(config)
    print(result.text)  # noqa: T201 - the command's output
    return result.exit_code


@paths_app.command
def suggest(
    *,
    config: Annotated[Path, Parameter(name=["--config", "-c"])],
    router: Annotated[tuple[str, ...], Parameter(name="--router", negative=())] = (),
    format: Literal["text", "json"] = "text",  # noqa: A002 - the flag's name
) -> Exit | Refusal:
    """Print the paths that today's tailnet allows for each route, and who has to run what for them; changes nothing.

    Parameters
    ----------
    config
        The configuration file, YAML or JSON.
    router
        Another machine that can reach the targets' network; may be given several times. A status shows only the router
        that serves a network now.
    format
        text or json.
    """
    from farshore.app.paths_suggest import suggest_paths  # noqa: PLC0415

    suggested = suggest_paths(config, routers=router, as_json=format == "json")
    if isinstance(suggested, Refusal):
        return suggested
    print(visible(suggested.text))  # noqa: T201 - the command's output
    return suggested.exit_code


@config_app.command
def schema() -> Exit:
    """Print the JSON Schema of the configuration file."""
    import json  # noqa: PLC0415

    from farshore.config.schema import schema  # noqa: PLC0415

    print(json.dumps(schema(), indent=2))  # noqa: T201 - the command's output
    return Exit.OK


@app.command
def status(*, url: str = DEFAULT_URL, format: Literal["text", "json"] = "text") -> Exit | Refusal:  # noqa: A002 - the flag's name
    """Show a running gateway's routes and connections.

    Parameters
    ----------
    url
        Where its admin listener is; http://127.0.0.1:9809 if absent.
    format
        text or json.
    """
    from farshore.app.status import status  # noqa: PLC0415

    return status(url, as_json=format == "json")


@app.command
def diagnose(
    *paths: Path,
    format: Literal["text", "json", "markdown", "html"] = "text",  # noqa: A002 - the flag's name
    at: str | None = None,
    since: str | None = None,
    target: str | None = None,
    why: bool = False,
) -> Exit | Refusal:
    """Name the broken hop from files: what proves it, what speaks against it, and what would settle it.

    Parameters
    ----------
    paths
        Files, folders, archives (.zip, .tar.gz, .gz, .zst), or - for standard input; recognised by content.
    format
        text, json, markdown or html.
    at
        Keep what is within ten minutes of this time, for example 2026-03-04T05:50:34Z.
    since
        Keep what is not older than this time.
    target
        Keep what is not about another target, as HOST:PORT.
    why
        Show the whole argument: every rule that found something, for and against.
    """
    from farshore.app.diagnose import Asked, diagnose  # noqa: PLC0415

    return diagnose(Asked(paths=paths, format=format, at=at, since=since, target=target, why=why))


@app.command
def collect(*targets: str, script: Literal["linux", "windows"]) -> Exit | Refusal:
    """Print a script that a router's administrator runs there and sends back; it only reads. `diagnose` reads it.

    Parameters
    ----------
    targets
        HOST:PORT of servers behind the router, to try one connection to each from there.
    script
        linux (POSIX sh) or windows (PowerShell).
    """
    from farshore.app.collect import collect  # noqa: PLC0415

    return collect(script, targets)


@app.command
def flows(
    *paths: Path,
    format: Literal["text", "json", "markdown"] = "text",  # noqa: A002 - the flag's name
    during: str | None = None,
    engine: str = "auto",
) -> Exit | Refusal:
    """Count flow logs and Hubble exports: before, during and after an outage, per reporter and pair.

    Parameters
    ----------
    paths
        Tailscale flow logs or Hubble's flows: files, folders, archives, or - for standard input.
    format
        text, json or markdown.
    during
        The outage as FROM/TO, for example 2026-03-04T05:50:00Z/2026-03-04T06:30:00Z; looked for if absent.
    engine
        auto, sqlite, duckdb, or clickhouse://USER@HOST:PORT/DATABASE.
    """
    from farshore.app.flows import AskedFlows  # noqa: PLC0415
    from farshore.app.flows import flows as count  # noqa: PLC0415

    return count(AskedFlows(paths=paths, format=format, during=during, engine=engine))


@app.command
def explain(code: str | None = None, *, list: bool = False) -> Exit | Refusal:  # noqa: A002 - the flag's name
    """Explain a cause or a misreading: what proves it, what rules it out, what to ask next, and who mends it how.

    Parameters
    ----------
    code
        The cause, for example M07, or the misreading, for example F9.
    list
        List all of both instead.
    """
    from farshore.app.explain import explain  # noqa: PLC0415

    return explain(None if list else code)


@app.command
def completion(shell: Literal["bash", "zsh", "fish"]) -> Exit:
    """Print what makes a shell complete commands and flags, for example `source <(farshore completion bash)`.

    Parameters
    ----------
    shell
        bash, zsh or fish.
    """
    print(app.generate_completion(shell=shell))  # noqa: T201 - the command's output
    return Exit.OK


@app.command
def demo() -> Exit:
    """Show the main job in a tailnet inside this process, in about half a minute; needs no Tailscale."""
    from farshore.app.demo import demo  # noqa: PLC0415

    return demo()


@app.meta.default
def _launch(
    *tokens: Annotated[str, Parameter(show=False, allow_leading_hyphen=True)],
    debug: bool = False,
    version: bool = False,
) -> Exit | Refusal | None:
    """Run a command.

    Parameters
    ----------
    debug
        Show where a mistake of Farshore's own happened.
    version
        Print the versions of Farshore, Python and the event loop.
    """
    if version:
        from farshore.app.version import describe  # noqa: PLC0415

        print(describe())  # noqa: T201 - the command's output
        return Exit.OK
    command, bound, not_parsed = app.parse_args(tokens, exit_on_error=False, print_error=False)
    return command(*bound.args, **bound.kwargs, **({"debug": debug} if "debug" in not_parsed else {}))  # type: ignore[no-any-return]


def run(arguments: Sequence[str]) -> Exit:
    """Do what the command line says; whatever happens becomes at most one sentence and an exit code."""
    try:
        told = ["./-" if each == "-" else each for each in arguments]  # the parser takes `-` for an option
        ending = app.meta(told, exit_on_error=False, print_error=False, result_action="return_value")
        sys.stdout.flush()
    except CycloptsError as error:
        ending = Refusal(exit=Exit.USAGE, sentence=_usage(error))
    except BrokenPipeError:
        # Whoever read the output has seen enough; nothing is left to flush at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.OK
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    except Exception as error:
        if "--debug" in arguments:
            raise
        ending = Refusal(exit=Exit.INTERNAL, sentence=_own_mistake(error))
    if isinstance(ending, Refusal):
        say(f"farshore: {ending.sentence}")
        return ending.exit
    return Exit.OK if ending is None else Exit(ending)


def main() -> None:
    """Start from the shell."""
    _occupy_standard_descriptors()
    sys.exit(run(sys.argv[1:]))


def _occupy_standard_descriptors() -> None:
    """Fill what the caller closed, or a client's socket becomes descriptor 1 and reads the log."""
    while (fd := os.open(os.devnull, os.O_RDWR)) <= STANDARD_ERROR:
        pass
    os.close(fd)


def _usage(error: CycloptsError) -> str:
    error.verbose = False
    text = re.sub(r" Available commands:.*", "", str(error), flags=re.DOTALL)
    text = text.replace(". Choose from: ", ", choose from ")
    text = re.sub(r"\.? Did you mean (.*)\?", r", did you mean \1", text)
    command = " ".join(error.command_chain or ())
    return f"{text[:1].lower()}{text[1:].rstrip('.')}; see `farshore {command + ' ' if command else ''}--help`."


def _own_mistake(error: Exception) -> str:
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return (
        f"a mistake of its own ({type(error).__name__}: {error}); run it again with `--debug` and report what it shows."
    )
