import json

import pytest
from tests.unit.diagnosis.arguing import CONTRADICTED, LIKELY, PROVEN, Row, argued, rule_in
from tests.unit.diagnosis.tailnet_texts import DIAL_HUNG, DIAL_LEAKED, OTHER, REPLY_1, device, devices
from tests.unit.diagnosis.texts import SUBNET, lines

from farshore.diagnosis.catalogue.m08 import CAUSE


def routes_of_one(approved: str) -> str:
    """The routes of one device as the control plane's API gives them, which does not name it."""
    return json.dumps({"advertisedRoutes": [SUBNET], "enabledRoutes": [approved] if approved else []})


OFFERED = devices(device(approved=""))

ROWS = [
    Row("_unapproved_and_missing", (OFFERED, DIAL_LEAKED), PROVEN, (OFFERED, REPLY_1), LIKELY),
    Row("_unapproved", (OFFERED, REPLY_1), LIKELY, (devices(device()), REPLY_1), None),
    Row("_unapproved", (routes_of_one(""), REPLY_1), LIKELY, (routes_of_one(SUBNET), REPLY_1), None),
    Row("_unapproved", (OFFERED, REPLY_1), LIKELY, (devices(device(offers="10.9.9.0/24", approved="")), REPLY_1), None),
    Row("_unapproved", (OFFERED, REPLY_1), LIKELY, (devices(device(offers="0.0.0.0/0", approved="")), REPLY_1), None),
    Row(
        "_enabled_elsewhere",
        (devices(device(approved=""), device("ferry-b", OTHER)), REPLY_1),
        CONTRADICTED,
        (devices(device(approved=""), device("ferry-b", OTHER, approved="0.0.0.0/0")), REPLY_1),
        LIKELY,
    ),
    Row("through_tailnet", (OFFERED, lines(REPLY_1, DIAL_HUNG)), CONTRADICTED, (OFFERED, REPLY_1), LIKELY),
    Row(
        "_enabled_elsewhere",
        (devices(device(approved=""), device("ferry-b", OTHER)), REPLY_1),
        CONTRADICTED,
        (devices(device(approved=""), device("ferry-b", OTHER, approved="10.9.9.0/24")), REPLY_1),
        LIKELY,
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=rule_in)
def test_a_rule_finds_its_ground_and_not_in_the_nearest_text(row: Row) -> None:
    assert argued(CAUSE, row.rule, row.texts) == (True, row.sure)
    assert argued(CAUSE, row.rule, row.nearest) == (False, row.otherwise)
