import asyncio
from dataclasses import replace

import pytest
from tests.unit.surface.seen import SeenGateway, StoppedClock, connection_state, path_state, route_state

from farshore.core.events import Health
from farshore.core.outcome import Code
from farshore.gateway.breaker import BreakerState
from farshore.surface.page.table import Asked
from farshore.surface.views import AT_ONCE, Views


def test_totals_are_the_sum_of_the_routes() -> None:
    clock = StoppedClock()
    gateway = SeenGateway(
        route_states=[
            route_state("a", active=2, held=1, ended={Code.CLIENT_CLOSED: 3, Code.LEAK: 0}),
            route_state("b", active=1, ended={Code.CLIENT_CLOSED: 1, Code.IDLE: 2}),
        ]
    )
    views = Views(gateway, clock)
    clock.now_s += 90
    stats = views.stats()
    assert (stats.active, stats.accepted, stats.uptime_s) == (3, 9, 90.0)
    assert stats.ended == {"client.transfer.closed": 4, "gateway.transfer.idle": 2}
    assert [route.held for route in stats.routes] == [1, 0]
    assert [(route.name, route.listen, route.target) for route in stats.routes] == [
        ("a", "127.0.0.1:8082", "172.16.20.88:1433"),
        ("b", "127.0.0.1:8082", "172.16.20.88:1433"),
    ]


def test_the_paths_of_a_route_stand_in_order_with_their_state() -> None:
    paths = (path_state("r1", BreakerState.HALF_OPEN), path_state("r2"))
    gateway = SeenGateway(route_states=[route_state(paths=paths)])
    (route,) = Views(gateway, StoppedClock()).routes().routes
    assert [(path.name, path.state, path.egress, path.target, path.patience_ms) for path in route.paths] == [
        ("r1", "half-open", "tailnet", "172.16.20.88:1433", 250.0),
        ("r2", "closed", "tailnet", "172.16.20.88:1433", 250.0),
    ]


def test_a_path_is_shown_with_its_health() -> None:
    told = replace(
        path_state("r1"), connections=4, health=Health.DOWN, health_for_s=2.34567, health_reason="no pong for 6 s"
    )
    gateway = SeenGateway(route_states=[route_state(paths=(told, path_state("r2")))])
    (route,) = Views(gateway, StoppedClock()).routes().routes
    assert [(path.health, path.health_for_s, path.health_reason, path.connections) for path in route.paths] == [
        ("down", 2.346, "no pong for 6 s", 4),
        ("unknown", None, "", 0),
    ]


def test_a_page_holds_the_oldest_after_the_offset() -> None:
    gateway = SeenGateway(connection_states=[connection_state(number) for number in (1, 2, 3, 4)])
    page = Views(gateway, StoppedClock()).connections(limit=2, offset=1)
    assert (page.total, page.limit, page.offset) == (4, 2, 1)
    assert [connection.connection for connection in page.connections] == [2, 3]
    assert (page.connections[0].phase, page.connections[0].path, page.connections[0].age_s) == ("transfer", "r1", 1.235)


@pytest.mark.anyio
async def test_while_all_connections_are_looked_at_others_have_their_turn() -> None:
    turns, is_over = 0, False

    def turn() -> None:
        nonlocal turns
        turns += 1
        if not is_over:
            asyncio.get_running_loop().call_soon(turn)

    gateway = SeenGateway(connection_states=[connection_state(number) for number in range(4 * AT_ONCE)])
    asyncio.get_running_loop().call_soon(turn)
    page = await Views(gateway, StoppedClock()).chosen_connections(Asked(sort="newest", offset=1), limit=2)
    is_over = True
    assert [each.connection for each in page.connections] == [4 * AT_ONCE - 2, 4 * AT_ONCE - 3]
    assert turns >= 4
