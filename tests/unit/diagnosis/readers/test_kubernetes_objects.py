from tests.unit.diagnosis.reading import read_by

from farshore.diagnosis.facts.hosts import ClusterEvent, ContainerEnded, PodStarted

NAME = "Kubernetes objects"
POD = """{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "gw-0"}, "spec": {"nodeName": "w1"}, "status": {
 "startTime": "2026-03-04T05:00:00Z", "initContainerStatuses": [{"name": "setup", "restartCount": 0,
   "state": {"terminated": {"reason": "Completed", "exitCode": 0}}}],
 "containerStatuses": [{"name": "tailscale", "restartCount": 3, "state": {"waiting": {"reason": "CrashLoopBackOff"}},
   "lastState": {"terminated": {"reason": "OOMKilled", "exitCode": 137, "finishedAt": "2026-03-04T05:06:07Z"}}},
  {"name": "fine", "restartCount": 0, "state": {"running": {}}}]}}"""
EVENT = """{"kind": "Event", "apiVersion": "%s", "%s": {"kind": "Pod", "name": "gw-0"}, "reason": "BackOff",
 "%s": "Back-off restarting", "count": 12, "%s": "2026-03-04T05:06:07.5Z"}"""


def test_a_pod_whose_container_was_killed() -> None:
    started, ended = read_by(NAME, POD).facts
    assert isinstance(started, PodStarted)
    assert isinstance(ended, ContainerEnded)
    assert (ended.pod, ended.container, ended.reason, ended.restarts) == ("gw-0", "tailscale", "OOMKilled", 3)
    assert (ended.exit_code, str(ended.ended)) == (137, "2026-03-04 05:06:07+00:00")
    assert (ended.observer, ended.ref) == ("w1", "x#/status/containerStatuses/0")
    assert "now CrashLoopBackOff" in ended.evidence.text


def test_events_of_both_apis() -> None:
    old = EVENT % ("v1", "involvedObject", "message", "lastTimestamp")
    new = EVENT % ("events.k8s.io/v1", "regarding", "note", "eventTime")
    for event in read_by(NAME, f'{{"apiVersion": "v1", "kind": "List", "items": [{old}, {new}]}}').facts:
        assert isinstance(event, ClusterEvent)
        assert (event.kind, event.name, event.reason, event.count) == ("Pod", "gw-0", "BackOff", 12)
        assert event.message == "Back-off restarting"
        assert str(event.evidence.time) == "2026-03-04T05:06:07.500000Z"


def test_a_watch_prints_one_object_after_the_other() -> None:
    assert len(read_by(NAME, f"{POD}\n{POD}\n").facts) == 4


def test_other_kinds_are_counted_and_a_cut_list_is_said() -> None:
    service = '{"apiVersion": "v1", "kind": "Service"}'
    reading = read_by(NAME, f'{{"apiVersion": "v1", "kind": "List", "items": [{service}, {service}]}}')
    assert [unread.reason for unread in reading.unread] == ["2 of kind Service"]
    cut = read_by(NAME, f'{{"apiVersion": "v1", "kind": "List", "items": [{POD}, {{"apiVersion": "v1')
    assert len(cut.facts) == 2
    assert cut.unread
