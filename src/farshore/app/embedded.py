"""Farshore inside another Python program: the gateway's paths without a gateway beside it, and its diagnosis.

What `farshore` itself exports. Nothing here is configured by the environment, and nothing is left running.
"""

import asyncio
import json
import logging
import socket
import threading
from collections.abc import AsyncIterator, Coroutine, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from random import SystemRandom
from types import TracebackType
from typing import NamedTuple

from farshore.app.discovery import complete
from farshore.app.exits import Refusal
from farshore.config import model
from farshore.config.load import load, parse
from farshore.config.model import Config
from farshore.core.address import HostPort
from farshore.core.clock import SystemClock
from farshore.core.events import Announce, ConnectionEnded, Event
from farshore.core.outcome import MEANINGS, Code
from farshore.diagnosis.engine import diagnose as weigh
from farshore.diagnosis.intake.dispatch import take_in
from farshore.diagnosis.intake.sources import Opener
from farshore.diagnosis.verdict import Diagnosis
from farshore.gateway.errand import Errand
from farshore.gateway.gateway import Gateway
from farshore.gateway.route import Route
from farshore.watch.lookout import Lookout
from farshore.watch.prober import Prober

LOOPBACK = "127.0.0.1"
BACKLOG = 128
NEVER_OPENED = 65535
REST_S = 0.1
MAX_NAMED = 10
# The block has ended: whoever wrote it knows.
OWN_END = frozenset({Code.DRAIN_CUT, Code.DRAIN_CUT_DIAL})
_logger = logging.getLogger("farshore")


class ConfigurationError(ValueError):
    """What was asked for is no route: the message names the field, what was expected, and what to do."""


class Unreachable(ConnectionError):  # noqa: N818 - named for what it says, as `ConnectionRefusedError`'s kin are
    """There is no way to the target now. `code` is the outcome (docs/outcomes.md), `detail` what each path said."""

    def __init__(self, target: str, code: Code, detail: str) -> None:
        super().__init__(f"{target}: {code}: {detail}")
        self.code = code
        self.detail = detail


class Address(NamedTuple):
    """Where a tunnel begins: what `socket.create_connection` takes."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


class Connected(socket.socket):
    """A connection to the target. Over tailscaled's own socket it is a unix socket, which has no TCP options.

    Drivers set `TCP_NODELAY` unasked; on a unix socket nothing is delayed, and they need not know.
    """

    def setsockopt(self, *args: object) -> None:
        """As `socket.socket.setsockopt`; options of TCP are ignored where there is no TCP."""
        if self.family != socket.AF_UNIX or args[0] != socket.IPPROTO_TCP:
            super().setsockopt(*args)  # type: ignore[call-overload]


def diagnose(paths: str | Path | Iterable[str | Path]) -> Diagnosis:
    """Name what broke, from files, folders or archives, as `farshore diagnose` does; changes and prints nothing.

    Raises:
        FileNotFoundError: one of them does not exist.
    """
    named = [Path(paths)] if isinstance(paths, str | Path) else [Path(path) for path in paths]
    for path in named:
        path.stat()
    taken = take_in(Opener(SystemClock()).open_paths(named, BytesIO()))  # standard input is the program's
    return weigh(taken.facts, taken.unread)


async def connect(
    target: str,
    *,
    config: str | Path | None = None,
    **settings: object,
) -> socket.socket:
    """Connect to a private target, and hand over the blocking socket: for drivers that take one.

    Args:
        target: `HOST:PORT`, or with `config` the name of one of its routes.
        config: a configuration file, instead of `settings`.
        settings: any field of a route, such as `paths=[{"via": "r1", "site": 1}]`, `protocol="sqlserver"` or
            `hold="5s"`, and `egresses=` as in a configuration, where the tailscaled of this host is not meant
            (docs/configuration.md).

    Raises:
        ConfigurationError: what was asked for is no route.
        Unreachable: no path leads to the target now, or the route's `hold` was over before one did.
    """
    wanted = _wanted(target, config, settings)
    async with _running(wanted) as running:
        reached = await Errand(
            running.route, running.gateway.waiting_room(running.route), running.gateway.surroundings
        ).run()
        if not isinstance(reached, socket.socket):
            raise Unreachable(target, reached.code, reached.detail)
        connected = Connected(fileno=reached.detach())
        connected.settimeout(None)
        return connected


def tunnel(
    target: str,
    *,
    config: str | Path | None = None,
    **settings: object,
) -> "Tunnel":
    """A port of this host's loopback that leads to a private target, for the length of a `with` or `async with` block.

    The arguments are those of `connect`. Whatever connects to the port is served as by the gateway: hedged dials, held
    while no path works, refused in its own words. Why a connection failed is logged to `farshore`, as a warning.

    Raises:
        ConfigurationError: what was asked for is no route.
    """
    return Tunnel(_wanted(target, config, settings))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """A configuration and the one route of it that is wanted, by its name or target."""

    config: Config
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Running:
    gateway: Gateway
    route: Route


class Tunnel:
    """One tunnel, to be entered once: with `with` it runs in a thread of its own, with `async with` in the loop."""

    def __init__(self, wanted: _Wanted) -> None:
        self._wanted = wanted
        self._stack = AsyncExitStack()
        self._thread: threading.Thread | None = None
        self._over: Future[None] = Future()

    async def __aenter__(self) -> Address:
        """Open the port."""
        async with AsyncExitStack() as stack:
            address = await stack.enter_async_context(_open(self._wanted))
            self._stack = stack.pop_all()
        return address

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the port, and end the connections that are left."""
        await self._stack.aclose()

    def __enter__(self) -> Address:
        """Open the port."""
        opened: Future[Address] = Future()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._stand(opened)), name="farshore-tunnel", daemon=True
        )
        self._thread.start()
        return opened.result()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the port, and end the connections that are left."""
        self._over.set_result(None)
        if self._thread is not None:
            self._thread.join()

    async def _stand(self, opened: Future[Address]) -> None:
        try:
            address = await self.__aenter__()
        except Exception as error:  # noqa: BLE001 - who enters the block is told
            opened.set_exception(error)
            return
        opened.set_result(address)
        await asyncio.wrap_future(self._over)
        await self._stack.aclose()


@asynccontextmanager
async def _open(wanted: _Wanted) -> AsyncIterator[Address]:
    """The port and whatever serves it; clients are accepted until the end."""
    with socket.create_server((LOOPBACK, 0), backlog=BACKLOG) as listening:
        listening.settimeout(0)
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        async with _running(wanted) as running:
            prober = Prober(running.gateway, _tell, SystemRandom())
            async with _during(prober.run()), _during(_accept(listening, running)):
                yield Address(*listening.getsockname())


async def _accept(listening: socket.socket, running: _Running) -> None:
    loop = asyncio.get_running_loop()
    while True:
        try:
            client, peer = await loop.sock_accept(listening)
        except OSError as error:  # no descriptor is left, or the client has gone already
            _logger.warning("%s: %s", running.route.target_text, error.strerror)
            await asyncio.sleep(REST_S)
            continue
        running.gateway.accept(running.route, client, peer)


@asynccontextmanager
async def _running(wanted: _Wanted) -> AsyncIterator[_Running]:
    """A gateway that has opened no port, and helps those who are held."""
    clock = SystemClock()
    listeners: list[Announce] = [_tell]
    gateway = Gateway(wanted.config, announce=lambda event: _tell_all(listeners, event), clock=clock)
    lookout = Lookout(gateway, clock)
    listeners.append(lookout.announce)
    try:
        async with _during(lookout.run()):
            route = next(route for route in gateway.live_routes() if wanted.what in {route.name, route.target_text})
            yield _Running(gateway=gateway, route=route)
    finally:
        await gateway.close()


@asynccontextmanager
async def _during(work: Coroutine[None, None, None]) -> AsyncIterator[None]:
    """Have something done for the length of a block."""
    task = asyncio.get_running_loop().create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


def _tell_all(listeners: Sequence[Announce], event: Event) -> None:
    for listen in listeners:
        listen(event)


def _tell(event: Event) -> None:
    if isinstance(event, ConnectionEnded) and MEANINGS[event.code].is_failure and event.code not in OWN_END:
        _logger.warning("%s: %s: %s", event.target, event.code, event.detail or MEANINGS[event.code].summary)


def _wanted(target: str, config: str | Path | None, written: Mapping[str, object]) -> _Wanted:
    """The configuration with the wanted route alone; whole where a name might stand for another route's host."""
    if config is None:
        loaded = parse(json.dumps(_document(target, written), default=str).encode(), "what was asked for")
    elif written:
        msg = f"expected config= alone, found {', '.join(written)} as well: the file says how its routes are reached"
        raise ConfigurationError(msg)
    else:
        loaded = load(Path(config))
    if loaded.config is None:
        raise ConfigurationError("; ".join(str(problem) for problem in loaded.problems))
    whole = loaded.config
    found = next((route for route in whole.routes if target in _names(route)), None)
    if found is None:
        names = ", ".join(route.label for route in whole.routes[:MAX_NAMED])
        msg = f"{config}: expected the name or the target of a route, found {target}; it has {names}"
        raise ConfigurationError(msg)
    narrowed = whole if isinstance(found.target.host, str) else whole.model_copy(update={"routes": (found,)})
    completed = complete(narrowed)
    if isinstance(completed, Refusal):
        raise ConfigurationError(completed.sentence)
    return _Wanted(config=completed, what=target)


def _document(target: str, written: Mapping[str, object]) -> dict[str, object]:
    egresses = {name: value for name, value in written.items() if name == "egresses"}
    route = {name: value for name, value in written.items() if name != "egresses"}
    return {"routes": [{"listen": NEVER_OPENED, "target": target, **route}], **egresses}


def _names(route: model.Route) -> Iterator[str]:
    for offset in range(len(route.listen)):
        yield route.label if len(route.listen) == 1 else f"{route.label}:{route.listen.first + offset}"
        if route.target.host is not None:
            yield str(HostPort(route.target.host, route.target.first + offset))
