import pytest
from tests.unit.diagnosis.arguing import LIKELY, POSSIBLE, PROVEN, Row, argued, rule_in
from tests.unit.diagnosis.texts import AT, TARGET, dial, doctor, ended, greeted, lines

from farshore.diagnosis.catalogue.m34 import CAUSE

OPEN = f"{AT}Z cannot reach {TARGET}: circuit breaker is open"
OPEN_LATER = OPEN.replace("09:14:02", "09:15:02")


def scraped(*counts: int) -> str:
    """The gateway's own metrics, a scrape every half minute; the last connections failed, and as many went well."""
    return "\n".join(
        f'farshore_connections_total{{route="ledger",code="{code}"}} {count} {1_772_600_000_000 + 30_000 * number}'
        for number, count in enumerate(counts)
        for code in ("tailnet.dial.no-answer", "client.transfer.closed")
    )


def hammering(*clients: str) -> str:
    """Twelve connections that fail in each of five seconds, of these clients in turn."""
    return lines(
        *(
            ended(
                "tailnet.dial.no-answer",
                f"09:14:{number // 12:02}",
                client=f"{clients[number % len(clients)]}:5{number:04}",
            )
            for number in range(60)
        )
    )


ROWS = [
    Row(
        "_open_beside_success",
        (lines(OPEN, OPEN_LATER), doctor(greeted("tds", "tds", "09:14:30"))),
        PROVEN,
        (lines(OPEN, OPEN_LATER), doctor(dial(clock="09:40:00"))),
        LIKELY,
    ),
    Row(
        "_not_allowed",
        (ended("gateway.accept.client-not-allowed"),),
        PROVEN,
        (ended("gateway.accept.route-full"),),
        None,
    ),
    Row("_mistaken", (ended("gateway.transfer.internal-error"),), PROVEN, (ended("gateway.transfer.idle"),), None),
    Row("_again_at_once", (hammering("10.4.0.9"),), LIKELY, (hammering("10.4.0.9", "10.4.0.10", "10.4.0.11"),), None),
    Row("_storm", (scraped(0, 6000),), POSSIBLE, (scraped(0, 600),), None),
    Row("_open", (OPEN,), LIKELY, (f"{AT}Z cannot reach {TARGET}: circuit breaker is half-open",), None),
]


@pytest.mark.parametrize("row", ROWS, ids=rule_in)
def test_a_rule_finds_its_ground_and_not_in_the_nearest_text(row: Row) -> None:
    assert argued(CAUSE, row.rule, row.texts) == (True, row.sure)
    assert argued(CAUSE, row.rule, row.nearest) == (False, row.otherwise)
