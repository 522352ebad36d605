import json
from typing import Any

from tests.unit.notify.alerts import an_alert, over

from farshore.core.alerts import Severity
from farshore.notify.alertmanager import Alertmanager, alert_name


def posted(told: Alertmanager, alert: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(told.encode(alert))
    return found


def test_an_alert_has_the_shape_that_is_documented() -> None:
    [alert] = posted(Alertmanager({"cluster": "eu-1"}), an_alert())
    assert alert["labels"] == {
        "alertname": "FarshoreClientsFail",
        "cluster": "eu-1",
        "key": "M01/r1",
        "severity": "page",
    }
    assert alert["annotations"]["summary"] == "PAGE: clients of billing fail"
    assert "Run: sudo systemctl" in alert["annotations"]["description"]
    assert (alert["startsAt"], alert["generatorURL"]) == (
        "2026-03-04T05:50:34.000Z",
        "https://farshore.example/incidents/2026-03-04-1",
    )
    # Its end is not known, and how long it is believed without another word is Alertmanager's to say.
    assert "endsAt" not in alert


def test_its_end_has_the_same_labels_and_a_time() -> None:
    told = Alertmanager({})
    [firing] = posted(told, an_alert())
    [ended] = posted(told, over())
    assert ended["labels"] == firing["labels"]
    assert ended["endsAt"] == "2026-03-04T06:07:14.000Z"


def test_an_end_is_never_before_its_beginning() -> None:
    alert = over(since_s=5000.0)
    [ended] = posted(Alertmanager({}), type(alert)(**{**_fields(alert), "at_s": 4000.0}))
    assert ended["endsAt"] == ended["startsAt"]


def test_what_fires_is_told_again_until_it_is_over() -> None:
    told = Alertmanager({})
    told.encode(an_alert("a"))
    told.encode(an_alert("b"))
    told.encode(an_alert("a", reminder=True))
    assert [alert.key for alert in told.firing()] == ["a", "b"]
    told.encode(over("a"))
    assert [alert.key for alert in told.firing()] == ["b"]


def test_a_warning_that_becomes_a_page_is_no_warning_any_more() -> None:
    told, warning = Alertmanager({}), an_alert(severity=Severity.WARNING)
    told.encode(warning)
    told.taken(warning)
    # As long as it was not taken, it has to be said.
    for _ in range(2):
        page, ended = posted(told, an_alert())
        assert (page["labels"]["severity"], "endsAt" in page) == ("page", False)
        assert (ended["labels"]["severity"], "endsAt" in ended) == ("warning", True)
    told.taken(an_alert())
    assert [each["labels"]["severity"] for each in posted(told, an_alert())] == ["page"]


def test_what_the_other_side_never_heard_of_needs_no_end() -> None:
    told = Alertmanager({})
    told.encode(an_alert(severity=Severity.WARNING))
    assert len(posted(told, an_alert())) == 1


def test_an_end_of_a_page_is_that_of_the_warning_that_it_was() -> None:
    told, warning = Alertmanager({}), an_alert(severity=Severity.WARNING)
    told.encode(warning)
    told.taken(warning)
    ends = posted(told, over())
    assert [(each["labels"]["severity"], "endsAt" in each) for each in ends] == [("page", True), ("warning", True)]
    told.taken(over())
    assert len(posted(told, over())) == 1


def test_nothing_is_said_of_what_is_not_known() -> None:
    [alert] = posted(Alertmanager({}), an_alert(code=None, link=""))
    assert "code" not in alert["annotations"]
    assert "generatorURL" not in alert


def test_a_rule_has_a_name_as_prometheus_writes_them() -> None:
    assert alert_name("redundancy-lost") == alert_name("redundancy_lost") == "FarshoreRedundancyLost"


def _fields(alert: Any) -> dict[str, Any]:
    return {name: getattr(alert, name) for name in alert.__struct_fields__}


def test_what_a_process_before_this_one_told_is_told_again_and_known_by_its_severity() -> None:
    told, warning = Alertmanager({}), an_alert(severity=Severity.WARNING)
    told.remember(warning)
    assert told.firing() == (warning,)
    page, ended = posted(told, an_alert())
    assert (page["labels"]["severity"], ended["labels"]["severity"]) == ("page", "warning")
    assert "endsAt" in ended
