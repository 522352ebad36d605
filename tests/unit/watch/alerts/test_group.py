"""What is said of one alert."""

from farshore.config.alerts import Rule, Told
from farshore.core.alerts import AlertState
from farshore.watch.alerts.group import Group, Words
from farshore.watch.alerts.seen import Condition, IncidentSeen

WORDS = Words(title="", subject="10.0.0.1:1433", whom="route a: 3 of 3", trying="", link="https://see/{incident}")


def group() -> Group:
    made = Group(key="k", rule=Rule.OUTAGE, told_as=Told.PAGE, since_s=100.0)
    condition = Condition(rule=Rule.OUTAGE, subject="i", title="clients fail", routes=("a",), since_s=90.0, command="c")
    made.take(condition)
    return made


def test_before_a_verdict_it_says_what_is_seen() -> None:
    alert = group().alert(AlertState.FIRING, 120.0, WORDS)
    assert (alert.title, alert.subject, alert.command, alert.link) == ("clients fail", "10.0.0.1:1433", "c", "")
    assert (alert.since_s, alert.at_s, alert.reminder) == (90.0, 120.0, False)


def test_with_a_verdict_it_says_what_broke() -> None:
    made = group()
    made.incident = IncidentSeen(
        id="2026-11-23-1",
        since_s=90.0,
        opened_s=91.0,
        routes=("a",),
        is_concluded=True,
        code="M01",
        title="A router is dead",
        confidence="proven",
        router="r1",
        command="restart it",
        verify="ping it",
    )
    alert = made.alert(AlertState.FIRING, 120.0, WORDS)
    assert (alert.title, alert.code, alert.confidence) == ("A router is dead: a", "M01", "proven")
    assert (alert.subject, alert.command, alert.verify) == ("r1", "restart it", "ping it")
    assert alert.link == "https://see/2026-11-23-1"


def test_what_was_told_and_fires_still_is_a_reminder() -> None:
    made = group()
    made.told_s = 110.0
    assert made.alert(AlertState.FIRING, 120.0, WORDS).reminder
    assert not made.alert(AlertState.RESOLVED, 120.0, WORDS).reminder


def test_two_of_one_root_are_one() -> None:
    made, other = group(), Group(key="o", rule=Rule.RESETS, told_as=Told.PAGE, since_s=50.0)
    other.take(Condition(rule=Rule.RESETS, subject="b", title="", routes=("b",), since_s=50.0))
    made.swallow(other)
    assert (tuple(made.routes), made.since_s, len(made.symptoms)) == (("a", "b"), 50.0, 2)
