"""`farshore paths suggest`: the paths that today's tailnet allows, and who has to run what for them.

Reads LocalAPI, and changes nothing anywhere.
"""

import asyncio
import os
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from farshore.app.check import CheckResult, completed
from farshore.app.exits import Exit, Refusal
from farshore.app.mending import control_plane
from farshore.config.egresses import socket_of
from farshore.config.model import Config, Route
from farshore.core.clock import SystemClock
from farshore.tailnet.control.plane import ControlError, Router
from farshore.tailnet.localapi import LocalApi, LocalApiError
from farshore.tailnet.status import Status
from farshore.tailnet.suggest import RouterWork, SuggestedPath, SuggestedRoute, Suggestion, Wanted, suggest

COLUMNS = 80
ANSWER_S = 5.0
TAILSCALE_CONTROL = ".tailscale.com"
KEEPALIVE = "TS_NETSTACK_KEEPALIVE_IDLE=2m"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What one tailscaled said, and what is suggested for the routes of its egress.

    `untold` is why the control plane that the configuration names could not be asked.
    """

    egress: str
    accepts_routes: bool
    is_headscale: bool
    suggestion: Suggestion
    untold: str = ""


def suggest_paths(path: Path, *, routers: Sequence[str], as_json: bool) -> CheckResult | Refusal:
    """What would have to be written and run; a refusal where no tailscaled can be asked."""
    config = completed(path)
    if not isinstance(config, Config):
        return config
    seen = asyncio.run(_ask(config, routers))
    if isinstance(seen, Refusal):
        return seen
    text = msgspec.json.format(msgspec.json.encode(seen), indent=2).decode() if as_json else "\n".join(as_lines(seen))
    return CheckResult(exit_code=Exit.OK, text=text)


async def _ask(config: Config, routers: Sequence[str]) -> list[Seen] | Refusal:
    seen: list[Seen] = []
    known, untold = await _routers(config)
    default = next(iter(config.egresses))
    for name, egress in config.egresses.items():
        routes = [route for route in config.routes if (route.egress or default) == name]
        socket = socket_of(egress)
        if not routes or socket is None:
            continue
        answer = await _status(socket)
        if isinstance(answer, LocalApiError):
            return Refusal(
                exit=Exit.NOT_REACHED,
                sentence=f"egress {name} cannot be asked because {answer.detail}; see `tailscale status` on this host.",
            )
        status, prefs = answer
        seen.append(
            Seen(
                egress=name,
                accepts_routes=bool(prefs.get("RouteAll")),
                is_headscale=not str(prefs.get("ControlURL") or TAILSCALE_CONTROL).endswith(TAILSCALE_CONTROL),
                suggestion=suggest([_wanted(route) for route in routes], status, routers, known),
                untold=untold,
            )
        )
    if not seen:
        return Refusal(
            exit=Exit.NO_TAILSCALED,
            sentence="no egress has tailscaled's socket, so nobody can say which routers there are; name it with "
            "`socket:` or `localapi:`.",
        )
    return seen


async def _routers(config: Config) -> tuple[tuple[Router, ...], str]:
    """What the control plane knows, if the configuration names one; or why it was not told."""
    if config.control is None:
        return (), ""
    plane = control_plane(config.control, SystemClock(), os.environ)
    try:
        return await plane.routers(), ""
    except ControlError as error:
        return (), error.detail
    finally:
        await plane.aclose()


async def _status(socket: Path) -> tuple[Status, dict[str, object]] | LocalApiError:
    api = LocalApi(socket)
    try:
        return await api.status(timeout_s=ANSWER_S), await api.prefs(timeout_s=ANSWER_S)
    except LocalApiError as error:
        return error
    finally:
        await api.aclose()


def _wanted(route: Route) -> Wanted:
    return Wanted(route=route.label, host=route.target.host or "", port=route.target.first, ports=len(route.target))


def as_lines(seen: Sequence[Seen]) -> Iterator[str]:
    """At most 80 columns; a list that is longer is broken as a shell joins it again."""
    yield "routes:"
    for each in seen:
        for route in each.suggestion.routes:
            yield from _route(route)
    for each in seen:
        if each.untold:
            yield from _section(f"The control plane could not be asked, standbys are not seen: {each.untold}")
        if not each.accepts_routes:
            yield from _section("On this host, which does not accept routes yet:")
            yield "  tailscale set --accept-routes"
        for router in each.suggestion.routers:
            yield from _router(router, is_headscale=each.is_headscale)
    if not any(each.suggestion.routers for each in seen):
        yield from _section("The routers advertise all of it already: write the paths, and see them work with")
        yield "  farshore check -c FILE --live"


def _route(route: SuggestedRoute) -> Iterator[str]:
    yield f"  - name: {route.route}"
    for comment in (route.problem, route.note):
        if comment is not None:
            yield from textwrap.wrap(comment, COLUMNS, initial_indent="    # ", subsequent_indent="    # ")
    if route.paths:
        yield "    paths:"
        yield from (f"      - {_path(path)}" for path in route.paths)


def _path(path: SuggestedPath) -> str:
    if path.listener is not None:
        return f'{{via: {path.via}, listener: "{path.listener}"}}'
    return f"{{via: {path.via}, site: {path.site}}}"


def _router(router: RouterWork, *, is_headscale: bool) -> Iterator[str]:
    yield from _section(f"The administrator of {router.name} ({router.os or 'system unknown'}), on it:")
    for site, network, prefix in router.via:
        yield f"  tailscale debug via {site} {network}"
        yield f"  # prints {prefix}"
    if router.advertise and not router.is_known:
        yield from _comment(
            "This list replaces the present one. It holds what this host sees of it; compare AdvertiseRoutes in the "
            "output of `tailscale debug prefs` first, and add what is missing:"
        )
    if router.advertise:
        yield from _listed("  tailscale set --advertise-routes=", router.advertise)
    for port, target in router.listeners:
        yield f"  tailscale serve --bg --tcp={port} tcp://{target}"
    # Sites and listeners go through netstack on every router (netstack.go, `shouldProcessInbound` at v1.102.3).
    yield from _comment("Against back-end connections that nobody ends, in the environment of its tailscaled:")
    yield f"  {KEEPALIVE}"
    if router.advertise:
        yield from _approval(router, is_headscale=is_headscale)


def _approval(router: RouterWork, *, is_headscale: bool) -> Iterator[str]:
    if not is_headscale:
        yield from _section(f"Then an administrator of the tailnet approves the routes of {router.name}:")
        yield "  https://login.tailscale.com/admin/machines"
        yield from _comment(f"{router.name}, Edit route settings; or autoApprovers in the policy. To approve:")
        yield from (f"  # {prefix}" for prefix in router.advertise)
        return
    if router.id:
        yield from _section(f"Then, where headscale runs, for {router.name}:")
    else:
        yield from _section(f"Then, where headscale runs, with the id of {router.name} from the first command:")
        yield "  headscale nodes list"
    yield from _comment("This list replaces what was approved before:")
    yield from _listed(f"  headscale nodes approve-routes -i {router.id or 'ID'} -r ", router.advertise)


def _section(title: str) -> list[str]:
    return ["", *textwrap.wrap(title, COLUMNS)]


def _comment(text: str) -> list[str]:
    return textwrap.wrap(text, COLUMNS, initial_indent="  # ", subsequent_indent="  # ", break_on_hyphens=False)


def _listed(command: str, values: Sequence[str]) -> Iterator[str]:
    """A comma-separated list; a line that ends with a backslash goes on in the first column of the next."""
    line = command
    for number, value in enumerate(values):
        piece = value if number == len(values) - 1 else f"{value},"
        if len(line) + len(piece) >= COLUMNS and line != command:
            yield f"{line}\\"
            line = ""
        line += piece
    yield line
