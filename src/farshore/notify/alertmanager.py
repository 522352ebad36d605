"""Alerts for Alertmanager's API v2, which has to hear of each again and again for as long as it fires. No I/O.

https://prometheus.io/docs/alerting/latest/alerts_api/: labels say which alert it is, so only what stays as it is goes
there; everything else is an annotation. `endsAt` is sent with what is over only: while an alert fires, Alertmanager
counts its own `resolve_timeout` (5 min) from each time that it hears of it, whatever this host's clock says.
"""

from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec
from msgspec.structs import replace

from farshore.core.alerts import Alert, AlertState
from farshore.notify.message import message_of, plain

PATH = "/api/v2/alerts"
AGAIN_S = 60.0


class Alertmanager:
    """What one Alertmanager has to be told: it remembers what fires, and what the other side believes."""

    def __init__(self, labels: Mapping[str, str]) -> None:
        self._labels = dict(labels)
        self._firing: dict[str, Alert] = {}
        self._believed: dict[str, Alert] = {}

    def remember(self, alert: Alert) -> None:
        """The other side has heard of it from a process before this one."""
        _keep(self._firing, alert)
        _keep(self._believed, alert)

    def firing(self) -> tuple[Alert, ...]:
        """What has to be told again."""
        return tuple(self._firing.values())

    def encode(self, alert: Alert) -> bytes:
        """The body of the request. An alert of another severity than before is another one: that before is over."""
        believed = self._believed.get(alert.key)
        told = [alert]
        if believed is not None and believed.severity is not alert.severity:
            told.append(replace(believed, state=AlertState.RESOLVED, at_s=alert.at_s))
        _keep(self._firing, alert)
        return msgspec.json.encode([self._posted(each) for each in told])

    def taken(self, alert: Alert) -> None:
        """The other side has taken what was encoded of it."""
        _keep(self._believed, alert)

    def _posted(self, alert: Alert) -> dict[str, object]:
        message = message_of(alert)
        # An empty annotation says nothing, and an empty label is none.
        annotations = {
            "summary": message.headline,
            "description": plain(message),
            "routes": ", ".join(alert.routes),
            "code": alert.code or "",
            "incident": alert.incident or "",
        }
        own = {"alertname": alert_name(alert.rule), "key": alert.key, "severity": alert.severity.value}
        is_over = alert.state is AlertState.RESOLVED
        return {
            "labels": {**self._labels, **own},
            "annotations": {name: text for name, text in annotations.items() if text},
            "startsAt": _time(alert.since_s),
            **({"endsAt": _time(max(alert.at_s, alert.since_s))} if is_over else {}),
            **({"generatorURL": message.link} if message.link else {}),
        }


def _keep(alerts: dict[str, Alert], alert: Alert) -> None:
    if alert.state is AlertState.FIRING:
        alerts[alert.key] = alert
    else:
        alerts.pop(alert.key, None)


def alert_name(rule: str) -> str:
    """`redundancy-lost` becomes `FarshoreRedundancyLost`."""
    return "Farshore" + "".join(word.capitalize() for word in rule.replace("_", "-").split("-"))


def _time(at_s: float) -> str:
    return datetime.fromtimestamp(at_s, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
