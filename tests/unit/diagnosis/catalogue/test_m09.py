from tests.unit.diagnosis.making import TARGET, evidence, failed, moment, pong, reached, routing

from farshore.diagnosis.engine import diagnose
from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.dials import RouterDialFailed, RouterDropped, Wording
from farshore.diagnosis.facts.peers import DropsCounted
from farshore.diagnosis.verdict import Confidence

NOW = moment("05:50")
FERRY = routing("ferry-a", "100.64.0.2", "10.9.8.0/24")
HUNG = failed(Wording.DEADLINE, time=NOW)


def found(*facts: Fact) -> dict[str, Confidence]:
    findings = diagnose([FERRY, HUNG, pong("100.64.0.2", time=NOW), *facts]).findings
    return {finding.cause.code: finding.confidence for finding in findings}


def drop() -> RouterDropped:
    return RouterDropped(evidence=evidence(observer="ferry-a"), target=TARGET, reason="no rules matched")


def counted(packets: float, observer: str = "ferry-a") -> DropsCounted:
    return DropsCounted(evidence=evidence(observer=observer), direction="inbound", reason="acl", packets=packets)


def test_from_the_gateway_alone_it_is_one_of_three() -> None:
    said = found()
    assert {code for code, sure in said.items() if sure is Confidence.POSSIBLE} >= {"M06", "M09", "M10"}
    assert Confidence.LIKELY not in said.values()


def test_the_filters_drop_makes_it_likely_and_another_port_that_passes_proves_it() -> None:
    assert found(drop())["M09"] is Confidence.LIKELY
    assert found(drop(), reached("10.9.8.7:22", NOW))["M09"] is Confidence.PROVEN


def test_the_counter_of_the_router_must_grow() -> None:
    assert found(counted(4), counted(9))["M09"] is Confidence.LIKELY
    assert found(counted(4), counted(4))["M09"] is Confidence.POSSIBLE
    assert found(counted(9))["M09"] is Confidence.POSSIBLE
    assert found(counted(4, "gw"), counted(9, "gw"))["M09"] is Confidence.POSSIBLE


def test_a_router_that_dialled_the_target_let_it_pass() -> None:
    dialled = RouterDialFailed(evidence=evidence(), target=TARGET, wording=Wording.KERNEL_TIMEOUT)
    said = found(dialled)
    assert (said["M09"], said["M10"]) == (Confidence.CONTRADICTED, Confidence.CONTRADICTED)
