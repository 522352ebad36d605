import pytest
from tests.unit.diagnosis.arguing import CONTRADICTED, LIKELY, PROVEN, Row, argued, rule_in
from tests.unit.diagnosis.tailnet_texts import DIAL_LEAKED, DIAL_REFUSED, HANGS, REPLY_1, said
from tests.unit.diagnosis.texts import lines, peer, status

from farshore.diagnosis.catalogue.m20 import CAUSE

KNOWN = status(peer())
WHY = "the client already has 1365 in-flight connections"
LIMIT = f"netstack: ignoring a new TCP connection from 10.9.8.9 to 100.64.0.1 because {WHY}"

ROWS = [
    Row("_over_the_limit", (KNOWN, said(LIMIT, by="ferry-a")), PROVEN, (KNOWN, said(LIMIT, by="gull")), None),
    Row("_some_router_over", (KNOWN, HANGS, said(LIMIT)), LIKELY, (KNOWN, DIAL_REFUSED, said(LIMIT)), None),
    Row(
        "not_through_tailnet",
        (KNOWN, lines(HANGS, DIAL_LEAKED), said(LIMIT)),
        CONTRADICTED,
        (KNOWN, lines(HANGS, REPLY_1), said(LIMIT)),
        LIKELY,
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=rule_in)
def test_a_rule_finds_its_ground_and_not_in_the_nearest_text(row: Row) -> None:
    assert argued(CAUSE, row.rule, row.texts) == (True, row.sure)
    assert argued(CAUSE, row.rule, row.nearest) == (False, row.otherwise)
