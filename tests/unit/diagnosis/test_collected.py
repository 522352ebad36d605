import json

import msgspec
import pytest
from tests.unit.diagnosis.arguing import read
from tests.unit.diagnosis.texts import dial, doctor, greeted

from farshore.diagnosis.collected import FORMAT, DialEnd, Listed, Manifest
from farshore.diagnosis.facts.dials import DialFailed, DialSucceeded


@pytest.mark.parametrize("end", DialEnd)
def test_every_end_of_a_dial_is_read_as_one(end: DialEnd) -> None:
    (fact,) = read(doctor(dial(end)))
    assert isinstance(fact, DialSucceeded if end is DialEnd.CONNECTED else DialFailed)


def test_what_says_nothing_is_left_out_and_read_back_as_it_was() -> None:
    written = json.loads(doctor(greeted("tds", "")))
    assert written["format"] == FORMAT
    assert {"pings", "greeting", "hung_up", "stands_for"} & (written.keys() | written["dials"][0].keys()) == set()
    assert len(read(json.dumps(written))) == 2


def test_a_later_program_may_add_fields_and_an_earlier_one_lack_them() -> None:
    written = json.loads(doctor(dial()))
    later = {**written, "weather": "fair", "dials": [{**written["dials"][0], "tide": "low"}]}
    earlier = {**written, "dials": [{**written["dials"][0]}]}
    del earlier["dials"][0]["elapsed_s"]
    assert [type(fact) for fact in read(json.dumps(later))] == [DialSucceeded]
    assert [type(fact) for fact in read(json.dumps(earlier))] == [DialSucceeded]


def test_a_manifest_is_what_its_files_say_themselves() -> None:
    listed = Listed(name="d.json", what="dials", observer="gw", version="1.102.3", time="2026-03-04T09:14:02Z")
    manifest = Manifest(
        format="farshore.bundle/1", farshore="1", observer="gw", version="1.102.3", time=listed.time, files=[listed]
    )
    assert msgspec.json.decode(msgspec.json.encode(manifest), type=Manifest) == manifest
    assert read(msgspec.json.encode(manifest).decode()) == []
