"""What is kept in the folder, and what makes room."""

import stat
from pathlib import Path

import msgspec
import pytest
from tests.unit.incident.making import published

from farshore.diagnosis.published import Published
from farshore.incident.book import Incident
from farshore.incident.examiner import Examined
from farshore.incident.record import Record, record_of
from farshore.incident.shelf import Shelf


def record(name: str, since_s: float = 1.0) -> Record:
    return record_of(Incident(id=name, since_s=since_s, opened_s=2.0))


def test_the_last_record_stands_in_place_of_the_one_before(tmp_path: Path) -> None:
    shelf = Shelf(folder=tmp_path / "new" / "incidents", keep=10)
    shelf.save(record("2026-11-18-1", 5.0))
    shelf.save(record("2026-11-18-1", 4.0))
    assert [each.since_s for each in shelf.records()] == [4.0]
    assert [each.name for each in (shelf.folder / "2026-11-18-1").iterdir()] == ["incident.json"]


def test_the_oldest_make_room_by_day_and_number(tmp_path: Path) -> None:
    shelf = Shelf(folder=tmp_path, keep=3)
    for name in ("2026-11-18-9", "2026-11-18-10", "2026-11-17-11", "2026-11-19-1"):
        shelf.save(record(name))
    assert [each.id for each in shelf.records()] == ["2026-11-18-9", "2026-11-18-10", "2026-11-19-1"]


def test_what_is_not_an_incident_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "2026-11-18-x").mkdir()
    shelf = Shelf(folder=tmp_path, keep=1)
    shelf.save(record("2026-11-18-1"))
    shelf.save(record("2026-11-18-2"))
    assert {each.name for each in tmp_path.iterdir()} == {"notes", "2026-11-18-x", "2026-11-18-2"}


def test_a_record_that_cannot_be_read_costs_itself(tmp_path: Path) -> None:
    shelf = Shelf(folder=tmp_path, keep=10)
    shelf.save(record("2026-11-18-1"))
    for name, text in (("2026-11-18-2", "{"), ("2026-11-18-3", "{}")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "incident.json").write_text(text)
    assert [each.id for each in shelf.records()] == ["2026-11-18-1"]
    assert Shelf(folder=tmp_path / "none", keep=1).records() == []


def test_examinations_are_read_in_their_order_and_what_cannot_be_is_left_out(tmp_path: Path) -> None:
    shelf = Shelf(folder=tmp_path, keep=10)
    for number, code in ((10, "M05"), (2, "M01")):
        shelf.save_evidence("2026-11-18-1", number, Examined(diagnosis=published(code), bundle=b""))
    place = tmp_path / "2026-11-18-1"
    (place / "003-diagnosis.json").write_text("{")
    (place / "010-evidence.tar.gz").unlink()
    found = shelf.examinations("2026-11-18-1")
    assert [(each.file, each.bundle) for each in found] == [
        ("002-diagnosis.json", "002-evidence.tar.gz"),
        ("010-diagnosis.json", ""),
    ]
    assert found[0].diagnosis == published("M01")
    assert shelf.examinations("2026-11-18-2") == []


def test_evidence_of_every_examination_is_kept_for_its_owner_alone(tmp_path: Path) -> None:
    shelf = Shelf(folder=tmp_path, keep=10)
    shelf.save_evidence("2026-11-18-1", 1, Examined(diagnosis=published("M01"), bundle=b"one"))
    shelf.save_evidence("2026-11-18-1", 2, Examined(diagnosis=published("M05"), bundle=b"two"))
    place = tmp_path / "2026-11-18-1"
    assert (place / "002-evidence.tar.gz").read_bytes() == b"two"
    assert msgspec.json.decode((place / "001-diagnosis.json").read_bytes(), type=Published) == published("M01")
    assert {stat.S_IMODE(each.stat().st_mode) for each in place.iterdir()} == {0o600}
    assert stat.S_IMODE(place.stat().st_mode) == 0o700


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    shelf, elsewhere = Shelf(folder=tmp_path / "kept", keep=10), tmp_path / "elsewhere"
    shelf.save(record("2026-11-18-1"))
    elsewhere.write_text("mine")
    (shelf.folder / "2026-11-18-1" / ".incident.json").symlink_to(elsewhere)
    with pytest.raises(OSError, match="symbolic"):
        shelf.save(record("2026-11-18-1"))
    assert elsewhere.read_text() == "mine"
