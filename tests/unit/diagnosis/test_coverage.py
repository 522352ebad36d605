"""An entry without a labelled case is not finished."""

import pytest
from tests.unit.diagnosis import casebook

from farshore.diagnosis.causes import CATALOGUE
from farshore.diagnosis.evidence import Origin
from farshore.diagnosis.intake.dispatch import Taken, readers
from farshore.diagnosis.intake.document import Document
from farshore.diagnosis.intake.records import read_records
from farshore.diagnosis.intake.sources import Source
from farshore.diagnosis.misread import MISREADINGS
from farshore.diagnosis.readers.log import dialects


@pytest.fixture(scope="module")
def taken() -> list[Taken]:
    return [casebook.read(casebook.load(name).sources) for name in casebook.case_names()]


def test_every_reader_reads_a_case(taken: list[Taken]) -> None:
    used = {name for each in taken for name in each.formats.values()}
    assert {reader.name for reader in readers()} - used == set()


def test_every_dialect_is_spoken_in_a_case() -> None:
    sources = [each for name in casebook.case_names() for each in casebook.load(name).sources]
    texts = [each.data for each in sources if isinstance(each, Source)]
    records = [record for text in texts for record in read_records(Document(text), Origin(source="case"))]
    for dialect in dialects():
        mine = [r for r in records if any(needle in r.text.lower() for needle in dialect.needles)]
        assert any(list(dialect.read(record)) for record in mine), f"no case has a line of {dialect.name}"


def test_every_cause_is_the_answer_of_a_case() -> None:
    wanted = [v for name in casebook.case_names() for v in casebook.load(name).expected.verdicts]
    named = {v.code for v in wanted} | {code for v in wanted for code in v.undecided or ()}
    assert {cause.code for cause in CATALOGUE} - named == set()


def test_every_misreading_is_refuted_in_a_case() -> None:
    named = {each for name in casebook.case_names() for each in casebook.load(name).expected.misreadings}
    assert {misreading.id for misreading in MISREADINGS} - named == set()
