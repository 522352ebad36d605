import sys
from pathlib import Path
from types import ModuleType

import pytest

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
