import json

import pytest
from tests.unit.diagnosis.arguing import CONTRADICTED, LIKELY, POSSIBLE, PROVEN, Row, argued, rule_in
from tests.unit.diagnosis.tailnet_texts import (
    ANSWERS,
    DIAL_HUNG,
    DIAL_REFUSED,
    HANGS,
    MUTE,
    OTHER,
    netcheck,
    pending,
    pings,
    said,
    socks_failed,
    wireguard,
)
from tests.unit.diagnosis.texts import SUBNET, at, dial, doctor, ended, lines, peer, ping, status
from tests.unit.diagnosis.traffic import outage

from farshore.diagnosis.catalogue.m01 import CAUSE

LOST = said("magicsock: derp-901 does not know about peer [oaGho], removing route")


def sampled(*counters: tuple[int, int], **fields: object) -> tuple[str, ...]:
    """One status after the other of the same observer, with what it sent the router and received from it."""
    return tuple(status({**peer(TxBytes=tx, RxBytes=rx), **fields}) for tx, rx in counters)


def keyed(key: str) -> str:
    return status(peer()).replace("nodekey:1", key)


ROUTES = status(peer(address="100.64.0.21"))
FLOWS = lines(*(json.dumps(message) for message in outage.messages()))


def heard_at(clock: str) -> str:
    """A row of another node's, which got packets from the router."""
    counted = {"txPkts": 4, "txBytes": 400, "rxPkts": 3, "rxBytes": 300}
    rows = [{"src": "100.64.0.21:0", "dst": "192.0.2.21:41641", **counted}]
    return lines(json.dumps({"nodeId": "nOther", "start": at(clock), "physicalTraffic": rows}))


ROWS = [
    Row("_unanswered_alone", (MUTE, pings("TSMP", of=OTHER)), PROVEN, (MUTE,), POSSIBLE),
    Row("_unanswered", (status(peer()), MUTE), LIKELY, (status(peer()), pings("timeout", flags="--icmp")), None),
    Row("_unanswered", (status(peer()), MUTE), LIKELY, (MUTE,), POSSIBLE),
    Row("_silent", (MUTE,), POSSIBLE, (pings("timeout", flags="--icmp"),), None),
    Row("_silent", (MUTE,), POSSIBLE, (pings("timeout", flags="--tsmp --size 1400"),), None),
    Row(
        "_one_way",
        sampled((4_000, 900), (4_148, 900), Active=True),
        LIKELY,
        sampled((4_000, 900), (4_148, 932), Active=True),
        None,
    ),
    Row(
        "_one_way",
        (status(peer(TxBytes=4_000, Active=True)), status(name="ferry-a"), status(peer(TxBytes=4_148, Active=True))),
        LIKELY,
        (status(peer(TxBytes=4_000, Active=True)), status(peer(TxBytes=4_096, Active=True))),
        None,
    ),
    Row("_one_way", sampled((0, 0), (156, 0), Active=True), LIKELY, sampled((0, 0), (156, 0), Active=False), None),
    Row("_initiations", sampled((780, 0)), POSSIBLE, sampled((781, 0)), None),
    Row("_initiations", sampled((780, 0)), POSSIBLE, sampled((780, 92)), None),
    Row("_initiations", sampled((780, 0)), POSSIBLE, sampled((624, 0)), None),
    Row(
        "_handshaking",
        (status(peer()), wireguard("handshake", since="09:13:52"), HANGS),
        LIKELY,
        (status(peer()), wireguard("handshake", since="09:13:53"), HANGS),
        POSSIBLE,
    ),
    Row(
        "_in_handshake",
        (status(peer()), wireguard("handshake"), DIAL_REFUSED),
        POSSIBLE,
        (status(peer()), wireguard("established"), DIAL_REFUSED),
        None,
    ),
    Row(
        "_in_handshake",
        (status(peer()), wireguard("handshake"), DIAL_REFUSED),
        POSSIBLE,
        (status(peer()), wireguard("handshake")),
        None,
    ),
    Row(
        "_in_handshake",
        (status(peer()), wireguard("handshake"), DIAL_REFUSED),
        POSSIBLE,
        (status(peer(), peer("ferry-b", OTHER, "10.9.9.0/24")), wireguard("handshake", of="gull"), DIAL_REFUSED),
        None,
    ),
    Row(
        "_lost_by_derp",
        (keyed("nodekey:a1a1a1a1a1a1"), LOST, HANGS),
        LIKELY,
        (keyed("nodekey:b1a1a1a1a1a1"), LOST, HANGS),
        POSSIBLE,
    ),
    Row(
        "_lost_by_derp",
        (keyed("nodekey:a1a1a1a1a1a1"), LOST, HANGS),
        LIKELY,
        (keyed("nodekey:a1a1a1a1a1a1"), LOST),
        None,
    ),
    Row(
        "_long_silent",
        (pending("to node [oaGho]; online=yes, lastRecv=12m3s"),),
        LIKELY,
        (pending("to node [oaGho]; online=yes, lastRecv=0s"),),
        None,
    ),
    Row(
        "_long_silent",
        (pending("to node [oaGho]; online=yes, lastRecv=never"),),
        LIKELY,
        (pending("to node [oaGho]; online=no, lastRecv=12m3s"),),
        None,
    ),
    Row("_cut_off", (ended("router.transfer.dead"),), LIKELY, (ended("egress.transfer.died"),), None),
    Row("_answers", (MUTE, ANSWERS), CONTRADICTED, (MUTE, ping(answered=True)), POSSIBLE),
    Row(
        "_lost_once",
        (ping(answered=False), ping(answered=True)),
        CONTRADICTED,
        (ping(answered=False), MUTE, ping(answered=True)),
        POSSIBLE,
    ),
    Row("_answers_disco", (MUTE, ping(answered=True)), POSSIBLE, (MUTE, ANSWERS), CONTRADICTED),
    Row(
        "_offline",
        (MUTE, status(peer(Online=False, LastSeen=at("08:41")))),
        CONTRADICTED,
        (MUTE, status(peer(Online=False, LastSeen=at("08:41"))).replace('"Online": true', '"Online": false')),
        LIKELY,
    ),
    Row(
        "_relays_gone",
        (status(peer()), MUTE, netcheck(udp=False)),
        POSSIBLE,
        (status(peer()), MUTE, netcheck("lab")),
        LIKELY,
    ),
    Row(
        "_reached",
        (status(peer()), HANGS, doctor(dial())),
        CONTRADICTED,
        (status(peer()), HANGS, doctor(dial(clock="09:15:02"))),
        POSSIBLE,
    ),
    Row(
        "_fast",
        (doctor(socks_failed(3.4)),),
        CONTRADICTED,
        (doctor(socks_failed(3.6)),),
        POSSIBLE,
    ),
    Row("failed_at_deadline", (doctor(socks_failed(4.9)),), POSSIBLE, (doctor(socks_failed(4.8)),), POSSIBLE),
    Row(
        "_idle",
        (MUTE, DIAL_HUNG, status(peer(LastWrite=at("08:14:01")))),
        POSSIBLE,
        (MUTE, DIAL_HUNG, status(peer(LastWrite=at("08:14:03")))),
        LIKELY,
    ),
    Row("no_session", (ROUTES, FLOWS), LIKELY, (ROUTES, FLOWS.replace('"txBytes": 296', '"txBytes": 297')), POSSIBLE),
    Row("handshakes_alone", (ROUTES, FLOWS), LIKELY, (ROUTES.replace(SUBNET, "100.64.0.21/32"), FLOWS), LIKELY),
    Row("heard", (ROUTES, FLOWS + heard_at("06:02")), CONTRADICTED, (ROUTES, FLOWS + heard_at("06:12")), LIKELY),
]


@pytest.mark.parametrize("row", ROWS, ids=rule_in)
def test_a_rule_finds_its_ground_and_not_in_the_nearest_text(row: Row) -> None:
    assert argued(CAUSE, row.rule, row.texts) == (True, row.sure)
    assert argued(CAUSE, row.rule, row.nearest) == (False, row.otherwise)
