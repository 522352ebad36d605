"""A call of a target: answered, unanswered, answered at the second time."""

import asyncio
from pathlib import Path

import pytest
from tests.unit.gateway.gates import Gate, behind_localapi, direct, gate, tailscaled
from tests.unit.gateway.tailnets import Daemon
from tests.unit.gateway.wires import Wire, door, stay_silent
from tests.unit.watch.patience import ends_when

from farshore.core.outcome import Code, Phase
from farshore.gateway.judge import Failure
from farshore.gateway.resolve import Resolver
from farshore.watch.call import Call, Ending, Patience, address_of

pytestmark = pytest.mark.anyio

HASTE_S = 0.05
LONG_S = 60.0


async def called(opened: Gate, patience: Patience) -> tuple[Ending, Call]:
    (route,) = opened.gateway.live_routes()
    path, resolver = route.paths[0], Resolver()
    target = await address_of(route, path, resolver)
    await resolver.close()
    assert not isinstance(target, Failure)
    shared = opened.gateway.surroundings
    call = Call(path.egress, target, shared, patience, tolerate_leaks=route.allow_direct)
    return await call.run(), call


async def test_a_target_that_accepts_is_handed_over() -> None:
    async with door(stay_silent) as target, gate(routes=(direct(target.address),)) as opened:
        ending, call = await called(opened, Patience(limit_s=LONG_S, redial_s=LONG_S))
        assert not isinstance(ending, Failure)
        upstream, early = ending
        with upstream:
            assert early == b""
            assert upstream.getpeername()[1] == target.address.port
    assert call.phase is Phase.DIAL
    assert call.times.connect_ms is None
    assert call.times.dial_ms is not None


async def test_silence_ends_with_the_phase_it_was_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, daemon = tmp_path / "s", Daemon(dial=stay_silent)
    ends_when(monkeypatch, lambda: len(daemon.dialled) == 1, lambda: len(daemon.dialled) == 2)
    async with door(daemon, path), gate(tailscaled(path)) as opened:
        ending, _ = await called(opened, Patience(limit_s=LONG_S, redial_s=HASTE_S))
    assert isinstance(ending, Failure)
    assert ending.code is Code.NO_ANSWER
    assert daemon.dialled == ["172.16.20.88:1433"] * 2


async def test_the_second_dial_may_be_the_one_that_is_answered(tmp_path: Path) -> None:
    async def second_answers(wire: Wire) -> None:
        if len(daemon.dialled) == 1:
            await stay_silent(wire)
        await behind_localapi(stay_silent)(wire)

    path, daemon = tmp_path / "s", Daemon(dial=second_answers)
    async with door(daemon, path), gate(tailscaled(path)) as opened:
        ending, _ = await called(opened, Patience(limit_s=LONG_S, redial_s=HASTE_S))
        assert not isinstance(ending, Failure)
        ending[0].close()
    assert len(daemon.dialled) == 2


async def test_silence_ends_by_itself(tmp_path: Path) -> None:
    path, daemon = tmp_path / "s", Daemon(dial=stay_silent)
    async with door(daemon, path), gate(tailscaled(path)) as opened:
        ending, _ = await called(opened, Patience(limit_s=3 * HASTE_S, redial_s=HASTE_S))
    assert isinstance(ending, Failure)


async def test_a_dial_past_its_own_deadline_is_ended_before_the_patience_is(tmp_path: Path) -> None:
    path, daemon = tmp_path / "s", Daemon(dial=stay_silent)
    async with door(daemon, path), gate(tailscaled(path), timeouts={"dial": 0.0001}) as opened:

        async def pass_time() -> None:
            while True:
                opened.clock.advance(1.0)
                await asyncio.sleep(HASTE_S)

        passing = asyncio.get_running_loop().create_task(pass_time())
        ending, _ = await called(opened, Patience(limit_s=LONG_S, redial_s=LONG_S))
        passing.cancel()
    assert isinstance(ending, Failure)
    assert ending.code is Code.NO_ANSWER
