"""What runs: for `--version` and bug reports."""

import json
import platform
import subprocess
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, distribution, version
from importlib.resources import files
from pathlib import Path

import farshore

GIT_S = 5.0


def describe() -> str:
    """Farshore's version and commit, Python's version, and the loop's."""
    commit = _built_from() or _installed_from() or _checked_out()
    ours = f"farshore {farshore.__version__} ({commit[:12] if commit else 'commit unknown'})"
    return f"{ours}\nPython {platform.python_version()}\nloop {_loop()}"


def _loop() -> str:
    try:
        return f"uvloop {version('uvloop')}"
    except PackageNotFoundError:
        return "asyncio"


def _built_from() -> str:
    """What the build has written into the package."""
    file = files("farshore").joinpath("COMMIT")
    return file.read_text("ascii").strip() if file.is_file() else ""


def _installed_from() -> str:
    """What the installer has noted of a repository (PEP 610)."""
    try:
        origin = distribution("farshore").read_text("direct_url.json")
    except PackageNotFoundError:
        return ""
    commit = json.loads(origin or "{}").get("vcs_info", {}).get("commit_id")
    return commit if isinstance(commit, str) else ""


def _checked_out() -> str:
    """What git says of the sources, where they are run as they lie in a repository."""
    root = Path(farshore.__file__).parents[2]
    if not (root / ".git").exists():
        return ""
    with suppress(OSError, subprocess.TimeoutExpired):
        command = ["git", "-C", str(root), "rev-parse", "HEAD"]
        return subprocess.run(command, capture_output=True, text=True, timeout=GIT_S, check=False).stdout.strip()  # noqa: S603 - fixed words and our own folder
    return ""
