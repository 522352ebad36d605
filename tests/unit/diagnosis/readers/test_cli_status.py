import pytest
from tests.unit.diagnosis.reading import read_by

from farshore.diagnosis.facts.peers import DaemonSeen, DaemonUnreachable, HealthWarned, PeerSeen
from farshore.diagnosis.facts.statements import LinesGrouped
from farshore.tailnet.status import Peer

NAME = "tailscale status"
OWN = "100.64.0.1   gw-0  ops@  linux  -\n"


def peer(row: str) -> Peer:
    reading = read_by(NAME, OWN + row)
    assert reading.unread == ()
    (seen,) = (fact for fact in reading.facts if isinstance(fact, PeerSeen))
    assert seen.observer == "gw-0"
    return seen.peer


def test_an_active_peer_with_a_direct_path() -> None:
    found = peer("100.64.0.2  offline-nas  ops@  windows  active; direct [2001:db8::7]:41641, tx 81204 rx 77316")
    assert (found.host_name, found.os, str(found.ips[0])) == ("offline-nas", "windows", "100.64.0.2")
    assert (found.cur_addr, found.relay, found.online, found.active) == ("[2001:db8::7]:41641", "", True, True)
    assert (found.tx_bytes, found.rx_bytes) == (81204, 77316)


def test_an_active_peer_through_a_relay() -> None:
    found = peer('100.64.0.2  ferry  ops@  linux  active; offers exit node; relay "fra"; offline, last seen 5m ago')
    assert (found.cur_addr, found.relay, found.online, found.active) == ("", "fra", False, True)


def test_a_peer_through_a_peer_relay() -> None:
    found = peer("100.64.0.2  ferry  ops@  linux  active; peer-relay 192.0.2.9:40000:vni:3, tx 1 rx 2\t")
    assert (found.peer_relay, found.rx_bytes) == ("192.0.2.9:40000:vni:3", 2)


@pytest.mark.parametrize(
    ("state", "online", "active"),
    [
        ("-", True, False),
        ("idle, tx 148 rx 92", True, False),
        ("idle; offers exit node", True, False),
        ("idle; offline, last seen 3d ago, tx 5 rx 6", False, False),
        ("offline", False, False),
        ("offline, last seen 2h ago", False, False),
    ],
)
def test_a_peer_that_is_not_active(state: str, online: bool, active: bool) -> None:  # noqa: FBT001 - parametrized
    found = peer(f"100.64.0.2  ferry  ops@  linux  {state}")
    assert (found.online, found.active) == (online, active)


def test_an_expired_peer() -> None:
    assert peer("100.64.0.2  ferry  ops@  linux  offline; expired").expired


def test_a_quoted_name_without_owner_and_system() -> None:
    found = peer('100.64.0.2  ("kiosk")  -  -')
    assert (found.host_name, found.os) == ("kiosk", "")


def test_the_first_row_is_the_node_itself() -> None:
    daemon = read_by(NAME, OWN + "100.64.0.2  ferry  ops@  linux  idle").facts[0]
    assert isinstance(daemon, DaemonSeen)
    assert (daemon.backend_state, daemon.ips, daemon.online) == ("Running", ("100.64.0.1",), True)


def test_a_single_row_is_no_observer() -> None:
    (seen,) = read_by(NAME, OWN).facts
    assert isinstance(seen, PeerSeen)
    assert seen.observer == ""


def test_health_lines() -> None:
    told = "Some peers are advertising routes but --accept-routes is false"
    text = f"{OWN}\n# Health check:\n#     - {told}\n#     - other\n"
    warned = [fact for fact in read_by(NAME, text).facts if isinstance(fact, HealthWarned)]
    assert [(each.text, each.evidence.line) for each in warned] == [(told, 4), ("other", 5)]


@pytest.mark.parametrize(
    ("sentence", "state"),
    [
        ("Logged out.\nLog in at: https://login.example.com/a/1", "NeedsLogin"),
        ("Tailscale is stopped.", "Stopped"),
        ("Machine is not yet approved by tailnet admin.", "NeedsMachineAuth"),
        ("unexpected state: NoState", "NoState"),
    ],
)
def test_a_daemon_that_does_not_run(sentence: str, state: str) -> None:
    (daemon,) = read_by(NAME, f"$ tailscale status\n{sentence}\n").facts
    assert isinstance(daemon, DaemonSeen)
    assert daemon.backend_state == state


def test_a_daemon_that_is_not_there() -> None:
    (gone,) = read_by(NAME, "failed to connect to local tailscaled; it doesn't appear to be running\n").facts
    assert isinstance(gone, DaemonUnreachable)


def test_foreign_lines_are_handed_on_and_unknown_words_named() -> None:
    reading = read_by(NAME, OWN + "100.64.0.2  ferry  ops@  linux  active; teleported, tx 1 rx 1\nsomething else\n")
    assert [unread.position for unread in reading.unread] == ["line 2"]
    assert [fact.template for fact in reading.facts if isinstance(fact, LinesGrouped)] == ["something else"]
