from tests.unit.watch.health_check.checks import done, plan

from farshore.report.health_check import render_check_markdown, render_check_text
from farshore.watch.health_check.figures import figures_of

REFUSED = "target.dial.refused"
FIGURES = figures_of(plan(planned=300), [done(n, REFUSED if 100 <= n < 110 else None) for n in range(200)])


def test_the_text_has_the_figures_of_the_founding_report() -> None:
    told = render_check_text(FIGURES)
    assert "Queries:      200 (unfinished: 200 of 300 due times)" in told
    assert "Failed:       10\n" in told
    assert "Success rate: 95%; the objective of 99.5% is missed" in told
    assert "9 s  total: 10 failed, 0 good between them\n    10 target.dial.refused" in told
    assert "response time            p50 2.0" in told


def test_a_rate_is_never_rounded_up_to_what_it_is_not() -> None:
    figures = figures_of(plan(planned=100_000), [done(n, REFUSED if n == 7 else None) for n in range(100_000)])
    assert "Success rate: 99.999%" in render_check_text(figures)
    more = [*(done(n) for n in range(200_000)), done(200_000, REFUSED)]
    assert "Success rate: 99.999%" in render_check_text(figures_of(plan(planned=200_001), more))


def test_the_markdown_has_a_row_for_each_burst() -> None:
    told = render_check_markdown(FIGURES)
    row = "| 2025-10-20T22:41:40.123Z | 2025-10-20T22:41:49.123Z | 9 | 10 | 0 | total | 10 target.dial.refused |"
    assert row in told
    assert "| `target.dial.refused` | 10 |" in told


def test_a_pause_is_told_as_not_counted() -> None:
    paused = figures_of(plan(), [done(0), done(60, stretch=2)])
    for told in (render_check_text(paused), render_check_markdown(paused)):
        assert "2025-10-20T22:40:01.123Z to 2025-10-20T22:41:00.123Z (59 s)" in told


def test_nothing_probed_is_said() -> None:
    assert "nothing was probed" in render_check_text(figures_of(plan(), []))
