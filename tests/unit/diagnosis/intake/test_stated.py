from farshore.diagnosis.evidence import Origin
from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.clients import ChecksCounted
from farshore.diagnosis.facts.flows import DirectionCounted, HandshakesCounted, PeriodCounted, PolicyDenied
from farshore.diagnosis.facts.peers import PingUnanswered
from farshore.diagnosis.intake.stated import Line, numbers, stated_facts


def stated(text: str, kind: str = "text") -> list[Fact]:
    lines = [Line(number, line) for number, line in enumerate(text.strip().split("\n"), 1)]
    return list(stated_facts(kind, lines, "Heading", Origin(source="note.md")))


def test_numbers_with_thousands_units_and_percent() -> None:
    assert numbers("2,407 of 55,900+ in 1,219 minutes, 98.0%") == [
        (2407.0, "of"),
        (55900.0, "in"),
        (1219.0, "minutes"),
        (98.0, "%"),
    ]
    assert numbers("10.9.8.7:1433 and 2026-03-04") == []


def test_a_captures_totals() -> None:
    counted, denied = stated(
        "- **Attempts**: 900\n- Handshakes: 310 (34.4%)\n- Resets (RST): 300\n- Denied by policy: 540"
    )
    assert isinstance(counted, HandshakesCounted)
    assert (counted.attempts, counted.completed, counted.resets, counted.denied) == (900, 310, 300, 540)
    assert isinstance(denied, PolicyDenied)
    assert (denied.count, denied.ref) == (540, "note.md:4")


def test_a_run_of_health_checks() -> None:
    (checks,) = stated(
        "Duration: 90 minutes (~1.5 hours)\nTotal checks: 4,000\nSuccessful: 3,900\nFailed: 100\nSuccess rate: 97.5%"
    )
    assert isinstance(checks, ChecksCounted)
    assert (checks.total, checks.succeeded, checks.failed, checks.duration_s) == (4000, 3900, 100, 5400)


def test_a_table_over_periods() -> None:
    rows = stated(
        "| Period | Flows | Single |\n| --- | --- | --- |\n| Before | 1,000 | 980 (98.0%) |\n| During | 900 | 883 |",
        "table",
    )
    assert [(row.period, row.counts) for row in rows if isinstance(row, PeriodCounted)] == [
        ("before", (("flows", 1000.0), ("single", 980.0), ("single %", 98.0))),
        ("during", (("flows", 900.0), ("single", 883.0))),
    ]


def test_a_ping_that_somebody_tells_of() -> None:
    (ping,) = stated("`tailscale ping 100.64.0.2` → **timeout**")
    assert isinstance(ping, PingUnanswered)
    assert (ping.address, ping.reason) == ("100.64.0.2", "timeout")
    assert stated("tailscale ping 100.64.0.2  # should work now") == []


def test_flows_counted_by_direction() -> None:
    there, back = stated("Flows FROM 100.64.0.2: 240\nFlows TO 100.64.0.2: 0 flows")
    assert isinstance(there, DirectionCounted)
    assert isinstance(back, DirectionCounted)
    assert (there.direction, there.flows, back.direction, back.flows) == ("from", 240, "to", 0)
