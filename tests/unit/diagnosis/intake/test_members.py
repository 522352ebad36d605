from datetime import UTC, datetime

import pytest

from farshore.diagnosis.evidence import Origin
from farshore.diagnosis.intake import members
from farshore.diagnosis.intake.document import Document


def test_values_one_after_the_other_until_one_is_cut() -> None:
    assert list(members.json_values('{"a": 1}\n\n[\n2]\n[5]{"b"')) == [(1, {"a": 1}), (3, [2]), (5, [5])]


def test_values_that_are_too_deep_end_it() -> None:
    assert list(members.json_values("[" * 100_000)) == []


def test_strict_json_is_whole_and_cut_json_says_so() -> None:
    assert members.decoded(Document(b'{"a": 1}'), Origin(source="x")) == ({"a": 1}, [])
    value, unread = members.decoded(Document(b'{"a": 1, "b'), Origin(source="x"))
    assert value == {"a": 1}
    assert len(unread) == 1


@pytest.mark.parametrize("odd", [None, [], {}, "x", True, 1.5, "1e400"])
def test_what_is_of_another_kind_is_absent(odd: object) -> None:
    assert members.count(odd) in {0, 1}
    assert members.time(odd) is None
    assert members.flag(1) is None
    assert members.members([odd]) == {}
    assert members.items({"a": odd}) == []


def test_numbers_as_protobuf_writes_them() -> None:
    assert members.number("12") == pytest.approx(12)
    assert members.number("x") is None
    assert members.text(7) == "7"


def test_what_is_no_prefix_is_put_down() -> None:
    lost: list[str] = []
    assert [str(each) for each in members.networks(["10.9.8.0/24", "10.x"], lost) or ()] == ["10.9.8.0/24"]
    assert lost == ["'10.x' is no prefix"]
    assert members.networks(None, lost) is None


def test_times_of_both_kinds() -> None:
    at = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
    assert members.time("2026-03-04T05:06:07Z") == at
    assert members.time({"seconds": int(at.timestamp())}) == at
    assert members.time("0001-01-01T00:00:00Z") is None
