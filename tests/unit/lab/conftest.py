"""A lab that a test starts with whoever it wants behind the doors."""

import contextlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from ipaddress import IPv4Address
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from tests.unit.lab.parts import HOST, IMPATIENT, TARGET, Lab, StartLab, echo, tailnet_for

from farshore.core.clock import SystemClock
from farshore.lab.stream import Listener, Serve
from farshore.lab.tailnet import Host
from farshore.lab.tailscaled import Tailscaled


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short path: that of a unix socket may have about 108 bytes."""
    with TemporaryDirectory(prefix="lab", dir="/tmp") as made:
        yield Path(made)


@pytest.fixture
def start_lab(folder: Path) -> StartLab:
    @contextlib.asynccontextmanager
    async def start(serve: Serve = echo, impostor: Serve = echo, **settings: Any) -> AsyncIterator[Lab]:
        async with Listener(serve).open() as target, Listener(impostor).open() as stranger:
            pod = (
                Host(address=HOST, listeners={TARGET.port: stranger.address}),
                Host(address=IPv4Address("100.99.1.2"), listeners={TARGET.port: stranger.address}),
            )
            tailnet = replace(tailnet_for(target.address, pod=pod), **settings.pop("tailnet", {}))
            pace = settings.pop("pace", IMPATIENT)
            daemon = Tailscaled(tailnet, folder / "s.sock", clock=SystemClock(), pace=pace, **settings)
            async with daemon:
                yield Lab(daemon=daemon, target=target, impostor=stranger)
            assert daemon.mistakes == []

    return start
