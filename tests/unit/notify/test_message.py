import msgspec
from tests.unit.notify.alerts import an_alert, over

from farshore.core.alerts import Severity
from farshore.notify.message import MAX_COMMAND, MAX_TEXT, TEST_RULE, message_of, plain, without_mentions


def test_a_page_says_all_that_somebody_needs_who_has_just_been_woken() -> None:
    message = message_of(an_alert())
    assert message.headline == "PAGE: clients of billing fail"
    assert plain(message).splitlines() == [
        "Since: 2026-03-04 05:50:34Z, 90 s ago",
        "Routes: billing",
        "Hits: 12 clients",
        "Cause: M01 (likely): router r1",
        "Being tried: ping the router",
        "Incident: 2026-03-04-1",
        "Run: sudo systemctl restart tailscaled",
        "Then see: tailscale ping r1",
        "https://farshore.example/incidents/2026-03-04-1",
    ]


def test_what_was_alike_before_is_said_while_it_lasts() -> None:
    before = "the same cause and subject once before; last 2026-03-01-1, last ended after restart-tailscaled on r1"
    assert f"Before: {before}" in plain(message_of(msgspec.structs.replace(an_alert(), before=before)))
    assert "Before" not in plain(message_of(msgspec.structs.replace(over(), before=before)))


def test_its_end_says_how_long_it_was_and_asks_for_nothing() -> None:
    message = message_of(over())
    assert message.headline == "RESOLVED: clients of billing fail"
    assert plain(message).splitlines()[:2] == [
        "Lasted: 16 min, from 2026-03-04 05:50:34Z to 2026-03-04 06:07:14Z",
        "Routes: billing",
    ]
    assert (message.command, message.verify) == ("", "")


def test_a_warning_a_reminder_and_a_test_are_told_apart() -> None:
    assert message_of(an_alert(severity=Severity.WARNING)).headline.startswith("WARNING: ")
    assert message_of(an_alert(reminder=True)).headline.startswith("STILL PAGE: ")
    assert message_of(an_alert(rule=TEST_RULE)).headline.startswith("TEST: ")


def test_what_is_not_known_is_left_out() -> None:
    message = message_of(an_alert(code=None, confidence="", subject="", routes=(), command="", link=""))
    assert {fact.label for fact in message.facts} == {"Since", "Hits", "Being tried", "Incident"}
    assert "Run:" not in plain(message)


def test_a_cause_is_as_much_as_is_known_of_it() -> None:
    causes = [
        next(fact.text for fact in message_of(alert).facts if fact.label == "Cause")
        for alert in (an_alert(code=None), an_alert(subject=""), an_alert(confidence=""))
    ]
    assert causes == ["likely: router r1", "M01 (likely)", "M01: router r1"]


def test_what_it_is_about_is_no_cause() -> None:
    unknown = an_alert(code=None, confidence="", subject="10.0.0.5:1433")
    assert "Concerns: 10.0.0.5:1433" in plain(message_of(unknown))
    assert "Cause" not in plain(message_of(unknown))


def test_a_long_time_is_told_in_hours() -> None:
    alert = an_alert(at_s=an_alert().since_s + 2.5 * 3600)
    assert "Since: 2026-03-04 05:50:34Z, 2 h 30 min ago" in plain(message_of(alert))


def test_what_comes_from_elsewhere_is_printable_short_and_on_one_line() -> None:
    message = message_of(
        an_alert(title="a\x1b[31m\nb\u202ec", subject="x" * 5000, command="one\n two\x07\n" + "y" * 5000)
    )
    assert message.headline == "PAGE: a [31m b c"
    assert max(len(fact.text) for fact in message.facts) == MAX_TEXT
    assert message.command.startswith("one\n two\ny")
    assert len(message.command) == MAX_COMMAND


def test_only_what_a_browser_opens_is_a_link() -> None:
    assert message_of(an_alert(link="javascript:alert(1)")).link == ""


def test_nobody_is_called_by_what_a_log_says() -> None:
    assert "@channel" not in without_mentions("see @channel and @everyone")
    assert without_mentions("mail me@example.com") == "mail me@example.com"
