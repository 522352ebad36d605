"""The report as JSON."""

import json

import msgspec
from tests.unit.report.outage.outages import course, given, said, zombie

from farshore.report.outage.build import build
from farshore.report.outage.model import Report, json_schema, mapped, to_json


def test_what_is_written_is_read_again() -> None:
    report = build(given(course(said(zombie()))), given(course(said(zombie()), name="x-1")))
    assert msgspec.json.decode(to_json(report), type=Report) == report
    assert json.loads(to_json(report))["schema"] == "farshore.report/1"


def test_the_schema_knows_every_key() -> None:
    written = json.loads(to_json(build(given(course(said(zombie()))))))
    schema = json_schema()["$defs"]["Report"]  # type: ignore[index]
    assert set(written) == set(schema["properties"])


def test_every_text_is_changed_however_deep_it_stands() -> None:
    report = build(given(course(said(zombie()))))
    changed = mapped(report, lambda text: text.replace("r1", "REDACTED"))
    assert "r1" in to_json(report)
    assert "r1" not in to_json(changed)
    assert changed.lasted_s == report.lasted_s
