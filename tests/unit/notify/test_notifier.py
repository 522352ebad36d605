import asyncio
import json
import socket
import threading
from collections.abc import Awaitable, Callable
from contextlib import ExitStack, suppress

import pytest
import stamina
from tests.unit.notify.alerts import an_alert, over
from tests.unit.notify.endpoints import Said, endpoint

from farshore.config.notify import Channel
from farshore.core.alerts import AlertChanged, AlertsBefore, AlertState, LastTold, NotificationFailed, NotificationSent
from farshore.core.clock import SystemClock
from farshore.core.events import Event
from farshore.notify.channel import Patience
from farshore.notify.notifier import Notifier

pytestmark = pytest.mark.anyio


def webhook(url: str, name: str = "hook", **more: object) -> Channel:
    return Channel.model_validate({"name": name, "webhook": {"url": {"plain": url}}, **more})


class Gateway:
    """What announces, and is told."""

    def __init__(self, *channels: Channel, patience: Patience | None = None) -> None:
        self.events: list[NotificationSent | NotificationFailed] = []
        self.threads: set[int] = set()
        self._heard = asyncio.Event()
        self.notifier = Notifier(channels, self.told, SystemClock(), {}, patience)

    def told(self, event: Event) -> None:
        assert isinstance(event, NotificationSent | NotificationFailed)
        self.notifier.announce(event)
        self.threads.add(threading.get_ident())
        self.events.append(event)
        self._heard.set()

    async def until(self, count: int) -> None:
        async with asyncio.timeout(30):
            while len(self.events) < count:
                self._heard.clear()
                await self._heard.wait()

    async def run(self, meanwhile: Callable[[], Awaitable[object]]) -> None:
        task = asyncio.create_task(self.notifier.run())
        try:
            await meanwhile()
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def test_an_alert_is_delivered_and_told_on_the_loop_that_announced_it() -> None:
    with endpoint() as server:
        gateway = Gateway(webhook(server.url))
        gateway.notifier.announce(AlertChanged(alert=an_alert("early")))

        async def meanwhile() -> None:
            await gateway.until(1)
            gateway.notifier.announce(AlertChanged(alert=an_alert("later")))
            await gateway.until(2)

        await gateway.run(meanwhile)
        assert [json.loads(server.next().body)["key"] for _ in range(2)] == ["early", "later"]
    assert [event.key for event in gateway.events] == ["early", "later"]
    assert gateway.threads == {threading.get_ident()}
    assert stamina.instrumentation.get_on_retry_hooks() == ()


async def test_one_channel_that_hangs_holds_up_neither_the_gateway_nor_the_other() -> None:
    with endpoint(waits=True) as slow, endpoint() as well:
        gateway = Gateway(webhook(slow.url, "slow"), webhook(well.url, "well"))

        async def meanwhile() -> None:
            gateway.notifier.announce(AlertChanged(alert=an_alert()))
            await gateway.until(1)
            await asyncio.to_thread(slow.next)
            slow.go.set()

        await gateway.run(meanwhile)
    assert [event.channel for event in gateway.events] == ["well", "slow"]


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(64):
        writer.write(data)
    writer.close()


@pytest.mark.parametrize("ill", ["slow", "down", "500", "redirect"])
async def test_clients_never_notice_an_endpoint_that_is_ill_and_nothing_is_lost_silently(ill: str) -> None:
    with ExitStack() as stack:
        private = stack.enter_context(endpoint())
        says = {
            "500": Said(500, b"no /k3y12"),
            "redirect": Said(307, headers={"location": f"{private.url}/k3y12"}),
        }.get(ill, Said())
        server = stack.enter_context(endpoint(lambda _: says, waits=ill == "slow"))
        if ill == "down":
            with socket.create_server(("127.0.0.1", 0)) as unused:
                url = f"http://127.0.0.1:{unused.getsockname()[1]}/k3y12"
        else:
            url = f"{server.url}/k3y12"
        gateway = Gateway(webhook(url), patience=Patience(first_s=3600.0, longest_s=3600.0))
        target = await asyncio.start_server(echo, "127.0.0.1", 0)

        async def meanwhile() -> None:
            reader, writer = await asyncio.open_connection(*target.sockets[0].getsockname())
            for number in range(200):
                if number < 20:
                    gateway.notifier.announce(AlertChanged(alert=an_alert(str(number))))
                writer.write(b"%3d" % number)
                assert await reader.readexactly(3) == b"%3d" % number
            writer.close()
            await writer.wait_closed()
            server.go.set()

        await gateway.run(meanwhile)
        target.close()
        await target.wait_closed()
        await gateway.until(20)
        assert private.taken.empty()
    ends = {event.key for event in gateway.events if isinstance(event, NotificationSent) or not event.will_retry}
    assert ends == {str(number) for number in range(20)}
    assert "k3y12" not in repr(gateway.events)


async def test_what_is_down_is_a_problem_until_it_is_told() -> None:
    answers = iter([Said(500), Said(200)])
    with endpoint(lambda _: next(answers)) as server:
        gateway = Gateway(webhook(server.url), patience=Patience(first_s=0.05))
        problems: list[str | None] = []

        async def meanwhile() -> None:
            gateway.notifier.announce(AlertChanged(alert=an_alert()))
            for count in (1, 2):
                await gateway.until(count)
                problems.append(gateway.notifier.problem())

        await gateway.run(meanwhile)
    assert problems == ["hook: 500: ok", None]


async def test_at_the_end_what_waits_is_tried_once_more_and_what_is_not_sent_is_told() -> None:
    with endpoint(lambda _: Said(500)) as server:
        gateway = Gateway(webhook(server.url), patience=Patience(first_s=3600.0, longest_s=3600.0))

        async def meanwhile() -> None:
            gateway.notifier.announce(AlertChanged(alert=an_alert()))
            await gateway.until(1)

        await gateway.run(meanwhile)
        assert server.taken.qsize() == 2
        gateway.notifier.announce(AlertChanged(alert=over()))
        await gateway.until(3)
    assert [(event.state, event.reason) for event in gateway.events if isinstance(event, NotificationFailed)] == [
        (AlertState.FIRING, "500: ok"),
        (AlertState.FIRING, "500: ok; the gateway ends"),
        (AlertState.RESOLVED, "the gateway ends"),
    ]


async def test_a_stop_at_once_leaves_nothing_unsaid() -> None:
    with endpoint() as server:
        gateway = Gateway(webhook(server.url))
        gateway.notifier.announce(AlertChanged(alert=an_alert()))

        async def meanwhile() -> None:
            await asyncio.sleep(0)

        await gateway.run(meanwhile)
        await gateway.until(1)
    assert len(gateway.events) == 1


async def test_without_a_channel_no_thread_runs_until_there_is_one() -> None:
    before = threading.active_count()
    with endpoint() as server:
        gateway = Gateway()

        async def meanwhile() -> None:
            await asyncio.sleep(0)
            gateway.notifier.announce(AlertChanged(alert=an_alert("nobody")))
            gateway.threads.add(threading.active_count() - before)
            gateway.notifier.reconfigure([webhook(server.url)])
            gateway.notifier.announce(AlertChanged(alert=an_alert("somebody")))
            await gateway.until(2)

        # The endpoint has a thread of its own.
        await gateway.run(meanwhile)
    assert sorted((event.channel, event.key) for event in gateway.events) == [("hook", "nobody"), ("hook", "somebody")]
    assert 1 in gateway.threads


async def test_channels_change_while_it_runs_and_what_waits_is_taken_over_or_told() -> None:
    down = Said(500)
    says = [down]
    with endpoint(lambda _: says[-1]) as moved, endpoint(lambda _: down) as gone, endpoint() as stays:
        same = webhook(stays.url, "same")
        gateway = Gateway(
            same,
            webhook(moved.url, "moved"),
            webhook(gone.url, "gone"),
            patience=Patience(first_s=3600, longest_s=3600),
        )

        async def meanwhile() -> None:
            gateway.notifier.announce(AlertChanged(alert=an_alert()))
            await gateway.until(3)
            says.append(Said())
            gateway.notifier.reconfigure([same, webhook(f"{moved.url}/new", "moved"), webhook(stays.url, "added")])
            await gateway.until(6)
            gateway.notifier.announce(AlertChanged(alert=over()))
            await gateway.until(9)

        await gateway.run(meanwhile)
        assert gateway.notifier.problem() is None
    told = [
        (event.channel, event.state.value, isinstance(event, NotificationSent) or event.reason)
        for event in gateway.events[3:]
    ]
    assert sorted(told[:3], key=str) == [
        ("added", "firing", True),
        ("gone", "firing", "the channel is configured no more"),
        ("moved", "firing", True),
    ]
    assert sorted(told[3:], key=str) == [(name, "resolved", True) for name in ("added", "moved", "same")]


async def test_a_channel_that_is_added_hears_of_what_fires_and_of_nothing_that_is_over() -> None:
    with endpoint() as first, endpoint() as second:
        gateway = Gateway(webhook(first.url, "first"))

        async def meanwhile() -> None:
            for count, alert in enumerate((an_alert("over"), over("over"), an_alert("fires")), start=1):
                gateway.notifier.announce(AlertChanged(alert=alert))
                await gateway.until(count)
            gateway.notifier.reconfigure([webhook(first.url, "first"), webhook(second.url, "second")])
            await gateway.until(4)

        await gateway.run(meanwhile)
        assert [json.loads(second.next().body)["key"]] == ["fires"]
        assert second.taken.empty()
    assert [(event.channel, event.key) for event in gateway.events[3:]] == [("second", "fires")]


async def test_a_mistake_of_its_own_ends_the_notifying_and_nothing_else() -> None:
    mistakes: list[object] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: mistakes.append(context["exception"]))
    gateway = Gateway(Channel(name="nobody"))
    await asyncio.wait_for(gateway.notifier.run(), 30)
    (mistake,) = mistakes
    assert isinstance(mistake, ExceptionGroup)
    assert [type(each) for each in mistake.exceptions] == [ValueError]
    gateway.notifier.announce(AlertChanged(alert=an_alert()))
    assert [event.channel for event in gateway.events] == ["nobody"]


async def test_it_goes_on_where_the_process_before_it_ended() -> None:
    with endpoint() as first, endpoint() as second:
        gateway = Gateway(webhook(first.url, "first"), webhook(second.url, "second"))
        told = LastTold(alert=an_alert(), taken_by=frozenset({"first"}))
        gateway.notifier.resume(AlertsBefore(firing=(an_alert(),), lately=(told,)))
        await gateway.run(lambda: gateway.until(1))
        assert first.taken.empty()
    assert [(event.channel, event.key) for event in gateway.events] == [("second", "M01/r1")]
