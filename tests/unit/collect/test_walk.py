"""What the walk says of the gateway in front; the hops behind it are in test_checkup."""

import pytest
from tests.unit.collect.conftest import SetScene

from farshore.collect.checkup import examine
from farshore.collect.gateway import GatewaySeen, PathSeen, RouteSeen
from farshore.collect.steps import Hop, State, Step

pytestmark = pytest.mark.anyio


def gateway(*paths: PathSeen, held: int = 0, ready: bool = True) -> GatewaySeen:
    route = RouteSeen("db", "127.0.0.1:8082", "172.16.20.88:5432", held=held, paths=list(paths))
    return GatewaySeen(url="http://x", version="1", ready=ready, reason="no owner yet", routes=(route,))


async def said(set_calm_scene: SetScene, seen: GatewaySeen | str | None) -> list[Step]:
    async with set_calm_scene() as scene:
        (walk,) = await examine([scene.aim()], seen, scene.notebook)
    assert walk.broken is None
    return [step for step in walk.steps if step.hop is Hop.GATEWAY]


async def test_a_gateway_that_serves_the_route(set_calm_scene: SetScene) -> None:
    (step,) = await said(set_calm_scene, gateway(PathSeen("a", "t", health="up")))
    assert (step.state, "listens on 127.0.0.1:8082" in step.says) == (State.OK, True)
    assert await said(set_calm_scene, None) == []


async def test_what_is_not_well_with_it_is_a_warning_each(set_calm_scene: SetScene) -> None:
    steps = await said(
        set_calm_scene, gateway(PathSeen("a", "t", health="down", health_reason="no ping"), held=2, ready=False)
    )
    assert [step.says for step in steps if step.state is State.WARNING] == [
        "not ready: no owner yet",
        "2 clients are held: no path works for them",
        "path a stepped back: no ping",
    ]


async def test_a_gateway_that_is_not_there_or_knows_another_route(set_calm_scene: SetScene) -> None:
    (absent,) = await said(set_calm_scene, "Connection refused")
    assert absent.says == "no gateway runs here: Connection refused"
    other = GatewaySeen(url="http://x", version="1", ready=True, reason="", routes=())
    (unknown,) = await said(set_calm_scene, other)
    assert unknown.says == "the gateway at http://x has no route to 172.16.20.88:5432"
