import pytest

from farshore.diagnosis.evidence import Origin
from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.clients import ChecksCounted
from farshore.diagnosis.facts.flows import DirectionCounted, HandshakesCounted, PeriodCounted, PolicyDenied
from farshore.diagnosis.facts.peers import PingUnanswered
from farshore.diagnosis.intake.stated import Line, Stated, numbers, stated_facts


def stated(text: str, kind: str = "text", caption: str = "") -> list[Fact]:
    lines = [Line(number, line) for number, line in enumerate(text.strip().split("\n"), 1)]
    block = Stated(lines=lines, joined=lines, heading="Heading", caption=caption)
    return list(stated_facts(kind, block, Origin(source="note.md")))


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


@pytest.mark.parametrize(
    ("told", "failed"),
    [
        ("Health check of 20 h: 4,000 queries, 97.5 % success", 100),
        ("4,000 queries over 20 hours (97.5 %)", 100),
        ("4,000 queries in 20 h, 2.5 % failed", 100),
        ("4,000 queries in 20 h, 97.5 % success, 98 failed", 98),
        ("4,000 queries in 20 h at 40 % load", None),
    ],
)
def test_a_share_of_health_checks_is_a_number_of_them(told: str, failed: float | None) -> None:
    (checks,) = stated(told)
    assert isinstance(checks, ChecksCounted)
    assert (checks.total, checks.duration_s) == (4000, 72_000)
    assert checks.failed == pytest.approx(failed)


def test_a_share_of_something_else_is_none_of_health_checks() -> None:
    assert stated("97.5 % of what was sent came back") == []


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


def test_a_captures_totals_in_a_sentence_and_as_a_list_that_begins_with_the_numbers() -> None:
    for told in (
        "Of 3\u2019120 attempts 905 completed the handshake, 884 ended in a RST and 1\u2019960 were denied by policy.",
        "* 3\u2019120 attempts\n* 905 handshakes completed, 29 %\n* 884 RST sent\n* 1\u2019960 denials by policy",
    ):
        counted, denied = stated(told)
        assert isinstance(counted, HandshakesCounted)
        assert (counted.attempts, counted.completed, counted.resets, counted.denied) == (3120, 905, 884, 1960)
        assert isinstance(denied, PolicyDenied)
        assert denied.count == 1960


def test_a_run_of_health_checks_told_in_words() -> None:
    (checks,) = stated(
        "* 41\u2019400 queries in all\n* 40\u2019572 of them went well, 98,0 %\n* 828 did not", caption="for 15 hours:"
    )
    assert isinstance(checks, ChecksCounted)
    assert (checks.total, checks.succeeded, checks.failed, checks.duration_s) == (41400, 40572, 828, 54000)
    (checks,) = stated("In 2 hours 7,200 probes were sent, 36 of which failed.")
    assert isinstance(checks, ChecksCounted)
    assert (checks.total, checks.failed, checks.duration_s) == (7200, 36, 7200)
    assert stated("It took 3 queries until 2 people noticed") == []


def test_flows_counted_by_direction_in_a_sentence() -> None:
    there, back = stated("Over the whole log 14\u2019733 flows come from 100.64.0.2 and not one goes to it.")
    assert isinstance(there, DirectionCounted)
    assert isinstance(back, DirectionCounted)
    assert (there.address, there.direction, there.flows) == ("100.64.0.2", "from", 14733)
    assert (back.address, back.direction, back.flows) == ("100.64.0.2", "to", 0)
    (alone,) = stated("14,733 flows come from 100.64.0.2, and some go to it.")
    assert isinstance(alone, DirectionCounted)
