"""The lab's stage, with somebody who looks at it."""

import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import partial

import pytest

from farshore.collect import dials, pings
from farshore.collect.aim import Aim, Door, Leg
from farshore.collect.documents import Notebook
from farshore.config.model import Protocol
from farshore.core.address import HostPort
from farshore.core.clock import SystemClock
from farshore.diagnosis.facts.dials import Egress
from farshore.lab.backend import Pace
from farshore.lab.faults import Fault
from farshore.lab.stage import POSTGRES, Stage, set_stage


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A stage, and a fresh notebook to look at it with."""

    stage: Stage
    notebook: Notebook

    def doors(self) -> tuple[Door, ...]:
        """LocalAPI, SOCKS5 and HTTP CONNECT of the one daemon."""
        daemon = self.stage.daemon
        return (
            Door(kind=Egress.LOCALAPI, address=daemon.socket),
            Door(kind=Egress.SOCKS5, address=daemon.socks5),
            Door(kind=Egress.CONNECT, address=daemon.connect),
        )

    def aim(self, target: HostPort = POSTGRES, protocol: Protocol = Protocol.POSTGRES, doors: int = 3) -> Aim:
        """The target behind the routers, through the first so many doors."""
        leg = Leg(name="plain", address=target, doors=self.doors()[:doors], socket=self.stage.daemon.socket)
        return Aim(target=target, route="db", listen="127.0.0.1:8082", protocol=protocol, legs=(leg,))


SetScene = Callable[..., AbstractAsyncContextManager[Scene]]


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Silence is believed sooner; the lab's tailscaled gives up on a SOCKS dial sooner still."""
    monkeypatch.setattr(pings, "PATIENCE_S", 0.5)
    monkeypatch.setattr(pings, "BETWEEN_TRIES_S", 0.1)
    monkeypatch.setattr(dials, "PATIENCE_S", 0.7)
    monkeypatch.setattr(dials, "SOCKS_DEADLINE_S", 0.45)
    monkeypatch.setattr(dials, "GREETING_S", 0.4)


@pytest.fixture
def set_scene(impatient: None) -> SetScene:
    """A stage with faults in force, looked at by somebody who believes silence soon."""
    return partial(_scene, Pace(socks_deadline_s=0.5, missing_host_s=0.05))


@pytest.fixture
def set_calm_scene() -> SetScene:
    """A stage on which nothing is silent: nobody waits in vain, and a busy machine costs no answer."""
    return partial(_scene, Pace())


@contextlib.asynccontextmanager
async def _scene(pace: Pace, *faults: Fault) -> AsyncIterator[Scene]:
    async with set_stage(SystemClock(), pace) as stage:
        for fault in faults:
            stage.daemon.inject(fault)
        yield Scene(stage=stage, notebook=Notebook(clock=SystemClock()))
