from random import Random

import pytest
from tests.unit.gateway.clocks import HeldClock

from farshore.tailnet.supervisor.state import NEXT, Machine, Phase, Policy, Sight, Standing, Step

POLICY = Policy(lives=4, routes_s=30.0, first_answer_s=30.0, unanswered=3, steady_s=60.0, first_pause_s=1.0)
RUNNING = Sight(backend_state="Running")
LOST = Sight(backend_state="Running", missing=("db (172.16.20.88:1433)",))
NEEDS_LOGIN = Sight(backend_state="NeedsLogin")


class Story:
    def __init__(self, policy: Policy = POLICY) -> None:
        self.clock = HeldClock()
        self.machine = Machine(policy, self.clock, Random(1))  # noqa: S311 - no secrets here

    def is_in(self, phase: Phase) -> bool:
        return self.machine.standing.phase is phase

    def running(self) -> "Story":
        self.machine.started()
        self.machine.seen(RUNNING)
        assert self.is_in(Phase.RUNNING)
        return self


def test_every_phase_says_what_may_follow() -> None:
    assert NEXT.keys() == set(Phase)
    assert NEXT[Phase.STOPPED] == frozenset()


def test_a_node_without_an_identity_is_logged_in_once() -> None:
    story = Story()
    story.machine.started()
    assert story.is_in(Phase.STARTING)
    assert story.machine.seen(NEEDS_LOGIN) is Step.LOG_IN
    story.machine.login_asked(with_key="TS_AUTH_KEY")
    assert story.machine.standing == Standing(phase=Phase.LOGGING_IN, reason="logging in with the key in TS_AUTH_KEY")
    assert story.machine.seen(NEEDS_LOGIN) is Step.NOTHING
    story.machine.seen(Sight(backend_state="Starting"))
    assert story.is_in(Phase.CONNECTING)
    story.machine.seen(RUNNING)
    assert story.is_in(Phase.RUNNING)


def test_an_identity_that_has_expired_is_logged_in_again() -> None:
    story = Story()
    story.machine.started()
    story.machine.seen(NEEDS_LOGIN)
    story.machine.login_asked(with_key="TS_AUTH_KEY")
    story.machine.seen(RUNNING)
    assert story.machine.seen(NEEDS_LOGIN) is Step.LOG_IN


def test_a_refused_key_ends_it_all_but_not_for_what_an_earlier_attempt_left() -> None:
    story = Story()
    story.machine.started()
    story.machine.seen(NEEDS_LOGIN)
    story.machine.login_asked(with_key="TS_AUTH_KEY")
    refused = Sight(backend_state="NeedsLogin", refusal="the key is bad")
    assert story.machine.seen(refused) is Step.NOTHING
    story.clock.advance(POLICY.refusal_s)
    assert story.machine.seen(refused) is Step.GIVE_UP
    assert story.machine.standing == Standing(phase=Phase.GIVEN_UP, reason="the key is bad")


def test_without_a_key_a_person_is_asked() -> None:
    story = Story()
    story.machine.started()
    story.machine.seen(NEEDS_LOGIN)
    story.machine.login_asked(with_key=None)
    story.machine.seen(Sight(backend_state="NeedsLogin", login_url="https://login.example/a/1"))
    assert story.is_in(Phase.NEEDS_LOGIN)
    assert "https://login.example/a/1" in story.machine.standing.reason
    story.machine.seen(Sight(backend_state="NeedsMachineAuth"))
    assert "has to approve" in story.machine.standing.reason


def test_it_waits_for_routes_and_says_for_which_but_not_for_ever() -> None:
    story = Story()
    story.machine.started()
    story.machine.seen(LOST)
    assert story.is_in(Phase.WAITING_FOR_ROUTES)
    assert "waits for a route to db (172.16.20.88:1433)" in story.machine.standing.reason
    story.clock.advance(POLICY.routes_s - 1)
    story.machine.seen(LOST)
    assert story.is_in(Phase.WAITING_FOR_ROUTES)
    story.clock.advance(1)
    story.machine.seen(LOST)
    assert story.is_in(Phase.RUNNING)
    assert "without a route to db" in story.machine.standing.reason


def test_a_route_that_is_lost_later_makes_nobody_wait() -> None:
    story = Story().running()
    story.machine.seen(LOST)
    assert story.is_in(Phase.RUNNING)


def test_many_missing_routes_are_named_in_part() -> None:
    story = Story()
    story.machine.started()
    story.machine.seen(Sight(backend_state="Running", missing=tuple("abcdefg")))
    assert story.machine.standing.reason.endswith("a, b, c, d, e and 2 more")


def test_silence_is_told_from_a_moments_delay() -> None:
    story = Story().running()
    steps = [story.machine.unanswered("no answer within 2 s") for _ in range(2)]
    story.machine.seen(RUNNING)
    steps += [story.machine.unanswered("no answer within 2 s") for _ in range(3)]
    assert steps == [Step.NOTHING] * 4 + [Step.KILL]
    story.machine.ended("tailscaled was ended by SIGKILL")
    assert story.machine.standing.reason == "tailscaled does not answer (no answer within 2 s)"


def test_the_first_answer_may_take_its_time() -> None:
    story = Story()
    story.machine.started()
    assert [story.machine.unanswered("missing") for _ in range(9)] == [Step.NOTHING] * 9
    story.clock.advance(POLICY.first_answer_s)
    assert story.machine.unanswered("missing") is Step.KILL


def test_pauses_double_with_jitter_and_lives_are_counted() -> None:
    story = Story()
    pauses = []
    for _ in range(POLICY.lives):
        story.machine.started()
        pauses.append(story.machine.ended("tailscaled ended with exit code 1"))
    first, second, third, last = pauses
    assert (0.5 <= (first or 0) <= 1, 1 <= (second or 0) <= 2, 2 <= (third or 0) <= 4) == (True, True, True)
    assert last is None
    assert story.is_in(Phase.GIVEN_UP)
    assert story.machine.standing.reason == "tailscaled ended with exit code 1; 4 starts in a row came to nothing"


def test_no_pause_is_longer_than_the_longest() -> None:
    story = Story(Policy(lives=100, first_pause_s=1.0, longest_pause_s=5.0))
    for _ in range(50):
        story.machine.started()
        assert (story.machine.ended("gone") or 0) <= 5


def test_a_life_that_lasted_forgives_those_before() -> None:
    story = Story()
    for _ in range(POLICY.lives - 1):
        story.machine.started()
        story.machine.ended("gone")
    story.running()
    story.clock.advance(POLICY.steady_s)
    assert story.machine.ended("gone") is not None
    story.running()
    story.clock.advance(POLICY.steady_s - 1)
    assert story.machine.ended("gone") is not None


def test_a_restart_on_purpose_is_nobodys_failure() -> None:
    story = Story()
    for _ in range(3 * POLICY.lives):
        story.running()
        story.machine.restarted("restarted: a remedy")
    assert story.is_in(Phase.BACKING_OFF)
    story.machine.started()
    assert story.machine.starts == 3 * POLICY.lives + 1


@pytest.mark.parametrize("state", ["Stopped", "Starting", "NoState"])
def test_whatever_is_not_running_is_not_ready(state: str) -> None:
    story = Story().running()
    story.machine.seen(Sight(backend_state=state))
    assert story.is_in(Phase.CONNECTING)


def test_what_the_table_does_not_allow_is_a_mistake() -> None:
    story = Story()
    story.machine.stopped()
    with pytest.raises(AssertionError, match="a child that is stopped cannot become starting"):
        story.machine.started()


def test_what_keeps_it_out_of_the_tailnet_is_told() -> None:
    story = Story()
    story.machine.started()
    story.machine.seen(Sight(backend_state="Starting", trouble="no DERP home"))
    assert story.machine.standing.reason == "tailscaled is not in the tailnet yet: no DERP home"
    story.machine.seen(NEEDS_LOGIN)
    story.machine.login_asked(with_key="TS_AUTH_KEY")
    story.machine.seen(Sight(backend_state="NeedsLogin", trouble="fetch control key: EOF"))
    assert story.machine.standing == Standing(
        phase=Phase.LOGGING_IN, reason="tailscaled is not logged in yet: fetch control key: EOF"
    )
