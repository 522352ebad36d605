from tests.unit.diagnosis.making import evidence, routing

from farshore.diagnosis.facts.peers import DeviceListed, HealthWarned, PrefsSeen
from farshore.diagnosis.index import Index, Scope
from farshore.diagnosis.router_settings import forwarding_off, forwarding_off_somewhere, shields_up

FERRY = routing("ferry-a", "100.64.0.2", "10.9.8.0/24")


def scope(*facts: object) -> Scope:
    index = Index([FERRY, *facts])  # type: ignore[list-item]
    return Scope(index=index, kind="router", node=index.node_of("ferry-a"))


def test_shields_are_the_routers_own_setting_or_the_control_planes_word() -> None:
    own = PrefsSeen(evidence=evidence(observer="ferry-a"), shields_up=True)
    gateways = PrefsSeen(evidence=evidence(observer="gw"), shields_up=True)
    listed = DeviceListed(
        evidence=evidence(), node="ferry-a", addresses=("100.64.0.2",), online=True, blocks_incoming=True
    )
    assert shields_up(scope(own, gateways, listed)) == [own, listed]
    assert shields_up(scope(gateways)) == []


def test_forwarding_is_the_routers_own_word_where_it_has_a_name() -> None:
    text = "Subnet routing is enabled, but IP forwarding is disabled."
    own = HealthWarned(evidence=evidence(observer="ferry-a"), warnable="", text=text)
    nobodys = HealthWarned(evidence=evidence(), warnable="ip-forwarding-off", text="")
    assert forwarding_off(scope(own, nobodys)) == [own]
    assert forwarding_off_somewhere(scope(own, nobodys)) == [nobodys]
