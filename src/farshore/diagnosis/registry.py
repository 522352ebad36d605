"""Finds the entries of a package whose modules each hold one: adding an entry is adding a file, and nothing else."""

from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType


class RegistryError(ImportError):
    """The entries of a package contradict one another; raised at import, so that no build gets this far."""


def entries(package: ModuleType, attribute: str) -> list[object]:
    """The attribute of every module of a package, in the order of the modules' names.

    Raises:
        RegistryError: a module lacks it; helpers belong outside such a package.
    """
    found = []
    for module in sorted(iter_modules(package.__path__), key=lambda module: module.name):
        name = f"{package.__name__}.{module.name}"
        entry = getattr(import_module(name), attribute, None)
        if entry is None:
            msg = f"{name} has no {attribute}"
            raise RegistryError(msg)
        found.append(entry)
    return found
