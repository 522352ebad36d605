"""What watching browsers are sent: the parts of the page that changed, at most once a second, as server-sent events.

All watchers share one snapshot, made only while somebody watches. Nothing is queued: a browser that was slow gets what
is newest when it reads again, and one that reads nothing is cut with its connection. A stream ends by itself before its
connection's age does; browsers come back at once (html.spec.whatwg.org, server-sent events).
"""

import asyncio
from collections.abc import AsyncGenerator, Callable

import msgspec

from farshore.core.clock import Clock
from farshore.surface.page.model import Page
from farshore.surface.page.render import Fragments

EVERY_S = 1.0
LONGEST_S = 100.0
MOST_WATCHERS = 32
# Of one processor, for all who watch.
MOST_SHARE = 0.03
AGAIN_MS = 500


class News(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One event: when it was, and the parts that changed; `order` names the routes' places, where that did."""

    at: float
    word: str
    html: dict[str, str] = {}
    order: tuple[str, ...] = ()


class Broadcast:
    """One gateway's. `close` ends all streams."""

    def __init__(self, page: Callable[[], Page], clock: Clock) -> None:
        self._page = page
        self._clock = clock
        self._fragments = Fragments()
        self._over = asyncio.Event()
        self._looking = asyncio.Lock()
        self._next_s = float("-inf")
        self._version = 0
        self._parts: dict[str, tuple[int, str]] = {}
        self._order: tuple[int, tuple[str, ...]] = (0, ())
        self._at_s, self._word = 0.0, ""
        self._written: dict[int, bytes] = {}
        self.watchers = 0
        """How many browsers watch."""

    @property
    def is_full(self) -> bool:
        """Whether one more is too many."""
        return self.watchers >= MOST_WATCHERS

    def close(self) -> None:
        """End all streams in order. Idempotent."""
        self._over.set()

    async def watch(self) -> AsyncGenerator[bytes, None]:
        """What one browser is sent."""
        self.watchers += 1
        try:
            yield f"retry: {AGAIN_MS}\n\n".encode()
            seen, until_s = 0, self._clock.monotonic_s() + LONGEST_S
            while not self._over.is_set() and self._clock.monotonic_s() < until_s:
                await self.refresh()
                news, seen = self._news(seen), self._version
                yield news
                await self._next()
        finally:
            self.watchers -= 1

    async def refresh(self) -> None:
        """Look again, unless somebody did within this second, or looking costs too much to do it so often."""
        async with self._looking:
            begun_s = self._clock.monotonic_s()
            if begun_s < self._next_s:
                return
            page = self._page()
            # What is written is made of values alone, and must not keep the gateway's connections waiting.
            parts = await asyncio.to_thread(self._fragments.of, page)
            self._take(page, parts)
            took_s = self._clock.monotonic_s() - begun_s
            self._next_s = begun_s + max(EVERY_S * 0.9, took_s / MOST_SHARE)

    def _take(self, page: Page, parts: dict[str, str]) -> None:
        self._version += 1
        self._parts = {
            name: known if (known := self._parts.get(name)) is not None and known[1] == html else (self._version, html)
            for name, html in parts.items()
        }
        order = tuple(card.key for card in page.routes)
        if order != self._order[1]:
            self._order = self._version, order
        self._at_s, self._word = page.at_s, page.headline.word
        self._written.clear()

    def _news(self, seen: int) -> bytes:
        """What is newer than what was seen; written once for all who have seen the same."""
        if seen not in self._written:
            news = News(
                at=self._at_s,
                word=self._word,
                html={name: html for name, (version, html) in self._parts.items() if version > seen},
                order=self._order[1] if self._order[0] > seen else (),
            )
            self._written[seen] = b"data: " + msgspec.json.encode(news) + b"\n\n"
        return self._written[seen]

    async def _next(self) -> None:
        try:
            async with asyncio.timeout(EVERY_S):
                await self._over.wait()
        except TimeoutError:
            pass
