import pytest
from tests.unit.diagnosis.arguing import LIKELY, POSSIBLE, PROVEN, Row, argued, rule_in
from tests.unit.diagnosis.texts import (
    DIED,
    NO_ANSWER,
    REFUSED,
    SILENT,
    at,
    dial,
    doctor,
    driver,
    ended,
    pod,
    pod_event,
    refused_here,
)

from farshore.diagnosis.catalogue.m28 import CAUSE
from farshore.diagnosis.collected import DialEnd

FAILED = {"terminated": {"reason": "Error", "exitCode": 1, "finishedAt": at("09:14")}}

ROWS = [
    Row("_drained", (ended("gateway.transfer.drained"),), PROVEN, (ended("gateway.accept.route-full"),), None),
    Row(
        "_removed",
        (pod_event("Killing"), driver(DIED)),
        LIKELY,
        (pod_event("Killing", name="ledger-db-0"), driver(DIED)),
        POSSIBLE,
    ),
    Row(
        "_removed",
        (pod_event("Killing"), refused_here()),
        LIKELY,
        # Whoever dialled through the tailnet was alive.
        (pod_event("Killing"), doctor(dial(DialEnd.SILENT))),
        None,
    ),
    Row(
        "_removed",
        (pod("09:00", container="farshore", restartCount=1, lastState=FAILED), driver(DIED)),
        LIKELY,
        (pod("09:00", container="tailscale", restartCount=1, lastState=FAILED), driver(DIED)),
        POSSIBLE,
    ),
    Row("_began_anew", (pod("09:15"), driver(DIED)), LIKELY, (pod("09:17"), driver(DIED)), POSSIBLE),
    Row("_refused", (driver(REFUSED),), POSSIBLE, (driver(NO_ANSWER),), None),
    Row("silent_before_reply", (driver(SILENT),), POSSIBLE, (driver(NO_ANSWER),), None),
]


@pytest.mark.parametrize("row", ROWS, ids=rule_in)
def test_a_rule_finds_its_ground_and_not_in_the_nearest_text(row: Row) -> None:
    assert argued(CAUSE, row.rule, row.texts) == (True, row.sure)
    assert argued(CAUSE, row.rule, row.nearest) == (False, row.otherwise)
