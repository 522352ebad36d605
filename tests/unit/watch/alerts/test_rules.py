"""What holds for each rule."""

from farshore.config.alerts import AlertRule, Alerts, Rule, Told
from farshore.watch.alerts.rules import DEFAULTS, times


def test_every_rule_has_its_times() -> None:
    assert set(DEFAULTS) == set(Rule)


def test_lost_redundancy_is_no_page_and_an_outage_is() -> None:
    assert times(Alerts(), Rule.REDUNDANCY).told is Told.WARNING
    assert times(Alerts(), Rule.OUTAGE).told is Told.PAGE


def test_what_is_not_changed_stays() -> None:
    changed = Alerts.model_validate({"rules": [{"rule": "redundancy", "severity": "page", "for": "2m"}]})
    found = times(changed, Rule.REDUNDANCY)
    assert (found.told, found.for_s, found.keep_s) == (Told.PAGE, 120.0, DEFAULTS[Rule.REDUNDANCY].keep_s)
    assert times(changed, Rule.OUTAGE) == DEFAULTS[Rule.OUTAGE]


def test_a_rule_can_be_turned_off() -> None:
    assert times(Alerts(rules=(AlertRule(rule=Rule.BURN, severity=Told.OFF),)), Rule.BURN).told is Told.OFF
