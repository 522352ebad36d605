from tests.unit.diagnosis.reading import read_by

from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.hosts import ClusterEvent, ContainerEnded, PodStarted
from farshore.diagnosis.facts.statements import LinesGrouped

NAME = "kubectl"
DESCRIBED = """Name:             gw-0
Namespace:        default
Node:             w1/192.0.2.31
Start Time:       Wed, 04 Mar 2026 06:00:00 +0100
Init Containers:
  setup:
    State:          Terminated
      Reason:       Completed
      Exit Code:    0
    Restart Count:  0
Containers:
  tailscale:
    State:          Waiting
      Reason:       CrashLoopBackOff
    Last State:     Terminated
      Reason:       OOMKilled
      Exit Code:    137
      Finished:     Wed, 04 Mar 2026 05:06:07 +0000
    Restart Count:  3
  fine:
    State:          Running
    Restart Count:  0
Conditions:
  Type    Status
Events:
  Type     Reason   Age                From     Message
  ----     ------   ----               ----     -------
  Warning  BackOff  5m (x12 over 20m)  kubelet  Back-off restarting failed container
"""


def facts(text: str) -> tuple[Fact, ...]:
    return read_by(NAME, text).facts


def test_events_with_a_namespace_and_a_repetition() -> None:
    (event,) = facts(
        "NAMESPACE   LAST SEEN             TYPE      REASON      OBJECT     MESSAGE\n"
        "shop        2m (x7 over 30m)      Warning   Unhealthy   pod/gw-0   Readiness probe failed: timeout\n"
    )
    assert isinstance(event, ClusterEvent)
    assert (event.kind, event.name, event.reason, event.count) == ("Pod", "gw-0", "Unhealthy", 7)
    assert event.message == "Readiness probe failed: timeout"


def test_pods_that_restarted_or_are_not_well() -> None:
    found = facts(
        "NAME   READY   STATUS             RESTARTS      AGE\n"
        "a      1/1     Running            3 (5m ago)    2d\n"
        "b      0/1     CrashLoopBackOff   12            2d\n"
        "c      1/1     Running            0             2d\n"
    )
    told = [(fact.pod, fact.reason, fact.restarts) for fact in found if isinstance(fact, ContainerEnded)]
    assert told == [("a", "", 3), ("b", "CrashLoopBackOff", 12)]


def test_a_description() -> None:
    started, ended, event = facts(DESCRIBED)
    assert isinstance(started, PodStarted)
    assert str(started.started) == "2026-03-04 05:00:00+00:00"
    assert isinstance(ended, ContainerEnded)
    assert (ended.pod, ended.container, ended.reason, ended.exit_code) == ("gw-0", "tailscale", "OOMKilled", 137)
    assert (ended.restarts, str(ended.ended), ended.observer) == (3, "2026-03-04 05:06:07+00:00", "w1")
    assert isinstance(event, ClusterEvent)
    assert (event.name, event.reason, event.count) == ("gw-0", "BackOff", 12)


def test_a_container_that_waits_for_an_image() -> None:
    before, _, after = DESCRIBED.replace("CrashLoopBackOff", "ImagePullBackOff").partition("    Last State:")
    text = before + after.partition("+0000\n")[2]
    ended = [fact for fact in facts(text) if isinstance(fact, ContainerEnded)]
    assert [each.reason for each in ended] == ["ImagePullBackOff"]


def test_lines_around_a_table_are_handed_on() -> None:
    found = facts("something else\n\nNAME   READY   STATUS    RESTARTS   AGE\na      1/1     Running   0          2d\n")
    assert any(isinstance(fact, LinesGrouped) for fact in found)
