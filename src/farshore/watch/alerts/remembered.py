"""An alert that a gateway before this one has told, taken up again. Pure."""

from farshore.config.alerts import Rule, Told
from farshore.core.alerts import Alert
from farshore.watch.alerts.group import Group
from farshore.watch.alerts.holding import Held
from farshore.watch.alerts.seen import Condition, IncidentSeen


def held_of(alert: Alert, until_s: float) -> Held | None:
    """Its rule, taken to hold until then; None where there is no such rule any more.

    What clients have met is counted afresh, so one of routes is told from what will be seen by its subject: that joins
    it by its routes. Any other has its rule and its subject in its key.
    """
    if alert.rule not in {rule.value for rule in Rule}:
        return None
    rule, of_rule = Rule(alert.rule), f"{alert.rule}/"
    condition = Condition(
        rule=rule,
        subject=alert.key.removeprefix(of_rule) if alert.key.startswith(of_rule) else f"before: {alert.key}",
        title=alert.title,
        routes=alert.routes,
        since_s=alert.since_s,
        command=alert.command,
    )
    return Held(condition=condition, begun_s=alert.since_s, last_s=until_s, is_firing=True, is_remembered=True)


def group_of(alert: Alert, held: Held) -> Group:
    """What was told of it, and when."""
    group = Group(
        key=alert.key,
        rule=held.condition.rule,
        told_as=Told(alert.severity.value),
        since_s=alert.since_s,
        told_s=None if alert.silenced else alert.at_s,
        told_mark=alert.code or "",
        is_recorded=True,
        is_remembered=True,
    )
    group.take(held.condition)
    if alert.incident is not None:
        group.incident = IncidentSeen(
            id=alert.incident,
            since_s=alert.since_s,
            opened_s=alert.since_s,
            routes=alert.routes,
            is_concluded=alert.code is not None,
            code=alert.code,
            confidence=alert.confidence,
            router=alert.subject,
            command=alert.command,
            verify=alert.verify,
            before=alert.before,
        )
    return group
