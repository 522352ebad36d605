import asyncio
from collections.abc import Callable
from contextlib import suppress

import pytest
from tests.unit.notify.alerts import an_alert, over
from tests.unit.surface.seen import StoppedClock

from farshore.config import notify
from farshore.config.notify import Secret
from farshore.core.alerts import (
    Alert,
    AlertsBefore,
    AlertState,
    LastTold,
    NotificationFailed,
    NotificationSent,
    Severity,
)
from farshore.notify.answer import Answer, NotTaken, Taken
from farshore.notify.channel import Channel, Patience, is_for

pytestmark = pytest.mark.anyio

DOWN = NotTaken(reason="503: no", is_passing=True)
NEVER = NotTaken(reason="404: no", is_passing=False)
QUICK = Patience(first_s=0.01, longest_s=0.02, in_all_s=60.0)
SETTINGS = notify.Channel(slack=notify.Slack(url=Secret(env="URL")))


class Other:
    """The other side: gives the answers that a test has for it, then takes everything."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = [*answers]
        self.asked: list[Alert] = []
        self.again: tuple[Alert, ...] = ()
        self.remembered: list[str] = []
        self.before: Callable[[], None] = lambda: None

    async def send(self, alert: Alert) -> Answer:
        self.asked.append(alert)
        self.before()
        return self.answers.pop(0) if self.answers else Taken()

    def remember(self, alert: Alert) -> None:
        self.remembered.append(alert.key)

    def told_again(self) -> tuple[Alert, ...]:
        return self.again


class Heard:
    """What a channel says, and when it has said so many things."""

    def __init__(self) -> None:
        self.events: list[NotificationSent | NotificationFailed] = []
        self._heard = asyncio.Event()

    def __call__(self, event: NotificationSent | NotificationFailed) -> None:
        self.events.append(event)
        self._heard.set()

    async def until(self, count: int) -> None:
        async with asyncio.timeout(30):
            while len(self.events) < count:
                self._heard.clear()
                await self._heard.wait()

    def told(self) -> list[str]:
        return [
            "sent" if isinstance(event, NotificationSent) else "retried" if event.will_retry else "failed"
            for event in self.events
        ]


async def run(channel: Channel, until: Callable[[], object]) -> None:
    task = asyncio.create_task(channel.run())
    try:
        await until()  # type: ignore[misc]
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def a_channel(other: Other, heard: Heard, patience: Patience = QUICK) -> Channel:
    return Channel(SETTINGS, other, heard, StoppedClock(), patience)


async def test_what_is_put_is_delivered_in_its_turn() -> None:
    other, heard = Other(), Heard()
    channel = a_channel(other, heard)
    channel.put(an_alert("a"))
    channel.put(an_alert("b"))
    await run(channel, lambda: heard.until(2))
    assert [alert.key for alert in other.asked] == ["a", "b"]
    assert heard.events[0] == NotificationSent(channel="slack", key="a", state=AlertState.FIRING, took_ms=0.0, tries=1)


async def test_what_may_pass_is_tried_again_and_every_try_is_told() -> None:
    other, heard = Other(DOWN, DOWN), Heard()
    channel = a_channel(other, heard)
    channel.put(an_alert())
    await run(channel, lambda: heard.until(3))
    assert heard.told() == ["retried", "retried", "sent"]
    assert [event.tries for event in heard.events] == [1, 2, 3]
    assert heard.events[0] == NotificationFailed(
        channel="slack", key="M01/r1", state=AlertState.FIRING, reason="503: no", tries=1, will_retry=True
    )


async def test_what_will_not_pass_is_tried_once_and_the_next_has_its_turn() -> None:
    other, heard = Other(NEVER), Heard()
    channel = a_channel(other, heard)
    channel.put(an_alert("a"))
    channel.put(an_alert("b"))
    await run(channel, lambda: heard.until(2))
    assert heard.told() == ["failed", "sent"]
    assert [alert.key for alert in other.asked] == ["a", "b"]


async def test_it_is_given_up_some_day_and_that_is_told() -> None:
    other, heard = Other(*[DOWN] * 100), Heard()
    channel = a_channel(other, heard, Patience(first_s=0.01, longest_s=0.01, in_all_s=0.05))
    channel.put(an_alert())

    async def given_up() -> None:
        while "failed" not in heard.told():
            await heard.until(len(heard.events) + 1)

    await run(channel, given_up)
    assert heard.told()[-1] == "failed"
    last = heard.events[-1]
    assert isinstance(last, NotificationFailed)
    assert last.reason == "given up: 503: no"
    assert set(heard.told()[:-1]) == {"retried"}


async def test_how_long_to_wait_is_what_the_other_side_says() -> None:
    # Our own pause would be an hour: the test would never end.
    other, heard = Other(NotTaken(reason="429: slow", is_passing=True, after_s=0.01)), Heard()
    channel = a_channel(other, heard, Patience(first_s=3600.0, longest_s=3600.0))
    channel.put(an_alert())
    await run(channel, lambda: heard.until(2))
    assert heard.told() == ["retried", "sent"]


async def test_a_newer_state_is_told_in_place_of_the_one_that_did_not_get_through() -> None:
    other, heard = Other(DOWN), Heard()
    channel = a_channel(other, heard)
    channel.put(an_alert())
    other.before = lambda: channel.put(over()) if len(other.asked) == 1 else None
    await run(channel, lambda: heard.until(2))
    assert [alert.state for alert in other.asked] == [AlertState.FIRING, AlertState.RESOLVED]
    assert heard.told() == ["retried", "sent"]


async def test_what_ends_while_it_is_told_is_told_as_well() -> None:
    other, heard = Other(), Heard()
    channel = a_channel(other, heard)
    channel.put(an_alert())
    other.before = lambda: channel.put(over()) if len(other.asked) == 1 else None
    await run(channel, lambda: heard.until(2))
    assert [event.state for event in heard.events] == [AlertState.FIRING, AlertState.RESOLVED]


async def test_a_message_that_something_stumbles_over_silences_no_other() -> None:
    heard = Heard()

    class Clumsy(Other):
        async def send(self, alert: Alert) -> Answer:
            if alert.key == "a":
                raise KeyError(alert.key)
            return await super().send(alert)

    channel = a_channel(Clumsy(), heard)
    channel.put(an_alert("a"))
    channel.put(an_alert("b"))
    await run(channel, lambda: heard.until(2))
    assert heard.told() == ["failed", "sent"]
    first = heard.events[0]
    assert isinstance(first, NotificationFailed)
    assert first.reason == "a mistake within Farshore: KeyError"


async def test_more_than_there_is_room_for_is_lost_aloud() -> None:
    other, heard = Other(), Heard()
    channel = a_channel(other, heard, Patience(capacity=2))
    for key in "abc":
        channel.put(an_alert(key))
    [lost] = heard.events
    assert isinstance(lost, NotificationFailed)
    assert (lost.key, lost.reason, lost.tries) == ("a", "more than 2 wait to be delivered", 0)


async def test_what_has_to_be_heard_again_is_said_again_and_told_to_nobody() -> None:
    other, heard = Other(), Heard()
    other.again = (an_alert("a"),)
    said = asyncio.Event()
    other.before = lambda: said.set() if len(other.asked) == 3 else None
    await run(a_channel(other, heard, Patience(again_s=0.01)), lambda: asyncio.wait_for(said.wait(), 30))
    assert {alert.key for alert in other.asked} == {"a"}
    assert heard.events == []


async def test_what_waits_at_the_end_is_tried_once_more() -> None:
    other, heard = Other(Taken(), DOWN), Heard()
    channel = a_channel(other, heard)
    for key in "ab":
        channel.put(an_alert(key))
    await channel.flush(30.0)
    assert heard.told() == ["sent", "failed"]
    last = heard.events[-1]
    assert isinstance(last, NotificationFailed)
    assert (last.key, last.reason) == ("b", "503: no; the gateway ends")


async def test_the_end_waits_for_nobody_for_long() -> None:
    heard = Heard()

    class Silent(Other):
        async def send(self, alert: Alert) -> Answer:
            self.asked.append(alert)
            await asyncio.Event().wait()
            raise AssertionError

    channel = a_channel(Silent(), heard)
    for key in "ab":
        channel.put(an_alert(key))
    await channel.flush(0.05)
    assert [(event.key, event.reason) for event in heard.events if isinstance(event, NotificationFailed)] == [
        ("a", "there was no time left; the gateway ends"),
        ("b", "there was no time left; the gateway ends"),
    ]


def settings(**more: object) -> notify.Channel:
    return notify.Channel.model_validate({"slack": {"url": {"env": "URL"}}, **more})


def test_a_channel_is_told_what_it_asked_for() -> None:
    page, warning, ended = an_alert(), an_alert(severity=Severity.WARNING), over()
    assert all(is_for(settings(), alert) for alert in (page, warning, ended))
    assert not is_for(settings(), an_alert(state=AlertState.PENDING))
    pages = settings(severities=["page"])
    assert [is_for(pages, alert) for alert in (page, warning)] == [True, False]
    assert not is_for(settings(send_resolved=False), ended)
    billing = settings(routes=["billing", "crm"])
    told = [is_for(billing, an_alert(routes=routes)) for routes in (("billing",), ("x", "crm"), ("x",), ())]
    assert told == [True, True, False, True]


async def test_what_a_process_before_this_one_had_not_delivered_is_delivered() -> None:
    other, heard = Other(), Heard()
    channel = a_channel(other, heard)
    lately = (
        LastTold(alert=an_alert("taken"), taken_by=frozenset({"slack"})),
        LastTold(alert=an_alert("owed"), taken_by=frozenset({"another"})),
        LastTold(alert=over("ended"), taken_by=frozenset()),
    )
    channel.resume(AlertsBefore(firing=(an_alert("taken"), an_alert("hushed", silenced=True)), lately=lately))
    await run(channel, lambda: heard.until(2))
    assert [alert.key for alert in other.asked] == ["owed", "ended"]
    assert other.remembered == ["taken"]


async def test_what_is_silenced_is_told_to_nobody() -> None:
    assert not is_for(SETTINGS, an_alert(silenced=True))


async def test_one_that_is_configured_otherwise_goes_on_with_what_it_is_still_to_tell() -> None:
    other, heard = Other(), Heard()
    before, warning = a_channel(Other(), heard), an_alert("warning", severity=Severity.WARNING)
    before.put(an_alert())
    before.put(warning)
    after = Channel(SETTINGS.model_copy(update={"severities": (Severity.PAGE,)}), other, heard, StoppedClock(), QUICK)
    after.take_over(before)
    await run(after, lambda: heard.until(2))
    assert heard.told() == ["failed", "sent"]
    assert heard.events[0].key == "warning"
    assert [alert.key for alert in other.asked] == ["M01/r1"]


async def test_what_fires_is_told_again_by_the_one_that_takes_over() -> None:
    firing, other = Other(), Other()
    firing.again = (an_alert(),)
    a_channel(other, Heard()).take_over(a_channel(firing, Heard()))
    assert other.remembered == ["M01/r1"]
