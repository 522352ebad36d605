"""Which path a connection prefers. Decides; no I/O, no clock.

A path that stands in the order takes its turn as the route's `balance` says. One that does not (its breaker is open, or
its router is known to be dead) stands behind all others: the plan dials it as a last resort.
"""

from collections.abc import Sequence
from typing import assert_never

from farshore.config.model import Balance
from farshore.core.events import Health
from farshore.gateway.breaker import BreakerState
from farshore.gateway.plan import Candidate
from farshore.gateway.route import Path


def preferred(paths: Sequence[Path], balance: Balance, turn: int, now_s: float) -> list[Candidate]:
    """The paths in the order in which this connection would have them; `turn` counts the route's connections."""
    candidates = [_candidate(index, path, now_s) for index, path in enumerate(paths)]
    admitted = [candidate for candidate in candidates if candidate.is_admitted]
    behind = [candidate for candidate in candidates if not candidate.is_admitted]
    return [*_balanced(admitted or behind, paths, balance, turn), *(behind if admitted else ())]


def _balanced(candidates: list[Candidate], paths: Sequence[Path], balance: Balance, turn: int) -> list[Candidate]:
    shift = turn % len(candidates)
    rotated = candidates[shift:] + candidates[:shift]
    match balance:
        case Balance.ORDER:
            return candidates
        case Balance.ROUND_ROBIN:
            return rotated
        case Balance.LEAST_CONNECTIONS:
            return sorted(rotated, key=lambda candidate: paths[candidate.index].connections)
        case unreachable:
            assert_never(unreachable)


def _candidate(index: int, path: Path, now_s: float) -> Candidate:
    is_admitted = path.breaker.admits(now_s) and path.health is not Health.DOWN
    return Candidate(index=index, is_admitted=is_admitted, patience_s=_patience_s(path))


def _patience_s(path: Path) -> float:
    """How long it is waited for before the next one is dialled beside it.

    Not at all where it is suspect, until it has answered a client since; but who tries a path again for all others
    gives it time, suspect or not, so that it can be overtaken. One that lost a race would be tried by the next client
    as well, and by the one after.
    """
    if path.breaker.state is not BreakerState.CLOSED:
        return path.dial_times.probe_patience_s
    return 0.0 if path.is_in_doubt else path.dial_times.patience_s
