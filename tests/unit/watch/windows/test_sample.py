"""How an ending counts."""

import msgspec
import pytest
from tests.unit.watch.windows.making import sample

from farshore.core.events import ConnectionEnded
from farshore.core.outcome import ClientEnd, Code
from farshore.watch.windows.sample import Sample, sample_of

NOW_S = 1_000.0
ENDED = ConnectionEnded(
    connection=1,
    route="db",
    egress="ts",
    path="r1",
    client="10.0.0.1:5000",
    target="172.16.20.88:1433",
    code=Code.UPSTREAM_CLOSED,
    detail=None,
    client_end=ClientEnd.FIN,
    started_at_s=100.0,
    connect_ms=1.0,
    handshake_ms=2.0,
    dial_ms=7.0,
    first_byte_ms=90.0,
    reached_ms=10.0,
    duration_ms=2_500.0,
    client_bytes=1,
    upstream_bytes=1,
    leaked_dial=False,
)


def test_it_belongs_to_the_time_at_which_it_ended_and_takes_as_long_as_the_connection_took_to_come() -> None:
    assert sample_of(ENDED, NOW_S) == sample(102.5, cause="upstream.transfer.closed", latency_s=pytest.approx(0.010))


def test_one_that_began_before_the_clock_was_set_back_ends_now() -> None:
    assert sample_of(ENDED, 40.0) == sample(40.0, cause="upstream.transfer.closed", latency_s=pytest.approx(0.010))


def test_what_never_connected_has_no_latency() -> None:
    lost = counted(code=Code.NO_ANSWER, reached_ms=None, client_end=ClientEnd.RST)
    assert lost is not None
    assert (lost.is_failure, lost.is_reset, lost.latency_s) == (True, True, None)


@pytest.mark.parametrize("code", [Code.CLIENT_NOT_ALLOWED, Code.DRAINING, Code.DRAIN_CUT, Code.DRAIN_CUT_DIAL])
def test_who_is_turned_away_by_rule_does_not_count(code: Code) -> None:
    assert counted(code=code) is None


def test_who_leaves_counts_as_a_failure_once_it_has_waited() -> None:
    hasty, patient = (
        counted(code=Code.CLIENT_GONE_EARLY, duration_ms=waited_ms, client_end=ClientEnd.NONE)
        for waited_ms in (2_999.0, 3_000.0)
    )
    assert hasty is None
    assert patient is not None
    assert patient.is_failure


def counted(**changed: object) -> Sample | None:
    return sample_of(msgspec.structs.replace(ENDED, **changed), NOW_S)
