"""DuckDB: files of any size, read where they lie, within a bound of memory. The extra `analysis`."""

import tempfile
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path

import msgspec

from farshore.diagnosis.lake.engine import MissingExtraError, Record, Table, UnreadableError, Value

# The view over files; `flows` joins it with what was loaded.
IN_FILES = "flows_in_files"
# A line that is no message: read as one row of this section, so that nothing is dropped silently.
NO_MESSAGE = "unread"
MEMORY = "640MB"
THREADS = 4

_ROW = "STRUCT(src VARCHAR, dst VARCHAR, txPkts BIGINT, txBytes BIGINT, rxPkts BIGINT, rxBytes BIGINT)[]"
_SECTIONS = ("virtual", "subnet", "exit", "physical")
_COLUMNS = ", ".join(
    [
        "nodeId: 'VARCHAR', \"start\": 'VARCHAR', logged: 'VARCHAR'",
        *(f"{section}Traffic: '{_ROW}'" for section in _SECTIONS),
    ]
)
_PARTS = ", ".join(
    [
        *(f"{{'section': '{section}', 'rows': {section}Traffic}}" for section in _SECTIONS),
        f"{{'section': '{NO_MESSAGE}', 'rows': CASE WHEN nodeId IS NULL THEN [NULL::{_ROW.removesuffix('[]')}] END}}",
    ]
)
# A Tailscale address: 100.64.0.0/10 or fd7a:115c:a1e0::/48.
_IS_TAILSCALE = (
    "({0} LIKE '100.%' AND TRY_CAST(split_part({0}, '.', 2) AS INTEGER) BETWEEN 64 AND 127 "
    "OR starts_with({0}, 'fd7a:115c:a1e0:'))"
)
_HOST = "CASE WHEN starts_with({0}, '[') THEN substr(split_part({0}, ']', 1), 2) ELSE split_part({0}, ':', 1) END"
_PORT = (
    "COALESCE(TRY_CAST(CASE WHEN starts_with({0}, '[') THEN split_part({0}, ']:', 2) "
    "ELSE split_part({0}, ':', 2) END AS BIGINT), 0)"
)
# What `traffic.rows.ends_of` does, over messages as they lie in a file; a test compares them.
_FLOWS = f"""
CREATE VIEW {IN_FILES} AS
WITH messages AS (
  SELECT
    nodeId AS reporter,
    COALESCE(
      CASE WHEN COALESCE("start", logged) LIKE '%Z'
        THEN epoch(TRY_CAST(substr(COALESCE("start", logged), 1, 19) AS TIMESTAMP))
        ELSE epoch(TRY_CAST(COALESCE("start", logged) AS TIMESTAMPTZ)) END, 0)::BIGINT AS at_s,
    unnest([{_PARTS}]) AS part
  FROM read_json($files, format = 'newline_delimited', columns = {{{_COLUMNS}}})
),
entries AS (
  SELECT reporter, at_s, part.section AS section, unnest(part.rows) AS entry FROM messages
),
ends AS (
  SELECT
    reporter,
    at_s,
    section,
    entry,
    {_HOST.format("entry.src")} AS src,
    {_HOST.format("entry.dst")} AS dst,
    CASE WHEN section = 'physical' THEN 0 ELSE {_PORT.format("entry.src")} END AS src_port,
    {_PORT.format("entry.dst")} AS dst_port
  FROM entries
),
turned AS (
  SELECT
    *,
    section IN ('subnet', 'exit') AND NOT {_IS_TAILSCALE.format("src")} AND {_IS_TAILSCALE.format("dst")} AS turned
  FROM ends
)
SELECT
  reporter,
  section,
  CASE WHEN section NOT IN ('subnet', 'exit') THEN '' WHEN turned THEN 'router' ELSE 'client' END AS seen_from,
  0 AS proto,
  CASE WHEN turned THEN dst ELSE src END AS near,
  CASE WHEN turned THEN src ELSE dst END AS far,
  CASE
    WHEN section = 'physical' THEN CASE WHEN dst = '127.3.3.40' THEN dst_port ELSE 0 END
    WHEN turned THEN src_port
    WHEN section IN ('subnet', 'exit') THEN dst_port
    ELSE COALESCE(LEAST(NULLIF(src_port, 0), NULLIF(dst_port, 0)), 0)
  END AS port,
  at_s,
  COALESCE(entry.txPkts, 0) AS tx_packets,
  COALESCE(entry.txBytes, 0) AS tx_bytes,
  COALESCE(entry.rxPkts, 0) AS rx_packets,
  COALESCE(entry.rxBytes, 0) AS rx_bytes
FROM turned
"""  # noqa: S608 - put together from the constants above


class DuckEngine:
    """A database in memory, spilling to a folder of its own that goes with it.

    Raises:
        MissingExtraError: DuckDB is not installed.
    """

    def __init__(self) -> None:
        try:
            import duckdb  # noqa: PLC0415 - an extra
        except ImportError:
            msg = "files of this size need DuckDB: pip install 'farshore[analysis]'"
            raise MissingExtraError(msg) from None
        self._folder = tempfile.TemporaryDirectory(prefix="farshore-flows-")
        self.connection: duckdb.DuckDBPyConnection = duckdb.connect(
            ":memory:",
            config={
                "memory_limit": MEMORY,
                "threads": THREADS,
                "preserve_insertion_order": False,
                "temp_directory": self._folder.name,
            },
        )

    def read_flow_files(self, files: Sequence[Path]) -> None:
        """Make a view over newline-delimited messages, each line one; nothing is read before it is asked."""
        names = ", ".join("'" + str(file).replace("'", "''") + "'" for file in files)
        self.connection.execute(_FLOWS.replace("$files", f"[{names}]"))

    def run(self, sql: str) -> list[Record]:
        """Execute one statement.

        Raises:
            UnreadableError: a file holds a line that is no message, or no JSON.
        """
        import duckdb  # noqa: PLC0415 - an extra

        try:
            cursor = self.connection.execute(sql)
        except (duckdb.InvalidInputException, duckdb.ConversionException) as error:
            raise UnreadableError(str(error)) from error
        names = [column[0] for column in cursor.description or ()]
        return [{name: _plain(value) for name, value in zip(names, row, strict=True)} for row in cursor.fetchall()]

    def insert(self, table: Table, rows: Iterable[tuple[Value, ...]]) -> None:
        """Append rows; by way of a file, for row by row DuckDB is slow."""
        names = [name for name, _ in table.columns]
        path = Path(self._folder.name, "rows.ndjson")
        with path.open("wb") as file:
            file.writelines(msgspec.json.encode(dict(zip(names, row, strict=True))) + b"\n" for row in rows)
        columns = ", ".join(f"{name}: '{kind}'" for name, kind in table.columns)
        read = f"read_json('{path}', format = 'newline_delimited', columns = {{{columns}}})"
        self.connection.execute(f"INSERT INTO {table.name} SELECT * FROM {read}")  # noqa: S608 - our own names
        path.unlink()

    def close(self) -> None:
        """Give memory and folder back."""
        self.connection.close()
        self._folder.cleanup()


def _plain(value: object) -> Value:
    if isinstance(value, Decimal):
        return float(value)
    return value if isinstance(value, int | float | str) or value is None else str(value)
