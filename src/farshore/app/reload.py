"""Takes a changed configuration over while connections go on: on SIGHUP, and when the file has become another one.

What is refused changes nothing: the configuration before goes on, and the gateway stays ready. The reason is in the
log, in a metric and in the body of `/readyz` until a configuration is taken over.
"""

import asyncio
import signal
from collections.abc import Callable
from dataclasses import InitVar, dataclass, field
from ipaddress import IPv4Address
from pathlib import Path
from typing import Protocol

from farshore.app.declared import disproved
from farshore.app.exits import Refusal
from farshore.app.filewatch import FilePrint, FileWatch, look
from farshore.app.source import Source
from farshore.config.model import Config
from farshore.config.rules.paths import spoilt, ways_that_spoil
from farshore.core.events import Announce, ConfigurationApplied, ConfigurationRefused, ReloadReason
from farshore.gateway.succession import NotReconfigured, Reconfigured

AT_RUN_TIME = frozenset(
    {"listen_host", "egresses", "routers", "routes", "redact", "limits", "timeouts", "keepalive", "drain"}
    | {"path_health", "observe", "remedies", "control", "alerts", "notify"}
)

Read = Callable[[], Source | Refusal]
Warn = Callable[[str], None]
Adopt = Callable[[Config], None]


class Reconfigurable(Protocol):
    """What carries the configuration."""

    async def reconfigure(self, config: Config) -> Reconfigured | NotReconfigured:
        """Carry what another configuration says, or change nothing."""
        ...


@dataclass(slots=True, kw_only=True, eq=False)
class Reloading:
    """Reads a file again, and has what it says carried.

    `seen` has to be taken before the file is read for the first time; `started_with` is what it said then, complete
    with what was found on this host, and `read` says the same of now; it may block. `announce` is told how each reload
    ended, `warn` what should be said about a configuration that is carried all the same, and
    `adopt` is given each one that is carried from now on.

    `problem` is why what the file says is not what is carried; None if it is. `carried` is what is.
    """

    path: Path
    seen: InitVar[FilePrint | None]
    started_with: Config
    read: Read
    carrier: Reconfigurable
    announce: Announce
    warn: Warn
    adopt: Adopt
    problem: str | None = None
    carried: Config = field(init=False)
    _watch: FileWatch = field(init=False)
    _asked: asyncio.Event = field(init=False, default_factory=asyncio.Event)
    _spoiling: frozenset[tuple[IPv4Address, str | None]] = field(init=False)

    def __post_init__(self, seen: FilePrint | None) -> None:
        self.carried = self.started_with
        self._spoiling = ways_that_spoil(self.started_with)
        self._watch = FileWatch(seen)

    async def run(self) -> None:
        """Reload whenever there is reason to, until this is cancelled."""
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGHUP, self._asked.set)
        try:
            while True:
                reason = await self._reason()
                await self._reload(reason)
        finally:
            loop.add_signal_handler(signal.SIGHUP, _ignore)

    async def _reason(self) -> ReloadReason:
        while True:
            try:
                async with asyncio.timeout(self._watch.pause_s):
                    await self._asked.wait()
            except TimeoutError:
                if self._watch.has_changed(await asyncio.to_thread(look, self.path)):
                    return ReloadReason.FILE
            else:
                self._asked.clear()
                self._watch.has_been_read(await asyncio.to_thread(look, self.path))
                return ReloadReason.SIGHUP

    async def _reload(self, reason: ReloadReason) -> None:
        source = await asyncio.to_thread(self.read)
        if isinstance(source, Refusal):
            self._refuse(reason, source.sentence)
            return
        against = self._takes_away(source.config) or await disproved(source.config)
        if against is not None:
            self._refuse(reason, against)
            return
        answer = await self.carrier.reconfigure(source.config)
        if isinstance(answer, NotReconfigured):
            self._refuse(reason, f"{answer.reason}.")
            return
        self.carried = source.config
        self.adopt(source.config)
        self._spoiling |= ways_that_spoil(source.config)
        for warning in source.warnings:
            self.warn(warning)
        waiting = needs_restart(self.started_with, source.config)
        self.problem = f"needs a restart: {', '.join(waiting)}" if waiting else None
        self.announce(
            ConfigurationApplied(
                reason=reason,
                added=answer.added,
                removed=answer.removed,
                changed=answer.changed,
                unchanged=len(answer.unchanged),
                needs_restart=waiting,
            )
        )

    def _takes_away(self, config: Config) -> str | None:
        hosts = sorted(spoilt(config, self._spoiling))
        if not hosts:
            return None
        return (
            f"the plain address of {', '.join(map(str, hosts))} may be a black hole, because it was dialled by 4via6 "
            "through a router that forwards in userspace; restart tailscaled on that router and then this gateway, or "
            "go on with site: or listener:."
        )

    def _refuse(self, reason: ReloadReason, sentence: str) -> None:
        self.problem = f"refused, the configuration before goes on: {sentence}"
        self.announce(ConfigurationRefused(reason=reason, sentence=sentence))


def needs_restart(started_with: Config, written: Config) -> tuple[str, ...]:
    """The settings that are written otherwise than the process was started with, and cannot change while it runs."""
    return tuple(
        name
        for name in Config.model_fields
        if not _changes_at_run_time(name, started_with) and getattr(written, name) != getattr(started_with, name)
    )


def _changes_at_run_time(name: str, started_with: Config) -> bool:
    """Alerts need incidents, and what notices those is built at the start."""
    if name == "alerts" and started_with.alerts is None and started_with.incidents is None:
        return False
    return name in AT_RUN_TIME


def _ignore() -> None:
    """A gateway that stops reads nothing any more, and a hang-up must not end it before its connections."""
