import pytest
from tests.unit.diagnosis.arguing import LIKELY, POSSIBLE, Row, argued, rule_in
from tests.unit.diagnosis.texts import ended, lines

from farshore.diagnosis.catalogue.m46 import CAUSE


def reached(second: int, code: str) -> str:
    return ended(code, _clock(second))


def lost(second: int) -> str:
    return ended("tailnet.dial.no-answer", _clock(second))


def _clock(second: int) -> str:
    return f"09:{14 + second // 60:02}:{second % 60:02}"


CHURN = [reached(2 * n, "upstream.transfer.closed") for n in range(40)]
BY_CLIENTS = [reached(2 * n, "client.transfer.closed") for n in range(40)]
LOST = lost(21)

ROWS = [
    Row("_target_ends_first", (lines(*CHURN, LOST),), LIKELY, (lines(*CHURN[:20], *BY_CLIENTS[20:], LOST),), POSSIBLE),
    Row(
        "_few_among_many", (lines(*CHURN, LOST),), LIKELY, (lines(*CHURN, *(lost(21 + 4 * n) for n in range(8))),), None
    ),
    Row("_few_among_many", (lines(*CHURN, LOST),), LIKELY, (lines(*CHURN, lost(300)),), None),
    Row("_few_among_many", (lines(*CHURN, LOST),), LIKELY, (lines(*CHURN[:15], lost(21)),), None),
    Row(
        "_client_ends_first",
        (lines(*BY_CLIENTS, LOST),),
        POSSIBLE,
        (lines(*CHURN[:1], *BY_CLIENTS[1:], LOST),),
        POSSIBLE,
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=rule_in)
def test_a_rule_finds_its_ground_and_not_in_the_nearest_text(row: Row) -> None:
    assert argued(CAUSE, row.rule, row.texts) == (True, row.sure)
    assert argued(CAUSE, row.rule, row.nearest) == (False, row.otherwise)
