"""Who writes the report on an incident that is over."""

import os
import sys
from pathlib import Path

import msgspec
import pytest

from farshore.incident.child import Surroundings
from farshore.incident.reporter import Reporter

pytestmark = pytest.mark.anyio
BESIDE = Surroundings(environment={**os.environ, "HOOK": "https://a.example/s3cret"}, hidden=lambda: ["hushhush"])
KEEPS = """
import json, os, pathlib, sys
pathlib.Path({seen!r}).write_text(json.dumps([*sys.argv[1:], sys.stdin.read(), os.environ.get("HOOK")]))
"""


async def test_it_asks_report_for_this_incident(tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    program = (sys.executable, "-c", KEEPS.format(seen=str(seen)))
    assert await Reporter(tmp_path, tmp_path / "j.db", BESIDE, program=program).report("2026-11-22-3") is None
    asked = msgspec.json.decode(seen.read_bytes())
    expected = ["report", "--folder", str(tmp_path), "--keep", "--hide", "-"]
    expected += ["--journal", str(tmp_path / "j.db"), "2026-11-22-3"]
    assert asked == [*expected, "hushhush\n", None]
    assert await Reporter(tmp_path, None, BESIDE, program=program).report("2026-11-22-3") is None
    assert "--journal" not in msgspec.json.decode(seen.read_bytes())


async def test_why_there_is_none_is_said(tmp_path: Path) -> None:
    reporter = Reporter(tmp_path, None, BESIDE)
    assert "there is no incident 2026-11-22-3" in (await reporter.report("2026-11-22-3") or "")
