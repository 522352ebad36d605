import pytest
from tests.unit.diagnosis.arguing import POSSIBLE, PROVEN, Row, argued, rule_in
from tests.unit.diagnosis.texts import NO_ANSWER, SILENT, TARGET, dial, doctor, driver

from farshore.diagnosis.catalogue.m29 import CAUSE
from farshore.diagnosis.collected import DialEnd

REFUSED_THERE = doctor(dial(DialEnd.FAILED, text=f"dial tcp {TARGET}: connect: connection refused"))


def denied(source: str, destination: str, reason: str = "Policy denied") -> str:
    return f"Mar  4 09:14:02.100: {source} <> {destination} {reason} DROPPED (TCP Flags: SYN)"


ROWS = [
    Row(
        "_denied",
        (denied("apps/b:43007", "edge/gw:8082"),),
        PROVEN,
        (denied("apps/b:43007", "edge/gw:8082", "Fragmentation needed"),),
        None,
    ),
    Row(
        "_denied_to_target",
        (REFUSED_THERE, denied("edge/gw:43007", TARGET)),
        POSSIBLE,
        (REFUSED_THERE, denied("edge/gw:43007", "10.9.8.8:1433")),
        PROVEN,
    ),
    Row(
        "_denied_elsewhere",
        (REFUSED_THERE, denied("apps/b:43007", "kube-system/dns:53")),
        POSSIBLE,
        (REFUSED_THERE, denied("apps/b:43007", "edge/farshore-0:8082")),
        PROVEN,
    ),
    Row(
        "_denied",
        (driver(NO_ANSWER), denied("apps/b:43007", "edge/ferry-0:8082")),
        PROVEN,
        (driver(NO_ANSWER), denied("apps/b:43007", "edge/ferry-0:8083")),
        POSSIBLE,
    ),
    Row("client_waited", (driver(NO_ANSWER),), POSSIBLE, (driver(SILENT),), None),
]


@pytest.mark.parametrize("row", ROWS, ids=rule_in)
def test_a_rule_finds_its_ground_and_not_in_the_nearest_text(row: Row) -> None:
    assert argued(CAUSE, row.rule, row.texts) == (True, row.sure)
    assert argued(CAUSE, row.rule, row.nearest) == (False, row.otherwise)
