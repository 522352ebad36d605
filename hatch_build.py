"""Writes the commit that a wheel or an sdist is built from into it, for `farshore --version`.

FARSHORE_COMMIT says it where there is no repository, as in an image; what is built from an sdist has the sdist's.
"""

import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NAME = "COMMIT"
PLACES = {"wheel": f"farshore/{NAME}", "sdist": f"src/farshore/{NAME}"}


class CommitHook(BuildHookInterface):  # type: ignore[type-arg]
    """Hatchling's `custom` hook (hatch.pypa.io, Build hooks)."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the file, where the commit is known and this is no editable installation."""
        root = Path(self.root)
        if version == "editable" or (root / "src" / "farshore" / NAME).exists():
            return
        commit = os.environ.get("FARSHORE_COMMIT") or _of_repository(root)
        if commit:
            self._folder = tempfile.TemporaryDirectory(prefix="farshore-build-")
            file = Path(self._folder.name, NAME)
            file.write_text(f"{commit}\n", encoding="ascii")
            build_data["force_include"][str(file)] = PLACES[self.target_name]


def _of_repository(root: Path) -> str:
    if not (root / ".git").exists():
        return ""
    command = ["git", "-C", str(root), "rev-parse", "HEAD"]
    try:
        asked = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - fixed words and our own folder
    except OSError:
        return ""
    return asked.stdout.strip()
