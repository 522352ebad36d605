"""Whose connections are reset, for any order of bytes, questions, changes of health and looks."""

from dataclasses import dataclass
from typing import Any, cast

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.gateway.watched import HandSweep, Watched, watched_route

from farshore.core.events import Health
from farshore.gateway.dead_path import LOOK_S, UNANSWERED_S, DeadPaths
from farshore.gateway.route import Path, Route

GRACE_S = 3.0
CONNECTIONS = 4


@dataclass(frozen=True)
class Ask:
    who: int


@dataclass(frozen=True)
class Answer:
    who: int


@dataclass(frozen=True)
class Told:
    health: Health


class Join:
    """A new connection is established over the path."""


Happening = Ask | Answer | Told | Join | None
who = st.integers(0, CONNECTIONS - 1)
nothing = st.lists(st.none(), min_size=1, max_size=8)
one = st.one_of(
    st.builds(Ask, who), st.builds(Answer, who), st.builds(Told, st.sampled_from(Health)), st.builds(Join)
).map(lambda happening: [happening])
down = st.just([Told(Health.DOWN)])
happenings = st.lists(st.one_of(one, down, nothing), max_size=40).map(lambda parts: sum(parts, list[Happening]()))


@settings(max_examples=400, deadline=None)
@given(happenings=happenings, is_idle_reset=st.booleans())
def test_exactly_those_who_wait_on_a_path_that_is_down_and_silent_are_reset(
    *, happenings: list[Happening], is_idle_reset: bool
) -> None:
    """One look for each happening, just after it. What is on the other path, or not joined yet, is never touched."""
    route = watched_route(dead_path_grace=GRACE_S, reset_on_dead_path=is_idle_reset)
    path, other = route.paths
    on_path = [Watched(path) for _ in range(CONNECTIONS)]
    untouchable = [Watched(other, awaits_answer=True), Watched(path, awaits_answer=True, is_joined=False)]
    sweep = HandSweep()
    paths = DeadPaths(cast("Any", sweep), lambda: cast("Any", [each for each in all_of_them if not each.ended]))
    all_of_them = [*on_path, *untouchable]
    now_s, silent_since_s = 1000.0, 0.0
    for happening in happenings:
        now_s += LOOK_S
        alive = [each for each in on_path if not each.ended]
        match happening:
            case Ask(index) if alive:
                alive[index % len(alive)].ask(now_s)
            case Answer(index) if alive:
                alive[index % len(alive)].answer()
                silent_since_s = now_s
            case Join():
                on_path.append(Watched(path))
                all_of_them.append(on_path[-1])
                silent_since_s = now_s
            case Told(health) if health is not path.health:
                _tell(paths, route, path, health, now_s)
                silent_since_s = now_s
            case _:
                pass
        alive = [each for each in on_path if not each.ended]
        is_dead = path.health is Health.DOWN and now_s - silent_since_s >= GRACE_S
        doomed = [each for each in alive if is_dead and (is_idle_reset or _has_waited(each, now_s))]
        sweep.look(now_s)
        assert [each for each in alive if each.ended] == doomed
    assert not any(each.ended for each in untouchable)


def _tell(paths: DeadPaths, route: Route, path: Path, health: Health, now_s: float) -> None:
    path.health, path.health_since_s, path.health_reason = health, now_s, "a ping"
    paths.note(route, path, now_s)


def _has_waited(connection: Watched, now_s: float) -> bool:
    return connection.awaits_answer and now_s - connection.asked_s >= UNANSWERED_S
