"""Keeps the facts that somebody asks about: a moment, a beginning, a target. What does not say is kept."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from farshore.core.address import HostPort
from farshore.diagnosis.facts.base import Fact, dated

NEAR = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrow:
    """What to keep; None keeps all. `at` keeps `NEAR` around it."""

    at: datetime | None = None
    since: datetime | None = None
    target: HostPort | None = None

    def keep(self, facts: Iterable[Fact]) -> list[Fact]:
        """The facts that are not known to be of another time or about another target."""
        return [fact for fact in facts if self._in_time(fact) and self._on_target(fact)]

    def _in_time(self, fact: Fact) -> bool:
        at = dated(fact)
        if at is None:
            return True
        if self.at is not None and abs(at - self.at) > NEAR:
            return False
        return self.since is None or at >= self.since

    def _on_target(self, fact: Fact) -> bool:
        about = getattr(fact, "target", None)
        return self.target is None or about is None or about == self.target
