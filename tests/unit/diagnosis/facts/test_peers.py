import pytest
from tests.unit.diagnosis.arguing import read
from tests.unit.diagnosis.texts import ROUTER, doctor, peer, status

from farshore.diagnosis.collected import CollectedPing
from farshore.diagnosis.facts.peers import PeerSeen, PingAnswered, PingKind


@pytest.mark.parametrize(
    ("seen", "name"),
    [
        (peer(), "ferry-a"),
        (peer(HostName=""), ROUTER),
        (peer(HostName="", TailscaleIPs=[], AllowedIPs=[]), "nodekey:1"),
    ],
    ids=["host name", "address", "key"],
)
def test_a_peer_is_called_by_the_best_that_is_known(seen: dict[str, object], name: str) -> None:
    (told,) = (fact for fact in read(status(seen)) if isinstance(fact, PeerSeen))
    assert told.name == name


def test_an_absent_field_is_told_from_an_empty_one() -> None:
    absent, empty = (
        next(fact for fact in read(status(each)) if isinstance(fact, PeerSeen)) for each in (peer(), peer(CurAddr=""))
    )
    assert absent.peer.cur_addr == empty.peer.cur_addr == ""
    assert empty.fields - absent.fields == {"CurAddr"}


@pytest.mark.parametrize(
    ("told", "kind"), [*((kind.value, kind) for kind in PingKind), ("TSMP", PingKind.TSMP), ("relay", PingKind.UNKNOWN)]
)
def test_a_ping_keeps_the_layer_that_it_proves(told: str, kind: PingKind) -> None:
    ping = CollectedPing(address=ROUTER, kind=told, at="2026-03-04T09:14:02Z", tries=3, answered=True)
    (pong,) = (fact for fact in read(doctor(ping)) if isinstance(fact, PingAnswered))
    assert pong.kind is kind
