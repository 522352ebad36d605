"""Keeps the facts that somebody asks about: a moment, a beginning, a target. What does not say is kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from farshore.core.address import HostPort
from farshore.diagnosis.episodes import times
from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.peers import PeerSeen

NEAR = timedelta(minutes=10)
_SHOWN = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrow:
    """What to keep; None keeps all. `at` keeps `NEAR` around it."""

    at: datetime | None = None
    since: datetime | None = None
    target: HostPort | None = None

    def keep(self, facts: Sequence[Fact]) -> list[Fact]:
        """The facts that are not known to be of another time or about another target.

        What bears no time is as old as what stands beside it: else the dated half of an argument went, and what speaks
        against a cause with it.
        """
        dated = zip(facts, times(facts), strict=True)
        return [fact for fact, at in dated if self._in_time(at) and self._on_target(fact)]

    def objection(self, facts: Sequence[Fact]) -> str:
        """Why nothing can be said of what is asked about: nothing is of that time, or about that target; or empty."""
        moments = [at for at in times(facts) if at is not None]
        if moments and not any(map(self._in_time, moments)):
            return f"nothing in what was given is from then; it is from {_told(min(moments))} to {_told(max(moments))}."
        targets = dict.fromkeys(about for fact in facts if isinstance(about := _target(fact), HostPort))
        if self.target is None or not targets or self.target in targets or self._is_routed(facts):
            return ""
        named = ", ".join(str(target) for target in list(targets)[:_SHOWN])
        more = f" and {len(targets) - _SHOWN} more" if len(targets) > _SHOWN else ""
        return f"nothing in what was given is about {self.target}; it is about {named}{more}."

    def _is_routed(self, facts: Sequence[Fact]) -> bool:
        """Whether a status names who serves the target's network."""
        host = None if self.target is None else self.target.host
        if host is None or isinstance(host, str):
            return False
        peers = (fact.peer for fact in facts if isinstance(fact, PeerSeen))
        return any(host in net for peer in peers for net in (*peer.allowed_ips, *peer.primary_routes) if net.prefixlen)

    def _in_time(self, at: datetime | None) -> bool:
        if at is None:
            return True
        if self.at is not None and abs(at - self.at) > NEAR:
            return False
        return self.since is None or at >= self.since

    def _on_target(self, fact: Fact) -> bool:
        about = _target(fact)
        return self.target is None or about is None or about == self.target


def _target(fact: Fact) -> object:
    return getattr(fact, "target", None)


def _told(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
