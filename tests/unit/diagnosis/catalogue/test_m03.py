import pytest
from tests.unit.diagnosis.arguing import CONTRADICTED, POSSIBLE, PROVEN, Row, argued, rule_in
from tests.unit.diagnosis.tailnet_texts import ANSWERS, HANGS, MUTE, OTHER, device, devices
from tests.unit.diagnosis.texts import dial, doctor, ended, lines, peer, status

from farshore.diagnosis.catalogue.m03 import CAUSE

VIA = "[fd7a:115c:a1e0:b1a:0:7:a09:807]:1433"
SITE = "fd7a:115c:a1e0:b1a:0:7:a09:800/120"
BOTH = status(peer(), peer("ferry-b", OTHER, SITE))
ALSO_HANGS = ended("tailnet.dial.no-answer", target="10.9.8.9:5432")
STANDBY = devices(device(), device("ferry-b", OTHER))

ROWS = [
    Row(
        "_other_works",
        (BOTH, HANGS, ANSWERS, doctor(dial(target=VIA))),
        PROVEN,
        (BOTH, HANGS, ANSWERS, doctor(dial(target=VIA.replace("807", "808")))),
        None,
    ),
    Row(
        "_other_works",
        (BOTH, HANGS, ANSWERS, doctor(dial(target=VIA))),
        PROVEN,
        (BOTH, HANGS, ANSWERS, doctor(dial(target=VIA, clock="09:15:03"))),
        None,
    ),
    Row(
        "_other_could",
        (lines(HANGS, ALSO_HANGS), ANSWERS, STANDBY),
        POSSIBLE,
        (lines(HANGS, HANGS), ANSWERS, STANDBY),
        None,
    ),
    Row(
        "_other_could",
        (lines(HANGS, ALSO_HANGS), ANSWERS, STANDBY),
        POSSIBLE,
        (lines(HANGS, ALSO_HANGS), ANSWERS, devices(device(), device("ferry-b", OTHER, approved=""))),
        None,
    ),
    Row(
        "_other_could",
        (lines(HANGS, ALSO_HANGS), ANSWERS, STANDBY),
        POSSIBLE,
        (lines(HANGS, ALSO_HANGS), ANSWERS, devices(device(), device("ferry-b", OTHER, connectedToControl=False))),
        None,
    ),
    Row(
        "router_dead",
        (lines(HANGS, ALSO_HANGS), STANDBY, lines(ANSWERS, MUTE)),
        CONTRADICTED,
        (lines(HANGS, ALSO_HANGS), STANDBY, ANSWERS),
        POSSIBLE,
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=rule_in)
def test_a_rule_finds_its_ground_and_not_in_the_nearest_text(row: Row) -> None:
    assert argued(CAUSE, row.rule, row.texts) == (True, row.sure)
    assert argued(CAUSE, row.rule, row.nearest) == (False, row.otherwise)
