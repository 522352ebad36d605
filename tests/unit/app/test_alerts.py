"""`farshore alerts`."""

import pytest
from msgspec.structs import replace

from farshore.app import alerts
from farshore.app.exits import Exit, Refusal
from farshore.core.alerts import Alert, AlertState, Severity
from farshore.surface.views import AlertsView

ALERT = Alert(
    key="M01/r1",
    rule="outage",
    severity=Severity.PAGE,
    state=AlertState.FIRING,
    title="A router is dead",
    routes=("a",),
    since_s=1_790_000_000.0,
    at_s=1_790_000_010.0,
    code="M01",
    confidence="proven",
)


def test_what_fires_is_listed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(alerts, "ask", lambda *_: AlertsView(alerts=[ALERT]))
    assert alerts.list_alerts("http://127.0.0.1:9", as_json=False) is Exit.OK
    shown = capsys.readouterr().out
    assert "firing" in shown
    assert "M01" in shown
    assert alerts.list_alerts("http://127.0.0.1:9", as_json=True) is Exit.OK
    assert '"key": "M01/r1"' in capsys.readouterr().out


def test_where_nothing_fires_it_says_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(alerts, "ask", lambda *_: AlertsView(alerts=[]))
    assert alerts.list_alerts("http://127.0.0.1:9", as_json=False) is Exit.OK
    assert "no alert fires" in capsys.readouterr().out


def test_where_no_gateway_answers_it_says_why() -> None:
    assert isinstance(alerts.list_alerts("http://127.0.0.1:1", as_json=False), Refusal)


def test_what_is_silenced_is_listed_as_that(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(alerts, "ask", lambda *_: AlertsView(alerts=[replace(ALERT, silenced=True)]))
    assert alerts.list_alerts("http://127.0.0.1:9", as_json=False) is Exit.OK
    assert "firing, silenced" in capsys.readouterr().out
