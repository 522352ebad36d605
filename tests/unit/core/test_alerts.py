import msgspec

from farshore.core.alerts import Alert, AlertChanged, AlertState, Severity
from farshore.core.journal import event_name


def test_an_alert_is_kept_as_it_is_told() -> None:
    alert = Alert(
        key="M01/r1",
        rule="clients-fail",
        severity=Severity.PAGE,
        state=AlertState.FIRING,
        title="clients of billing fail",
        routes=("billing",),
        since_s=1.0,
        at_s=2.0,
    )
    event = AlertChanged(alert=alert)
    assert event_name(AlertChanged) == "alert-changed"
    assert msgspec.json.decode(msgspec.json.encode(event), type=AlertChanged) == event
