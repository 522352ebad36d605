import random

from bench.resilience.chaos import ALONE, HITS, LONGEST_S, SECOND, SHORTEST_S, Strike, chosen, grew_not
from bench.slopes import MIN_SAMPLES, Series

MEMORY = Series(name="memory", unit="KiB", allowed_growth=10.0)


def strikes(seed: int, count: int = 300) -> list[Strike]:
    chance = random.Random(seed)  # noqa: S311 - no secret
    return [chosen(chance) for _ in range(count)]


def test_a_seed_gives_the_same_strikes_and_another_seed_others() -> None:
    assert strikes(3) == strikes(3)
    assert strikes(3) != strikes(4)


def test_every_fault_comes_on_both_routers_for_as_long_as_is_allowed() -> None:
    many = strikes(3)
    assert {(strike.router, strike.first) for strike in many} == {(r, name) for r in ("r1", "r2") for name in HITS}
    assert all(SHORTEST_S <= strike.lasts_s <= LONGEST_S for strike in many)


def test_the_other_router_is_struck_too_now_and_then_but_not_beside_what_strikes_alone() -> None:
    pairs = [strike for strike in strikes(3) if strike.second is not None]
    assert {strike.second for strike in pairs} == set(SECOND)
    assert not {strike.first for strike in pairs} & set(ALONE)


def test_growth_is_judged_once_there_are_enough_rounds() -> None:
    rising = [float(100 * step) for step in range(MIN_SAMPLES)]
    assert grew_not(MEMORY, rising[:-1])
    assert not grew_not(MEMORY, rising)
    assert grew_not(MEMORY, [5.0] * MIN_SAMPLES)
