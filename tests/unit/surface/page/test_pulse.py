from tests.unit.surface.page.showing import end
from tests.unit.surface.seen import StoppedClock

from farshore.core.events import DrainStarted, OutageEnded, OutageStarted, PathChecked, TargetProbed
from farshore.core.outcome import Code
from farshore.core.sampled import TailscaledSampled
from farshore.surface.page.pulse import LINES, MINUTES, STEPS, Pulse


def sampled(egress: str) -> TailscaledSampled:
    return TailscaledSampled(egress=egress, backend_state="Running", nodes=(), health=())


def test_endings_are_counted_by_minute_and_by_ten_seconds() -> None:
    clock = StoppedClock()
    pulse = Pulse(clock)
    for code in (Code.CLIENT_CLOSED, Code.NO_ANSWER):
        pulse.announce(end(code))
    clock.now_s += 60
    pulse.announce(end())
    assert [(minute.good, minute.bad) for minute in pulse.route("8082").minutes] == [(1, 1), (1, 0)]
    assert [(step.good, step.bad, len(step.waits_ms)) for step in pulse.steps()] == [(1, 1, 2), (1, 0, 1)]


def test_what_is_older_than_an_hour_is_forgotten() -> None:
    clock = StoppedClock()
    pulse = Pulse(clock)
    for _ in range(STEPS + MINUTES):
        pulse.announce(end())
        clock.now_s += 10
    assert len(pulse.route("8082").minutes) == MINUTES
    clock.now_s += 3600
    assert list(pulse.steps()) == []


def test_failures_in_a_row_end_with_a_client_that_was_served() -> None:
    clock = StoppedClock()
    pulse = Pulse(clock)
    for _ in range(3):
        pulse.announce(end(Code.NO_ANSWER))
        clock.now_s += 1
    memory = pulse.route("8082")
    assert (memory.failed_in_a_row, memory.failing_since_s) == (3, clock.now_s - 3)
    pulse.announce(end())
    assert memory.failed_in_a_row == 0


def test_the_last_look_at_a_path_and_at_its_target_is_kept() -> None:
    pulse = Pulse(StoppedClock())
    for result in ("answered", "failed"):
        pulse.announce(PathChecked(route="8082", path="r1", result=result, reason=f"it {result}", took_ms=1))
    pulse.announce(TargetProbed(route="8082", path="r1", result="connected", detail="1 ms"))
    path = pulse.route("8082").path("r1")
    assert path.checked is not None
    assert path.probed is not None
    assert (path.checked.is_well, path.checked.says) == (False, "it failed")
    assert (path.probed.is_well, path.probed.says) == (True, "connected: 1 ms")


def test_an_outage_is_a_span() -> None:
    clock = StoppedClock()
    pulse = Pulse(clock)
    pulse.announce(OutageStarted(route="8082", code=Code.NO_ANSWER, detail=""))
    assert list(pulse.route("8082").outages) == [(clock.now_s, None)]
    clock.now_s += 5
    pulse.announce(OutageEnded(route="8082", duration_s=5, served=1, refused=0))
    assert list(pulse.route("8082").outages) == [(clock.now_s - 5, clock.now_s)]


def test_a_crowd_that_fails_does_not_push_out_why() -> None:
    pulse = Pulse(StoppedClock())
    pulse.announce(DrainStarted(connections=3))
    for _ in range(LINES + 5):
        pulse.announce(end(Code.NO_ANSWER))
    told = pulse.lines(LINES * 2)
    assert len(told) == LINES + 1
    assert told[-1].text == "stopping, 3 connections open"
    assert [line.number for line in told[:2]] == [LINES + 6, LINES + 5]


def test_one_sample_serves_all_egresses_of_the_daemon() -> None:
    pulse = Pulse(StoppedClock())
    pulse.announce(sampled("a"))
    shared = pulse.sample("b")
    pulse.announce(sampled("c"))
    assert shared is not None
    assert (shared.event.egress, pulse.sample("b")) == ("a", None)
