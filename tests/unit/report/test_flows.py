from contextlib import closing

import msgspec
from tests.unit.diagnosis.traffic import outage

from farshore.diagnosis.evidence import Unread
from farshore.diagnosis.lake.sqlite import SqliteEngine
from farshore.diagnosis.traffic.analysis import Analysis, analyse
from farshore.diagnosis.traffic.judgement import judge
from farshore.report.flows import SCHEMA, Flows, flows_json, flows_markdown, flows_text

UNREAD = [Unread(source="x.bin", reason="binary | odd", position="line 3")]


def analysis() -> Analysis:
    with closing(SqliteEngine()) as engine:
        outage.fill(engine)
        return analyse(engine, has=("flows", "packets"))


def test_the_text_says_the_periods_first_and_what_was_not_read_last() -> None:
    counted = analysis()
    lines = flows_text(counted, judge(counted), UNREAD).splitlines()
    assert lines[0] == "474 flow-log rows, 602 Hubble events"
    assert lines[1].startswith("During: 2026-03-04T06:00Z to 2026-03-04T06:06Z (found:")
    assert lines[3].startswith("finding: 100.64.0.21")
    assert "  period  reporters  flows  single  asked  unanswered  initiations  single_percent" in lines
    assert lines[-1] == "not read: x.bin line 3: binary | odd"


def test_ports_are_no_counts() -> None:
    counted = analysis()
    (row,) = [line for line in flows_text(counted, [], []).splitlines() if "10.9.8.7" in line and "  before" in line][
        :1
    ]
    assert " 1433 " in row


def test_markdown_keeps_its_tables_whole() -> None:
    counted = analysis()
    text = flows_markdown(counted, judge(counted), UNREAD)
    assert "## Flow log, by period" in text
    assert "binary \\| odd" in text
    tables = [line for line in text.splitlines() if line.startswith("|")]
    assert tables
    assert all(line.endswith("|") for line in tables)


def test_json_holds_everything_under_its_schema() -> None:
    counted = analysis()
    told = msgspec.json.decode(flows_json(counted, judge(counted), UNREAD), type=Flows)
    assert (told.schema, told.flows, told.packets) == (SCHEMA, counted.flows, counted.packets)
    assert told.tables == counted.tables
    assert told.unread == UNREAD


def test_nothing_is_said_of_nothing() -> None:
    from farshore.diagnosis.traffic.periods import WHOLE  # noqa: PLC0415

    text = flows_text(Analysis(periods=WHOLE, told="none"), [], [])
    assert text.splitlines()[0] == "No rows."
