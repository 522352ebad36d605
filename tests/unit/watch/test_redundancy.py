"""When a route has a path to spare, and when it says so."""

import pytest

from farshore.core.events import Health, RedundancyLost, RedundancyRegained
from farshore.watch.redundancy import Redundancy

LETTERS = {"u": Health.UP, "s": Health.SUSPECT, "d": Health.DOWN, "?": Health.UNKNOWN}


def told(*moments: str) -> list[RedundancyLost | RedundancyRegained | None]:
    """What is told at each moment; a letter for each path's health."""
    redundancy = Redundancy("db")
    names = ("r1", "r2", "r3")
    return [
        redundancy.note({name: LETTERS[letter] for name, letter in zip(names, moment, strict=False)})
        for moment in moments
    ]


def test_a_path_that_goes_down_takes_the_redundancy_and_two_that_are_up_give_it_back() -> None:
    lost = RedundancyLost(route="db", left="r2", down=("r1",))
    regained = RedundancyRegained(route="db", up=("r1", "r2"))
    assert told("??", "u?", "uu", "su", "du", "du", "uu", "uu") == [None, None, None, None, lost, None, regained, None]


def test_it_may_be_lost_from_the_start() -> None:
    assert told("??", "d?", "du")[1:] == [RedundancyLost(route="db", left="r2", down=("r1",)), None]


def test_all_may_be_lost_at_once() -> None:
    assert told("uu", "dd") == [None, RedundancyLost(route="db", left=None, down=("r1", "r2"))]


@pytest.mark.parametrize("between", ["?u", "su", "??", "us"])
def test_what_is_not_known_gives_nothing_back(between: str) -> None:
    assert told("uu", "du", between, "du")[2:] == [None, None]


def test_of_three_paths_one_may_go() -> None:
    assert told("uuu", "duu", "ddu", "udu")[1:] == [
        None,
        RedundancyLost(route="db", left="r3", down=("r1", "r2")),
        RedundancyRegained(route="db", up=("r1", "r3")),
    ]


def test_a_single_path_has_nothing_to_lose() -> None:
    assert told("u", "d", "u") == [None, None, None]
