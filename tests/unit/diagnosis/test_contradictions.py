from ipaddress import ip_network

from msgspec.structs import replace
from tests.unit.diagnosis.making import evidence, failed, moment, pong, unanswered

from farshore.diagnosis.contradictions import contradictions
from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.peers import DeviceListed, PeerSeen, PingKind
from farshore.diagnosis.index import Index
from farshore.tailnet.status import parse_status


def listed(online: bool | None, clock: str = "05:00") -> DeviceListed:  # noqa: FBT001
    return DeviceListed(
        evidence=evidence("api.json", moment(clock)),
        node="ferry-a",
        addresses=("100.64.0.2",),
        online=online,
        enabled=(ip_network("10.9.8.0/24"),),
    )


def seen(online: str = "true", last_write: str = "2026-03-04T05:00:00Z") -> PeerSeen:
    raw = f"""{{"Peer": {{"nodekey:a": {{"HostName": "Ferry-A", "TailscaleIPs": ["100.64.0.2"], "Online": {online},
        "AllowedIPs": ["10.9.8.0/24"], "LastWrite": "{last_write}"}}}}}}"""
    return PeerSeen(evidence=evidence("status.json"), peer=parse_status(raw.encode()).peers[0])


def says(*facts: Fact) -> list[str]:
    return [each.says for each in contradictions(Index(facts))]


def test_online_here_and_offline_there() -> None:
    (found,) = contradictions(Index([seen("true"), listed(online=False)]))
    assert (found.about, found.one.evidence.source, found.other.evidence.source) == (
        "Ferry-A",
        "status.json",
        "api.json",
    )
    assert says(seen("true"), listed(online=True)) == []
    assert says(listed(online=True, clock="05:00"), listed(online=False, clock="07:00")) == []


def test_a_ping_that_is_answered_to_one_and_not_to_another() -> None:
    elsewhere = replace(pong("100.64.0.2"), evidence=evidence("p", observer="laptop"))
    assert says(unanswered("100.64.0.2"), elsewhere) == ["it answers one observer and not another (tsmp)"]
    assert says(unanswered("100.64.0.2"), pong("100.64.0.2")) == ["it answers some pings and not others (tsmp)"]
    assert says(unanswered("100.64.0.2"), pong("100.64.0.2", PingKind.DISCO)) == []


def test_dials_that_fail_while_the_observer_sends_their_owner_nothing() -> None:
    dial = failed(time=moment("05:30"))
    assert "for 48.5 h" in says(dial, seen(last_write="2026-03-02T05:00:00Z"))[0]
    assert says(dial, seen(last_write="2026-03-04T05:29:00Z")) == []


def test_what_one_observer_said_one_after_the_other_is_no_contradiction() -> None:
    up = replace(listed(online=True), evidence=evidence("bus.json", observer="gw"))
    down = replace(listed(online=False), evidence=evidence("bus.json", observer="gw"))
    assert says(up, down) == []
    assert says(up, replace(down, evidence=evidence("bus.json", observer="other")))
