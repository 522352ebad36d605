"""Who owns an address, as tailscaled itself says: asked around a dial wherever the dial alone cannot prove it.

Many dials may ask at once; they share one question, and never an answer to a question sent before they asked.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from farshore.core.address import IPAddress
from farshore.core.clock import Clock
from farshore.tailnet.localapi import LocalApi, LocalApiError, LocalApiFailure
from farshore.tailnet.routes import owner_of
from farshore.tailnet.status import Status

ANSWER_S = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What tailscaled said at one moment. `accepts_routes` is its `--accept-routes`."""

    status: Status
    accepts_routes: bool
    asked_s: float


Answer = View | LocalApiError


def tell_of_leak(view: View, address: IPAddress) -> str | None:
    """Why a dial to the address would not go through the tailnet; None if a peer owns it.

    `AllowedIPs` in the status are not filtered by accept-routes (tailscale ipn/ipnlocal at v1.102.3), hence both. The
    selected exit node is used without it.
    """
    status = view.status
    if status.backend_state != "Running":
        return f"tailscaled is {status.backend_state or 'in no state'}, not Running"
    if address in status.self_ips:
        return None
    owner = owner_of(status, address)
    if owner is None:
        return f"no peer's routes cover {address}"
    is_own = any(prefix.num_addresses == 1 and address in prefix for prefix in owner.allowed_ips)
    if not (is_own or owner.exit_node or view.accepts_routes):
        return f"{owner.host_name} offers the route to {address}, and tailscaled runs without --accept-routes"
    return None


class Ownership:
    """Asks tailscaled, for everybody who wants to know."""

    def __init__(self, api: LocalApi, clock: Clock) -> None:
        self.last: View | None = None
        self._api = api
        self._clock = clock
        self._waiting: list[Callable[[Answer], None]] = []
        self._task: asyncio.Task[None] | None = None

    @property
    def api(self) -> LocalApi:
        """Where it asks, for other questions."""
        return self._api

    def ask(self, max_age_s: float, then: Callable[[Answer], None]) -> None:
        """Call `then` with a view at most `max_age_s` old, or with the reason why there is none.

        With 0 the question is sent after this call; `then` may be called before this returns if a view is young
        enough.
        """
        if self.last is not None and self._clock.monotonic_s() - self.last.asked_s < max_age_s:
            then(self.last)
            return
        self._waiting.append(then)
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._answer_all())

    async def close(self) -> None:
        """Stop asking; whoever waits is not called."""
        self._waiting.clear()
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        await self._api.aclose()

    async def _answer_all(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            batch, self._waiting = self._waiting, []
            try:
                answer = await self._ask_once()
            except Exception as error:  # noqa: BLE001 - a mistake of our own must not leave everybody waiting for ever
                loop.call_exception_handler({"message": "asking for an owner", "exception": error})
                answer = LocalApiError(LocalApiFailure.MALFORMED, f"asking for an owner: {error!r}")
            for then in batch:  # each in a turn of its own: one caller's mistake must not cost the others their answer
                loop.call_soon(then, answer)
        self._task = None

    async def _ask_once(self) -> Answer:
        asked_s = self._clock.monotonic_s()
        try:
            async with asyncio.TaskGroup() as questions:
                status = questions.create_task(self._api.status(timeout_s=ANSWER_S))
                prefs = questions.create_task(self._api.prefs(timeout_s=ANSWER_S))
        except ExceptionGroup as group:
            failure = group.exceptions[0]
            if not isinstance(failure, LocalApiError):
                raise
            self.last = None
            return failure
        accepts_routes = bool(prefs.result().get("RouteAll"))
        self.last = View(status=status.result(), accepts_routes=accepts_routes, asked_s=asked_s)
        return self.last
