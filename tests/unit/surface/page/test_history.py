from farshore.surface.page.history import history
from farshore.surface.page.pulse import STEPS, Step


def test_an_hour_of_steps_with_gaps_where_nothing_ended() -> None:
    told = history([Step(7200, good=2, bad=1, waits_ms=[1.0, 2.0, 30.0])], 7215.0)
    assert (told.step_s, len(told.at_s), told.at_s[-1], told.at_s[0]) == (10, STEPS, 7210, 7210 - 3590)
    assert (told.good[-2:], told.bad[-2:]) == ([2, 0], [1, 0])
    assert (told.p50_ms[-2:], told.p99_ms[-2:]) == ([2.0, None], [30.0, None])
