import msgspec
import pytest
from tests.unit.diagnosis.arguing import read
from tests.unit.diagnosis.texts import AT, GENERAL, TARGET, dial, doctor, ended, refused_here

from farshore.diagnosis.collected import DialEnd
from farshore.diagnosis.facts.dials import DialFailed, Egress, GatewayEnded, Wording
from farshore.diagnosis.index import Index


def by_tailscaled(error: str) -> str:
    return f"{AT}Z socks5: client connection failed: {error}"


TEXTS = {
    Wording.SOCKS_GENERAL: GENERAL,
    Wording.DEADLINE: by_tailscaled("context deadline exceeded"),
    Wording.TAILNET_REFUSED: by_tailscaled(f"connect tcp {TARGET}: connection was refused"),
    Wording.TAILNET_UNREACHABLE: by_tailscaled(f"connect tcp {TARGET}: no route to host"),
    Wording.KERNEL_REFUSED: by_tailscaled(f"dial tcp {TARGET}: connect: connection refused"),
    Wording.KERNEL_TIMEOUT: by_tailscaled(f"dial tcp {TARGET}: i/o timeout"),
    Wording.KERNEL_UNREACHABLE: by_tailscaled(f"dial tcp {TARGET}: connect: no route to host"),
    Wording.DIAL_SELF: doctor(dial(DialEnd.NOT_A_ROUTE)),
    Wording.NAME_UNKNOWN: by_tailscaled("lookup ledger.internal on 10.4.0.10:53: no such host"),
    Wording.EGRESS_REFUSED: refused_here(),
    Wording.EGRESS_SILENT: ended("egress.handshake.timeout"),
    Wording.BREAKER_OPEN: f"{AT}Z cannot reach {TARGET}: circuit breaker is open",
    Wording.REFUSED: ended("target.dial.refused", detail="Connection refused"),
    Wording.TIMED_OUT: ended("target.dial.no-answer"),
    Wording.OTHER: ended("target.dial.unreachable", detail="No buffer space available"),
}


STAYED_HERE = {Wording.EGRESS_REFUSED, Wording.EGRESS_SILENT, Wording.BREAKER_OPEN}


@pytest.mark.parametrize("wording", Wording)
def test_a_text_for_every_wording(wording: Wording) -> None:
    (failed,) = (fact for fact in read(TEXTS[wording]) if isinstance(fact, DialFailed))
    assert failed.wording is wording


@pytest.mark.parametrize("wording", Wording)
def test_only_what_left_the_host_tells_of_the_way_by_its_time(wording: Wording) -> None:
    (failed,) = (fact for fact in read(TEXTS[wording]) if isinstance(fact, DialFailed))
    scope = next(Index([msgspec.structs.replace(failed, elapsed_s=0.02)]).scopes())
    assert bool(scope.times_to_failure) is (wording not in STAYED_HERE)


@pytest.mark.parametrize("egress", Egress)
def test_every_egress_is_kept(egress: Egress) -> None:
    (failed,) = (
        fact for fact in read(doctor(dial(DialEnd.SILENT, egress=egress.value))) if isinstance(fact, DialFailed)
    )
    assert failed.egress is egress


@pytest.mark.parametrize(("code", "failed"), [("router.transfer.dead", True), ("gateway.transfer.idle", False)])
def test_an_end_that_is_only_worth_telling_is_no_failure(code: str, failed: bool) -> None:  # noqa: FBT001
    (told,) = (fact for fact in read(ended(code)) if isinstance(fact, GatewayEnded))
    assert told.is_failure is failed
