import pytest
from tests.unit.gateway.gates import DIRECT, direct, gate
from tests.unit.gateway.wires import door, echo

from farshore.core.events import Health
from farshore.core.outcome import Phase
from farshore.gateway.state import Opened, connection_state, route_state

pytestmark = pytest.mark.anyio


async def test_a_route_and_its_connection_at_one_moment() -> None:
    async with door(echo) as target, gate(DIRECT, direct(target.address)) as opened:
        with await opened.client() as client:
            await client.send(b"hello")
            assert await client.receive(5) == b"hello"
            (session,) = opened.gateway._sessions
            path = session.route.paths[0]
            path.health, path.health_since_s = Health.UP, 1.0

            route = route_state(session.route, held=3, now_s=4.5)
            connection = connection_state(session)

            assert (route.name, route.active, route.accepted, route.held) == ("db", 1, 1, 3)
            assert [(each.target, each.health, each.health_for_s) for each in route.paths] == [
                (target.address, Health.UP, 3.5)
            ]
            assert (connection.route, connection.client, connection.phase) == ("db", client.name, Phase.TRANSFER)
            assert (connection.client_bytes, connection.upstream_bytes) == (5, 5)


async def test_of_many_connections_only_those_asked_for_are_looked_at() -> None:
    async with door(echo) as target, gate(DIRECT, direct(target.address)) as opened:
        with await opened.client() as client:
            await client.send(b"hello")
            assert await client.receive(5) == b"hello"
            (session,) = opened.gateway._sessions
            many = Opened([session, object(), session])  # type: ignore[list-item]
            assert len(many) == 3
            assert many[0].connection == session.number
            assert [each.connection for each in many[2:]] == [session.number]
            with pytest.raises(AttributeError):
                many[1:2]
