"""What a route asks for decides how its target is reached."""

import socket
from typing import Any

import pytest
from tests.unit.gateway.clocks import HeldClock
from tests.unit.gateway.gates import PRIVATE, gate, route
from tests.unit.gateway.wires import until

from farshore.config.egresses import DirectEgress
from farshore.core.outcome import Phase
from farshore.gateway.judge import Failure
from farshore.gateway.reach import Reach

pytestmark = pytest.mark.anyio
TWO = {"one": DirectEgress(kind="direct"), "two": DirectEgress(kind="direct")}
PATHS = ({"via": "r1", "egress": "one"}, {"via": "r2", "egress": "two"})


class Nobody:
    def attempt_succeeded(self, upstream: socket.socket, early: bytes) -> None:
        raise AssertionError(upstream, early)

    def attempt_failed(self, failure: Failure) -> None:
        raise AssertionError(failure)


@pytest.mark.parametrize(
    ("settings", "by"),
    [
        ({}, "Attempt"),
        ({"hold": 12}, "HeldSearch"),
        ({"paths": PATHS, "hold": 0}, "Search"),
        ({"paths": PATHS}, "HeldSearch"),
    ],
)
async def test_what_a_route_asks_for(settings: dict[str, Any], by: str) -> None:
    async with gate(TWO["one"], route(egress="one", **settings), egresses=TWO, clock=HeldClock()) as opened:
        (running,) = opened.gateway.live_routes()
        room = opened.gateway.waiting_room(running)
        reach = Reach(running, PRIVATE, Nobody(), opened.gateway.surroundings, room)
        assert type(reach._by).__name__ == by
        assert (reach.path, reach.target, reach.phase) == (running.paths[0], PRIVATE, Phase.DIAL)
        reach.abort()
        await until(lambda: not room.budget.taken)
