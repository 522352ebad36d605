"""`farshore check --live`: which paths work now, for a person or for a machine."""

import asyncio
import textwrap
from collections.abc import Iterator
from pathlib import Path

import msgspec

from farshore.app.check import CheckResult, completed
from farshore.app.exits import Exit, Refusal
from farshore.app.live import Live, PathDialled, RouteDialled, RouterSeen, look_live
from farshore.config.model import Config

COLUMNS = 80


def check_live(path: Path, *, as_json: bool) -> CheckResult | Refusal:
    """What is wrong with the file, or what became of a dial of each path; a refusal where there is nothing to ask."""
    config = completed(path)
    if not isinstance(config, Config):
        return config
    live = asyncio.run(look_live(config))
    text = as_document(live) if as_json else "\n".join(as_lines(live))
    return CheckResult(exit_code=exit_code(live), text=text)


def exit_code(live: Live) -> Exit:
    """A declaration that is disproved weighs most: it could cost a host its plain address."""
    if any(router.is_disproved for router in live.routers):
        return Exit.USAGE
    if not all(route.works for route in live.routes):
        return Exit.ROUTE_FAILED
    return Exit.OK if all(path.works for route in live.routes for path in route.paths) else Exit.PATH_FAILED


def as_document(live: Live) -> str:
    """One JSON document (RFC 8259)."""
    document = msgspec.to_builtins(live)
    for route, seen in zip(document["routes"], live.routes, strict=True):
        route["works"] = seen.works
        for path, dialled in zip(route["paths"], seen.paths, strict=True):
            path["works"] = dialled.works
    for router, declared in zip(document["routers"], live.routers, strict=True):
        router["disproved"] = declared.is_disproved
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode()


def as_lines(live: Live) -> Iterator[str]:
    """At most 80 columns, but where an address or a name alone is longer."""
    for route in live.routes:
        yield from _route(route)
    for router in live.routers:
        yield from _router(router)
    yield from textwrap.wrap(_verdict(live), COLUMNS)


def _route(route: RouteDialled) -> Iterator[str]:
    ports = f", the first of {route.ports} ports" if route.ports > 1 else ""
    yield from _wrapped(f"{route.route}: {route.listen} to {route.target}{ports}", "", "  ")
    for path in route.paths:
        yield from _path(path)
    yield ""


def _path(path: PathDialled) -> Iterator[str]:
    verdict = "works" if path.works else "FAILS"
    by = f", through {path.owner}{f' ({path.owner_os})' if path.owner_os else ''}" if path.owner else ""
    yield from _wrapped(f"{path.path}, {_took(path.took_ms)}{by}", f"  {verdict}  ", " " * 9)
    if path.dialled not in path.path:
        yield from _wrapped(f"dialled {path.dialled} over {path.egress}", " " * 9, " " * 9)
    if path.code is not None:
        yield from _wrapped(f"{path.code}: {path.detail}", " " * 9, " " * 9)


def _router(router: RouterSeen) -> Iterator[str]:
    verdict = "WRONG" if router.is_disproved else "  "
    said = f"{router.router} is declared {router.declared.value}, seen {router.seen.value}: {router.why}"
    yield from _wrapped(said, f"{verdict}  " if router.is_disproved else "", "  ")
    if router.is_disproved:
        hint = "Dial its targets only by site: or listener:, and write forwarding: netstack."
        yield from _wrapped(hint, "  ", "  ")
    yield ""


def _verdict(live: Live) -> str:
    paths = [path for route in live.routes for path in route.paths]
    works = sum(path.works for path in paths)
    told = f"Paths that work now: {works} of {len(paths)}"
    lost = [route.route for route in live.routes if not route.works]
    if lost:
        told += f"; no path works for {', '.join(lost)}"
    disproved = [router.router for router in live.routers if router.is_disproved]
    if disproved:
        told += f"; this would not be safe to serve because of {', '.join(disproved)}"
    return f"{told}."


def _wrapped(text: str, first: str, rest: str) -> list[str]:
    return textwrap.wrap(
        text, COLUMNS, initial_indent=first, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False
    )


def _took(took_ms: float) -> str:
    return f"{took_ms:.0f} ms" if took_ms < 1000 else f"{took_ms / 1000:.2f} s"  # noqa: PLR2004 - a second
