import msgspec
import pytest
from tests.unit.notify.alerts import an_alert, over

from farshore.notify.message import TEST_RULE
from farshore.notify.webhook import PublishedAlert, encode, json_schema


def test_what_is_sent_is_what_the_schema_says() -> None:
    sent = msgspec.json.decode(encode(an_alert()), type=PublishedAlert)
    assert (sent.schema, sent.key, sent.severity, sent.state) == ("farshore.alert/1", "M01/r1", "page", "firing")
    assert (sent.routes, sent.code, sent.since_s, sent.at_s) == (["billing"], "M01", 1772603434.0, 1772603524.0)
    assert (sent.headline, sent.test, sent.reminder) == ("PAGE: clients of billing fail", False, False)
    assert "Run: sudo systemctl" in sent.text
    assert set(msgspec.json.decode(encode(an_alert()))) == set(PublishedAlert.__struct_fields__)


@pytest.mark.parametrize("alert", [over(), an_alert(code=None), an_alert(rule=TEST_RULE)])
def test_every_kind_of_alert_fits(alert: object) -> None:
    sent = msgspec.json.decode(encode(alert), type=PublishedAlert)  # type: ignore[arg-type]
    assert (sent.state == "resolved", sent.code is None, sent.test) == (
        alert == over(),
        alert == an_alert(code=None),
        alert == an_alert(rule=TEST_RULE),
    )


def test_the_schema_asks_for_every_key() -> None:
    defined = json_schema()["$defs"]["PublishedAlert"]  # type: ignore[index]
    assert sorted(defined["required"]) == sorted(PublishedAlert.__struct_fields__)
