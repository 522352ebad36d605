"""What `farshore probe` probes: a route of a configuration, or a target through what is found on this host."""

from dataclasses import dataclass
from pathlib import Path as File
from random import SystemRandom

from farshore.app.discovery import complete
from farshore.app.exits import Exit, Refusal
from farshore.collect.aim import plain_aim
from farshore.config import model
from farshore.config.load import from_mappings, load
from farshore.config.model import Config, Protocol
from farshore.core.address import AddressError, HostPort, parse_host_port
from farshore.core.clock import Clock
from farshore.gateway.egress import Egress, build_egress
from farshore.gateway.route import Path, Route, build_routes


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A route, as it runs and as it is written, and those of its paths that are probed.

    `name` is by what its checks are found again.
    """

    name: str
    config: Config
    route: Route
    written: model.Route
    paths: tuple[Path, ...]
    egresses: tuple[Egress, ...]


def configured(what: str, file: File | None, *, direct: bool) -> Config | Refusal:
    """The configuration that leads to the subject, complete with what is found on this host."""
    if file is None:
        return _plain(what, direct=direct)
    if direct:
        return _usage("--direct goes with HOST:PORT; a configuration says by itself how its routes are reached.")
    loaded = load(file)
    if loaded.config is None:
        return _usage(f"{loaded.problems[0]}; see all of it with `farshore check -c {file}`.")
    return complete(loaded.config)


def subject(what: str, path: str | None, config: Config, clock: Clock) -> Subject | Refusal:
    """The route that is named, or whose target is, made within a running loop; close its `egresses` in the end."""
    egresses = {name: build_egress(name, each, config.timeouts, clock) for name, each in config.egresses.items()}
    routes = list(build_routes(config, egresses, SystemRandom(), lambda _: None))
    chosen = [route for route in routes if route.name == what] or [each for each in routes if str(each.target) == what]
    if not chosen:
        names = ", ".join(route.name for route in routes[:10])
        return _usage(f"the configuration has no route {what}; it has {names}.")
    route = chosen[0]
    paths = tuple(each for each in route.paths if path in {None, each.name})
    if not paths:
        return _usage(f"the route {what} has no path {path}; it has {', '.join(each.name for each in route.paths)}.")
    return Subject(
        name=what,
        config=config,
        route=route,
        written=_written(config, route),
        paths=paths,
        egresses=tuple(egresses.values()),
    )


def _written(config: Config, route: Route) -> model.Route:
    """The one that listens there; a range listens on many ports."""
    return next(
        each
        for each in config.routes
        if (each.listen.host or config.listen_host) == route.listen.host
        and each.listen.first <= route.listen.port < each.listen.first + len(each.listen)
    )


def _plain(what: str, *, direct: bool) -> Config | Refusal:
    try:
        target = parse_host_port(what)
    except AddressError:
        return _usage(f"{what} is no HOST:PORT; name the configuration of the route with -c FILE.")
    aim = plain_aim(target, None, None)
    if aim.reserve:
        return _usage(f"{what} is not probed: {aim.reserve}; write a route for it and name its file with -c.")
    if direct:
        return _direct(target, aim.protocol)
    loaded = from_mappings((f"{target.port}={target}",))
    if loaded.config is None:
        return _usage(f"{loaded.problems[0]}; `--direct` dials over this host's own network.")
    routes = tuple(route.model_copy(update={"protocol": aim.protocol}) for route in loaded.config.routes)
    return complete(loaded.config.model_copy(update={"routes": routes}))


def _direct(target: HostPort, protocol: Protocol) -> Config:
    """No rule of a configuration's is asked: they keep a gateway's clients from this host itself."""
    route = {"listen": str(target.port), "target": str(target), "protocol": protocol.value, "allow_direct": True}
    return Config.model_validate({"egresses": {"direct": {"kind": "direct"}}, "routes": [route]})


def _usage(sentence: str) -> Refusal:
    return Refusal(exit=Exit.USAGE, sentence=sentence)
