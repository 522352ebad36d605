"""`farshore serve`: everything wired together, from the configuration to the last connection's end."""

import asyncio
import os
import resource
import signal
import sys
import traceback
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from random import SystemRandom

from farshore import __version__
from farshore.app import alerting, child, init
from farshore.app.carrying import Carrier
from farshore.app.child import OwnTailscaled
from farshore.app.declared import disproved
from farshore.app.discovery import complete
from farshore.app.exits import Exit, Refusal
from farshore.app.exporting import build_exporter, otel_refusal
from farshore.app.filewatch import FilePrint, look
from farshore.app.listening import Bound, Wanted, admin_token, bind_all
from farshore.app.loops import loop_factory_of
from farshore.app.memory import Memory, journal_refusal
from farshore.app.mending import Hands, build_mender
from farshore.app.not_bound import listen_refusal
from farshore.app.notifying import build_notifier, notify_refusal
from farshore.app.pauses import leave_out_what_is_loaded
from farshore.app.recalling import Recalling
from farshore.app.recording import build_recorder
from farshore.app.refusing import certificate_refusal, offer_of
from farshore.app.reload import Read, Reloading
from farshore.app.source import Source, read
from farshore.app.stopping import StopSignals, Watcher, until_stopped
from farshore.config.model import Config
from farshore.config.tailscaled import Tailscaled
from farshore.core.address import HostPort
from farshore.core.clock import SystemClock
from farshore.core.events import Announce, Event, TailscaledChanged
from farshore.gateway.gateway import Gateway
from farshore.gateway.listener import ListenError
from farshore.surface.http import HttpServer, admin_app, health_app
from farshore.surface.logs import LogFormat, LogLevel, Logs, route_standard_logging
from farshore.surface.metrics import Metrics
from farshore.surface.page.pulse import Pulse
from farshore.surface.page.site import Keys, Site
from farshore.surface.views import Kept, Views
from farshore.surface.writer import LineWriter
from farshore.tailnet.supervisor.keeper import Supervisor
from farshore.tailnet.supervisor.state import Phase
from farshore.watch.audit import Audit
from farshore.watch.deliveries import Deliveries
from farshore.watch.endings import Endings
from farshore.watch.lookout import Lookout
from farshore.watch.observer import Observer
from farshore.watch.prober import Prober
from farshore.watch.sayings import Sayings

STANDARD_OUTPUT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the command line said."""

    mappings: tuple[str, ...] = ()
    config: Path | None = None
    tailscaled: bool = False
    loop: str = "auto"
    log_level: str = "info"
    log_format: str | None = None
    tracebacks: bool = False


def serve(options: Options) -> Exit | Refusal:
    """Carry connections until a signal says stop."""
    if os.getpid() == 1 and (code := init.divide()) is not None:
        raise SystemExit(code)
    descriptors = raise_descriptor_limit()
    seen = None if options.config is None else look(options.config)
    source = read(options.mappings, options.config, descriptors)
    if isinstance(source, Refusal):
        return source
    with ExitStack() as stack:
        return _serve(options, source, seen, descriptors, stack)


def _serve(
    options: Options, source: Source, seen: FilePrint | None, descriptors: int, stack: ExitStack
) -> Exit | Refusal:
    own: OwnTailscaled | None = None
    settings = source.config.tailscaled or (Tailscaled() if options.tailscaled else None)
    if settings is not None:
        prepared = child.prepare(settings, os.environ, stack)
        if isinstance(prepared, Refusal):
            return prepared
        own = prepared
    completed = _completed(source, own)
    if isinstance(completed, Refusal):
        return completed
    config = completed.config
    against = journal_refusal(config) or certificate_refusal(config) or otel_refusal(config)
    if against is not None:
        return against
    watched: _Watched | None = None
    if options.config is not None:
        reread = lambda: _completed(read(options.mappings, options.config, descriptors), own)  # noqa: E731
        watched = _Watched(path=options.config, seen=seen, read=reread)
    loop_factory = loop_factory_of(options.loop)
    if isinstance(loop_factory, Refusal):
        return loop_factory
    writer = LineWriter(STANDARD_OUTPUT)
    logs = Logs(writer, clock=SystemClock(), log_format=_log_format(options), level=LogLevel(options.log_level))
    route_standard_logging(logs.logger, describe=_describe_fully if options.tracebacks else _describe)
    for warning in source.warnings:
        logs.logger.warning("configuration", message=warning)
    try:
        with asyncio.Runner(loop_factory=loop_factory) as runner:
            return runner.run(_Serving(completed.config, own, watched, logs, writer).run(descriptors))
    finally:
        writer.close()


def _completed(source: Source | Refusal, own: OwnTailscaled | None) -> Source | Refusal:
    """What was read, completed with the child's places and with what is found on this host."""
    if isinstance(source, Refusal):
        return source
    config = complete(source.config if own is None else own.completed(source.config))
    return config if isinstance(config, Refusal) else notify_refusal(config) or replace(source, config=config)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Watched:
    """The file that is read again; `seen` was taken before it was read for the first time."""

    path: Path
    seen: FilePrint | None
    read: Read


class _Serving:
    """One run: opens everything or nothing, then waits for a signal."""

    def __init__(
        self, config: Config, own: OwnTailscaled | None, watched: _Watched | None, logs: Logs, writer: LineWriter
    ) -> None:
        self._config = config
        self._own = own
        self._watched = watched
        self._logs = logs
        self._writer = writer
        self._clock = SystemClock()
        self._listeners: tuple[Announce, ...] = (logs.announce,)

    async def run(self, descriptors: int) -> Exit | Refusal:
        stop = StopSignals()
        gateway = Gateway(self._config, announce=self._announce, clock=self._clock)
        loop_name = type(asyncio.get_running_loop()).__module__.partition(".")[0]
        supervisor = self._supervisor(gateway)
        self._build(gateway, supervisor, loop_name)
        with ExitStack() as stack:
            servers = self._bind_servers(gateway, stack)
            if isinstance(servers, Refusal):
                return servers
            try:
                against = await disproved(self._config)
                if against is not None:
                    return Refusal(exit=Exit.USAGE, sentence=against)
                await gateway.open()
                leave_out_what_is_loaded()
                self._logs.logger.info(
                    "ready",
                    version=__version__,
                    loop=loop_name,
                    routes=len(gateway.routes()),
                    descriptors=descriptors,
                    **{name: str(server.address) for name, server in servers.items()},
                )
                watchers = [
                    self._mender.run,
                    self._lookout.run,
                    *self._probers(gateway),
                    *self._reloaders(),
                    *self._recorders(),
                ]
                return await until_stopped(gateway, supervisor, [*servers.values()], stop, watchers)
            except ListenError as error:
                return listen_refusal(error)
            finally:
                await gateway.close()
                if self._exporter is not None:
                    await self._exporter.close()
                self._memory.close()

    def _build(self, gateway: Gateway, supervisor: Supervisor | None, loop: str) -> None:
        """Everything that listens to what the gateway says."""
        self._audit, self._deliveries = Audit(self._clock), Deliveries(self._clock)
        self._memory = Memory(self._config, self._clock, self._announce)
        self._endings = Endings()
        self._sayings = Sayings(self._clock)
        self._pulse = Pulse(self._clock)
        self._recalling = Recalling(self._config, self._pulse, gateway.routes, self._clock)
        self._hands = Hands(announce=self._announce, clock=self._clock, supervisor=supervisor)
        self._mender = build_mender(self._config, gateway, self._hands)
        self._lookout = Lookout(gateway, self._clock)
        self._metrics = Metrics(
            gateway,
            loop=loop,
            log_lines_dropped=lambda: self._writer.dropped,
            journal=self._memory.state,
            channels=[channel.label for channel in self._config.notify],
        )
        self._exporter = build_exporter(self._config, self._metrics, self._warn, self._clock)
        self._notifier = build_notifier(self._config, self._announce, self._clock)
        self._reloading = self._watch_the_file(gateway)
        self._recorder = build_recorder(self._config, self._carried, gateway.routes, self._announce, self._clock)
        if self._recorder is not None:
            gateway.refusals.remark = self._recorder.remark
        gateway.refusals.offer = offer_of(self._config, self._clock, self._warn)
        self._alerting = alerting.of(self._carried, gateway.routes, self._recorder, self._announce, self._clock)
        alerting.resume(self._memory, self._alerting, self._notifier, self._metrics)
        kept = (self._metrics, self._logs, self._audit, self._memory, self._endings, self._sayings, self._pulse)
        acting = (self._deliveries, self._mender, self._notifier, self._lookout, self._alerting, self._recorder)
        told = (*kept, *acting, self._exporter)
        self._listeners = tuple(each.announce for each in told if each is not None)

    def _supervisor(self, gateway: Gateway) -> Supervisor | None:
        """The keeper of a tailscaled of our own; the gateway is not ready before that one is."""
        if self._own is None:
            return None

        gateway.await_outside("tailscaled is starting")

        def announce(event: Event) -> None:
            if isinstance(event, TailscaledChanged):
                gateway.await_outside(None if event.phase == Phase.RUNNING else event.reason)
            self._announce(event)

        return self._own.supervisor(gateway, announce, self._clock)

    def _probers(self, gateway: Gateway) -> Iterator[Watcher]:
        yield Prober(gateway, self._announce, SystemRandom()).run
        yield Observer(gateway, self._announce, SystemRandom()).run

    def _reloaders(self) -> Iterator[Watcher]:
        if self._reloading is not None:
            yield self._reloading.run

    def _recorders(self) -> Iterator[Watcher]:
        yield self._recalling.run
        yield self._notifier.run
        if self._recorder is not None:
            yield self._recorder.run
        yield self._alerting.run
        if self._exporter is not None:
            yield self._exporter.run

    def _carried(self) -> Config:
        return self._config if self._reloading is None else self._reloading.carried

    def _watch_the_file(self, gateway: Gateway) -> Reloading | None:
        """What takes a changed file over; where there is none, a hang-up is only told."""
        watched = self._watched
        if watched is None:
            message = "SIGHUP changes nothing: the configuration came from no file"
            loop = asyncio.get_running_loop()
            loop.add_signal_handler(signal.SIGHUP, lambda: self._logs.logger.info("configuration", message=message))
            return None
        return Reloading(
            path=watched.path,
            seen=watched.seen,
            started_with=self._config,
            read=watched.read,
            carrier=Carrier(gateway=gateway, mender=self._mender, hands=self._hands),
            adopt=lambda config: self._notifier.reconfigure(config.notify),
            announce=self._announce,
            warn=self._warn,
        )

    def _warn(self, message: str) -> None:
        self._logs.logger.warning("configuration", message=message)

    def _announce(self, event: Event) -> None:
        for listen in self._listeners:
            listen(event)

    def _configuration_problem(self) -> str | None:
        return None if self._reloading is None else self._reloading.problem

    def _admin_server(self, gateway: Gateway, views: Views, address: HostPort) -> HttpServer:
        keys = None if self._token is None else Keys(token=self._token, end_connection=gateway.end_connection)
        site = Site(views, self._pulse, self._clock, keys)
        return HttpServer(admin_app(views, address, site.routes(), token=self._token), site.close)

    def _bind_servers(self, gateway: Gateway, stack: ExitStack) -> dict[str, Bound] | Refusal:
        token = admin_token(self._config)
        if isinstance(token, Refusal):
            return token
        self._token = token
        problems = {
            "configuration": self._configuration_problem,
            "journal": self._memory.problem,
            "notify": self._notifier.problem,
        }
        kept = Kept(
            audit=self._audit,
            deliveries=self._deliveries,
            endings=self._endings,
            recorder=self._recorder,
            sayings=self._sayings,
            alerts=self._alerting.alerts,
        )
        views = Views(gateway, self._clock, kept)
        wanted = (
            Wanted(
                name="health",
                address=self._config.health,
                server=lambda _: HttpServer(health_app(gateway, self._metrics, problems)),
            ),
            Wanted(name="admin", address=self._config.admin, server=lambda at: self._admin_server(gateway, views, at)),
        )
        return bind_all(wanted, stack)


def raise_descriptor_limit() -> int:
    """Allow this process as many descriptors as the system grants it (setrlimit(2)); returns that number."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def _log_format(options: Options) -> LogFormat:
    if options.log_format is not None:
        return LogFormat(options.log_format)
    return LogFormat.TEXT if sys.stdout.isatty() else LogFormat.JSON


def _describe(error: BaseException) -> str:
    return "".join(traceback.format_exception_only(error)).strip()


def _describe_fully(error: BaseException) -> str:
    return "".join(traceback.format_exception(error)).strip()
