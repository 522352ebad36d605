from tests.unit.diagnosis.reading import read_by

from farshore.diagnosis.facts.peers import DerpRegionListed

NAME = "DERP map"


def test_a_region() -> None:
    text = (
        '{"Regions": {"five": {"RegionID": 4, "RegionCode": "fra", "RegionName": "F", "Nodes": [{"HostName": "h"}]}}}'
    )
    (region,) = read_by(NAME, text).facts
    assert isinstance(region, DerpRegionListed)
    assert (region.region_id, region.code, region.hosts, region.ref) == (4, "fra", ("h",), "x#/Regions/five")


def test_a_map_without_regions_is_said() -> None:
    assert len(read_by(NAME, '{"Regions": [], "RegionCode": 1}').unread) == 1
