"""What each fault must not do to clients, as small types that compose. Pure, so that it can be tested."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bench.resilience.seen import OURS, Seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What a goal came to: `said` is the measured value in words."""

    is_met: bool
    said: str


class Goal(Protocol):
    """A promise that one fault puts to the test."""

    @property
    def text(self) -> str:
        """The promise in words."""

    def judge(self, seen: Seen) -> Judged:
        """Whether it was kept."""


@dataclass(frozen=True, slots=True)
class NoneFailed:
    """Nobody who came after the fault failed while a path worked; the independent dialler says whether one did."""

    text: str = "0 failed while a path worked"

    def judge(self, seen: Seen) -> Judged:
        """Count them."""
        failed = seen.wrongly_failed()
        why = f", first: {failed[0].error}" if failed else ""
        return Judged(is_met=not failed and bool(seen.since(OURS)), said=f"{len(failed)} failed{why}")


@dataclass(frozen=True, slots=True)
class Added:
    """The worst latency beyond the usual, for those who came in the first second and for those who came later."""

    first_s: float = 1.0
    after_s: float = 0.05

    @property
    def text(self) -> str:
        """The promise in words."""
        return f"≤ {self.first_s:g} s added in the first second, ≤ {self.after_s * 1000:g} ms after"

    def judge(self, seen: Seen) -> Judged:
        """Compare both; a time in which nobody was answered is not met."""
        turn_s = seen.fault_s + 1
        first, after = seen.added_s(OURS, seen.fault_s, turn_s), seen.added_s(OURS, turn_s, seen.healed_s)
        is_met = first is not None and after is not None and first <= self.first_s and after <= self.after_s
        return Judged(is_met=is_met, said=f"{_ms(first)} added in the first second, {_ms(after)} after")


@dataclass(frozen=True, slots=True)
class Unnoticed:
    """The fault changes nothing: nobody waits longer than usual."""

    at_most_s: float = 0.05

    @property
    def text(self) -> str:
        """The promise in words."""
        return f"≤ {self.at_most_s * 1000:g} ms added"

    def judge(self, seen: Seen) -> Judged:
        """Take the worst."""
        added = seen.added_s(OURS, seen.fault_s, seen.healed_s)
        return Judged(is_met=added is not None and added <= self.at_most_s, said=f"{_ms(added)} added")


@dataclass(frozen=True, slots=True)
class LetGo:
    """Clients that wait are connected soon after the independent dialler saw the first path back."""

    within_s: float = 0.5

    @property
    def text(self) -> str:
        """The promise in words."""
        return f"held clients connected ≤ {self.within_s * 1000:g} ms after a path is back"

    def judge(self, seen: Seen) -> Judged:
        """Take the last of them; nobody held is not met."""
        back_s = seen.back_s
        late = [] if back_s is None else seen.let_go_s(back_s)
        if not late:
            return Judged(is_met=False, said="nobody was held and connected")
        said = f"{len(late)} held; the first connected {_ms(late[0])}, the last {_ms(late[-1])} after a path was back"
        return Judged(is_met=late[-1] <= self.within_s, said=said)


@dataclass(frozen=True, slots=True)
class Recovers:
    """The first who comes after a path is back is answered soon."""

    within_s: float = 2.0

    @property
    def text(self) -> str:
        """The promise in words."""
        return f"first success ≤ {self.within_s:g} s after a path works"

    def judge(self, seen: Seen) -> Judged:
        """From the independent dialler's first success to our first answer, to whoever was waiting or came."""
        back_s = seen.back_s
        answers = [c.ended_s for c in seen.since(OURS) if not c.error and back_s is not None and c.ended_s >= back_s]
        if back_s is None or not answers:
            return Judged(is_met=False, said="nobody was answered again")
        late_s = min(answers) - back_s
        return Judged(is_met=late_s <= self.within_s, said=f"first success {_ms(late_s)} after a path worked")


@dataclass(frozen=True, slots=True)
class RefusedInTime:
    """Who is not served is told why, in time."""

    within_s: float
    code: str

    @property
    def text(self) -> str:
        """The promise in words."""
        within = f"{self.within_s * 1000:g} ms" if self.within_s < 1 else f"{self.within_s:g} s"
        return f"refused within {within} as `{self.code}`"

    def judge(self, seen: Seen) -> Judged:
        """Look at the failed: how long the slowest waited, and what the gateway's log calls it.

        Who was connected before the fault, with an answer or without, was cut and not refused.
        """
        failed = [client for client in seen.since(OURS) if client.error]
        codes = sorted(
            {str(line["code"]) for line in seen.endings if not _is_served(line) and not seen.was_connected(line)}
        )
        if not failed:
            return Judged(is_met=False, said="nobody was refused")
        slowest_s = max(client.took_s for client in failed)
        is_met = slowest_s <= self.within_s and codes == [self.code]
        return Judged(is_met=is_met, said=f"{len(failed)} refused within {_ms(slowest_s)} as {', '.join(codes)}")


@dataclass(frozen=True, slots=True)
class Asked:
    """The target is not burdened: so many connections arrive there for each client, and no more."""

    at_most: float = 1.1

    @property
    def text(self) -> str:
        """The promise in words."""
        return f"≤ {self.at_most:g} connections at the target per client"

    def judge(self, seen: Seen) -> Judged:
        """Divide what arrived by what was asked for."""
        ratio = seen.per_client(OURS)
        said = "not counted" if ratio is None else f"{ratio:.2f} connections per client"
        return Judged(is_met=ratio is not None and ratio <= self.at_most, said=said)


@dataclass(frozen=True, slots=True)
class HeldOut:
    """A router that comes and goes stays out of the way, although it works half of the time."""

    path: str
    at_most: float = 0.25

    @property
    def text(self) -> str:
        """The promise in words."""
        return f"{self.path} is held out: it carries ≤ {self.at_most:.0%}"

    def judge(self, seen: Seen) -> Judged:
        """Its share of those who came after the fault, by the gateway's log."""
        carried = [str(line["path"]) for line in seen.endings_since() if _is_served(line)]
        share = carried.count(self.path) / len(carried) if carried else 1.0
        return Judged(is_met=share <= self.at_most, said=f"{self.path} carried {share:.0%}")


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that the fault itself counted stays within a bound."""

    name: str
    at_most: float
    text: str

    def judge(self, seen: Seen) -> Judged:
        """Look it up."""
        value = seen.facts.get(self.name)
        said = f"{self.name}: {'not counted' if value is None else f'{value:g}'}"
        return Judged(is_met=value is not None and value <= self.at_most, said=said)


def judge_all(goals: Sequence[Goal], seen: Seen) -> tuple[bool, str]:
    """Whether all were met; of those that were not, what was measured."""
    judged = [goal.judge(seen) for goal in goals]
    missed = [one.said for one in judged if not one.is_met]
    return not missed, "; ".join(missed)


def _is_served(line: Mapping[str, object]) -> bool:
    return bool(line.get("upstream_bytes"))


def _ms(value_s: float | None) -> str:
    if value_s is None:
        return "no answer"
    return f"{value_s:+.2f} s" if abs(value_s) >= 1 else f"{value_s * 1000:+.0f} ms"
