"""What tailscaled says now, asked once for everybody who wants to know at the same time."""

import asyncio

from farshore.core.clock import Clock
from farshore.tailnet.localapi import LocalApi, LocalApiError, LocalApiFailure
from farshore.tailnet.status import Status

_Answer = Status | LocalApiError


class Knowledge:
    """Shares the answers of one LocalApi; belongs to one event loop; end it with `aclose`.

    At most one request is under way. Whoever comes while it is waits for the next one, together with all others.
    """

    def __init__(self, api: LocalApi, clock: Clock) -> None:
        self._api = api
        self._clock = clock
        self._last: Status | None = None
        self._asked_s = 0.0
        self._waiting: asyncio.Future[_Answer] | None = None
        self._answering: asyncio.Future[_Answer] | None = None
        self._asking: asyncio.Task[None] | None = None

    @property
    def last(self) -> Status | None:
        """The latest answer, however old; None before the first and after a request that failed."""
        return self._last

    async def fresh(self) -> Status:
        """An answer to a request that was sent after this call began.

        Raises:
            LocalApiError: there was none.
        """
        loop = asyncio.get_running_loop()
        if self._waiting is None:
            self._waiting = loop.create_future()
        if self._asking is None:
            self._asking = loop.create_task(self._ask())
        answer = await asyncio.shield(self._waiting)
        if isinstance(answer, LocalApiError):
            raise LocalApiError(answer.reason, answer.detail)
        return answer

    async def recent(self, max_age_s: float) -> Status:
        """An answer to a request that was sent at most `max_age_s` ago.

        Raises:
            LocalApiError: there was none, and asking for one failed.
        """
        if self._last is not None and self._clock.monotonic_s() - self._asked_s <= max_age_s:
            return self._last
        return await self.fresh()

    async def aclose(self) -> None:
        """Stop asking; whoever waits gets a LocalApiError."""
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.wait([self._asking])
        self._abandon()

    async def _ask(self) -> None:
        try:
            while self._waiting is not None:
                self._answering, self._waiting = self._waiting, None
                self._answering.set_result(await self._ask_once())
        finally:
            self._abandon()

    def _abandon(self) -> None:
        ended = LocalApiError(LocalApiFailure.REFUSED, "asking ended before the answer came")
        for future in (self._answering, self._waiting):
            if future is not None and not future.done():
                future.set_result(ended)
        self._answering = self._waiting = self._asking = None

    async def _ask_once(self) -> _Answer:
        asked_s = self._clock.monotonic_s()
        try:
            answer = await self._api.status()
        except LocalApiError as error:
            self._last = None
            return error
        self._last, self._asked_s = answer, asked_s
        return answer
