"""An alert that a gateway before this one has told."""

from msgspec.structs import replace
from tests.unit.notify.alerts import an_alert

from farshore.config.alerts import Rule, Told
from farshore.watch.alerts.remembered import group_of, held_of

OUTAGE = replace(an_alert(), rule="outage")
UNTIL_S = OUTAGE.at_s + 60


def test_one_of_routes_keeps_what_was_said_of_it() -> None:
    held = held_of(OUTAGE, UNTIL_S)
    assert held is not None
    assert (held.condition.rule, held.condition.subject) == (Rule.OUTAGE, "before: M01/r1")
    assert (held.last_s, held.is_firing, held.is_remembered) == (UNTIL_S, True, True)
    group = group_of(OUTAGE, held)
    assert (group.key, group.told_as, group.told_s, group.told_mark) == ("M01/r1", Told.PAGE, OUTAGE.at_s, "M01")
    assert (tuple(group.routes), group.is_of_routes, group.mark) == (OUTAGE.routes, True, "M01")
    assert group.incident is not None
    assert (group.incident.id, group.incident.is_concluded) == (OUTAGE.incident, True)


def test_any_other_is_known_by_the_subject_in_its_key() -> None:
    held = held_of(replace(OUTAGE, rule="node-offline", key="node-offline/r1", routes=()), UNTIL_S)
    assert held is not None
    assert (held.condition.rule, held.condition.subject) == (Rule.NODE_OFFLINE, "r1")


def test_one_that_was_silenced_was_told_to_nobody() -> None:
    alert = replace(OUTAGE, silenced=True, incident=None)
    held = held_of(alert, UNTIL_S)
    assert held is not None
    group = group_of(alert, held)
    assert (group.told_s, group.is_recorded, group.incident) == (None, True, None)


def test_a_rule_that_is_no_more_is_left_out() -> None:
    assert held_of(replace(OUTAGE, rule="of-another-version"), UNTIL_S) is None
