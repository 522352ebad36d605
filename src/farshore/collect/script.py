"""The script that a router's administrator runs who has never heard of Farshore; `diagnose` reads what it prints."""

from collections.abc import Sequence
from enum import StrEnum
from importlib.resources import files
from typing import assert_never

from farshore.core.address import HostPort

_PLACE = "@TARGETS@"


class System(StrEnum):
    """For which operating system."""

    LINUX = "linux"
    WINDOWS = "windows"


def script_for(system: System, targets: Sequence[HostPort] = ()) -> str:
    """The script as text; it tries a connection from the router to each target, and to none unless asked.

    A target is a parsed address, so nothing of it can be read as a command.
    """
    match system:
        case System.LINUX:
            return _filled("linux.sh", " ".join(map(str, targets)))
        case System.WINDOWS:
            return _filled("windows.ps1", ", ".join(f"'{target}'" for target in targets))
        case unreachable:
            assert_never(unreachable)


def _filled(name: str, targets: str) -> str:
    text = (files("farshore.collect.scripts") / name).read_text(encoding="utf-8")
    return text.replace(_PLACE, targets)
