from farshore.diagnosis.evidence import Origin
from farshore.diagnosis.facts.peers import DaemonSeen, HealthWarned, PeerSeen
from farshore.diagnosis.facts.statements import StatementMade
from farshore.diagnosis.intake.document import Document
from farshore.diagnosis.intake.reader import Fit, Reading
from farshore.diagnosis.readers.tailscale_status import READER

WHOLE = """{"Version": "1.102.3-tabc", "BackendState": "Running", "TUN": false,
 "Self": {"HostName": "gw", "TailscaleIPs": ["100.64.0.1"], "Online": true},
 "Health": ["Some peers are advertising routes but --accept-routes is false"],
 "Peer": {"nodekey:a": {"HostName": "ferry", "TailscaleIPs": ["100.64.0.2"], "CurAddr": "", "RxBytes": 7}}}"""


def read(text: str) -> Reading:
    document = Document(text.encode())
    assert READER.recognise(document) is Fit.CERTAIN
    return READER.read(document, Origin(source="s.json"), lambda _, __: Reading())


def test_a_whole_status_names_observer_version_and_place() -> None:
    daemon, health, peer = read(WHOLE).facts
    assert isinstance(daemon, DaemonSeen)
    assert (daemon.backend_state, daemon.tun, daemon.ips) == ("Running", False, ("100.64.0.1",))
    assert isinstance(health, HealthWarned)
    assert isinstance(peer, PeerSeen)
    assert (peer.observer, peer.evidence.version, peer.ref) == ("gw", "1.102.3", "s.json#/Peer/nodekey:a")
    assert {"CurAddr", "RxBytes"} <= peer.fields


def test_one_peer_taken_out_with_comments_and_times_without_a_zone() -> None:
    reading = read('{"HostName": "ferry", "CurAddr": "", "LastWrite": "2026-03-04T05:06:07", // old\n "RxBytes": 0}')
    statement, peer = reading.facts
    assert isinstance(statement, StatementMade)
    assert isinstance(peer, PeerSeen)
    assert str(peer.peer.last_write) == "2026-03-04 05:06:07+00:00"
    assert reading.unread == ()


def test_a_cut_status_gives_what_was_complete_and_says_so() -> None:
    reading = read(WHOLE[: WHOLE.index('"RxBytes"')])
    assert any(isinstance(fact, PeerSeen) for fact in reading.facts)
    assert len(reading.unread) == 1


def test_a_field_of_another_kind_is_said() -> None:
    reading = read('{"BackendState": 7}')
    assert reading.facts == ()
    assert "BackendState" in reading.unread[0].reason


def test_a_peer_that_is_none_costs_itself() -> None:
    reading = read(
        '{"BackendState": "Running", "Health": 7, "Peer": {"a": {"HostName": "ferry"}, "b": {"HostName": 7}}}'
    )
    assert [type(fact).__name__ for fact in reading.facts] == ["DaemonSeen", "PeerSeen"]
    assert len(reading.unread) == 1
