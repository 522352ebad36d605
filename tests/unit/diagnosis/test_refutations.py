from tests.unit.diagnosis.making import evidence, failed, moment
from tests.unit.diagnosis.test_contradictions import seen

from farshore.diagnosis.facts.dials import RelayBroke
from farshore.diagnosis.facts.flows import PeriodCounted
from farshore.diagnosis.index import Index
from farshore.diagnosis.refutations import (
    came_about_over_ipv6,
    closed_itself,
    faster_than_silence,
    received,
    silent_since,
)


def test_an_established_connection_over_ipv6_is_no_fault_of_ipv6() -> None:
    broke = RelayBroke(evidence=evidence(), closed_here=True, addresses=("[::1]:5", "[::1]:1055"))
    assert came_about_over_ipv6(Index([broke])) is not None
    assert closed_itself(Index([broke])) is not None
    over_ipv4 = RelayBroke(evidence=evidence(), closed_here=False, addresses=("127.0.0.1:5", "127.0.0.1:1055"))
    assert came_about_over_ipv6(Index([over_ipv4])) is None
    assert closed_itself(Index([over_ipv4])) is None


def test_only_what_is_faster_than_silence_refutes_a_dead_router() -> None:
    found = faster_than_silence(Index([failed(elapsed_s=0.02)]))
    assert found is not None
    assert "20 ms" in found.says
    assert faster_than_silence(Index([failed(elapsed_s=5.0)])) is None


def test_packets_received_during_the_outage() -> None:
    def row(period: str, **counts: float) -> PeriodCounted:
        named = tuple((name.replace("_", " "), value) for name, value in counts.items())
        return PeriodCounted(evidence=evidence(), period=period, counts=named)

    assert received(Index([row("during", tx_packets=8, rx_packets=7)])) is not None
    assert received(Index([row("during", tx_packets=8, rx_packets=0)])) is None
    assert received(Index([row("before", tx_packets=8, rx_packets=7)])) is None


def test_an_observer_that_sent_nothing_is_not_the_one_that_fails() -> None:
    found = silent_since(Index([failed(time=moment("05:30")), seen(last_write="2026-03-02T05:00:00Z")]))
    assert found is not None
    assert "48.5 h" in found.says
    assert silent_since(Index([failed(time=moment("05:30")), seen(last_write="2026-03-04T05:10:00Z")])) is None
    assert silent_since(Index([failed(), seen(last_write="2026-03-02T05:00:00Z")])) is None
