"""The tests mirror the tree: every module of the product has its own."""

from pathlib import Path

import farshore

SOURCE = Path(farshore.__file__).parent
TESTS = Path(__file__).parent


def mirror(module: Path) -> Path:
    """Where a module's test belongs; `__main__` loses its underscores."""
    return TESTS / module.parent / f"test_{module.stem.strip('_')}.py"


def test_every_module_has_its_mirror_test() -> None:
    # An `__init__` is the map of its package.
    modules = [path.relative_to(SOURCE) for path in SOURCE.rglob("*.py") if path.name != "__init__.py"]
    assert Path("core/clock.py") in modules
    assert [str(module) for module in sorted(modules) if not mirror(module).exists()] == []
