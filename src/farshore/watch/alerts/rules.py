"""Each rule's severity and times, as they are unless the configuration says otherwise. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from farshore.config.alerts import Alerts, Rule, Told

MINUTE_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """How loudly a rule is told, after it has held `for_s`, until it has not held for `keep_s`."""

    told: Told
    for_s: float
    keep_s: float


DEFAULTS: Mapping[Rule, Times] = {
    # An incident is closed after two minutes without a failure: with three more, what fails every five minutes is one.
    Rule.OUTAGE: Times(told=Told.PAGE, for_s=0.0, keep_s=3 * MINUTE_S),
    Rule.RESETS: Times(told=Told.PAGE, for_s=0.0, keep_s=5 * MINUTE_S),
    Rule.GENERAL_FAILURES: Times(told=Told.PAGE, for_s=0.0, keep_s=5 * MINUTE_S),
    Rule.BURN: Times(told=Told.PAGE, for_s=0.0, keep_s=5 * MINUTE_S),
    Rule.SLOW_BURN: Times(told=Told.WARNING, for_s=0.0, keep_s=60 * MINUTE_S),
    Rule.REDUNDANCY: Times(told=Told.WARNING, for_s=MINUTE_S, keep_s=5 * MINUTE_S),
    # A router that restarts is back within two minutes.
    Rule.NODE_OFFLINE: Times(told=Told.WARNING, for_s=2 * MINUTE_S, keep_s=5 * MINUTE_S),
    Rule.NODE_SILENT: Times(told=Told.WARNING, for_s=2 * MINUTE_S, keep_s=5 * MINUTE_S),
    Rule.TAILSCALED: Times(told=Told.WARNING, for_s=2 * MINUTE_S, keep_s=5 * MINUTE_S),
    Rule.KEY_EXPIRY: Times(told=Told.WARNING, for_s=0.0, keep_s=60 * MINUTE_S),
}


def times(settings: Alerts, rule: Rule) -> Times:
    """What holds for a rule. Where a configuration names one twice, the last counts."""
    own = DEFAULTS[rule]
    for changed in settings.rules:
        if changed.rule is rule:
            own = Times(
                told=changed.severity or own.told,
                for_s=own.for_s if changed.for_s is None else changed.for_s,
                keep_s=own.keep_s if changed.keep_firing_for_s is None else changed.keep_firing_for_s,
            )
    return own
