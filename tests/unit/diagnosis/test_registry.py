import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from farshore.diagnosis.causes import BY_CODE, CATALOGUE, checked
from farshore.diagnosis.misread import MISREADINGS
from farshore.diagnosis.misread import checked as checked_misreadings
from farshore.diagnosis.registry import RegistryError, entries


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    folder = tmp_path / "made_up_entries"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "b.py").write_text("ENTRY = 'b'")
    (folder / "a.py").write_text("ENTRY = 'a'")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "made_up_entries", raising=False)
    module = __import__("made_up_entries")
    assert isinstance(module, ModuleType)
    return module


def test_a_file_is_enough_to_be_found(package: ModuleType) -> None:
    assert entries(package, "ENTRY") == ["a", "b"]


def test_a_module_without_an_entry_is_refused(package: ModuleType) -> None:
    with pytest.raises(RegistryError, match=r"made_up_entries\.a has no OTHER"):
        entries(package, "OTHER")


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


def test_a_misreading_that_is_there_twice_is_refused() -> None:
    with pytest.raises(RegistryError, match="F1 is there twice"):
        checked_misreadings((MISREADINGS[0], MISREADINGS[0]))


def test_modules_are_named_after_what_they_hold() -> None:
    folder = Path(sys.modules["farshore.diagnosis.catalogue"].__path__[0])
    assert {path.stem.upper() for path in folder.glob("m*.py")} == {cause.code for cause in CATALOGUE}
