"""When an outage begins and when it is over; clients are no more than names here."""

from asyncio import get_running_loop
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from tests.unit.gateway.clocks import HeldClock
from tests.unit.gateway.wires import until

from farshore.core.events import Event, OutageEnded, OutageStarted
from farshore.core.outcome import Code
from farshore.gateway.judge import Failure
from farshore.gateway.outage import FORGOTTEN_AFTER_S, Outage
from farshore.gateway.sweep import Sweep

pytestmark = pytest.mark.anyio

SILENCE = Failure(code=Code.NO_ANSWER, detail="r1: nobody answered")
STARTED = OutageStarted(route="db", code=Code.NO_ANSWER, detail="r1: nobody answered")


@dataclass
class Case:
    """A route's outages, and what was told of them."""

    clock: HeldClock
    told: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.sweep = Sweep(self.clock, get_running_loop())
        self.outage = Outage("db", self.told.append, self.clock, self.sweep)

    @property
    def ended(self) -> list[OutageEnded]:
        return [event for event in self.told if isinstance(event, OutageEnded)]


@dataclass(eq=False)
class Seen:
    """Something else on the sweep, which tells that the sweep has passed."""

    sweep: Sweep
    is_seen: bool = False

    def check_deadline(self, now_s: float) -> None:  # noqa: ARG002 - as the sweep calls it
        self.is_seen = True
        self.sweep.discard(self)


@pytest.fixture
async def case(clock: HeldClock) -> Case:
    return Case(clock)


async def test_it_starts_with_the_first_who_is_held_and_ends_with_the_last_who_is_served(case: Case) -> None:
    case.outage.held("a", SILENCE)
    case.outage.held("b", SILENCE)
    case.clock.advance(3)
    case.outage.served("a")
    assert case.told == [STARTED]
    case.clock.advance(1)
    case.outage.served("b")
    assert case.told == [STARTED, OutageEnded(route="db", duration_s=3, served=2, refused=0)]


async def test_who_is_let_go_and_held_again_goes_on_with_the_same_outage(case: Case) -> None:
    case.outage.held("a", SILENCE)
    case.outage.served("newcomer")
    case.clock.advance(2)
    case.outage.held("a", SILENCE)
    case.clock.advance(2)
    assert case.told == [STARTED]
    case.outage.served("a")
    assert case.ended == [OutageEnded(route="db", duration_s=4, served=2, refused=0)]


async def test_a_target_that_refuses_ends_it(case: Case) -> None:
    case.outage.held("a", SILENCE)
    case.clock.advance(2)
    case.outage.refused_by_target("a")
    assert case.ended == [OutageEnded(route="db", duration_s=2, served=0, refused=1)]


@pytest.mark.parametrize(("ending", "refused"), [(Outage.left, 0), (Outage.refused, 1)])
async def test_where_all_have_left_unserved_the_next_client_decides(
    case: Case, ending: Callable[[Outage, object], None], refused: int
) -> None:
    case.outage.held("a", SILENCE)
    ending(case.outage, "a")
    case.clock.advance(20)
    assert case.ended == []
    case.outage.held("b", SILENCE)
    case.outage.left("b")
    case.clock.advance(10)
    case.outage.served("c")
    assert case.told == [STARTED, OutageEnded(route="db", duration_s=30, served=1, refused=refused)]


async def test_where_nobody_comes_for_a_minute_it_ends_unproven_with_the_last_who_left(case: Case) -> None:
    case.outage.held("a", SILENCE)
    case.clock.advance(12)
    case.outage.refused("a")
    case.clock.advance(FORGOTTEN_AFTER_S)
    await until(lambda: bool(case.ended))
    assert case.ended == [OutageEnded(route="db", duration_s=12, served=0, refused=1, proven=False)]
    case.outage.held("b", SILENCE)
    assert case.told[2:] == [STARTED]


async def test_a_client_who_is_held_is_waited_for_longer_than_a_minute(case: Case) -> None:
    case.outage.held("a", SILENCE)
    case.outage.left("a")
    case.outage.held("b", SILENCE)
    case.clock.advance(2 * FORGOTTEN_AFTER_S)
    case.sweep.add(seen := Seen(case.sweep))
    await until(lambda: seen.is_seen)
    assert case.ended == []


async def test_what_succeeds_or_fails_without_an_outage_is_none(case: Case) -> None:
    case.outage.served("a")
    case.outage.refused("b")
    case.outage.refused_by_target("c")
    case.outage.left("d")
    case.outage.close()
    assert case.told == []


async def test_a_gateway_that_stops_ends_it_once(case: Case) -> None:
    case.outage.held("a", SILENCE)
    case.clock.advance(2)
    case.outage.close()
    case.outage.close()
    assert case.ended == [OutageEnded(route="db", duration_s=2, served=0, refused=0, proven=False)]
