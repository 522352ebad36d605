"""All channels, on a thread with an event loop of its own: what waits for an endpoint is never what carries clients."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from threading import Thread

import stamina

from farshore.config import notify
from farshore.core.alerts import Alert, AlertChanged, AlertsBefore, AlertState, NotificationFailed, NotificationSent
from farshore.core.clock import Clock
from farshore.core.events import Announce, Event
from farshore.notify.channel import Channel, Patience, Told, is_for
from farshore.notify.senders import Senders

FLUSH_S = 3.0
BACK_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Running:
    settings: notify.Channel
    channel: Channel
    task: asyncio.Task[None]

    async def end(self) -> None:
        """Deliver no more."""
        self.task.cancel()
        await asyncio.wait({self.task})


class Notifier:
    """One gateway's. `run` once, beside whoever announces; `announce` whatever happens."""

    def __init__(
        self,
        channels: Sequence[notify.Channel],
        announce: Announce,
        clock: Clock,
        environment: Mapping[str, str],
        patience: Patience | None = None,
    ) -> None:
        self._settings = tuple(channels)
        self._announce = announce
        self._clock = clock
        self._environment = environment
        self._patience = patience
        self._before = AlertsBefore()
        self._firing: dict[str, Alert] = {}
        self._failing: dict[str, str] = {}
        self._mail: deque[Alert] = deque()
        self._running: dict[str, _Running] = {}
        self._room: asyncio.AbstractEventLoop | None = None
        self._is_stopping = self._is_over = False
        self._has_begun = not channels
        self._changed, self._configured = asyncio.Event(), asyncio.Event()

    def resume(self, before: AlertsBefore) -> None:
        """Go on where the process before this one ended, as far as that is known; before `run`."""
        self._before = before
        self._firing = {alert.key: alert for alert in before.firing}

    def reconfigure(self, channels: Sequence[notify.Channel]) -> None:
        """Tell these from now on. One that is as it was goes on; one of the same name takes over what waits."""
        self._settings = tuple(channels)
        labels = {settings.label for settings in channels}
        self._failing = {label: reason for label, reason in self._failing.items() if label in labels}
        self._configured.set()
        self._wake(self._changed.set)

    def problem(self) -> str | None:
        """Which channels could not be told the last time, and why; None if all could."""
        return "; ".join(f"{channel}: {reason}" for channel, reason in self._failing.items()) or None

    def announce(self, event: Event) -> None:
        """Take an alert in, or what came of one; never blocks, never raises."""
        if isinstance(event, NotificationSent):
            self._failing.pop(event.channel, None)
        if isinstance(event, NotificationFailed):
            self._note_failing(event)
        if not isinstance(event, AlertChanged):
            return
        if event.alert.state is AlertState.FIRING:
            self._firing[event.alert.key] = event.alert
        else:
            self._firing.pop(event.alert.key, None)
        if not self._settings:
            return
        if self._is_over:
            self._not_sent(event.alert)
            return
        self._mail.append(event.alert)
        self._wake(self._sort)

    async def run(self) -> None:
        """Deliver, until this is cancelled; what waits by then is tried once more, for a few seconds at most.

        A mistake in here ends the notifying and nothing else: what is announced from then on is told as not sent.
        """
        while not self._settings:
            await self._configured.wait()
            self._configured.clear()
        gateway = asyncio.get_running_loop()
        ended: asyncio.Future[None] = gateway.create_future()

        def tell(call: Callable[..., object], *arguments: object) -> None:
            with contextlib.suppress(RuntimeError):  # the gateway's loop is closed, and nobody listens any more
                gateway.call_soon_threadsafe(call, *arguments)

        def work() -> None:
            try:
                asyncio.run(self._work(lambda event: tell(self._announce, event)))
            except Exception as error:  # noqa: BLE001 - it must not end without a word
                tell(gateway.call_exception_handler, {"message": "the notifier", "exception": error})
            tell(ended.cancel)

        Thread(target=work, name="notifier", daemon=True).start()
        try:
            await asyncio.wait({ended})
        finally:
            self._is_stopping = True
            self._wake(self._changed.set)
            await asyncio.wait({ended}, timeout=FLUSH_S + BACK_S)
            self._is_over = True
            while self._mail:
                self._not_sent(self._mail.popleft())

    def _wake(self, call: Callable[[], object]) -> None:
        if self._room is not None:
            with contextlib.suppress(RuntimeError):  # it has just ended
                self._room.call_soon_threadsafe(call)

    async def _work(self, told: Told) -> None:
        # Of its own accord it logs each retry; here every try is told as an event.
        stamina.instrumentation.set_on_retry_hooks(())
        async with contextlib.AsyncExitStack() as stack:
            senders = Senders(self._clock, self._environment)
            stack.push_async_callback(senders.aclose)
            self._room = asyncio.get_running_loop()
            async with asyncio.TaskGroup() as tasks:
                while not self._is_stopping:
                    self._changed.clear()
                    await self._adopt(senders, told, tasks)
                    self._sort()
                    await self._changed.wait()
                for running in self._running.values():
                    running.task.cancel()
            self._sort()
            await asyncio.gather(*(running.channel.flush(FLUSH_S) for running in self._running.values()))

    async def _adopt(self, senders: Senders, told: Told, tasks: asyncio.TaskGroup) -> None:
        """Run the channels that are configured now; one that comes while the gateway runs is told of what fires."""
        before, adopted, added = self._running, dict[str, _Running](), list[Channel]()
        self._running = {}  # what comes meanwhile waits
        for settings in self._settings:
            known = before.pop(settings.label, None)
            if known is not None and known.settings == settings:
                adopted[settings.label] = known
                continue
            channel = Channel(settings, senders.of(settings), told, self._clock, self._patience)
            if known is not None:
                await known.end()
                channel.take_over(known.channel)
            elif self._has_begun:
                added.append(channel)
            else:
                channel.resume(self._before)
            task = tasks.create_task(channel.run())
            adopted[settings.label] = _Running(settings=settings, channel=channel, task=task)
        for gone in before.values():
            await gone.end()
            gone.channel.give_up("the channel is configured no more")
        self._running, self._has_begun = adopted, True
        # What waits in the mail reaches them as it does all others.
        firing = {alert.key: alert for alert in tuple(self._firing.values())}
        for alert in self._mail:
            firing.pop(alert.key, None)
        for channel in added:
            for alert in firing.values():
                channel.put(alert)

    def _sort(self) -> None:
        while self._mail and self._running:
            alert = self._mail.popleft()
            for running in self._running.values():
                running.channel.put(alert)

    def _note_failing(self, event: NotificationFailed) -> None:
        if any(settings.label == event.channel for settings in self._settings):
            self._failing[event.channel] = event.reason

    def _not_sent(self, alert: Alert) -> None:
        for settings in self._settings:
            if is_for(settings, alert):
                self._announce(
                    NotificationFailed(
                        channel=settings.label,
                        key=alert.key,
                        state=alert.state,
                        reason="the gateway ends",
                        tries=0,
                        will_retry=False,
                    )
                )
