import pytest
from tests.unit.diagnosis.arguing import LIKELY, PROVEN, Row, argued, rule_in
from tests.unit.diagnosis.tailnet_texts import device, devices
from tests.unit.diagnosis.texts import at, peer, status

from farshore.diagnosis.catalogue.m17 import CAUSE

GONE = {"Online": False, "LastSeen": at("08:41")}


def self_of(name: str, address: str, **fields: object) -> dict[str, object]:
    """A node without routes of its own."""
    return {**peer(name, address, f"{address}/32"), **GONE, **fields}


ROWS = [
    Row(
        "_twice_connected",
        (status(), devices(device("gw", "100.64.0.1", multipleConnections=True))),
        PROVEN,
        (status(), devices(device("gull", "100.64.0.9", "", "", multipleConnections=True))),
        None,
    ),
    Row("_twice_connected", (devices(device(multipleConnections=True)),), PROVEN, (devices(device()),), None),
    Row(
        "_new_address",
        (status(), status(ips=("100.64.0.9",))),
        LIKELY,
        (status(), status(name="g", ips=("100.64.0.9",))),
        None,
    ),
    Row(
        "_earlier_selves",
        (status(self_of("gw", "100.64.0.7"), self_of("gw", "100.64.0.8")),),
        LIKELY,
        (status(self_of("gw", "100.64.0.7"), self_of("gw", "100.64.0.8", Online=True)),),
        None,
    ),
    Row(
        "_earlier_selves",
        (status(self_of("x", "100.64.0.7", DNSName="gw-1.t.net."), self_of("gw-x7f3k2ab", "100.64.0.8")),),
        LIKELY,
        (status(self_of("gw-database", "100.64.0.7"), self_of("gw-firewall", "100.64.0.8")),),
        None,
    ),
    Row(
        "_earlier_selves",
        (
            status(),
            devices(
                device("gw", "100.64.0.7", "", "", connectedToControl=False),
                device("gw-1", "100.64.0.8", "", "", connectedToControl=False),
            ),
        ),
        LIKELY,
        (
            status(),
            devices(
                device("gw", "100.64.0.1", "", "", connectedToControl=False),
                device("gw-1", "100.64.0.8", "", "", connectedToControl=False),
            ),
        ),
        None,
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=rule_in)
def test_a_rule_finds_its_ground_and_not_in_the_nearest_text(row: Row) -> None:
    assert argued(CAUSE, row.rule, row.texts) == (True, row.sure)
    assert argued(CAUSE, row.rule, row.nearest) == (False, row.otherwise)
