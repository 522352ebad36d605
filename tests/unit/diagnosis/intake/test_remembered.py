import io
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.unit.store.journals import KEEP, NOON_S, ONE_OF_EACH, SetClock, ended

from farshore.core.events import AttemptFailed, Event, PathChecked, TargetProbed
from farshore.core.journal import event_name
from farshore.core.sampled import TailscaledSampled
from farshore.diagnosis.intake import remembered
from farshore.diagnosis.intake.remembered import KINDS, lines_of, open_image
from farshore.store.ledger import Batch, Ledger
from farshore.surface.logs import LogFormat, LogLevel, Logs

NOON_US = int(NOON_S * 1e6)


def written(folder: Path, *entries: tuple[float, Event]) -> bytes:
    path = folder / "journal.db"
    ledger = Ledger(path, KEEP, SetClock(), lambda _: None)
    ledger.write(Batch(entries=entries))
    ledger.close(0)
    return path.read_bytes()


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    image = written(tmp_path, *((NOON_S + number, event) for number, event in enumerate(ONE_OF_EACH)))
    with closing(open_image(image)) as opened:
        yield opened


def logged(events: list[Event]) -> dict[str, dict[str, object]]:
    lines = io.BytesIO()
    logs = Logs(lines, clock=SetClock(), log_format=LogFormat.JSON, level=LogLevel.DEBUG)
    for event in events:
        logs.announce(event)
    told = [json.loads(line) for line in lines.getvalue().splitlines()]
    return {line["event"]: line for line in told}


def test_a_row_is_the_log_line_of_its_event(connection: sqlite3.Connection) -> None:
    left_out = (AttemptFailed, PathChecked, TailscaledSampled, TargetProbed)
    known = logged([event for event in ONE_OF_EACH if not isinstance(event, left_out)])
    found = {}
    for table in (*KINDS, "events"):
        for _, line in lines_of(connection, table, most=100):
            fields = json.loads(line)
            found[fields["event"]] = fields
    assert found.keys() == known.keys()
    for name, fields in found.items():
        for key, value in fields.items():
            if key not in {"at", "level"} and (key in known[name] or value is not None):
                # A row says the result of a remedy that was only suggested, which its event's name says in the log.
                assert key == "result" or json.dumps(value) == json.dumps(known[name][key]), (name, key)


def test_a_line_has_the_time_of_its_row(connection: sqlite3.Connection) -> None:
    [(at_us, line)] = lines_of(connection, "connections", most=10)
    number = [type(event) for event in ONE_OF_EACH].index(type(ended()))
    assert at_us == NOON_US + number * 1_000_000
    assert json.loads(line)["at"] == f"2026-09-21T14:13:{20 + number}.250Z"


def test_the_latest_rows_the_oldest_of_them_first(tmp_path: Path) -> None:
    image = written(tmp_path, *((NOON_S + number, ended(number)) for number in range(10)))
    with closing(open_image(image)) as connection:
        latest = [json.loads(line)["connection"] for _, line in lines_of(connection, "connections", most=3)]
        since = lines_of(connection, "connections", most=100, since_us=NOON_US + 8_000_000)
        assert [json.loads(line)["connection"] for _, line in since] == [8, 9]
    assert latest == [7, 8, 9]


def test_an_image_is_only_read_and_a_question_without_end_ends(
    connection: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        connection.execute("DELETE FROM connections")
    monkeypatch.setattr(remembered, "MAX_TURNS", 3)
    remembered.restrain(connection)
    with pytest.raises(sqlite3.OperationalError, match="interrupted"):
        connection.execute("WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n")


def test_strange_values_are_no_mistake(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    written(tmp_path, (NOON_S, ONE_OF_EACH[0]))
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for at_us, fields in ((1, "no json"), (2, "[1]"), (1 << 62, "{}"), (3, b"\xff\x00")):
            connection.execute(
                "INSERT INTO events (at_us, run, event, fields) VALUES (?, 1, x'ff', ?)", (at_us, fields)
            )
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with closing(open_image(path.read_bytes())) as image:
        lines = [json.loads(line) for _, line in lines_of(image, "events", most=100)]
    assert [line["at"] for line in lines][-1] == ""
    assert event_name(type(ONE_OF_EACH[0])) in {line["event"] for line in lines}
