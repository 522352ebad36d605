import pytest
from tests.unit.diagnosis.making import TARGET, evidence, failed, pong, routing, unanswered

from farshore.diagnosis.engine import diagnose
from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.clients import DriverFailed, Symptom
from farshore.diagnosis.facts.dials import GatewayEnded, Wording
from farshore.diagnosis.facts.gateway import OutageToldOf, PathShifted, RedundancyChanged
from farshore.diagnosis.facts.peers import DaemonSeen, PingKind
from farshore.diagnosis.index import Index
from farshore.diagnosis.unexplained import unexplained, what_is_missing

ROUTER = "100.64.0.2"


def ended(code: str) -> GatewayEnded:
    return GatewayEnded(evidence=evidence(), code=code, route="ledger", target=TARGET)


def daemon(state: str) -> DaemonSeen:
    return DaemonSeen(evidence=evidence(), backend_state=state, tun=False, ips=())


@pytest.mark.parametrize(
    "fact",
    [failed(Wording.OTHER), ended("tailnet.dial.no-answer"), daemon("Starting"), unanswered(ROUTER)],
    ids=["dial", "record", "daemon", "ping"],
)
def test_a_failure_stands(fact: Fact) -> None:
    assert unexplained(Index([fact])) == (fact,)


@pytest.mark.parametrize("fact", [ended("client.transfer.closed"), daemon("Running"), pong(ROUTER)])
def test_what_is_well_is_none(fact: Fact) -> None:
    assert unexplained(Index([fact])) == ()


@pytest.mark.parametrize("symptom", Symptom)
def test_an_application_that_fails_is_never_nothing_wrong(symptom: Symptom) -> None:
    assert diagnose([DriverFailed(evidence=evidence(), driver="mssql-jdbc", symptom=symptom)]).verdicts


def test_a_first_ping_that_is_lost_while_the_next_is_answered_is_none() -> None:
    lost = unanswered(ROUTER, PingKind.DISCO)
    assert unexplained(Index([lost, pong(ROUTER, PingKind.DISCO)])) == ()
    assert unexplained(Index([lost, pong("100.64.0.9", PingKind.DISCO)])) == (lost,)


def test_what_is_there_already_is_not_asked_for() -> None:
    assert "socks5: client connection failed" in what_is_missing(Index([failed(Wording.OTHER)])).command
    told = [failed(Wording.REFUSED), routing("ferry-a", ROUTER, "10.9.8.0/24")]
    assert "Dial-Host: 10.9.8.7" in what_is_missing(Index(told)).command
    timed = failed(Wording.REFUSED, elapsed_s=4.0)
    everything = [timed, daemon("Running"), routing("ferry-a", ROUTER, "10.9.8.0/24"), pong(ROUTER)]
    assert "on 10.9.8.7" in what_is_missing(Index(everything)).command
    assert what_is_missing(Index([daemon("Starting")])).command.startswith("tailscale status")


def outage(*, ended: bool) -> OutageToldOf:
    return OutageToldOf(evidence=evidence(), route="ledger", ended=ended)


def path(now: str) -> PathShifted:
    return PathShifted(evidence=evidence(), route="ledger", path="r1", now=now, was="unknown")


def redundancy(*, lost: bool) -> RedundancyChanged:
    return RedundancyChanged(evidence=evidence(), route="ledger", lost=lost)


@pytest.mark.parametrize(
    ("bad", "good"),
    [
        (outage(ended=False), outage(ended=True)),
        (path("down"), path("up")),
        (redundancy(lost=True), redundancy(lost=False)),
    ],
    ids=["outage", "path", "redundancy"],
)
def test_what_the_gateway_tells_of_stands_until_it_takes_it_back(bad: Fact, good: Fact) -> None:
    assert unexplained(Index([good, bad])) == (bad,)
    assert unexplained(Index([bad, good])) == ()
