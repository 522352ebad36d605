"""What a client says first, kept until the target has answered, and said again on another path when this one dies.

Only where the client speaks first and has said exactly one message that is known to be harmless, and only as long as
not one byte of an answer has been passed on: the client cannot tell the difference, and the target sees a conversation
that nobody went on with. Anything else is passed on at once and never said again.
"""

import socket
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from farshore.config import model
from farshore.core.events import FirstFlightReplayed, Health
from farshore.core.outcome import Code
from farshore.gateway.breaker import BreakerState
from farshore.gateway.judge import Failure
from farshore.gateway.reach import Reach
from farshore.gateway.route import Path, Route
from farshore.gateway.search import Search
from farshore.wire import postgres, tds, tns
from farshore.wire.first_message import FirstMessage

LOOK_S = 0.25
# A client that has lost its path waits so long for others to be done with their own search.
WAIT_FOR_BUDGET_S = 2.0
MAX_BYTES = 16384

_RECOGNISERS: dict[str, Callable[[bytes], FirstMessage]] = {
    model.Protocol.SQLSERVER: tds.first_message,
    model.Protocol.POSTGRES: postgres.first_message,
    model.Protocol.ORACLE: tns.first_message,
}


def is_kept(route: Route) -> bool:
    """Whether the first flights of a route can be said again: its protocol is known, and it has another path."""
    return len(route.paths) > 1 and route.protocol in _RECOGNISERS


def expects_an_answer(route: Route, said: bytes) -> bool:
    """Whether that much of a client's first flight does nothing by itself: without its client it is worth nothing."""
    recognise = _RECOGNISERS.get(route.protocol)
    return recognise is not None and recognise(said) is not FirstMessage.OTHER


class Flyer(Protocol):
    """Whose first flight it is."""

    def has_said_no_more_than(self, count: int) -> bool:
        """Whether the client is still there, has said so many bytes and not one more, and has heard none."""
        ...

    def end(self, code: Code, detail: str | None) -> None:
        """The connection is over."""
        ...

    def fly(self, said: bytes) -> None:
        """Send that over the connection there is, and whatever the client says from now on."""
        ...

    def land(self, upstream: socket.socket, early: bytes, search: Search) -> None:
        """There is another connection now, over the path that the search has found; the one before is done with."""
        ...

    def crash(self, lost: Failure | None, failure: Failure | None) -> None:
        """It will not be said again. `lost`: how the connection died, None where it has not.

        `failure`: how the search for another one failed, None where there was none.
        """
        ...


class FirstFlight:
    """The first flight of one client, `said` as far as it has come; is told what happens to what carries it."""

    __slots__ = ("_budget", "_client", "_flyer", "_has_budget", "_is_said", "_left", "_lost", "_path", "_route",
                 "_search", "_shared", "_suspects", "_target", "_waiting_since_s",
                 "_was_ill", "_why", "said")  # fmt: skip

    def __init__(self, client: socket.socket, said: bytes, reach: Reach, flyer: Flyer) -> None:
        self._client = client
        self._route, self._target = reach.route, reach.target
        self._flyer = flyer
        self._shared = reach.shared
        self._budget = reach.budget
        self._has_budget = False
        self._left = list(reach.route.paths)
        self._suspects: list[tuple[Path, str]] = []
        self._search: Search | None = None
        self.said = said
        self._is_said = False
        self._lost: Failure | None = None
        self._why = ""
        self._waiting_since_s = 0.0
        self._path: Path
        self._was_ill: bool

    def begin(self, path: Path) -> None:
        """A connection over `path` is there to carry it."""
        self._path = path
        self._was_ill = _is_ill(path)
        self._lost = None
        if path in self._left:
            self._left.remove(path)
        self._consider()

    def answered(self) -> None:
        """The target has spoken: nothing is said again any more. A path that died before it did has failed."""
        now_s = self._shared.clock.monotonic_s()
        for path, why in self._suspects:
            path.breaker.lose(now_s, why)
        self.end()
        self._say()

    def end(self) -> None:
        """Forget it. Idempotent."""
        search, self._search = self._search, None
        if search is not None:
            search.abort()
        self._give_back()
        self._left.clear()

    def lost(self, failure: Failure) -> bool:
        """The connection that carries it has died; False where nothing can be done about it."""
        if not self._left or not self._flyer.has_said_no_more_than(len(self.said) if self._is_said else 0):
            return False
        self._lost, self._why = failure, failure.detail
        self._suspects.append((self._path, failure.detail))
        self._waiting_since_s = self._shared.clock.monotonic_s()
        if self._search is None:
            self._search_another()
        return True

    def check_deadline(self, now_s: float) -> None:
        """See whether the path still lives, and how far the search for another one is."""
        if self._search is not None:
            self._search.check_deadline(now_s)
        elif self._lost is not None:
            if now_s - self._waiting_since_s < WAIT_FOR_BUDGET_S:
                self._search_another()
            else:
                self._flyer.crash(self._lost, None)
        elif self._is_said and self._left and not self._was_ill and _is_ill(self._path):
            self._why = self._path.health_reason if self._path.health is Health.DOWN else "its breaker has opened"
            self._search_another()

    def attempt_succeeded(self, upstream: socket.socket, early: bytes) -> None:
        """Another path leads to the target: the flight begins anew, unless the client has gone on meanwhile."""
        search = self._finish_search()
        if not self._flyer.has_said_no_more_than(len(self.said) if self._is_said else 0):
            self._shared.poller.remove_reader(upstream.fileno())
            upstream.close()
            self._flyer.crash(self._lost, None)
            return
        self._shared.announce(
            FirstFlightReplayed(route=self._route.name, path=self._path.name, onto=search.path.name, reason=self._why)
        )
        self._is_said = False
        self._flyer.land(upstream, early, search)

    def attempt_failed(self, failure: Failure) -> None:
        """No other path leads to the target."""
        self._finish_search()
        self._flyer.crash(self._lost, failure)

    def _search_another(self) -> None:
        if not self._has_budget and not self._budget.take():
            return
        self._has_budget = True
        self._search = Search(replace(self._route, paths=tuple(self._left)), self._target, self, self._shared)
        self._search.start()

    def _finish_search(self) -> Search:
        search, self._search = self._search, None
        assert search is not None  # noqa: S101 - it has just told its end
        self._give_back()
        self._left = [path for path in self._left if path not in search.dialled]
        return search

    def _give_back(self) -> None:
        if self._has_budget:
            self._has_budget = False
            self._budget.give_back()

    def _consider(self) -> None:
        recognise = _RECOGNISERS[self._route.protocol]
        match recognise(self.said):
            case FirstMessage.INCOMPLETE if len(self.said) < MAX_BYTES:
                self._shared.poller.add_reader(self._client.fileno(), self._on_readable)
            case FirstMessage.HARMLESS:
                self._say()
            case FirstMessage.INCOMPLETE | FirstMessage.OTHER:
                self._say()
                self._flyer.crash(None, None)

    def _say(self) -> None:
        if not self._is_said:
            self._is_said = True
            self._flyer.fly(self.said)

    def _on_readable(self) -> None:
        """Take in more. An end in order is read once more by who goes on; a reset can be read only once."""
        try:
            more = self._client.recv(MAX_BYTES - len(self.said))
        except BlockingIOError:
            return
        except OSError as error:
            self._flyer.end(Code.CLIENT_RESET, error.strerror)
            return
        if not more:
            self.end()
            self._say()
            return
        self.said += more
        self._consider()


def _is_ill(path: Path) -> bool:
    return path.health is Health.DOWN or path.breaker.state is BreakerState.OPEN
