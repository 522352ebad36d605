from ipaddress import ip_address, ip_network

import pytest
from msgspec import structs
from tests.unit.diagnosis.making import TARGET, evidence, failed, moment, pong, reached, unanswered

from farshore.diagnosis.facts.dials import DialFailed, DialSucceeded
from farshore.diagnosis.facts.flows import ResetAfterHandshake
from farshore.diagnosis.facts.peers import DeviceListed, PeerSeen
from farshore.diagnosis.index import Index, Scope
from farshore.tailnet.status import parse_status


def device(name: str, address: str, *routes: str) -> DeviceListed:
    return DeviceListed(
        evidence=evidence("api.json"),
        node=name,
        addresses=(address,),
        online=True,
        enabled=tuple(ip_network(route) for route in routes),
    )


def scope(index: Index, kind: str) -> list[Scope]:
    return [scope for scope in index.scopes() if scope.kind == kind]


def test_a_node_is_one_under_all_its_names() -> None:
    index = Index([device("Ferry-A", "100.64.0.2"), device("ferry-a", "fd7a:115c:a1e0::2"), unanswered("100.64.0.2")])
    assert [(node.name, node.addresses) for node in index.nodes] == [
        ("Ferry-A", frozenset({"100.64.0.2", "fd7a:115c:a1e0::2"}))
    ]
    assert index.nodes[0].address == "100.64.0.2"


def test_two_nodes_may_bear_one_name() -> None:
    index = Index([device("desktop", "100.64.0.2", "10.9.8.0/24"), device("desktop", "100.64.0.3", "10.9.9.0/24")])
    assert [node.address for node in index.nodes] == ["100.64.0.2", "100.64.0.3"]
    owner = index.owner_of(ip_address("10.9.9.1"))
    assert owner is not None
    assert owner.address == "100.64.0.3"
    routers = [each for each in index.scopes() if each.kind == "router"]
    assert [[listed.addresses for listed in router.devices] for router in routers] == [
        [("100.64.0.2",)],
        [("100.64.0.3",)],
    ]


def phone(key: str, *addresses: str, **fields: object) -> PeerSeen:
    """A peer that calls itself what all phones do."""
    raw = {"HostName": "localhost", "TailscaleIPs": list(addresses), **fields}
    (peer,) = parse_status({"Peer": {f"nodekey:{key}": raw}}).peers
    return PeerSeen(evidence=evidence("status.json"), peer=peer)


@pytest.mark.parametrize("kind", ["key", "ID", "DNSName"])
def test_two_nodes_of_one_name_are_told_apart_by_what_is_theirs_alone(kind: str) -> None:
    fields = [{} if kind == "key" else {kind: value} for value in ("one.example.ts.net.", "two.example.ts.net.")]
    keys = ["aa", "bb"] if kind == "key" else ["", ""]
    first = phone(keys[0], "100.64.0.2", **fields[0])
    second = phone(keys[1], "fd7a:115c:a1e0::3", **fields[1])
    again = phone(keys[1], **fields[1])
    index = Index([first, second, again])
    assert [node.address for node in index.nodes] == ["100.64.0.2", "fd7a:115c:a1e0::3"]
    assert index.peer(again.peer) == index.nodes[1]


def test_one_key_at_two_addresses_of_a_family_is_a_masked_one() -> None:
    index = Index([phone("00", "100.64.0.2"), phone("00", "100.64.0.3")])
    assert [node.address for node in index.nodes] == ["100.64.0.2", "100.64.0.3"]


def test_the_longest_prefix_owns() -> None:
    index = Index([device("narrow", "100.64.0.3", "10.9.8.0/24"), device("wide", "100.64.0.2", "10.0.0.0/8")])
    owner, other = index.owner_of(ip_address("10.9.8.7")), index.owner_of(ip_address("10.1.1.1"))
    assert owner is not None
    assert other is not None
    assert (owner.name, other.name) == ("narrow", "wide")
    assert index.owner_of(ip_address("192.0.2.1")) is None


def test_an_exit_node_and_its_own_address_are_no_way_to_a_target() -> None:
    index = Index([device("exit", "100.64.0.2", "0.0.0.0/0", "100.64.0.2/32")])
    assert index.owner_of(ip_address("10.9.8.7")) is None


def test_a_scope_sees_its_own_and_what_concerns_everybody() -> None:
    other = failed(target="10.9.8.9:5432")
    nameless = DialFailed(evidence=evidence(), target=None, wording=other.wording)
    mine = failed()
    index = Index([mine, other, nameless])
    target = next(each for each in scope(index, "target") if each.target == TARGET)
    assert target.failures == (mine, nameless)
    assert scope(index, "gateway")[0].failures == (mine, other, nameless)


def test_a_target_without_a_known_owner_keeps_its_router_a_suspect() -> None:
    assert [(each.node, each.target) for each in scope(Index([failed()]), "router")] == [(None, TARGET)]
    known = Index([failed(), device("ferry", "100.64.0.2", "10.9.8.0/24")])
    assert [each.node and each.node.name for each in scope(known, "router")] == ["ferry"]


def test_what_another_router_carried_is_none_of_this_one() -> None:
    made = [structs.replace(reached(str(TARGET)), path=path) for path in ("ferry-a", "ferry-b", "plain")]
    index = Index([device("ferry-a", "100.64.0.2", "10.9.8.0/24"), device("ferry-b", "100.64.0.3"), *made])
    router = next(each for each in scope(index, "router") if each.node and each.node.name == "ferry-a")
    assert router.successes == (made[0], made[2])
    assert scope(index, "target")[0].successes == tuple(made)


def test_a_ping_through_a_router_counts_as_one_of_it() -> None:
    index = Index([device("ferry", "100.64.0.2", "10.9.8.0/24"), pong("10.9.8.7"), pong("100.64.0.9")])
    router = next(each for each in scope(index, "router") if each.node and each.node.name == "ferry")
    assert [ping.address for ping in router.pings_answered] == ["10.9.8.7"]


def test_what_is_known_to_be_of_another_time_is_not_near() -> None:
    facts = [
        failed(time=moment("05:00")),
        pong("100.64.0.2", time=moment("05:01")),
        pong("100.64.0.2", time=moment("07:00")),
        pong("100.64.0.2"),
    ]
    router = next(each for each in scope(Index(facts), "router") if each.node is not None)
    assert router.pings_answered == (facts[1], facts[3])


def test_a_success_before_or_after_the_failures_is_no_contradiction() -> None:
    def reached(clock: str | None) -> DialSucceeded:
        return DialSucceeded(evidence=evidence(time=None if clock is None else moment(clock)), target=TARGET)

    first, last = failed(time=moment("05:00")), failed(time=moment("05:20"))
    between, after, undated = reached("05:10"), reached("05:21"), reached(None)
    (target,) = scope(Index([first, last, between, after, undated]), "target")
    assert target.successes == (between,)
    (target,) = scope(Index([failed(), undated]), "target")
    assert target.successes == (undated,)


def test_an_answer_of_later_is_no_answer_to_what_failed() -> None:
    facts = [failed(time=moment("05:00")), pong("100.64.0.2", time=moment("05:01")), unanswered("100.64.0.2")]
    late = pong("100.64.0.2", time=moment("05:05"))
    router = next(each for each in scope(Index([*facts, late]), "router") if each.node is not None)
    assert router.pings_answered == (facts[1],)


def test_a_reset_belongs_to_nobody_where_several_targets_fail() -> None:
    reset = ResetAfterHandshake(evidence=evidence(), target=None, after_s=0.02)
    (alone,) = scope(Index([failed(), reset]), "target")
    assert alone.times_to_failure == ((0.02, reset),)
    several = scope(Index([failed(), failed(target="10.9.8.9:5432"), reset]), "target")
    assert [each.times_to_failure for each in several] == [(), ()]
