"""What kind of outage a burst was."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.watch.windows.making import sample, series

from farshore.watch.windows.bursts import bursts_of
from farshore.watch.windows.pattern import Pattern, is_slow, pattern
from farshore.watch.windows.rolling import Tally


@pytest.mark.parametrize(
    ("letters", "kind"),
    [
        pytest.param("...xxxxxxxx...", Pattern.TOTAL, id="all fail"),
        pytest.param("x", Pattern.TOTAL, id="one"),
        pytest.param(("x" * 10 + "." * 10) * 5, Pattern.FLAPPING, id="ten down and ten up"),
        pytest.param(("x" * 25 + "." * 5) * 4, Pattern.FLAPPING, id="mostly down"),
        pytest.param("x.xx.x..xx.x.xx..x.x", Pattern.PARTIAL, id="now one, now the other"),
        pytest.param("x." * 30, Pattern.PARTIAL, id="every other, as with two paths in turn"),
        pytest.param("x" * 30 + "." + "x" * 30, Pattern.PARTIAL, id="one lucky one"),
    ],
)
def test_kinds(letters: str, kind: Pattern) -> None:
    (burst,) = bursts_of(series(letters))
    assert pattern(burst) is kind


@given(st.lists(st.sampled_from("x."), min_size=100, max_size=300), st.integers().map(Random))
def test_in_a_shuffled_order_it_hardly_ever_flaps(letters: list[str], chance: Random) -> None:
    """Three standard deviations: once in some hundred shuffles, so three shuffles must not all flap."""
    kinds = []
    for _ in range(3):
        chance.shuffle(letters)
        (burst,) = bursts_of(series("x" + "".join(letters) + "x", every_s=0.1))
        kinds.append(pattern(burst))
    assert kinds != [Pattern.FLAPPING] * 3


@pytest.mark.parametrize(("woken_s", "kind"), [(999.0, Pattern.COLD_START), (900.0, Pattern.TOTAL)])
def test_what_fails_right_after_waking_is_a_cold_start(woken_s: float, kind: Pattern) -> None:
    (burst,) = bursts_of(series("xxx....", from_s=1_000.0))
    assert pattern(burst, woken_s=woken_s) is kind


def test_what_goes_on_after_waking_is_an_outage() -> None:
    (burst,) = bursts_of(series("x" * 30, from_s=1_000.0))
    assert pattern(burst, woken_s=1_000.0) is Pattern.TOTAL


@pytest.mark.parametrize(
    ("now_s", "usual_s", "count", "slow"),
    [(0.6, 0.02, 20, "slow"), (0.4, 0.02, 20, "usual"), (0.6, 0.3, 20, "usual"), (0.6, 0.02, 19, "usual")],
    ids=["30 times", "not long", "twice", "too few"],
)
def test_slow(now_s: float, usual_s: float, count: int, slow: str) -> None:
    now, usual = Tally(), Tally()
    for _ in range(count):
        now.note(sample(0, latency_s=now_s))
        usual.note(sample(0, latency_s=usual_s))
    assert is_slow(now, usual) is (slow == "slow")
