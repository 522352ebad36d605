import pytest

from farshore.diagnosis.facts.timing import Timing, answered, timing_of


@pytest.mark.parametrize(
    ("elapsed_s", "timing"),
    [
        (0.0008, Timing.T0),
        (0.021, Timing.T1),
        (1.4, Timing.T2),
        (3.07, Timing.T3),
        (4.0, Timing.OTHER),
        (5.004, Timing.T5),
        (7.0, Timing.OTHER),
        (-1.0, Timing.OTHER),
    ],
)
def test_the_class_of_a_time_to_failure(elapsed_s: float, timing: Timing) -> None:
    assert timing_of(elapsed_s) is timing


def test_silence_takes_the_deadline() -> None:
    assert answered(3.07)
    assert not answered(5.0)
