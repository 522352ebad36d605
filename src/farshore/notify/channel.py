"""One channel: takes alerts in, delivers them one after the other, tries again, and says what came of each."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import stamina

from farshore.config import notify
from farshore.core.alerts import Alert, AlertsBefore, AlertState, NotificationFailed, NotificationSent, is_of
from farshore.core.clock import Clock
from farshore.notify.alertmanager import AGAIN_S
from farshore.notify.answer import Answer, NotTaken, Sends, Taken
from farshore.notify.outbox import CAPACITY, Letter, Outbox

Told = Callable[[NotificationSent | NotificationFailed], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How one message is tried again: after `first_s`, twice as long each time up to `longest_s`, for `in_all_s`."""

    first_s: float = 1.0
    longest_s: float = 60.0
    in_all_s: float = 3600.0
    again_s: float = AGAIN_S
    capacity: int = CAPACITY


class Channel:
    """Belongs to one event loop. `put` an alert, `run` until cancelled, then `flush`."""

    def __init__(
        self, settings: notify.Channel, sender: Sends, told: Told, clock: Clock, patience: Patience | None = None
    ) -> None:
        self.name = settings.label
        self._settings = settings
        self._sender = sender
        self._told = told
        self._clock = clock
        self._patience = Patience() if patience is None else patience
        self._outbox = Outbox(self._patience.capacity)
        self._put = asyncio.Event()

    def resume(self, before: AlertsBefore) -> None:
        """Go on where the process before this one ended: with what it had not delivered, as far as is known."""
        for alert in before.firing:
            if is_for(self._settings, alert):
                self._sender.remember(alert)
        for last in before.lately:
            if self.name not in last.taken_by:
                self.put(last.alert)

    def take_over(self, other: "Channel") -> None:
        """Go on for a channel of the same name that was configured otherwise, and delivers no more."""
        firing, waiting = other.left()
        for alert in firing:
            if is_for(self._settings, alert):
                self._sender.remember(alert)
        for letter in waiting:
            if is_for(self._settings, letter.alert):
                self._post(letter)
            else:
                self._failed(letter, "the channel is not to be told of it any more", will_retry=False)

    def left(self) -> tuple[tuple[Alert, ...], list[Letter]]:
        """What the other side has to hear again and again, and what waits."""
        return self._sender.told_again(), [letter for letter in self._outbox.rest() if not letter.is_repeat]

    def give_up(self, reason: str) -> None:
        """Say of everything that waits that it will not be delivered."""
        for letter in self._outbox.rest():
            if not letter.is_repeat:
                self._failed(letter, reason, will_retry=False)

    def put(self, alert: Alert) -> None:
        """Let it be delivered, if this channel is to be told of it."""
        if is_for(self._settings, alert):
            self._post(Letter(alert=alert))

    async def run(self) -> None:
        """Deliver what is there and what comes."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._repeat())
            while True:
                letter = self._outbox.first
                if letter is None:
                    self._put.clear()
                    await self._put.wait()
                else:
                    await self._deliver(letter)

    async def flush(self, within_s: float) -> None:
        """Try everything that waits once more, and say what could not be sent. For when `run` has ended."""
        waiting = [letter for letter in self._outbox.rest() if not letter.is_repeat]
        reason = "there was no time left"
        try:
            async with asyncio.timeout(within_s):
                for letter in waiting:
                    answer = await self._try(letter)
                    if isinstance(answer, NotTaken):
                        reason = answer.reason
        except TimeoutError:
            pass
        self.give_up(f"{reason}; the gateway ends")

    def _post(self, letter: Letter) -> None:
        gone = self._outbox.put(letter)
        if gone is not None:
            self._failed(gone, f"more than {self._patience.capacity} wait to be delivered", will_retry=False)
        self._put.set()

    async def _repeat(self) -> None:
        while True:
            await asyncio.sleep(self._patience.again_s)
            for alert in self._sender.told_again():
                self._post(Letter(alert=alert, is_repeat=True))

    async def _deliver(self, letter: Letter) -> None:
        """Until it is taken, a newer one has taken its place, or there is no sense in it."""
        patience = self._patience
        try:
            async for attempt in stamina.retry_context(
                on=_pause,
                attempts=None,
                timeout=patience.in_all_s,
                wait_initial=patience.first_s,
                wait_max=patience.longest_s,
                wait_jitter=patience.first_s,
            ):
                with attempt:
                    if self._outbox.first is not letter:
                        return
                    await self._attempt(letter)
        except _NotTakenError as error:
            self._outbox.remove(letter)
            answer = error.answer
            reason = f"given up: {answer.reason}" if answer.is_passing else answer.reason
            self._failed(letter, reason, will_retry=False)

    async def _attempt(self, letter: Letter) -> None:
        answer = await self._try(letter)
        if isinstance(answer, Taken):
            return
        if answer.is_passing:
            self._failed(letter, answer.reason, will_retry=True)
        raise _NotTakenError(answer)

    async def _try(self, letter: Letter) -> Answer:
        started_s = self._clock.monotonic_s()
        letter.tries += 1
        answer = await self._send(letter.alert)
        if isinstance(answer, Taken):
            self._outbox.remove(letter)
            took_ms = round((self._clock.monotonic_s() - started_s) * 1000, 3)
            if not letter.is_repeat:
                self._told(
                    NotificationSent(
                        channel=self.name,
                        key=letter.alert.key,
                        state=letter.alert.state,
                        took_ms=took_ms,
                        tries=letter.tries,
                    )
                )
        return answer

    async def _send(self, alert: Alert) -> Answer:
        try:
            return await self._sender.send(alert)
        except Exception as error:  # noqa: BLE001 - what one message stumbles over is not to silence the rest
            return NotTaken(reason=f"a mistake within Farshore: {type(error).__name__}", is_passing=False)

    def _failed(self, letter: Letter, reason: str, *, will_retry: bool) -> None:
        self._told(
            NotificationFailed(
                channel=self.name,
                key=letter.alert.key,
                state=letter.alert.state,
                reason=reason,
                tries=letter.tries,
                will_retry=will_retry,
            )
        )


def is_for(settings: notify.Channel, alert: Alert) -> bool:
    """Whether a channel is to be told of an alert."""
    if alert.silenced or alert.state is AlertState.PENDING or alert.severity not in settings.severities:
        return False
    if alert.state is AlertState.RESOLVED and not settings.send_resolved:
        return False
    return not settings.routes or not alert.routes or any(is_of(route, settings.routes) for route in alert.routes)


class _NotTakenError(Exception):
    """What `stamina` is told of a try that failed; it is caught where it is raised."""

    def __init__(self, answer: NotTaken) -> None:
        super().__init__(answer.reason)
        self.answer = answer


def _pause(error: Exception) -> bool | float:
    """Whether to try again, or how many seconds to wait first."""
    if not isinstance(error, _NotTakenError) or not error.answer.is_passing:
        return False
    return True if error.answer.after_s is None else error.answer.after_s
