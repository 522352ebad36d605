"""What runs: for `--version` and bug reports."""

import json
import platform
from importlib.metadata import PackageNotFoundError, distribution, version

from farshore import __version__


def describe() -> str:
    """Farshore's version, its commit where the installation knows it (PEP 610), Python's, and the loop's."""
    commit = _commit()
    ours = f"farshore {__version__} ({commit[:12]})" if commit else f"farshore {__version__}"
    return f"{ours}\nPython {platform.python_version()}\nloop {_loop()}"


def _loop() -> str:
    try:
        return f"uvloop {version('uvloop')}"
    except PackageNotFoundError:
        return "asyncio"


def _commit() -> str | None:
    try:
        origin = distribution("farshore").read_text("direct_url.json")
    except PackageNotFoundError:
        return None
    commit = json.loads(origin or "{}").get("vcs_info", {}).get("commit_id")
    return commit if isinstance(commit, str) else None
