import pytest
from tests.unit.diagnosis.arguing import LIKELY, POSSIBLE, PROVEN, Row, argued, rule_in
from tests.unit.diagnosis.texts import DIED, STALE, at, driver, ended, event, peer, pod, status

from farshore.diagnosis.catalogue.m26 import CAUSE

OOM = {"terminated": {"reason": "OOMKilled", "exitCode": 137, "finishedAt": at("09:14")}}
COMPLETED = {"terminated": {"reason": "Completed", "exitCode": 0, "finishedAt": at("09:14")}}
KERNEL = "Mar  4 09:14:02 {host} kernel: Out of memory: Killed process 812 (tailscaled) total-vm:1234kB"

ROWS = [
    Row(
        "_killed",
        (pod("09:00", container="tailscale", restartCount=1, lastState=OOM),),
        PROVEN,
        (pod("09:00", container="farshore", restartCount=1, lastState=OOM),),
        None,
    ),
    Row(
        "_killed",
        (pod("09:00", container="tailscale", restartCount=1, lastState=OOM),),
        PROVEN,
        (pod("09:00", container="tailscale", restartCount=1, lastState=COMPLETED),),
        None,
    ),
    # The same of a router's own tailscaled is no end of the gateway's.
    Row(
        "_killed",
        (status(peer()), KERNEL.format(host="gw")),
        PROVEN,
        (status(peer()), KERNEL.format(host="ferry-a")),
        None,
    ),
    Row(
        "_restarted",
        (pod("09:00", container="tailscale", restartCount=1),),
        POSSIBLE,
        (pod("09:00", container="tailscale", restartCount=0),),
        None,
    ),
    Row("_died", (ended("egress.transfer.died"),), LIKELY, (ended("router.transfer.dead"),), None),
    Row(
        "_kept_ended",
        (event("tailscaled-changed", phase="backing-off", reason="ended by SIGKILL"),),
        LIKELY,
        (event("tailscaled-changed", phase="running", reason="started"),),
        None,
    ),
    Row("_closed", (ended("egress.handshake.closed"),), POSSIBLE, (ended("egress.handshake.timeout"),), None),
    Row("_reset", (ended("upstream.transfer.reset"),), POSSIBLE, (ended("upstream.first-byte.reset"),), None),
    Row("established_died", (driver(DIED),), POSSIBLE, (driver(STALE),), None),
]


@pytest.mark.parametrize("row", ROWS, ids=rule_in)
def test_a_rule_finds_its_ground_and_not_in_the_nearest_text(row: Row) -> None:
    assert argued(CAUSE, row.rule, row.texts) == (True, row.sure)
    assert argued(CAUSE, row.rule, row.nearest) == (False, row.otherwise)
