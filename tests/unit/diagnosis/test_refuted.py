"""Every claim and every ground against one is tried by a row of `misreadings/test_fNN.py`."""

from importlib import import_module

import pytest
from tests.unit.diagnosis.arguing import read
from tests.unit.diagnosis.claiming import Claim
from tests.unit.diagnosis.texts import note

from farshore.diagnosis.index import Index
from farshore.diagnosis.misread import MISREADINGS, Misreading


def rows(misreading: Misreading) -> list[Claim]:
    """What is tried of a misreading."""
    number = int(misreading.id.removeprefix("F"))
    return list(import_module(f"tests.unit.diagnosis.misreadings.test_f{number:02}").ROWS)


@pytest.mark.parametrize("misreading", MISREADINGS, ids=lambda each: str(each.id))
def test_every_ground_against_a_claim_is_found_in_some_row(misreading: Misreading) -> None:
    indices = [Index(read(note(row.says), *row.evidence)) for row in rows(misreading)]
    lacking = [rule for rule in misreading.refuted_by if all(rule(index) is None for index in indices)]
    assert lacking == []


@pytest.mark.parametrize("misreading", MISREADINGS, ids=lambda each: str(each.id))
def test_every_way_to_make_a_claim_is_used_in_some_row(misreading: Misreading) -> None:
    unused = [claim for claim in misreading.claims if not any(claim.holds(row.says) for row in rows(misreading))]
    assert unused == []
