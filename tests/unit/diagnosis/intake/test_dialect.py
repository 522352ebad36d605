import pytest

from farshore.diagnosis.evidence import Origin
from farshore.diagnosis.intake.dialect import Dialect
from farshore.diagnosis.intake.records import Record
from farshore.diagnosis.readers.log import dialects


def test_every_dialect_is_found_under_a_name_of_its_own() -> None:
    names = [dialect.name for dialect in dialects()]
    assert len(names) == len(set(names)) > 10


@pytest.mark.parametrize("dialect", dialects(), ids=lambda dialect: str(dialect.name))
def test_a_dialect_keeps_what_it_promises(dialect: Dialect) -> None:
    assert dialect.needles
    assert all(needle and needle == needle.lower() for needle in dialect.needles)
    # A needle alone is hardly a message: whatever the dialect makes of it, it raises nothing and keeps the place.
    for needle in dialect.needles:
        record = Record(origin=Origin(source="a.log"), line=7, text=needle)
        assert all(fact.ref == "a.log:7" for fact in dialect.read(record))
