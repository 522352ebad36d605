"""The demo's steps: they hold on a healthy lab, and say so when they don't."""

import io
import re

import pytest
from rich.console import Console

from farshore.app.demo_story import Story, Tempo
from farshore.app.narrator import Narrator
from farshore.core.clock import SystemClock
from farshore.lab.faults import RoutesNotAccepted
from farshore.lab.stage import Stage, set_stage

pytestmark = pytest.mark.anyio

QUICK = Tempo(pause_s=0, dial_s=4.0, ping_s=4.0)


async def _play(stage: Stage) -> tuple[Narrator, str]:
    out = io.StringIO()
    narrator = Narrator(Console(file=out, width=80, highlight=False), pause_s=0)
    story = Story(stage, narrator, SystemClock(), QUICK)
    await story.gateway.open()
    await story.play()
    await story.gateway.close()
    return narrator, out.getvalue()


async def test_every_step_does_what_it_says_and_names_the_cause() -> None:
    async with set_stage(SystemClock()) as stage:
        narrator, told = await _play(stage)
        assert (narrator.held, narrator.failed) == (12, 0), told
        assert re.findall(r"outcome +(\S+)", told) == ["tailnet.dial.no-answer", "tailnet.dial.leak"]
        assert [line[0] for line in told.splitlines() if line[:1].isdigit()] == ["1", "2", "3", "4", "5", "1"]
        assert told.endswith("12 of 12 claims held.\n")
        assert max(map(len, told.splitlines())) <= 80
        assert (stage.impostor.accepted, stage.daemon.mistakes) == (2, [])
        assert stage.daemon.backend.faults == []


async def test_a_database_that_is_gone_is_told_with_its_outcome() -> None:
    async with set_stage(SystemClock()) as stage:
        await stage.sql_server.close()
        narrator, told = await _play(stage)
        assert narrator.failed == 2
        assert told.count("outcome  target.dial.refused") == 2
        assert "✗" in told


async def test_a_lab_in_which_routes_are_not_accepted_fails_the_steps_that_need_them() -> None:
    async with set_stage(SystemClock()) as stage:
        stage.daemon.inject(RoutesNotAccepted())
        narrator, told = await _play(stage)
        assert narrator.failed == 6, told
        assert "tailnet.dial.no-answer" not in told
