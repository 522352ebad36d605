import pytest
from tests.unit.diagnosis.arguing import read
from tests.unit.diagnosis.texts import AT, at, pod, pod_event

from farshore.diagnosis.facts.hosts import ClusterEvent, ContainerEnded, LimitReached, PodStarted


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("accept tcp 0.0.0.0:8082: accept4: too many open files; retrying in 5ms", "descriptors"),
        ("kernel: nf_conntrack: nf_conntrack: table full, dropping packet", "connections"),
        ("kernel: TCP: request_sock_TCP: Possible SYN flooding on port 8082.", "backlog"),
    ],
)
def test_which_limit_was_reached(line: str, what: str) -> None:
    assert [fact.what for fact in read(f"{AT}Z {line}") if isinstance(fact, LimitReached)] == [what]


def test_a_pod_its_container_and_its_events() -> None:
    ended = {"terminated": {"reason": "OOMKilled", "exitCode": 137, "finishedAt": at("09:14")}}
    started, container, removed = read(
        pod("09:00", container="tailscale", restartCount=2, lastState=ended), pod_event("Killing")
    )
    assert isinstance(started, PodStarted)
    assert (started.pod, started.observer) == ("farshore-7c9", "pier-1")
    assert isinstance(container, ContainerEnded)
    assert (container.container, container.reason, container.exit_code) == ("tailscale", "OOMKilled", 137)
    assert (container.restarts, container.at) == (2, container.ended)
    assert isinstance(removed, ClusterEvent)
    assert (removed.name, removed.reason, removed.count) == ("farshore-7c9", "Killing", 1)
