"""`farshore check`: what is wrong with a configuration, or what it would serve."""

from dataclasses import dataclass
from pathlib import Path

from farshore.app.discovery import complete
from farshore.app.exits import Exit, Refusal
from farshore.config.fields import Ports
from farshore.config.load import load
from farshore.config.model import Config, Route
from farshore.config.problem import Loaded

MAX_NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """What to print, and the exit code to end with."""

    exit_code: Exit
    text: str


def check(path: Path, *, descriptor_limit: int | None = None) -> CheckResult:
    """Everything wrong with a file; or one line on what it would serve, and its present form if it is a founding one.

    Reads the file and does no other I/O.
    """
    return _result(load(path, descriptor_limit=descriptor_limit))


def completed(path: Path) -> Config | CheckResult | Refusal:
    """What a file configures, complete with what is found on this host; or what is wrong with it, or missing here.

    Reads the file once.
    """
    loaded = load(path)
    return _result(loaded) if loaded.config is None else complete(loaded.config)


def _result(loaded: Loaded) -> CheckResult:
    warnings = [f"warning: {warning}" for warning in loaded.warnings]
    if loaded.config is None:
        count = len(loaded.problems)
        verdict = f"{count} mistake{'s' * (count != 1)}: this would not be served."
        return CheckResult(
            exit_code=Exit.USAGE, text="\n".join([*(str(each) for each in loaded.problems), *warnings, verdict])
        )
    lines = [*warnings, *_migrated(loaded), f"ok: {_served(loaded.config)}"]
    return CheckResult(exit_code=Exit.OK, text="\n".join(lines))


def _migrated(loaded: Loaded) -> list[str]:
    return [] if loaded.migrated is None else ["", "In the present format:", "", loaded.migrated]


def _served(config: Config) -> str:
    named = [_route(config, route) for route in config.routes[:MAX_NAMED]]
    rest = len(config.routes) - len(named)
    if rest:
        named.append(f"and {rest} more")
    count = len(config.routes)
    return f"{count} route{'s' * (count != 1)} would be served: {', '.join(named)}."


def _route(config: Config, route: Route) -> str:
    host = config.listen_host if route.listen.host is None else route.listen.host
    listen = Ports(host=host, first=route.listen.first, last=route.listen.last)
    egress = route.egress or next(iter(config.egresses))
    return f"{listen} to {route.target} through {egress}"
