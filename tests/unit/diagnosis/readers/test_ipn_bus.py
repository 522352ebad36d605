from tests.unit.diagnosis.reading import read_by

from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.peers import (
    DaemonSeen,
    DeviceListed,
    HealthWarned,
    PeerWireguard,
    PrefsSeen,
    StateChanged,
)

NAME = "tailscaled's bus"
NETMAP = """{"SessionID": "1", "NetMap": {"SelfNode": {"ID": 1, "Name": "gw.t."}, "Peers": [
 {"ID": 2, "StableID": "nF", "Name": "ferry.t.", "Addresses": ["100.64.0.2/32"], "PrimaryRoutes": ["10.9.8.0/24"],
  "Online": true}]}}
"""


def facts(text: str) -> tuple[Fact, ...]:
    return read_by(NAME, text).facts


def test_states_and_prefs() -> None:
    found = facts('{"SessionID": "1", "State": 2}\n{"State": 6, "Prefs": {"RouteAll": false, "ShieldsUp": true}}')
    changes = [(fact.before, fact.after) for fact in found if isinstance(fact, StateChanged)]
    assert changes == [("", "NeedsLogin"), ("NeedsLogin", "Running")]
    assert [(f.accept_routes, f.shields_up) for f in found if isinstance(f, PrefsSeen)] == [(False, True)]


def test_what_was_taken_back_is_not_said() -> None:
    found = facts('{"SessionID": "1", "Prefs": {"RouteAll": false}}\n{"Prefs": {"RouteAll": true}}')
    assert [(fact.accept_routes, fact.evidence.line) for fact in found if isinstance(fact, PrefsSeen)] == [(True, 2)]


def test_a_warning_comes_once_and_goes() -> None:
    broken = '{"Health": {"Warnings": {"no-derp-home": {"WarnableCode": "no-derp-home", "Title": "T", "Text": "x"}}}}\n'
    found = facts(f'{broken}{broken}{{"Health": {{"Warnings": {{}}}}}}')
    told = [(fact.warnable, fact.cleared, fact.evidence.line) for fact in found if isinstance(fact, HealthWarned)]
    assert told == [("no-derp-home", False, 1), ("no-derp-home", True, 3)]


def test_peers_by_the_names_of_the_netmap() -> None:
    state = '{"PeerState": {"nF": {"PeerWireGuardState": "handshake", "PeerWireGuardStateAt": "2026-03-04T05:06:07Z"}}}'
    patch = '{"PeerChangedPatch": [{"NodeID": 2, "Online": false}]}'
    found = facts(f"{NETMAP}{state}\n{patch}")
    (wireguard,) = (fact for fact in found if isinstance(fact, PeerWireguard))
    assert (wireguard.node, wireguard.state, str(wireguard.since)) == (
        "ferry",
        "handshake",
        "2026-03-04 05:06:07+00:00",
    )
    assert wireguard.observer == "gw"
    (ferry,) = (fact for fact in found if isinstance(fact, DeviceListed) and fact.node == "ferry")
    assert (ferry.online, ferry.addresses, ferry.evidence.line) == (False, ("100.64.0.2",), 5)


def test_a_status_in_a_message_goes_to_its_reader() -> None:
    found = facts('{"InitialStatus": {"BackendState": "Running", "Self": {"HostName": "gw"}}}')
    assert [fact.backend_state for fact in found if isinstance(fact, DaemonSeen)] == ["Running"]


def test_a_change_of_nobody_known_and_a_stream_that_is_cut_are_said() -> None:
    assert len(read_by(NAME, '{"PeerChangedPatch": [{"NodeID": 9, "Online": false}]}').unread) == 1
    assert len(read_by(NAME, '{"SessionID": "1", "State"').unread) == 1


def test_a_status_names_the_nodes_that_later_messages_number() -> None:
    peer = '{"ID": "nF", "NodeID": 2, "HostName": "f"}'
    status = f'{{"BackendState": "Running", "Self": {{"HostName": "gw"}}, "Peer": {{"k": {peer}}}}}'
    found = facts(f'{{"InitialStatus": {status}}}\n{{"PeerChangedPatch": [{{"NodeID": 2, "Online": false}}]}}')
    assert [(f.node, f.online, f.observer) for f in found if isinstance(f, DeviceListed)] == [("f", False, "gw")]


def test_a_netmap_by_itself_with_its_derp_map() -> None:
    derp_map = '"DERPMap": {"Regions": {"4": {"RegionCode": "fra"}}}'
    found = facts(f'{{{derp_map}, "SelfNode": {{"ID": 1, "Name": "gw.t."}}, "Peers": [{{"ID": 2, "Name": "f.t."}}]}}')
    assert [fact.node for fact in found if isinstance(fact, DeviceListed)] == ["gw", "f"]
