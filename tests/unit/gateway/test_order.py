"""Which path is preferred: by balance, breaker and health."""

from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farshore.config.model import Balance
from farshore.core.events import Health
from farshore.gateway.breaker import Breaker
from farshore.gateway.egress import Egress, Speech, Way
from farshore.gateway.order import preferred
from farshore.gateway.plan import COLD_DELAY_S, PROBE_DELAY_S, Plan
from farshore.gateway.route import Path

EGRESS = Egress(name="out", kind="tailscaled", way=Way(speech=Speech.NOTHING, port=None))
NOW_S = 100.0


def path(name: str, *, is_open: bool = False, health: Health = Health.UNKNOWN, connections: int = 0) -> Path:
    made = Path(name=name, egress=EGRESS, target=None, breaker=Breaker(Random(7)))  # noqa: S311 - no secret
    made.health, made.connections = health, connections
    if is_open:
        made.breaker.trip(made.breaker.begin(NOW_S), NOW_S)
    return made


def names(paths: list[Path], balance: Balance = Balance.ORDER, turn: int = 0) -> str:
    return "".join(paths[candidate.index].name for candidate in preferred(paths, balance, turn, NOW_S))


def test_the_order_of_the_file_is_kept() -> None:
    assert [names([path("a"), path("b"), path("c")], turn=turn) for turn in range(3)] == ["abc"] * 3


def test_each_takes_its_turn() -> None:
    paths = [path("a"), path("b"), path("c")]
    assert [names(paths, Balance.ROUND_ROBIN, turn) for turn in range(4)] == ["abc", "bca", "cab", "abc"]


def test_those_that_are_left_share_evenly_when_one_is_out_of_order() -> None:
    paths = [path("a"), path("b", is_open=True), path("c")]
    assert [names(paths, Balance.ROUND_ROBIN, turn) for turn in range(4)] == ["acb", "cab", "acb", "cab"]


def test_the_one_that_carries_the_fewest_is_preferred_and_equals_take_turns() -> None:
    paths = [path("a", connections=2), path("b", connections=1), path("c", connections=1)]
    assert [names(paths, Balance.LEAST_CONNECTIONS, turn) for turn in range(3)] == ["bca", "bca", "cba"]


@pytest.mark.parametrize("balance", Balance)
def test_a_router_that_is_dead_stands_behind_all_others_like_an_open_breaker(balance: Balance) -> None:
    paths = [path("a", health=Health.DOWN), path("b", health=Health.SUSPECT, connections=5), path("c", is_open=True)]
    found = preferred(paths, balance, 0, NOW_S)
    assert (found[0].index, [candidate.is_admitted for candidate in found]) == (1, [True, False, False])


@pytest.mark.parametrize("health", Health)
def test_only_a_suspect_path_has_the_next_one_dialled_beside_it_at_once(health: Health) -> None:
    first, _ = preferred([path("a", health=health), path("b", health=health)], Balance.ORDER, 0, NOW_S)
    assert first.patience_s == (0.0 if health is Health.SUSPECT else COLD_DELAY_S)


@pytest.mark.parametrize(("answered_s", "patience_s"), [(NOW_S - 1, 0.0), (NOW_S, 0.0), (NOW_S + 1, COLD_DELAY_S)])
def test_a_suspect_path_that_has_answered_since_is_in_doubt_no_more(answered_s: float, patience_s: float) -> None:
    suspect = path("a", health=Health.SUSPECT)
    suspect.checked_s, suspect.answered_s = NOW_S, answered_s
    assert preferred([suspect, path("b")], Balance.ORDER, 0, NOW_S)[0].patience_s == patience_s


@pytest.mark.parametrize("health", Health)
def test_a_path_that_is_tried_again_is_given_time_even_where_it_is_suspect(health: Health) -> None:
    found = preferred([path("a", is_open=True, health=health), path("b")], Balance.ORDER, 0, NOW_S + 60)
    tried = next(candidate for candidate in found if candidate.index == 0)
    assert (tried.is_admitted, tried.patience_s) == (health is not Health.DOWN, PROBE_DELAY_S)


def test_a_suspect_path_and_the_next_one_are_dialled_together() -> None:
    plan = Plan(preferred([path("a", health=Health.SUSPECT), path("b"), path("c")], Balance.ORDER, 0, NOW_S))
    assert [plan.next(NOW_S) for _ in range(3)] == [0, 1, None]


def test_a_path_that_is_tried_again_is_waited_for_only_briefly() -> None:
    broken = path("a", is_open=True)
    first, _ = preferred([broken, path("b")], Balance.ORDER, 0, NOW_S + 60)
    assert (first.index, first.is_admitted, first.patience_s) == (0, True, PROBE_DELAY_S)


PATHS = st.lists(
    st.builds(
        path,
        st.just("p"),
        is_open=st.booleans(),
        health=st.sampled_from(Health),
        connections=st.integers(0, 5),
    ),
    min_size=1,
    max_size=5,
)


@given(paths=PATHS, balance=st.sampled_from(Balance), turn=st.integers(0, 10**9))
def test_every_path_is_there_once_and_none_that_is_out_of_order_stands_before_one_that_is_not(
    paths: list[Path], balance: Balance, turn: int
) -> None:
    found = preferred(paths, balance, turn, NOW_S)
    assert sorted(candidate.index for candidate in found) == list(range(len(paths)))
    admitted = [candidate.is_admitted for candidate in found]
    assert admitted == sorted(admitted, reverse=True)


@given(paths=PATHS, start=st.integers(0, 10**9))
def test_turns_are_shared_evenly_among_those_in_order(paths: list[Path], start: int) -> None:
    inside = sum(candidate.is_admitted for candidate in preferred(paths, Balance.ORDER, 0, NOW_S)) or len(paths)
    turns = range(start, start + 3 * inside)
    firsts = Counter(preferred(paths, Balance.ROUND_ROBIN, turn, NOW_S)[0].index for turn in turns)
    assert set(firsts.values()) == {3}
    assert len(firsts) == inside
