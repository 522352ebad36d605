import pytest
from tests.unit.diagnosis.arguing import LIKELY, POSSIBLE, PROVEN, Row, argued, rule_in
from tests.unit.diagnosis.tailnet_texts import health, said
from tests.unit.diagnosis.texts import ROUTER, peer, pod, status

from farshore.diagnosis.catalogue.m16 import CAUSE

NO_KEY = said("Received error: invalid key: API key does not exist")
OUT = status(state="NeedsLogin")


def restarted(container: str, times: int = 3) -> str:
    return pod("09:00", container=container, restartCount=times, lastState={"terminated": {"reason": "Error"}})


ROWS = [
    Row("_declined", (NO_KEY,), PROVEN, (said("Received error: unexpected EOF"),), None),
    Row("_declined", (NO_KEY,), PROVEN, (status(peer()), said("Received error: invalid key", by="ferry-a")), None),
    Row(
        "_said_so",
        (health("You are logged out. The last login error was: invalid key"),),
        LIKELY,
        (health("You are logged out."),),
        None,
    ),
    Row("_restarted_and_out", (OUT, restarted("tailscale")), POSSIBLE, (OUT, restarted("exporter")), None),
    Row("_restarted_and_out", (OUT, restarted("tailscale")), POSSIBLE, (status(), restarted("tailscale")), None),
    Row(
        "_restarted_and_out",
        (OUT, restarted("tailscale")),
        POSSIBLE,
        (status(peer()), status(name="ferry-a", ips=(ROUTER,), state="NeedsLogin"), restarted("tailscale")),
        None,
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=rule_in)
def test_a_rule_finds_its_ground_and_not_in_the_nearest_text(row: Row) -> None:
    assert argued(CAUSE, row.rule, row.texts) == (True, row.sure)
    assert argued(CAUSE, row.rule, row.nearest) == (False, row.otherwise)
