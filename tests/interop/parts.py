"""Finds the real parts that `tests/parts/install` installs, or skips the test that needs one, by name and reason."""

import os
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RECORD = ROOT / ".build" / "parts.tsv"
JARS = ROOT / ".build" / "jars"
SEARCH_PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])


def skip_missing(part: str) -> None:
    """End the test as skipped, naming the part and why it could not be had."""
    pytest.skip(f"missing: {part}: {_reason(part)}")


def program(name: str, part: str) -> str:
    """The path of an installed program; `name` may be a pattern of paths, of which the last in order is taken."""
    matches = sorted(Path("/").glob(name[1:])) if name.startswith("/") else [shutil.which(name, path=SEARCH_PATH)]
    found = matches[-1] if matches else None
    if found is None:
        skip_missing(part)
    return str(found)


def jar(artifact: str) -> str:
    """The path of an installed JDBC driver."""
    found = max(JARS.glob(f"{artifact}-*.jar"), default=None)
    if found is None:
        skip_missing(f"{artifact}.jar")
    return str(found)


def need_root(what: str) -> None:
    """Skip unless the tests run as root, which `what` needs."""
    if os.geteuid() != 0:
        pytest.skip(f"missing: root: {what} needs it")


def _reason(part: str) -> str:
    try:
        lines = RECORD.read_text().splitlines()
    except FileNotFoundError:
        return "run tests/parts/install"
    rows = (line.split("\t") for line in lines)
    return next((reason for name, _, reason in rows if name == part and reason), "run tests/parts/install")
