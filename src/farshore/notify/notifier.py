"""All channels, on a thread with an event loop of its own: what waits for an endpoint is never what carries clients."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from threading import Thread

import stamina

from farshore.config import notify
from farshore.core.alerts import Alert, AlertChanged, AlertsBefore, NotificationFailed, NotificationSent
from farshore.core.clock import Clock
from farshore.core.events import Announce, Event
from farshore.notify.channel import Channel, Patience, Told, is_for
from farshore.notify.senders import Senders

FLUSH_S = 3.0
BACK_S = 1.0


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
        self._failing: dict[str, str] = {}
        self._mail: deque[Alert] = deque()
        self._channels: list[Channel] = []
        self._room: asyncio.AbstractEventLoop | None = None
        self._is_stopping = self._is_over = False
        self._stop = asyncio.Event()

    def resume(self, before: AlertsBefore) -> None:
        """Go on where the process before this one ended, as far as that is known; before `run`."""
        self._before = before

    def problem(self) -> str | None:
        """Which channels could not be told the last time, and why; None if all could."""
        return "; ".join(f"{channel}: {reason}" for channel, reason in self._failing.items()) or None

    def announce(self, event: Event) -> None:
        """Take an alert in, or what came of one; never blocks, never raises."""
        if isinstance(event, NotificationSent):
            self._failing.pop(event.channel, None)
        if isinstance(event, NotificationFailed):
            self._failing[event.channel] = event.reason
        if not isinstance(event, AlertChanged):
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
        if not self._settings:
            return
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
            self._wake(self._stop.set)
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
            for settings in self._settings:
                sender = senders.of(settings)
                channel = Channel(settings, sender, told, self._clock, self._patience)
                channel.resume(self._before)
                self._channels.append(channel)
            self._room = asyncio.get_running_loop()
            self._sort()
            async with asyncio.TaskGroup() as tasks:
                running = [tasks.create_task(channel.run()) for channel in self._channels]
                if not self._is_stopping:
                    await self._stop.wait()
                for task in running:
                    task.cancel()
            self._sort()
            await asyncio.gather(*(channel.flush(FLUSH_S) for channel in self._channels))

    def _sort(self) -> None:
        while self._mail:
            alert = self._mail.popleft()
            for channel in self._channels:
                channel.put(alert)

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
