from ipaddress import ip_address, ip_network

import msgspec
from tests.unit.diagnosis.making import TARGET, evidence, failed, moment, pong, reached, routing

from farshore.core.address import HostPort, via_address
from farshore.diagnosis.facts.dials import Wording
from farshore.diagnosis.facts.peers import DaemonSeen, HealthWarned, PingKind, PingUnanswered
from farshore.diagnosis.index import Index, Scope
from farshore.diagnosis.tailnet_grounds import (
    LARGE_PING_BYTES,
    known_by,
    known_of,
    lost_behind,
    of_a_router,
    offline_by_the_informed,
    others_reached,
    plain,
    signs_of_death,
    together,
    unanswered_dials,
    warned,
)

FERRY = routing("ferry-a", "100.64.0.2", "10.9.8.0/24")
SPARE = routing("ferry-b", "100.64.0.3", "10.9.7.0/24")


def scope(*facts: object, kind: str = "target") -> Scope:
    index = Index([FERRY, SPARE, *facts])  # type: ignore[list-item]
    target = TARGET if kind == "target" else None
    return Scope(index=index, kind=kind, node=index.node_of("ferry-a"), target=target)


def test_a_dial_is_unanswered_by_its_words_or_by_the_deadline() -> None:
    by_words, by_time, refused = failed(Wording.DEADLINE), failed(elapsed_s=5.0), failed(Wording.TAILNET_REFUSED)
    assert unanswered_dials(scope(by_words, by_time, refused, failed(elapsed_s=0.02))) == (by_words, by_time)


def test_a_dial_without_a_target_is_no_other_routers() -> None:
    index = Index([FERRY, SPARE, failed(), failed(Wording.DEADLINE, target=None)])
    assert unanswered_dials(Scope(index=index, kind="router", node=index.node_of("ferry-a")))
    assert not unanswered_dials(Scope(index=index, kind="router", node=index.node_of("ferry-b")))


def test_lost_behind_needs_a_living_router_and_a_hanging_dial() -> None:
    assert lost_behind(scope(failed(Wording.DEADLINE))) is None
    assert lost_behind(scope(pong("100.64.0.2"))) is None
    assert lost_behind(scope(failed(Wording.DEADLINE), pong("100.64.0.3"))) is None
    found = lost_behind(scope(failed(Wording.DEADLINE), pong("100.64.0.2")))
    assert found is not None
    assert len(found.facts) == 2


def test_others_reached_are_behind_the_same_router_at_that_time() -> None:
    hung = failed(Wording.DEADLINE, time=moment("05:50"))
    near, late = reached("10.9.8.9:22", moment("05:50")), reached("10.9.8.9:22", moment("07:00"))
    same, other = reached("10.9.8.7:1433", moment("05:50")), reached("10.9.7.1:22", moment("05:50"))
    assert others_reached(scope(hung, near, late, same, other)) == [near]


def test_who_is_not_connected_does_not_know_who_is_offline() -> None:
    gone = routing("ferry-a", "100.64.0.2", "10.9.8.0/24", offline_since="05:41")
    cut = DaemonSeen(evidence=gone.evidence, backend_state="Running", tun=False, ips=(), online=False)
    assert offline_by_the_informed(scope(gone)) == [gone]
    assert offline_by_the_informed(scope(gone, cut)) == []


def test_a_warning_stands_until_it_is_cleared() -> None:
    error = HealthWarned(evidence=evidence(), warnable="no-derp-home", text="No home relay")
    other = HealthWarned(evidence=evidence(), warnable="", text="this NODE is locked out")
    cleared = HealthWarned(evidence=evidence(), warnable="no-derp-home", text="", cleared=True)
    assert warned(scope(error, other), ["no-derp-home"], ["locked out"]) == [error, other]
    assert warned(scope(error, cleared), ["no-derp-home"], []) == []
    assert warned(scope(cleared, error), ["no-derp-home"], []) == [error]


def test_whose_statement_it_is() -> None:
    by_router = HealthWarned(evidence=evidence(observer="ferry-b"), warnable="x", text="")
    by_gateway = HealthWarned(evidence=evidence(observer="gw"), warnable="x", text="")
    assert getattr(of_a_router(scope(), by_router), "name", None) == "ferry-b"
    assert of_a_router(scope(), by_gateway) is None


def test_a_4via6_address_is_its_plain_one() -> None:
    via = HostPort(host=via_address(7, ip_address("10.9.8.7")), port=1433)  # type: ignore[arg-type]
    assert plain(via) == TARGET
    assert plain(TARGET) == TARGET
    assert ip_address("10.9.8.7") in ip_network("10.9.8.0/24")


def test_a_part_that_is_missing_leaves_no_ground() -> None:
    first, second = failed(), failed()
    assert together([first], [second]) == [first, second]
    assert together([first], []) == []


def test_a_large_ping_that_is_lost_is_no_sign_of_death() -> None:
    small = PingUnanswered(evidence=evidence(), address="100.64.0.2", kind=PingKind.DISCO, reason="timeout")
    large = msgspec.structs.replace(small, size_bytes=LARGE_PING_BYTES)
    assert signs_of_death(scope(small, large, kind="router")) == [small]


def test_what_shows_a_node() -> None:
    (spare,) = (node for node in scope().index.nodes if node.name == "ferry-b")
    assert known_of(scope(), spare) == [SPARE]
    assert known_by(scope()) == [FERRY]
