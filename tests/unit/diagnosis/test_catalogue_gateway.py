"""What tells causes on the gateway's side and beyond the target apart, where a case would show only one side of it."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from tests.unit.diagnosis.making import TARGET, evidence, failed, moment, routing

from farshore.core.address import parse_host_port
from farshore.diagnosis.engine import diagnose, find
from farshore.diagnosis.evidence import Instant
from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.clients import ChecksCounted, DriverFailed, Symptom
from farshore.diagnosis.facts.dials import DialFailed, DialSucceeded, GatewayEnded, Greeted, RelayBroke, Wording
from farshore.diagnosis.facts.flows import PolicyDenied
from farshore.diagnosis.facts.gateway import KeptDaemonChanged
from farshore.diagnosis.facts.hosts import ClusterEvent, ContainerEnded, PodStarted
from farshore.diagnosis.index import Index
from farshore.diagnosis.verdict import Confidence, Finding

START = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)
VIA = "[fd7a:115c:a1e0:b1a:0:7:a09:807]:1433"


def found(facts: Iterable[Fact], code: str) -> Finding | None:
    return next((finding for finding in find(Index(facts)) if finding.cause.code == code), None)


def confidence(facts: Iterable[Fact], code: str) -> Confidence | None:
    finding = found(facts, code)
    return None if finding is None else finding.confidence


def after(seconds: float) -> Instant:
    return Instant(START + timedelta(seconds=seconds))


def silent(seconds: float) -> DialFailed:
    return failed(Wording.DEADLINE, time=after(seconds))


def reached(seconds: float, ended_by: str = "upstream", target: str = "10.9.8.7:1433") -> DialSucceeded:
    return DialSucceeded(evidence=evidence(time=after(seconds)), target=parse_host_port(target), ended_by=ended_by)


def refused_here(address: str, time: Instant | None = None) -> DialFailed:
    return DialFailed(
        evidence=evidence(time=time), target=TARGET, wording=Wording.EGRESS_REFUSED, egress_address=address
    )


def driver(symptom: Symptom, name: str = "mssql-jdbc", redirect: str = "") -> DriverFailed:
    return DriverFailed(evidence=evidence(), driver=name, symptom=symptom, redirect=redirect)


def gateway(code: str) -> GatewayEnded:
    return GatewayEnded(evidence=evidence(), code=code, route="ledger", target=TARGET)


CHURN = [reached(2 * n) for n in range(40)]


def test_dials_lost_among_many_are_churn() -> None:
    assert confidence([*CHURN, silent(21), silent(51)], "M46") is Confidence.LIKELY


@pytest.mark.parametrize(
    "facts",
    [
        [*CHURN, *(silent(21 + 4 * n) for n in range(8))],
        [*CHURN[:15], silent(21)],
        [*CHURN, silent(300)],
        [*CHURN[:10], silent(21), *(reached(200 + n) for n in range(30))],
    ],
    ids=["too many", "too few beside it", "after the last", "none soon after"],
)
def test_other_losses_are_not(facts: list[Fact]) -> None:
    assert found(facts, "M46") is None


def test_churn_that_clients_end_is_at_most_possible() -> None:
    assert confidence([*(reached(2 * n, "client") for n in range(40)), silent(21)], "M46") is Confidence.POSSIBLE


def test_a_poisoned_address_answers_over_4via6_alone() -> None:
    assert confidence([silent(0), reached(1, target=VIA)], "M45") is Confidence.LIKELY
    assert confidence([silent(0), reached(1, target=VIA.replace("807", "808"))], "M45") is Confidence.POSSIBLE
    assert confidence([silent(0), reached(1, target=VIA.replace(":1433", ":1434"))], "M45") is Confidence.POSSIBLE
    refused = failed(Wording.TAILNET_REFUSED, time=after(2))
    assert confidence([silent(0), reached(1, target=VIA), refused], "M45") is Confidence.CONTRADICTED


def test_a_poisoned_address_is_one_of_the_same_router() -> None:
    via = "fd7a:115c:a1e0:b1a:0:7:a09:800/120"
    both = routing("ferry-a", "100.64.0.2", "10.9.8.0/24", AllowedIPs=["10.9.8.0/24", via])
    one, other = routing("ferry-a", "100.64.0.2", "10.9.8.0/24"), routing("ferry-b", "100.64.0.3", via)
    assert confidence([both, silent(0), reached(1, target=VIA)], "M45") is Confidence.PROVEN
    assert confidence([one, other, silent(0), reached(1, target=VIA)], "M45") is Confidence.CONTRADICTED


def test_a_false_alarm_needs_checks_that_all_passed_and_nobody_who_failed() -> None:
    line = RelayBroke(evidence=evidence(), closed_here=True)
    passed = ChecksCounted(evidence=evidence(), total=100, failed=0)
    assert confidence([line, passed], "M44") is Confidence.LIKELY
    assert found([line], "M44") is None
    assert found([line, ChecksCounted(evidence=evidence(), total=100, failed=1)], "M44") is None
    assert found([msgspec.structs.replace(line, closed_here=False), passed], "M44") is None
    assert confidence([line, passed, failed()], "M44") is Confidence.CONTRADICTED


def test_startup_is_told_from_a_port_that_stays_closed() -> None:
    pod = PodStarted(evidence=evidence(), pod="farshore-0", started=START)
    soon, late = refused_here("127.0.0.1:1055", after(10)), refused_here("127.0.0.1:1055", after(900))
    assert confidence([pod, soon], "M25") is Confidence.PROVEN
    assert found([pod, late], "M25") is None
    (verdict,) = diagnose([pod, soon]).verdicts
    assert verdict.finding is not None
    assert verdict.finding.cause.code == "M25"
    assert {finding.cause.code for finding in verdict.rivals if finding.hushed_by} == {"M23"}


def test_the_family_is_at_fault_where_the_port_is_open() -> None:
    first, last = refused_here("[::1]:1055", after(0)), refused_here("[::1]:1055", after(60))
    assert confidence([first, last], "M24") is Confidence.POSSIBLE
    assert confidence([first, reached(30), last], "M24") is Confidence.PROVEN
    assert confidence([first, reached(90), last], "M24") is Confidence.POSSIBLE
    assert found([refused_here("127.0.0.1:1055")], "M24") is None


def test_tailscaled_that_was_ended_in_order_was_not_killed() -> None:
    ended = ContainerEnded(evidence=evidence(), pod="", container="tailscale", reason="OOMKilled")
    assert confidence([ended], "M26") is Confidence.PROVEN
    assert found([msgspec.structs.replace(ended, reason="Completed")], "M26") is None
    assert found([msgspec.structs.replace(ended, container="postgres")], "M26") is None


def test_a_kept_tailscaled_that_ended_points_to_its_end() -> None:
    ended = KeptDaemonChanged(evidence=evidence(), phase="backing-off", reason="tailscaled was ended by SIGKILL")
    assert confidence([ended], "M26") is Confidence.LIKELY
    assert found([msgspec.structs.replace(ended, phase="running")], "M26") is None


def test_a_pod_that_was_replaced_is_a_cause_only_where_somebody_suffered() -> None:
    event = ClusterEvent(evidence=evidence(), kind="Pod", name="farshore-7c9", reason="Killing", message="Stopping")
    lost = driver(Symptom.DIED_ESTABLISHED)
    assert found([event], "M28") is None
    assert confidence([event, lost], "M28") is Confidence.LIKELY
    assert confidence([msgspec.structs.replace(event, name="ledger-db-0"), lost], "M28") is Confidence.POSSIBLE
    ended = ContainerEnded(evidence=evidence(), pod="farshore-7c9", container="farshore", reason="Error")
    assert confidence([ended, lost], "M28") is Confidence.LIKELY
    assert confidence([msgspec.structs.replace(ended, container="tailscale"), lost], "M28") is Confidence.POSSIBLE


def test_a_pod_that_began_just_after_connections_were_lost_was_replaced() -> None:
    lost = DriverFailed(evidence=evidence(time=after(0)), driver="pgjdbc", symptom=Symptom.DIED_ESTABLISHED)
    for seconds, surely in ((30, Confidence.LIKELY), (-30, Confidence.POSSIBLE), (600, Confidence.POSSIBLE)):
        pod = PodStarted(evidence=evidence(), pod="farshore-7c9", started=START + timedelta(seconds=seconds))
        assert confidence([lost, pod], "M28") is surely


def test_denials_of_packets_to_the_target_are_a_leak_and_not_the_policy() -> None:
    denied = PolicyDenied(evidence=evidence(), count=7, source="shop/gw-0", destination="10.4.0.9:9301")
    assert confidence([failed(), denied], "M29") is Confidence.PROVEN
    others = msgspec.structs.replace(denied, source="shop/api")
    assert confidence([failed(), others], "M29") is Confidence.POSSIBLE
    leaked = msgspec.structs.replace(denied, destination="10.9.8.7:1433")
    assert confidence([failed(), leaked], "M29") is Confidence.POSSIBLE
    finding = found([failed(), denied], "M29")
    assert finding is not None
    assert "7 of them from shop/gw-0 to 10.4.0.9:9301" in finding.decides[0].says


def test_another_protocol_is_another_server() -> None:
    other = Greeted(evidence=evidence(), target=TARGET, expected="tds", protocol="ssh")
    assert confidence([other], "M30") is Confidence.PROVEN
    assert found([msgspec.structs.replace(other, protocol="tds")], "M30") is None
    assert found([msgspec.structs.replace(other, protocol="")], "M30") is None


def test_an_idle_end_is_a_fault_only_where_somebody_used_the_connection_after_it() -> None:
    idle = gateway("gateway.transfer.idle")
    assert found([idle], "M33") is None
    assert confidence([idle, driver(Symptom.DIED_ESTABLISHED)], "M33") is Confidence.PROVEN
    assert confidence([driver(Symptom.STALE)], "M33") is Confidence.LIKELY


def test_a_breaker_is_never_folded_into_what_opened_it() -> None:
    opened = failed(Wording.BREAKER_OPEN, elapsed_s=0.0001, time=moment("09:01"))
    refused = failed(Wording.TAILNET_REFUSED, time=moment("09:00"))
    verdicts = diagnose([opened, refused]).verdicts
    assert [verdict.finding.cause.code for verdict in verdicts if verdict.finding] == ["M05", "M34"]
    greeted = Greeted(evidence=evidence(time=moment("09:01")), target=TARGET, expected="tds", protocol="tds")
    assert confidence([opened, greeted], "M34") is Confidence.PROVEN


@pytest.mark.parametrize(
    ("name", "redirect", "code", "surely"),
    [
        ("oracle", "rac2:1521", "M39", Confidence.PROVEN),
        ("mssql", "replica:1433", "M40", Confidence.PROVEN),
        ("mssql-jdbc", "", "M40", Confidence.LIKELY),
    ],
)
def test_whose_redirect_it_is(name: str, redirect: str, code: str, surely: Confidence) -> None:
    facts = [driver(Symptom.REDIRECTED, name, redirect)]
    assert confidence(facts, code) is surely
    assert found(facts, "M40" if code == "M39" else "M39") is None


@pytest.mark.parametrize(
    ("symptom", "code", "surely"),
    [
        (Symptom.LOGIN_DECLINED, "M37", Confidence.PROVEN),
        (Symptom.SERVER_FULL, "M37", Confidence.PROVEN),
        (Symptom.NAMED_INSTANCE, "M38", Confidence.PROVEN),
        (Symptom.DATA_CHANNEL, "M41", Confidence.LIKELY),
        (Symptom.CERTIFICATE_REFUSED, "M42", Confidence.PROVEN),
        (Symptom.TLS_FAILED, "M42", Confidence.POSSIBLE),
        (Symptom.TLS_CUT_OFF, "M42", Confidence.POSSIBLE),
        (Symptom.TLS_CUT_OFF, "M21", Confidence.POSSIBLE),
        (Symptom.SLOW, "M43", Confidence.POSSIBLE),
        (Symptom.TRUNCATED, "M32", Confidence.POSSIBLE),
        (Symptom.SILENT_BEFORE_REPLY, "M28", Confidence.POSSIBLE),
        (Symptom.SILENT_BEFORE_REPLY, "M43", Confidence.POSSIBLE),
    ],
)
def test_what_a_client_s_words_prove(symptom: Symptom, code: str, surely: Confidence) -> None:
    assert confidence([driver(symptom)], code) is surely


def test_only_the_server_s_own_words_prove_a_lock() -> None:
    said = DriverFailed(evidence=evidence(), driver="mysql", symptom=Symptom.SLOW, number="1205")
    assert confidence([said], "M43") is Confidence.PROVEN
