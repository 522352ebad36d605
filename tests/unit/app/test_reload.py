import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path as FilePath
from typing import Any

import pytest
from tests.unit.gateway.gates import direct
from tests.unit.gateway.wires import until

from farshore.app.exits import Exit, Refusal
from farshore.app.filewatch import look
from farshore.app.reload import AT_RUN_TIME, Reloading, needs_restart
from farshore.app.source import Source
from farshore.config.alerts import Alerts
from farshore.config.incidents import Incidents
from farshore.config.model import Config, Drain, Path
from farshore.core.address import HostPort, parse_host_port
from farshore.core.events import ConfigurationApplied, ConfigurationRefused, Event, ReloadReason
from farshore.gateway.succession import NotReconfigured, Reconfigured

pytestmark = pytest.mark.anyio

TARGET = parse_host_port("172.16.20.88:1433")
ANSWER = Reconfigured(added=("new",), removed=(), changed=("db",), unchanged=("a", "b"))


def config(**settings: Any) -> Config:
    return Config.model_validate({"routes": (direct(TARGET),)} | settings)


@dataclass
class Desk:
    """What is read, who carries it, and what is told."""

    path: FilePath
    written: Source | Refusal = field(default_factory=lambda: Source(config=config(), warnings=()))
    answer: Reconfigured | NotReconfigured = ANSWER
    carried: list[Config] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    warned: list[str] = field(default_factory=list)
    adopted: list[Config] = field(default_factory=list)
    reloading: Reloading = field(init=False)

    def __post_init__(self) -> None:
        self.path.write_text("first")
        self.reloading = Reloading(
            path=self.path,
            seen=look(self.path),
            started_with=config(),
            read=lambda: self.written,
            carrier=self,
            announce=self.events.append,
            warn=self.warned.append,
            adopt=self.adopted.append,
        )

    async def reconfigure(self, config: Config) -> Reconfigured | NotReconfigured:
        self.carried.append(config)
        return self.answer

    async def hung_up(self) -> Event:
        """A hang-up, and what is told of it."""
        before = len(self.events)
        os.kill(os.getpid(), signal.SIGHUP)
        await until(lambda: len(self.events) > before)
        return self.events[-1]


@asynccontextmanager
async def reloading(folder: FilePath) -> AsyncIterator[Desk]:
    desk = Desk(folder / "farshore.yaml")
    loop = asyncio.get_running_loop()
    running = loop.create_task(desk.reloading.run())
    await asyncio.sleep(0)
    try:
        yield desk
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        loop.remove_signal_handler(signal.SIGHUP)


async def test_a_hang_up_has_the_file_carried(tmp_path: FilePath) -> None:
    async with reloading(tmp_path) as desk:
        after = config(drain=Drain(grace_s=1))
        desk.written = Source(config=after, warnings=("take care",))
        told = await desk.hung_up()
    assert told == ConfigurationApplied(
        reason=ReloadReason.SIGHUP, added=("new",), removed=(), changed=("db",), unchanged=2, needs_restart=()
    )
    assert (desk.carried, desk.warned, desk.reloading.problem) == ([after], ["take care"], None)
    assert desk.adopted == desk.carried


async def test_a_file_that_is_another_one_is_carried(tmp_path: FilePath) -> None:
    async with reloading(tmp_path) as desk:
        desk.path.write_text("the second one")
        await until(lambda: bool(desk.events))
    (told,) = desk.events
    assert isinstance(told, ConfigurationApplied)
    assert told.reason is ReloadReason.FILE


async def test_what_is_wrong_with_the_file_stays_until_it_is_mended(tmp_path: FilePath) -> None:
    async with reloading(tmp_path) as desk:
        desk.written = Refusal(exit=Exit.USAGE, sentence="line 3 is wrong.")
        told = await desk.hung_up()
        assert told == ConfigurationRefused(reason=ReloadReason.SIGHUP, sentence="line 3 is wrong.")
        assert desk.reloading.problem == "refused, the configuration before goes on: line 3 is wrong."
        assert not desk.carried

        desk.written = Source(config=config(), warnings=())
        assert isinstance(await desk.hung_up(), ConfigurationApplied)
        assert desk.reloading.problem is None


async def test_what_the_gateway_cannot_do_is_a_refusal(tmp_path: FilePath) -> None:
    async with reloading(tmp_path) as desk:
        desk.answer = NotReconfigured(reason="route db: cannot listen on 127.0.0.1:80: Permission denied")
        desk.written = Source(config=config(), warnings=("never said",))
        told = await desk.hung_up()
    assert isinstance(told, ConfigurationRefused)
    assert told.sentence == "route db: cannot listen on 127.0.0.1:80: Permission denied."
    assert (desk.warned, desk.adopted) == ([], [])


async def test_what_waits_for_a_restart_is_named_until_it_is_written_as_before(tmp_path: FilePath) -> None:
    async with reloading(tmp_path) as desk:
        desk.written = Source(config=config(health=None), warnings=())
        told = await desk.hung_up()
        assert isinstance(told, ConfigurationApplied)
        assert told.needs_restart == ("health",)
        assert desk.reloading.problem == "needs a restart: health"

        desk.written = Source(config=config(), warnings=())
        assert await desk.hung_up() != told
        assert desk.reloading.problem is None


def test_which_settings_wait_for_a_restart() -> None:
    assert set(Config.model_fields) >= AT_RUN_TIME
    before = config()
    elsewhere = config(admin=HostPort(TARGET.host, 1), health=None, drain=Drain(grace_s=1))
    assert needs_restart(before, elsewhere) == ("health", "admin")
    assert needs_restart(before, before) == ()


def test_alerts_need_a_restart_only_where_nothing_noticed_outages_before() -> None:
    assert needs_restart(config(), config(alerts=Alerts())) == ("alerts",)
    assert needs_restart(config(incidents=Incidents()), config(incidents=Incidents(), alerts=Alerts())) == ()
    assert needs_restart(config(alerts=Alerts()), config(alerts=Alerts(slo=99.9))) == ()
    assert needs_restart(config(alerts=Alerts()), config()) == ()


async def test_what_the_status_disproves_is_a_refusal(tmp_path: FilePath, monkeypatch: pytest.MonkeyPatch) -> None:
    async def against(_: Config) -> str:
        return "routers.r1 cannot be."

    monkeypatch.setattr("farshore.app.reload.disproved", against)
    async with reloading(tmp_path) as desk:
        told = await desk.hung_up()
    assert isinstance(told, ConfigurationRefused)
    assert told.sentence == "routers.r1 cannot be."
    assert not desk.carried


def dialled(*paths: dict[str, Any], **routers: dict[str, str]) -> Source:
    routes = (direct(TARGET).model_copy(update={"paths": tuple(Path.model_validate(path) for path in paths)}),)
    return Source(config=config(routes=routes, routers=routers), warnings=())


async def test_a_host_that_was_dialled_by_4via6_is_not_dialled_plainly_after_that(tmp_path: FilePath) -> None:
    by_via, plainly = {"via": "r1", "site": 1}, {"egress": "tailnet"}
    async with reloading(tmp_path) as desk:
        desk.written = dialled(by_via)
        assert isinstance(await desk.hung_up(), ConfigurationApplied)
        desk.written = dialled({"via": "r1", "listener": HostPort(ip_address("100.64.0.2"), 1433)})
        assert isinstance(await desk.hung_up(), ConfigurationApplied)

        desk.written = dialled(plainly)
        told = await desk.hung_up()
        assert isinstance(told, ConfigurationRefused)
        assert told.sentence.startswith("the plain address of 172.16.20.88 may be a black hole")

        desk.written = dialled(plainly, r1={"forwarding": "kernel"})
        assert isinstance(await desk.hung_up(), ConfigurationApplied)
