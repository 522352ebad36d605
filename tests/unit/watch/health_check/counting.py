"""A check counted again by DuckDB from the journal's rows, by nobody who knows how the check itself counts."""

import sqlite3
from collections.abc import Mapping, Sequence
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


_LATE = "SELECT count(*) FROM probes WHERE late_us >= 10000 AND code IS DISTINCT FROM 'probe.not-started'"
_PATHS = """
SELECT path, count(*), count(code), 100 * (count(*) - count(code)) / count(*) FROM probes GROUP BY path ORDER BY path
"""
_PAUSES = """
WITH stretches AS (SELECT run, min(due_us) AS first, max(due_us) AS last FROM probes GROUP BY run),
  paired AS (SELECT last, lead(first) OVER (ORDER BY first, last) AS next FROM stretches)
SELECT least(last + (SELECT every_us FROM plans), next), next FROM paired WHERE next IS NOT NULL ORDER BY last
"""
_LAYER = """
SELECT v / 1000 FROM (SELECT us AS v, row_number() OVER (ORDER BY us) AS place, count(*) OVER () AS n
FROM layers WHERE layer = $layer) WHERE place = (n * $percent + 99) // 100
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
        assert told["success_percent"] == one("SELECT 100 * (count(*) - count(code)) / nullif(count(*), 0) FROM probes")
        assert told["due"] == one("SELECT count(DISTINCT number) FROM probes")
        assert told["not_started"] == one("SELECT count(*) FROM probes WHERE code = 'probe.not-started'")
        assert told["late"] == one(_LATE)
        assert (told["start"], told["end"]) == tuple(
            None if at_us is None else _time(int(str(at_us)))
            for at_us in (one("SELECT min(due_us) FROM probes"), one("SELECT max(due_us) FROM probes"))
        )
        assert [(each["start"], each["end"], each["length_s"]) for each in told["pauses"]] == [
            (_time(since), _time(until), (until - since) / 1e6) for since, until in lake.execute(_PAUSES).fetchall()
        ]
        assert told["paths"] == {
            path: {"probes": count, "failed": failed, "success_percent": percent}
            for path, count, failed, percent in lake.execute(_PATHS).fetchall()
        }
        assert told["codes"] == dict(
            lake.execute("SELECT code, count(*) FROM probes WHERE code IS NOT NULL GROUP BY 1").fetchall()
        )
        for name, what in (("response", "late_us + took_us"), ("service", "took_us")):
            ranks = (("p50_ms", 50), ("p90_ms", 90), ("p99_ms", 99), ("max_ms", 100))
            if not told["successful"]:
                assert told[name] is None
                continue
            again = {rank: float(str(one(_RANKED.format(what=what, percent=percent)))) for rank, percent in ranks}
            assert told[name] == again | {"count": told["successful"]}
        layers = lake.execute("SELECT layer, count(*) FROM layers GROUP BY 1").fetchall()
        assert {name: each["count"] for name, each in told["layers"].items()} == dict(layers)
        for name, each in told["layers"].items():
            for rank, percent in (("p50_ms", 50), ("p90_ms", 90), ("p99_ms", 99), ("max_ms", 100)):
                row = lake.execute(_LAYER, {"layer": name, "percent": percent}).fetchone()
                assert (each[rank],) == row, (name, rank)
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
    columns = ("due_us", "late_us", "took_us", "code", "number", "path", "run")
    with closing(sqlite3.connect(journal)) as rows_of:
        rows = rows_of.execute(f"SELECT {', '.join(columns)} FROM probe_results").fetchall()  # noqa: S608 - words of the code
        layers = rows_of.execute(
            "SELECT key, round(value * 1000) FROM probe_results, json_each(probe_results.layers)"
        ).fetchall()
        every_us = rows_of.execute("SELECT min(every_us) FROM probe_runs").fetchone()
    lake = duckdb.connect(":memory:")
    lake.execute(
        "CREATE TABLE probes (due_us BIGINT, late_us BIGINT, took_us BIGINT, code VARCHAR, number BIGINT, path VARCHAR,"
        " run BIGINT); CREATE TABLE layers (layer VARCHAR, us BIGINT); CREATE TABLE plans (every_us BIGINT)"
    )
    lake.execute("INSERT INTO plans VALUES (?)", every_us)
    _fill(lake, "probes", columns, rows)
    _fill(lake, "layers", ("layer", "us"), layers)
    return lake


def _fill(
    lake: duckdb.DuckDBPyConnection, table: str, columns: Sequence[str], rows: Sequence[Sequence[object]]
) -> None:
    values = ", ".join(f"unnest(${name})" for name in columns)
    if rows:
        lake.execute(
            f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values}",
            {name: [row[at] for row in rows] for at, name in enumerate(columns)},
        )


def _time(at_us: int) -> str:
    """As published: UTC, milliseconds, cut off."""
    return f"{datetime.fromtimestamp(at_us // 1_000_000, UTC):%Y-%m-%dT%H:%M:%S}.{at_us // 1000 % 1000:03d}Z"
