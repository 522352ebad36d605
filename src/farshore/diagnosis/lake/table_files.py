"""Flow logs as tables (CSV) read by DuckDB where they lie: one SELECT with the columns of `flows`.

What `traffic.flow_tables` does one row at a time is done here for millions; a test compares. What that calls no row of
use ends the statement with an error, and the readers say where it stands.
"""

from collections.abc import Mapping
from pathlib import Path

from farshore.diagnosis.lake.flow_files import flows_of, quoted

_SECTIONS = ("virtual", "subnet", "exit", "physical")
_COUNTS = {"txPkts": "tx_packets", "txBytes": "tx_bytes", "rxPkts": "rx_packets"}


def select_table(file: Path, delimiter: str, columns: Mapping[str, int], *, width: int, skip: int) -> str:
    """A SELECT over a table: `columns` says which cell is which, of `width`, below `skip` lines."""
    cells = ", ".join(f"c{at}: 'VARCHAR'" for at in range(width))
    read = (
        f"read_csv({quoted(file)}, auto_detect = false, header = false, delim = {quoted(delimiter)}, quote = '\"', "
        f"escape = '\"', null_padding = true, skip = {skip}, columns = {{{cells}}})"
    )

    def cell(name: str) -> str:
        return f"trim(COALESCE(c{columns[name]}, ''))" if name in columns else "''"

    section = " ".join(f"WHEN contains(lower({cell('section')}), '{name}') THEN '{name}'" for name in _SECTIONS)
    counts = ", ".join(f"'{name}': {_count(cell(column))}" for name, column in _COUNTS.items())
    written = "concat_ws('', " + ", ".join(f"trim(c{at})" for at in range(width)) + ")"
    entries = f"""
SELECT
  COALESCE(NULLIF({cell("reporter")}, ''), {cell("reporter_name")}) AS reporter,
  COALESCE({_moment(cell("start"))}, {_moment(cell("logged"))}, 0)::BIGINT AS at_s,
  CASE {section} ELSE 'unknown' END AS section,
  {{
    'src': {_joined(cell("src"), cell("src_port"))}, 'dst': {_joined(cell("dst"), cell("dst_port"))}, {counts}
  }} AS entry
FROM {read}
WHERE {written} <> ''
"""  # noqa: S608 - our own words, and names that are quoted
    return flows_of(entries)


def _count(cell: str) -> str:
    plain = f"replace({cell}, ',', '')"
    return (
        f"CASE WHEN {plain} = '' THEN 0 WHEN regexp_full_match({plain}, '[0-9]+') THEN CAST({plain} AS BIGINT) "
        f"ELSE error('no count') END"
    )


def _moment(cell: str) -> str:
    """Seconds since 1970; NULL where nothing is written."""
    read = f"epoch(TRY_CAST({cell} AS TIMESTAMPTZ))"
    return f"CASE WHEN {cell} = '' THEN NULL ELSE COALESCE(floor({read}), error('no time')::DOUBLE) END"


def _joined(address: str, port: str) -> str:
    bracketed = f"CASE WHEN contains({address}, ':') AND NOT starts_with({address}, '[') "
    return (
        f"CASE WHEN {address} = '' THEN error('no address')::VARCHAR WHEN {port} = '' THEN {address} "
        f"ELSE {bracketed} THEN '[' || {address} || ']:' || {port} ELSE {address} || ':' || {port} END END"
    )
