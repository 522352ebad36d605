"""What clients' connections say of a route."""

from tests.unit.watch.alerts.samples import NOW_S, fill, sample

from farshore.config.alerts import Alerts, Rule
from farshore.core.outcome import Code
from farshore.watch.alerts.traffic import Traffic

HOUR_S = 3_600.0


def rules(traffic: Traffic, now_s: float, paged: set[str] | None = None) -> set[Rule]:
    return {condition.rule for condition in traffic.holds(Alerts(), paged or set(), now_s)}


def test_more_than_one_in_twenty_of_a_minute_reset_is_resets() -> None:
    traffic = Traffic()
    fill(traffic, NOW_S, good=94, bad=5)
    assert rules(traffic, NOW_S) == {Rule.RESETS}
    assert Rule.RESETS not in rules(traffic, NOW_S + 71)


def test_one_in_twenty_is_not_more() -> None:
    traffic = Traffic()
    fill(traffic, NOW_S, good=95, bad=5)
    assert rules(traffic, NOW_S) == set()


def test_few_are_chance() -> None:
    traffic = Traffic()
    fill(traffic, NOW_S, good=20, bad=4)
    assert rules(traffic, NOW_S) == set()


def test_a_socks_general_failure_is_a_rule_of_its_own() -> None:
    traffic = Traffic()
    fill(traffic, NOW_S, good=20, bad=5, code=Code.DIAL_FAILED)
    assert rules(traffic, NOW_S) == {Rule.RESETS, Rule.GENERAL_FAILURES}


def test_failures_burn_a_minute_late_unless_a_page_has_taken_them() -> None:
    traffic = Traffic()
    fill(traffic, NOW_S, good=15, bad=15)
    assert Rule.BURN not in rules(traffic, NOW_S + 1)
    assert Rule.BURN in rules(traffic, NOW_S + 61)
    paged = Traffic()
    fill(paged, NOW_S, good=15, bad=15)
    assert rules(paged, NOW_S + 1, {"billing"}) == {Rule.RESETS}
    assert Rule.BURN not in rules(paged, NOW_S + 61)


def test_a_burn_ends_when_its_short_window_has_passed() -> None:
    traffic = Traffic()
    fill(traffic, NOW_S, good=15, bad=15)
    assert Rule.BURN in rules(traffic, NOW_S + 61)
    late_s = NOW_S + 3 * 3600
    fill(traffic, late_s, good=1000, bad=0)
    assert Rule.BURN not in rules(traffic, late_s + 61)


def test_nobody_and_one_client_say_nothing() -> None:
    traffic = Traffic()
    assert rules(traffic, NOW_S) == set()
    assert traffic.minute("billing", NOW_S).total == 0
    fill(traffic, NOW_S, good=0, bad=1)
    assert rules(traffic, NOW_S) == rules(traffic, NOW_S + 61) == set()


def test_a_share_is_weighed_exactly() -> None:
    for percent in (5.0, 7.0, 14.0, 28.0, 55.0):
        settings = Alerts.model_validate({"reset_share": percent})
        for more in (0, 1):
            traffic = Traffic()
            fill(traffic, NOW_S, good=100 - round(percent) - more, bad=round(percent) + more)
            told = {condition.rule for condition in traffic.holds(settings, set(), NOW_S)}
            assert (Rule.RESETS in told) is (more == 1), (percent, more)


def test_after_the_clock_is_set_back_shares_and_burns_are_seen_as_ever() -> None:
    traffic = Traffic()
    fill(traffic, NOW_S + 2 * HOUR_S, good=30, bad=15)
    assert Rule.RESETS in rules(traffic, NOW_S + 2 * HOUR_S)
    assert Rule.BURN in rules(traffic, NOW_S + 2 * HOUR_S + 61)
    fill(traffic, NOW_S, good=20, bad=20)
    assert Rule.RESETS in rules(traffic, NOW_S)
    fill(traffic, NOW_S + 400, good=1, bad=0)
    assert rules(traffic, NOW_S + 400) & {Rule.RESETS} == set()
    fill(traffic, NOW_S + 460, good=0, bad=40)
    assert Rule.BURN in rules(traffic, NOW_S + 521)
    burning = [each for each in traffic.holds(Alerts(), set(), NOW_S + 552) if each.rule is Rule.BURN]
    assert [each.title.partition(" connections")[0] for each in burning] == ["60 of 81"]


def test_a_share_began_with_the_first_that_failed_and_not_a_minute_before_it_was_seen() -> None:
    traffic = Traffic()
    traffic.note(sample(NOW_S - 200, Code.NO_ANSWER, is_reset=True))
    fill(traffic, NOW_S - 20, good=60, bad=2)
    fill(traffic, NOW_S, good=10, bad=8)
    (resets,) = traffic.holds(Alerts(), set(), NOW_S)
    assert (resets.since_s, resets.command) == (NOW_S - 20, "farshore doctor billing")
    fill(traffic, NOW_S + 50, good=10, bad=8)
    (still,) = traffic.holds(Alerts(), {"billing"}, NOW_S + 55)
    assert still.since_s == NOW_S - 20
