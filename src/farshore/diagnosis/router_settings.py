"""What is known of a router's own settings, from itself or from the control plane."""

from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.peers import HealthWarned, PrefsSeen
from farshore.diagnosis.index import Scope
from farshore.diagnosis.tailnet_grounds import warned

_FORWARDING_CODES = ("ip-forwarding-off",)
_FORWARDING_WORDS = ("ip forwarding is disabled", "ip forwarding is set to off")


def shields_up(scope: Scope) -> list[Fact]:
    """That the scope's router lets nobody in: its own settings, or the control plane's list."""
    if scope.node is None:
        return []
    prefs = [each for each in scope.index.of(PrefsSeen) if each.shields_up and _by_router(scope, each)]
    return [*prefs, *(listed for listed in scope.devices if listed.blocks_incoming)]


def forwarding_off(scope: Scope) -> list[HealthWarned]:
    """That the scope's router says so itself."""
    return [each for each in _forwarding(scope) if _by_router(scope, each)]


def forwarding_off_somewhere(scope: Scope) -> list[HealthWarned]:
    """That some router says so, in a text that does not tell which."""
    return [each for each in _forwarding(scope) if not each.observer]


def _forwarding(scope: Scope) -> list[HealthWarned]:
    return warned(scope, _FORWARDING_CODES, _FORWARDING_WORDS)


def _by_router(scope: Scope, fact: Fact) -> bool:
    return scope.node is not None and bool(fact.observer) and scope.index.node_of(fact.observer) == scope.node
