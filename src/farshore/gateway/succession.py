"""What stays when the configuration changes: egresses, routes and what is known of their paths. Decides; no I/O."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace

from farshore.config import model
from farshore.config.egresses import Egress as ConfiguredEgress
from farshore.gateway.egress import Egress
from farshore.gateway.listener import ListenError
from farshore.gateway.route import Path, Route

Build = Callable[[str, ConfiguredEgress], Egress]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconfigured:
    """Another configuration is carried. Routes by name; one that has another port than before is `changed`."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]
    unchanged: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NotReconfigured:
    """Nothing has changed; `error` is there where a port could not be had."""

    reason: str
    error: ListenError | None = None


def surviving_egresses(
    before: model.Config, after: model.Config, running: dict[str, Egress], build: Build
) -> dict[str, Egress]:
    """The egresses of the next configuration: those that are described as before go on, with what they know."""
    as_patient = _patience(before) == _patience(after)
    return {
        name: running[name] if as_patient and before.egresses.get(name) == settings else build(name, settings)
        for name, settings in after.egresses.items()
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Succession:
    """The routes after a change, in order; those `to_open` have no port yet, those `to_close` keep theirs no longer."""

    routes: tuple[Route, ...]
    to_open: tuple[Route, ...]
    to_close: tuple[Route, ...]
    told: Reconfigured


def succession(
    running: Sequence[Route], former: Sequence[Route], written: Sequence[Route], same_egresses: frozenset[str]
) -> Succession:
    """What becomes of the running routes.

    A route that is written as before is the very object it was; one of the same name keeps its counts and what is known
    of the paths that it keeps: `same_egresses` are the names of those that lead where they led. The `former` routes
    have no port any more but open connections; they may come back. A port 0 is never kept.
    """
    known = {route.name: route for route in running}
    remembered = {route.name: route for route in former} | known
    routes = tuple(_succeed(route, remembered.get(route.name), same_egresses) for route in written)
    open_at = {route.listen for route in running}
    wanted = {route.listen for route in routes}
    names = {route.name for route in routes}
    return Succession(
        routes=routes,
        to_open=tuple(route for route in routes if route.listen not in open_at),
        to_close=tuple(route for route in running if route.listen not in wanted),
        told=Reconfigured(
            added=tuple(route.name for route in routes if route.name not in known),
            removed=tuple(name for name in known if name not in names),
            changed=tuple(route.name for route in routes if route.name in known and route is not known[route.name]),
            unchanged=tuple(route.name for route in routes if route is known.get(route.name)),
        ),
    )


def why_not_open(error: ListenError, to_close: Sequence[Route]) -> str:
    """Why a port could not be had; this gateway itself may be the one who has it."""
    own = next((route for route in to_close if route.listen.port == error.address.port), None)
    if own is None:
        return str(error)
    return (
        f"{error}; this gateway has {own.listen} open for route {own.name} until the change: change it in two steps, "
        "the old one out and then the new one in, or restart"
    )


def _succeed(route: Route, before: Route | None, same_egresses: frozenset[str]) -> Route:
    if before is None:
        return route
    paths = tuple(_path(path, before, same_egresses) for path in route.paths) if route.target == before.target else None
    heir = replace(route, paths=paths or route.paths, tally=before.tally)
    return before if all(getattr(heir, name) == getattr(before, name) for name in _WRITTEN) else heir


def _path(path: Path, before: Route, same_egresses: frozenset[str]) -> Path:
    former = next((known for known in before.paths if known.name == path.name), None)
    if former is None or former.target != path.target or former.egress.name != path.egress.name:
        return path
    if former.egress is path.egress:
        return former
    if path.egress.name not in same_egresses:
        return path
    return replace(former, egress=path.egress, connections=0)


def _patience(config: model.Config) -> tuple[float, float]:
    return config.timeouts.connect_s, config.timeouts.dial_s


_WRITTEN = tuple(field.name for field in fields(Route) if field.name not in {"tally", "target_text"})
