"""`alerts:` as it may be written."""

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from farshore.config.alerts import Alerts, Rule, read_moment, write_moment
from farshore.config.fields import UnfitError
from farshore.config.load import parse


def test_reminders_come_at_least_five_minutes_apart() -> None:
    assert Alerts.model_validate({"reminder": "5m"}).reminder_s == 300
    with pytest.raises(ValidationError):
        Alerts.model_validate({"reminder": "299s"})


def test_a_moment_is_read_with_its_zone() -> None:
    moment = read_moment("2026-11-24T07:00:00+01:00")
    assert moment == datetime(2026, 11, 24, 6, tzinfo=UTC)
    assert write_moment(moment) == "2026-11-24T06:00:00Z"


@pytest.mark.parametrize("written", ["2026-11-24T07:00:00", "tomorrow", 7])
def test_what_is_no_moment_is_refused(written: object) -> None:
    with pytest.raises(UnfitError):
        read_moment(written)


def test_an_unknown_rule_is_pointed_at() -> None:
    text = "routes: [{listen: 8082, target: 172.16.20.88:1433}]\nalerts: {rules: [{rule: reset}]}"
    loaded = parse(text.encode(), "farshore.yaml")
    assert loaded.config is None
    assert "alerts" in str(loaded.problems[0])


def test_the_rules_are_those_of_the_configuration() -> None:
    text = "routes: [{listen: 8082, target: 172.16.20.88:1433}]\nalerts: {rules: [{rule: slow-burn, severity: off}]}"
    config = parse(text.encode(), "farshore.yaml").config
    assert config is not None
    assert config.alerts is not None
    assert config.alerts.rules[0].rule is Rule.SLOW_BURN
