"""Connections over a path whose health a test tells, and a sweep that looks when it is told to."""

from dataclasses import dataclass
from random import Random
from typing import Any

from tests.unit.gateway.clocks import HeldClock
from tests.unit.gateway.gates import DIRECT, route

from farshore.config.model import Config, Timeouts
from farshore.core.outcome import Code
from farshore.gateway.egress import build_egress
from farshore.gateway.route import Path, Route, build_routes
from farshore.gateway.sweep import Timed


@dataclass(eq=False)
class Watched:
    """A connection, of which only what a reset depends on is there."""

    path: Path
    is_joined: bool = True
    awaits_answer: bool = False
    upstream_bytes: int = 0
    asked_s: float = 0.0
    ended: bool = False

    def ask(self, now_s: float) -> None:
        if not self.awaits_answer:
            self.awaits_answer, self.asked_s = True, now_s

    def answer(self) -> None:
        self.upstream_bytes += 1
        self.awaits_answer = False

    def end(self, code: Code, detail: str) -> None:
        assert (code, self.ended, bool(detail)) == (Code.ROUTER_DEAD, False, True)
        self.ended = True


class HandSweep:
    """A sweep of one."""

    def __init__(self) -> None:
        self.timed: Timed | None = None
        self.not_before_s = 0.0

    def add(self, timed: Timed, not_before_s: float) -> None:
        self.timed, self.not_before_s = timed, not_before_s

    def discard(self, timed: Timed) -> None:
        assert timed is self.timed
        self.timed = None

    def look(self, now_s: float) -> None:
        """Look if there is anything, and if it is time."""
        if self.timed is not None and now_s >= self.not_before_s:
            self.timed.check_deadline(now_s)


def watched_route(**settings: Any) -> Route:
    """A route with the paths `r1` and `r2`."""
    paths = ({"via": "r1", "listener": "100.64.0.2:11433"}, {"via": "r2", "listener": "100.64.0.3:11433"})
    config = Config(egresses={"out": DIRECT}, routes=(route(paths=paths, **settings),))
    out = build_egress("out", DIRECT, Timeouts(), HeldClock())
    (built,) = build_routes(config, {"out": out}, Random(1), lambda _: None)  # noqa: S311 - no secret
    return built
