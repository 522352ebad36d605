import pytest
from tests.unit.diagnosis.arguing import CONTRADICTED, LIKELY, POSSIBLE, PROVEN, Row, argued, rule_in
from tests.unit.diagnosis.texts import AT, SUBNET, TARGET, dial, doctor, peer, status

from farshore.diagnosis.catalogue.m45 import CAUSE
from farshore.diagnosis.collected import DialEnd

VIA = "[fd7a:115c:a1e0:b1a:0:7:a09:807]:1433"
VIA_SUBNET = "fd7a:115c:a1e0:b1a:0:7:a09:800/120"
BOTH = status(peer(AllowedIPs=[SUBNET, VIA_SUBNET]))
TWO = status(peer(), peer("ferry-b", "100.64.0.3", VIA_SUBNET))
PLAIN, OVER_VIA, LATER = dial(DialEnd.SILENT), dial(target=VIA), dial(DialEnd.SILENT, clock="09:15:00")
LOST = f"{AT}Z netstack: CreateEndpoint error for 100.64.0.1:51234 -> {TARGET}: network is unreachable"
REFUSES = f"connect tcp {TARGET}: connection was refused"

ROWS = [
    Row(
        "_endpoint_error",
        (LOST,),
        PROVEN,
        (f"{AT}Z netstack: could not connect to local backend server at {TARGET}: i/o timeout",),
        None,
    ),
    Row("_via_works", (BOTH, doctor(PLAIN, OVER_VIA)), PROVEN, (TWO, doctor(PLAIN, OVER_VIA)), CONTRADICTED),
    Row(
        "_via_works_somewhere",
        (doctor(PLAIN, OVER_VIA),),
        LIKELY,
        (doctor(PLAIN, dial(target=VIA.replace(":1433", ":1434"))),),
        POSSIBLE,
    ),
    Row(
        "_via_works_somewhere",
        (doctor(PLAIN, OVER_VIA),),
        LIKELY,
        (doctor(PLAIN, dial(target=VIA.replace("807", "808"))),),
        POSSIBLE,
    ),
    Row("_via_another", (TWO, doctor(PLAIN, OVER_VIA)), CONTRADICTED, (BOTH, doctor(PLAIN, OVER_VIA)), PROVEN),
    Row(
        "_foreign_router",
        (status(peer(OS="windows")), doctor(PLAIN)),
        POSSIBLE,
        (status(peer(OS="linux")), doctor(PLAIN)),
        None,
    ),
    Row(
        "_answered",
        (doctor(PLAIN, OVER_VIA, dial(DialEnd.FAILED, text=REFUSES)),),
        CONTRADICTED,
        (doctor(PLAIN, OVER_VIA, dial(DialEnd.FAILED, text="context deadline exceeded")),),
        LIKELY,
    ),
    Row(
        "_reached",
        (doctor(PLAIN, OVER_VIA, dial(clock="09:14:30"), LATER),),
        POSSIBLE,
        (doctor(PLAIN, OVER_VIA, dial(clock="09:16:00"), LATER),),
        LIKELY,
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=rule_in)
def test_a_rule_finds_its_ground_and_not_in_the_nearest_text(row: Row) -> None:
    assert argued(CAUSE, row.rule, row.texts) == (True, row.sure)
    assert argued(CAUSE, row.rule, row.nearest) == (False, row.otherwise)
