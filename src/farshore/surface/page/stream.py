"""What who watches is sent: the parts of the page that changed, at most once a second, as server-sent events.

Browsers are sent HTML, programs the values. All watchers of a kind share one snapshot, made only while one watches.
Nothing is queued: who was slow gets what is newest when he reads again, and who reads nothing is cut with his
connection. A stream ends by itself before its connection's age does; browsers come back at once (html.spec.whatwg.org,
server-sent events).
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping

import msgspec

from farshore.core.clock import Clock
from farshore.surface.page.model import About, Page
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
    parts: dict[str, object] = {}
    order: tuple[str, ...] = ()


class HtmlNews(News, frozen=True, kw_only=True, omit_defaults=True):
    """The same for browsers."""

    parts: dict[str, object] = msgspec.field(default_factory=dict, name="html")


def values_of(page: Page) -> Mapping[str, object]:
    """The parts of the page as values, under the names that their HTML has; `about` besides."""
    return {
        "about": About(version=page.version, started_s=page.started_s, keeps_incidents=page.keeps_incidents),
        "headline": page.headline,
        "numbers": page.numbers,
        "incidents": page.incidents,
        "events": page.lines,
        **{card.key: card for card in page.routes},
    }


class Broadcast:
    """One gateway's, to browsers, or with `parts` to programs. `close` ends all streams."""

    def __init__(
        self, page: Callable[[], Page], clock: Clock, parts: Callable[[Page], Mapping[str, object]] | None = None
    ) -> None:
        self._page = page
        self._clock = clock
        self._parts_of = parts or Fragments().of
        self._kind = HtmlNews if parts is None else News
        self._over = asyncio.Event()
        self._looking = asyncio.Lock()
        self._next_s = float("-inf")
        self._version = 0
        self._parts: dict[str, tuple[int, object]] = {}
        self._order: tuple[int, tuple[str, ...]] = (0, ())
        self._at_s, self._word = 0.0, ""
        self._written: dict[int, bytes] = {}
        self.watchers = 0
        """How many watch."""

    @property
    def is_full(self) -> bool:
        """Whether one more is too many."""
        return self.watchers >= MOST_WATCHERS

    def close(self) -> None:
        """End all streams in order. Idempotent."""
        self._over.set()

    async def watch(self) -> AsyncGenerator[bytes, None]:
        """What one of them is sent."""
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
            parts = await asyncio.to_thread(self._parts_of, page)
            self._take(page, parts)
            took_s = self._clock.monotonic_s() - begun_s
            self._next_s = begun_s + max(EVERY_S * 0.9, took_s / MOST_SHARE)

    def _take(self, page: Page, parts: Mapping[str, object]) -> None:
        self._version += 1
        self._parts = {
            name: known if (known := self._parts.get(name)) is not None and known[1] == part else (self._version, part)
            for name, part in parts.items()
        }
        order = tuple(card.key for card in page.routes)
        if order != self._order[1]:
            self._order = self._version, order
        self._at_s, self._word = page.at_s, page.headline.word
        self._written.clear()

    def _news(self, seen: int) -> bytes:
        """What is newer than what was seen; written once for all who have seen the same."""
        if seen not in self._written:
            news = self._kind(
                at=self._at_s,
                word=self._word,
                parts={name: part for name, (version, part) in self._parts.items() if version > seen},
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
