import gzip
import random
from pathlib import Path

import msgspec
import pytest
from tests.unit.store.journals import KEEP, NOON_S, SetClock, ended

from farshore.core.address import parse_host_port
from farshore.core.events import TargetProbed
from farshore.core.health_check import Plan, ProbeDone
from farshore.core.outcome import Code
from farshore.diagnosis.engine import diagnose
from farshore.diagnosis.evidence import Origin
from farshore.diagnosis.facts.dials import DialFailed, DialSucceeded, GatewayEnded, Wording
from farshore.diagnosis.intake.dispatch import Taken, take_in
from farshore.diagnosis.intake.document import Document
from farshore.diagnosis.intake.reader import Fit, Reading
from farshore.diagnosis.intake.sources import Source
from farshore.diagnosis.readers import farshore_journal
from farshore.diagnosis.readers.farshore_journal import READER
from farshore.store.ledger import Batch, Ledger
from farshore.watch.health_check.keeping import row_of_plan, row_of_probe

CASE = Path(__file__).parent.parent / "cases" / "journal-target-refuses" / "journal.db.gz"


@pytest.fixture(scope="module")
def journal() -> bytes:
    return gzip.decompress(CASE.read_bytes())


def taken(data: bytes) -> Taken:
    return take_in([Source(name="journal.db", data=data)])


def test_its_rows_are_facts_with_their_places(journal: bytes) -> None:
    read = taken(journal)
    assert read.unread == []
    assert read.formats["journal.db"] == "journal of Farshore's"
    failed = [fact for fact in read.facts if isinstance(fact, DialFailed)]
    assert [fact.evidence.ref for fact in failed] == [f"journal.db:{line}#/connections" for line in range(6, 12)]
    assert len([fact for fact in read.facts if isinstance(fact, GatewayEnded)]) == len(failed)
    assert failed[0].evidence.time is not None
    assert str(failed[0].evidence.time.at) == "2026-09-21 14:14:32+00:00"


def test_another_program_s_database_is_nobody_s(journal: bytes) -> None:
    foreign = journal[:68] + b"\0\0\0\0" + journal[72:]
    assert READER.recognise(Document(foreign)) is Fit.NO
    assert [each.reason for each in taken(foreign).unread] == ["binary, and no archive that is known"]


def test_more_rows_than_are_read_are_said(journal: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(farshore_journal, "MAX_ROWS", 4)
    read = taken(journal)
    assert [(each.position, each.reason) for each in read.unread] == [("/connections", "rows older than the last 4")]
    assert len([fact for fact in read.facts if isinstance(fact, DialFailed)]) == 4


def test_a_damaged_table_costs_itself_and_a_damaged_file_its_document(journal: bytes) -> None:
    assert "damaged" in taken(journal[:5000]).unread[0].reason
    chance = random.Random(7)  # noqa: S311 - no secret, and the same every time
    for _ in range(60):
        data = bytearray(journal)
        for _ in range(40):
            data[chance.randrange(100, len(data))] = chance.randrange(256)
        reading = READER.read(Document(bytes(data)), Origin(source="x"), lambda _, __: Reading())
        assert all("damaged" in each.reason for each in reading.unread)


def test_a_health_check_s_probes_say_what_clients_would_have_met(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    ledger = Ledger(path, KEEP, SetClock(), lambda _: None)
    plan = Plan(
        check=5,
        subject="db over r1",
        target="10.9.8.7:1433",
        kind="tds",
        every_us=9,
        planned=3,
        concurrency=1,
        slo=99.5,
    )
    ends = (None, Code.NO_ANSWER, Code.UPSTREAM_CLOSED_SILENT)
    done = [
        ProbeDone(
            number=number,
            path="r1",
            due_us=int(NOON_S * 1e6) + number,
            late_us=0,
            took_us=7_000_000,
            code=code,
            detail="nobody answered for 7.0 s" if code is Code.NO_ANSWER else "",
            layers={"dial": 3.5},
        )
        for number, code in enumerate(ends)
    ]
    rows = [(NOON_S + 10 + each.number, row_of_probe(plan, each)) for each in done]
    ledger.write(Batch(entries=[(NOON_S, row_of_plan(plan)), *rows]))
    ledger.close(0)
    read = taken(path.read_bytes())
    assert read.unread == []
    (failed,) = [fact for fact in read.facts if isinstance(fact, DialFailed)]
    assert failed.wording is Wording.DEADLINE
    assert failed.target == parse_host_port("10.9.8.7:1433")
    assert failed.evidence.ref == "journal.db:2#/probe_results"
    assert failed.evidence.text == (
        "health check: tailnet.dial.no-answer db over r1 r1 10.9.8.7:1433: nobody answered for 7.0 s"
    )
    reached = [fact for fact in read.facts if isinstance(fact, DialSucceeded)]
    assert [(fact.elapsed_s, fact.ended_by, fact.path) for fact in reached] == [
        (0.0035, "", "r1"),
        (0.0035, "upstream", "r1"),
    ]
    assert [fact.code for fact in read.facts if isinstance(fact, GatewayEnded)] == [
        "tailnet.dial.no-answer",
        "upstream.first-byte.closed",
    ]


def test_the_gateway_s_own_probes_say_what_clients_would_have_met_of_a_route_whose_target_is_known(
    tmp_path: Path,
) -> None:
    path = tmp_path / "journal.db"
    ledger = Ledger(path, KEEP, SetClock(), lambda _: None)
    looks = (
        ("db", "connected", "connected in 3 ms"),
        ("db", "silent", "nobody answered for 3.0 s"),
        ("db", "silent", "connected in 3 ms, and the target said nothing for 2 s"),
        ("db", "refused", "connect tcp 10.9.8.7:1433: connection was refused"),
        ("db", "refused", "Connection refused"),
        ("db", "unrouted", "no route"),
        ("db", "nothing", "the socket is not there"),
        ("unknown", "silent", "nobody answered for 3.0 s"),
    )
    probed = [TargetProbed(route=route, path="r1", result=result, detail=detail) for route, result, detail in looks]
    was = msgspec.structs.replace(ended(1, "db", Code.CLIENT_CLOSED), target="10.9.8.7:1433")
    ledger.write(Batch(entries=[(NOON_S, was), *((NOON_S + 1 + at, each) for at, each in enumerate(probed))]))
    ledger.close(0)
    read = taken(path.read_bytes())
    assert read.unread == []
    own = [fact for fact in read.facts if fact.evidence.ref.endswith("#/probes")]
    assert [(type(fact), getattr(fact, "wording", None)) for fact in own] == [
        (DialSucceeded, None),
        (DialFailed, Wording.DEADLINE),
        (DialSucceeded, None),
        (DialFailed, Wording.TAILNET_REFUSED),
        (DialFailed, Wording.REFUSED),
    ]
    assert {getattr(fact, "target", None) for fact in own} == {parse_host_port("10.9.8.7:1433")}
    assert own[1].evidence.text == "the gateway's probe: silent db r1 10.9.8.7:1433: nobody answered for 3.0 s"
    verdict = diagnose(read.facts, read.unread).verdicts
    assert verdict


def test_a_log_line_of_a_probe_names_no_target_and_says_nothing() -> None:
    line = b'{"at":"2026-11-23T18:39:05.620Z","event":"target-probed","route":"db","path":"r1","result":"silent"}'
    facts = take_in([Source(name="gateway.log", data=line)]).facts
    assert not [fact for fact in facts if isinstance(fact, DialFailed)]
