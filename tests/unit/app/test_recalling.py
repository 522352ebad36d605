"""Whether the page is given the hour before, and when it is not."""

from pathlib import Path

import pytest
from tests.unit.store.journals import KEEP, SetClock, ended
from tests.unit.surface.seen import SeenGateway, route_state

from farshore.app.recalling import Recalling
from farshore.config.load import parse
from farshore.store.ledger import Batch, Ledger
from farshore.surface.page.pulse import Pulse

pytestmark = pytest.mark.anyio
CONFIG = """
egresses: {{here: {{kind: direct}}}}
routes: [{{name: billing, listen: 18082, target: "10.9.8.7:1433", allow_direct: true}}]
journal: {{path: {path}}}
"""


async def good_after(path: Path, config: str) -> int:
    read = parse(config.format(path=path).encode(), "farshore.yaml").config
    assert read is not None
    clock, gateway = SetClock(), SeenGateway()
    gateway.route_states = [route_state("billing")]
    pulse = Pulse(clock)
    recalling = Recalling(read, pulse, gateway.routes, clock)
    clock.wall += 5
    await recalling.run()
    assert sum(step.good for step in pulse.steps()) == sum(minute.good for minute in pulse.route("billing").minutes)
    return sum(step.good for step in pulse.steps())


async def test_the_hour_is_given_back(tmp_path: Path) -> None:
    clock, path = SetClock(), tmp_path / "j.db"
    ledger = Ledger(path, KEEP, clock, lambda _: None)
    entries = [(clock.wall - 60, ended(1)), (clock.wall - 30, ended(2)), (clock.wall + 1, ended(3))]
    ledger.write(Batch(entries=entries))
    ledger.close(0)
    assert await good_after(path, CONFIG + "admin: 127.0.0.1:18090\n") == 2  # the third is of this process


async def test_without_a_page_or_a_journal_nothing_is_read(tmp_path: Path) -> None:
    assert await good_after(tmp_path / "none.db", CONFIG + "admin: 127.0.0.1:18090\n") == 0
    assert await good_after(tmp_path / "none.db", CONFIG) == 0
