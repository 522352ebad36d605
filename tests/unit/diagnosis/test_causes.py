import sys
from dataclasses import replace
from pathlib import Path

import pytest

from farshore.diagnosis.causes import BY_CODE, CATALOGUE, checked
from farshore.diagnosis.registry import RegistryError


def test_a_code_that_is_there_twice_is_refused() -> None:
    with pytest.raises(RegistryError, match="M05 is there twice"):
        checked((BY_CODE["M05"], BY_CODE["M05"]))


def test_a_dependency_that_leads_nowhere_is_refused() -> None:
    with pytest.raises(RegistryError, match="M05 depends on M99"):
        checked((replace(BY_CODE["M05"], depends_on=("M99",)),))


def test_a_cause_that_nothing_supports_or_mends_is_refused() -> None:
    with pytest.raises(RegistryError, match="no rule"):
        checked((replace(BY_CODE["M05"], decides=(), points=(), allows=()),))
    with pytest.raises(RegistryError, match="no remedy"):
        checked((replace(BY_CODE["M05"], remedies=()),))


def test_a_rule_without_words_is_refused() -> None:
    with pytest.raises(RegistryError, match="without words"):
        checked((replace(BY_CODE["M05"], decides=(lambda _: None,)),))


def test_modules_are_named_after_what_they_hold() -> None:
    folder = Path(sys.modules["farshore.diagnosis.catalogue"].__path__[0])
    assert {path.stem.upper() for path in folder.glob("m*.py")} == {cause.code for cause in CATALOGUE}
