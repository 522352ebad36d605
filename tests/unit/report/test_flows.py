from contextlib import closing

import msgspec
from tests.unit.diagnosis.traffic import outage

from farshore.diagnosis.evidence import Unread
from farshore.diagnosis.lake.sqlite import SqliteEngine
from farshore.diagnosis.traffic.analysis import Analysis, analyse
from farshore.diagnosis.traffic.judgement import judge
from farshore.report.flows import SCHEMA, WIDTH, Flows, flows_json, flows_markdown, flows_text

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
    assert lines[2:4] == ["  unanswered).", ""]
    assert lines[4].startswith("finding: 100.64.0.21")
    assert "  period  reporters  flows  single  asked  unanswered  initiations  percent" in lines
    assert lines[-1] == "not read: x.bin line 3: binary | odd"


def test_ports_are_no_counts() -> None:
    counted = analysis()
    (row,) = [line for line in flows_text(counted, [], []).splitlines() if "10.9.8.7" in line and "  before" in line][
        :1
    ]
    assert " 1433 " in row


def test_nothing_is_wider_than_a_terminal_whatever_the_names() -> None:
    counted = analysis()
    for rows in counted.tables.values():
        for row in rows:
            for head in ("reporter", "near", "far", "peer", "target", "source", "destination", "server"):
                if head in row:
                    row[head] = f"{row[head]}-" + "with-a-very-long-name.of-a-tailnet.example.ts.net"
    text = flows_text(counted, judge(counted), [Unread(source="a" * 90, reason="long " * 40)])
    assert [line for line in text.splitlines() if len(line) > WIDTH] == []
    assert "Without " in text


def test_hostile_names_act_on_nobody() -> None:
    counted = analysis()
    counted.tables["flow_pairs"][0]["near"] = "\x1b[2J<script>alert(1)</script>|`x`"
    unread = [Unread(source="\x1b]0;x\x07", reason="<b>\u202e")]
    text, page = (show(counted, judge(counted), unread) for show in (flows_text, flows_markdown))
    assert {character for character in text + page if not character.isprintable()} == {"\n"}
    assert "<script>" not in page
    assert "<b>" not in page


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
    assert text.splitlines()[0].startswith("No rows: nothing")
