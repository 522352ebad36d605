"""A check counted again by DuckDB from the journal's rows, by nobody who knows how the check itself counts."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

_BURSTS = """
WITH marked AS (
  SELECT due_us, code, CASE WHEN due_us - lag(due_us) OVER (ORDER BY due_us) <= 30000000 THEN 0 ELSE 1 END AS begins
  FROM probes WHERE code IS NOT NULL
), numbered AS (SELECT *, sum(begins) OVER (ORDER BY due_us) AS burst FROM marked)
SELECT min(due_us), max(due_us), count(*),
  (SELECT count(*) FROM probes g WHERE g.code IS NULL AND g.due_us BETWEEN min(n.due_us) AND max(n.due_us)),
  list(code)
FROM numbered n GROUP BY burst ORDER BY 1
"""
_RANKED = """
SELECT v / 1000 FROM (SELECT {what} AS v, row_number() OVER (ORDER BY {what}) AS place, count(*) OVER () AS n
FROM probes WHERE code IS NULL) WHERE place = (n * {percent} + 99) // 100
"""


def assert_counts(told: Mapping[str, Any], journal: Path) -> int:
    """Every figure of the one check in the journal, as published, is what its rows say, to the last digit.

    How many bursts there were.
    """
    with closing(_lake(journal)) as lake:

        def one(sql: str) -> object:
            row = lake.execute(sql).fetchone()
            assert row is not None
            return row[0]

        assert told["probes"] == one("SELECT count(*) FROM probes")
        assert told["successful"] == one("SELECT count(*) - count(code) FROM probes")
        assert told["failed"] == one("SELECT count(code) FROM probes")
        assert told["success_percent"] == one("SELECT 100 * (count(*) - count(code)) / count(*) FROM probes")
        assert told["codes"] == dict(
            lake.execute("SELECT code, count(*) FROM probes WHERE code IS NOT NULL GROUP BY 1").fetchall()
        )
        for name, what in (("response", "late_us + took_us"), ("service", "took_us")):
            ranks = (("p50_ms", 50), ("p90_ms", 90), ("p99_ms", 99), ("max_ms", 100))
            again = {rank: float(str(one(_RANKED.format(what=what, percent=percent)))) for rank, percent in ranks}
            assert told[name] == again | {"count": told["successful"]}
        bursts = lake.execute(_BURSTS).fetchall()
    seen = [
        (each["start"], each["end"], each["length_s"], each["failed"], each["good"], each["codes"])
        for each in told["bursts"]
    ]
    assert seen == [
        (_time(since), _time(until), (until - since) / 1e6, failed, good, {code: codes.count(code) for code in codes})
        for since, until, failed, good, codes in bursts
    ]
    return len(bursts)


def _lake(journal: Path) -> duckdb.DuckDBPyConnection:
    columns = ("due_us", "late_us", "took_us", "code")
    with closing(sqlite3.connect(journal)) as rows_of:
        rows = rows_of.execute(f"SELECT {', '.join(columns)} FROM probe_results").fetchall()  # noqa: S608 - words of the code
    lake = duckdb.connect(":memory:")
    lake.execute("CREATE TABLE probes (due_us BIGINT, late_us BIGINT, took_us BIGINT, code VARCHAR)")
    lake.execute(
        "INSERT INTO probes SELECT unnest($due_us), unnest($late_us), unnest($took_us), unnest($code)",
        {name: [row[at] for row in rows] for at, name in enumerate(columns)},
    )
    return lake


def _time(at_us: int) -> str:
    """As published: UTC, milliseconds, cut off."""
    return f"{datetime.fromtimestamp(at_us // 1_000_000, UTC):%Y-%m-%dT%H:%M:%S}.{at_us // 1000 % 1000:03d}Z"
