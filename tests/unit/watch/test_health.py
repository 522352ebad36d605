"""From checks to health: every way between the four, and how soon the next look is due."""

from random import Random

import pytest

from farshore.core.events import Health
from farshore.watch.health import HASTY_CHECKS, HealthRules, Result, Track

RULES = HealthRules()
LETTERS = {"a": Result.ANSWERED, "f": Result.FAILED, "d": Result.DOUBTFUL, "n": Result.NOTHING}


def track(results: str = "", rules: HealthRules = RULES) -> Track:
    """A track that has seen these checks, by their first letters."""
    made = Track(rules, Random(7))  # noqa: S311 - no secrets here
    for letter in results:
        made.note(LETTERS[letter])
    return made


@pytest.mark.parametrize(
    ("results", "health"),
    [
        ("", "unknown"),
        ("a", "up"),
        ("f", "suspect"),
        ("d", "suspect"),
        ("n", "unknown"),
        ("af", "suspect"),
        ("aff", "suspect"),
        ("afff", "down"),
        ("fff", "down"),
        ("affaff", "suspect"),
        ("affa", "suspect"),
        ("affaa", "up"),
        ("ad", "suspect"),
        ("adddddd", "suspect"),
        ("adda", "suspect"),
        ("addaa", "up"),
        ("affdf", "suspect"),
        ("afffa", "down"),
        ("afffaa", "up"),
        ("afffafa", "down"),
        ("afffd", "down"),
        ("afffda", "down"),
        ("an", "up"),
        ("ann", "up"),
        ("annn", "unknown"),
        ("annna", "up"),
        ("afffnnn", "unknown"),
        ("afffnn", "down"),
        ("afffnnnf", "suspect"),
        ("afnf", "suspect"),
        ("affnf", "suspect"),
    ],
)
def test_the_health_follows_from_the_checks(results: str, health: str) -> None:
    assert track(results).health is Health(health)


def test_the_numbers_in_a_row_are_the_rules() -> None:
    rules = HealthRules(fall=1, rise=3)
    assert track("af", rules).health is Health.DOWN
    assert track("afaa", rules).health is Health.DOWN
    assert track("afaaa", rules).health is Health.UP


@pytest.mark.parametrize(
    ("results", "is_hasty"),
    [("", True), ("a", False), ("an", True), ("af", True), ("d", True), ("fff", False), ("fffa", True), ("nnn", True)],
)
def test_what_is_in_doubt_is_looked_at_in_haste(results: str, *, is_hasty: bool) -> None:
    made = track(results)
    delays_s = [made.next_check_in_s() for _ in range(50)]
    expected_s = RULES.in_doubt_s if is_hasty else RULES.every_s
    assert all(expected_s * 0.9 <= delay_s <= expected_s * 1.1 for delay_s in delays_s)
    assert len(set(delays_s)) > 1


@pytest.mark.parametrize("results", ["ad", "annn"])
def test_haste_ends_where_it_changes_nothing(results: str) -> None:
    made = track(results)
    for _ in range(HASTY_CHECKS):
        assert made.next_check_in_s() < RULES.every_s / 2
        made.note(LETTERS[results[-1]])
    assert made.next_check_in_s() > RULES.every_s / 2
    made.note(Result.ANSWERED)
    made.note(Result.ANSWERED)
    made.note(Result.FAILED)
    assert made.next_check_in_s() < RULES.every_s / 2


def test_the_first_checks_are_spread() -> None:
    delays_s = {Track(RULES, Random(seed)).first_check_in_s() for seed in range(20)}  # noqa: S311 - no secrets here
    assert len(delays_s) == 20
    assert max(delays_s) <= RULES.in_doubt_s / 2
