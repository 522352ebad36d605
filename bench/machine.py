"""The machine of a benchmark, in words."""

import os
import platform
import re
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path


def describe() -> str:
    """Processor, cores, memory, kernel and the versions of what was compared."""
    cpu = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(encoding="utf-8"), re.MULTILINE)
    memory_gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    parts = [
        f"{cpu[1] if cpu else platform.machine()}, {os.cpu_count()} cores, {memory_gib:.0f} GiB",
        f"Linux {platform.release().split('-')[0]}",
        f"Python {platform.python_version()}",
        f"uvloop {_installed('uvloop')}",
        _first(r"go([\d.]+)", ["go", "version"], "Go"),
        _first(r"version ([\d.]+)", ["haproxy", "-v"], "HAProxy"),
    ]
    return ", ".join(parts) + "."


def _installed(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "absent"


def _first(pattern: str, command: list[str], name: str) -> str:
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = re.search(pattern, said)
    return f"{name} {found[1] if found else 'of unknown version'}"
