import json

import pytest
from tests.unit.diagnosis.arguing import LIKELY, PROVEN, Row, argued, rule_in
from tests.unit.diagnosis.texts import ROUTER, peer, status

from farshore.diagnosis.catalogue.m47 import CAUSE


def prefs(*, wanted: bool, out: bool = False) -> str:
    told = {"ControlURL": "https://control.example", "RouteAll": True, "WantRunning": wanted, "LoggedOut": out}
    return json.dumps({**told, "AdvertiseRoutes": None, "ShieldsUp": False})


ROWS = [
    Row(
        "_stopped",
        (status(peer(), state="Stopped"),),
        PROVEN,
        (status(peer()), status(name="ferry-a", ips=(ROUTER,), state="Stopped")),
        None,
    ),
    Row("_told_to", (prefs(wanted=False),), LIKELY, (prefs(wanted=True),), None),
    Row("_told_to", (prefs(wanted=False),), LIKELY, (prefs(wanted=False, out=True),), None),
]


@pytest.mark.parametrize("row", ROWS, ids=rule_in)
def test_a_rule_finds_its_ground_and_not_in_the_nearest_text(row: Row) -> None:
    assert argued(CAUSE, row.rule, row.texts) == (True, row.sure)
    assert argued(CAUSE, row.rule, row.nearest) == (False, row.otherwise)
