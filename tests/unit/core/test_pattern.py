"""What kind of outage it was."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.watch.windows.making import series

from farshore.core.pattern import COLD_S, DEFINITIONS, SLOW, Pattern, Shape, is_slow, pattern_of
from farshore.watch.windows.bursts import bursts_of


def shape(letters: str, *, every_s: float = 1.0, woken_s: float | None = None) -> Shape:
    """Of failures and successes in a line, the first at 1,000 s."""
    (burst,) = bursts_of(series(letters, every_s=every_s))
    woken_for_s = None if woken_s is None else burst.until_s - woken_s
    return Shape(failed=burst.failed, good=burst.good, turns=burst.turns, woken_for_s=woken_for_s, mended=burst.mended)


@pytest.mark.parametrize(
    ("letters", "kind"),
    [
        pytest.param("...xxxxxxxx...", Pattern.TOTAL, id="all fail"),
        pytest.param("x", Pattern.TOTAL, id="one"),
        pytest.param(("x" * 10 + "." * 10) * 5, Pattern.FLAPPING, id="ten down and ten up"),
        pytest.param(("x" * 25 + "." * 5) * 4, Pattern.FLAPPING, id="mostly down"),
        pytest.param("x" * 40 + "." * 20 + "x" * 40, Pattern.PARTIAL, id="two turns are no flapping"),
        pytest.param("x.xx.x..xx.x.xx..x.x", Pattern.PARTIAL, id="now one, now the other"),
        pytest.param("x." * 30, Pattern.PARTIAL, id="every other, as with two paths in turn"),
        pytest.param("x" * 30 + "." + "x" * 30, Pattern.PARTIAL, id="one lucky one"),
    ],
)
def test_kinds(letters: str, kind: Pattern) -> None:
    assert pattern_of(shape(letters)) is kind


@given(st.lists(st.sampled_from("x."), min_size=100, max_size=300), st.integers().map(Random))
def test_in_a_shuffled_order_it_hardly_ever_flaps(letters: list[str], chance: Random) -> None:
    """Three standard deviations: once in some hundred shuffles, so three shuffles must not all flap."""
    kinds = []
    for _ in range(3):
        chance.shuffle(letters)
        kinds.append(pattern_of(shape("x" + "".join(letters) + "x", every_s=0.1)))
    assert kinds != [Pattern.FLAPPING] * 3


@given(st.text("x.", min_size=1, max_size=60), st.none() | st.floats(0, 30))
def test_each_has_one_kind_and_the_definition_of_that_holds(letters: str, woken_for_s: float | None) -> None:
    found = pattern_of(made := shape("x" + letters, woken_s=None if woken_for_s is None else 1_000 - woken_for_s))
    assert found in DEFINITIONS
    assert (found is Pattern.COLD_START) is (
        made.mended and made.woken_for_s is not None and made.woken_for_s <= COLD_S
    )
    if found is not Pattern.COLD_START:
        assert (found is Pattern.TOTAL) is (made.good == 0)


@pytest.mark.parametrize(
    ("letters", "woken_s", "kind"),
    [
        ("xxx....", 999.0, Pattern.COLD_START),
        ("xxx....", 1_002.0 - COLD_S, Pattern.COLD_START),
        ("xxx....", 1_001.9 - COLD_S, Pattern.TOTAL),
        ("xxx....", 900.0, Pattern.TOTAL),
        ("xxx....", 1_003.0, Pattern.TOTAL),
        ("xxx", 999.0, Pattern.TOTAL),
        ("x" * 30 + ".", 1_000.0, Pattern.TOTAL),
    ],
    ids=["at once", "just in time", "too late", "long ago", "woken later", "never well", "goes on"],
)
def test_what_fails_right_after_waking_and_is_well_then_is_a_cold_start(
    letters: str, woken_s: float, kind: Pattern
) -> None:
    assert pattern_of(shape(letters, woken_s=woken_s)) is kind


@pytest.mark.parametrize(
    ("now_s", "usual_s", "slow"),
    [(0.6, 0.02, 1), (0.5, 0.1, 1), (0.49, 0.02, 0), (1.49, 0.3, 0), (1.5, 0.3, 1)],
    ids=["30 times", "just", "not long", "nearly five times", "five times"],
)
def test_slow_is_much_slower_than_usual_and_long(now_s: float, usual_s: float, slow: int) -> None:
    assert is_slow(now_s, usual_s) is bool(slow)


def test_each_kind_is_defined() -> None:
    assert DEFINITIONS.keys() == {*Pattern, SLOW}
