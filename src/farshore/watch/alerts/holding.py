"""Pending, firing, over: when a rule that holds begins to count, and when it ends. Pure."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from farshore.config.alerts import Rule
from farshore.watch.alerts.rules import Times
from farshore.watch.alerts.seen import Condition

Key = tuple[Rule, str]


@dataclass(slots=True, kw_only=True)
class Held:
    """One rule of one subject: what it said last, when it began to hold, and when it last did.

    `is_remembered`: nobody but a gateway before this one has seen it.
    """

    condition: Condition
    begun_s: float
    last_s: float
    is_firing: bool = False
    is_remembered: bool = False


class Holding:
    """All of them."""

    def __init__(self) -> None:
        self._held: dict[Key, Held] = {}

    def remember(self, held: Held) -> None:
        """Take over what a gateway before this one has seen."""
        self._held[held.condition.rule, held.condition.subject] = held

    def look(self, conditions: Iterable[Condition], times: Callable[[Rule], Times], now_s: float) -> dict[Key, Held]:
        """Those that are pending or firing, with what holds now taken in. One that is pending ends at once."""
        for condition in conditions:
            key = condition.rule, condition.subject
            held = self._held.setdefault(key, Held(condition=condition, begun_s=now_s, last_s=now_s))
            held.condition, held.last_s, held.is_remembered = condition, now_s, False
            held.is_firing = held.is_firing or now_s - held.begun_s >= times(condition.rule).for_s
        for key, held in tuple(self._held.items()):
            if not held.is_remembered:
                held.begun_s, held.last_s = min(held.begun_s, now_s), min(held.last_s, now_s)
            keep_s = times(key[0]).keep_s if held.is_firing else 0.0
            if now_s > held.last_s and now_s - held.last_s >= keep_s:
                del self._held[key]
        return self._held
