"""Flow logs read by DuckDB where they lie: each framing as one SELECT with the columns of `flows`.

What `traffic.flow_messages` and `traffic.rows.ends_of` do one row at a time is done here for millions; tests compare.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

# A line that is no message: read as one row of this section, so that nothing is dropped silently.
NO_MESSAGE = "unread"
# A step into a record that is no name of a member: each element of a list.
EACH = "*"

_ENTRY = "STRUCT(src VARCHAR, dst VARCHAR, txPkts UBIGINT, txBytes UBIGINT, rxPkts UBIGINT)"
_SECTIONS = ("virtual", "subnet", "exit", "physical")
_FIELDS = {
    "nodeId": "VARCHAR",
    "start": "VARCHAR",
    "logged": "VARCHAR",
    **{f"{section}Traffic": f"{_ENTRY}[]" for section in _SECTIONS},
}
_MESSAGE = "STRUCT(" + ", ".join(f'"{name}" {kind}' for name, kind in _FIELDS.items()) + ")"
# Words of a few: a byte each, and compared as such.
_NAMES = ", ".join(repr(section) for section in (*_SECTIONS, NO_MESSAGE))
_SECTION = f"ENUM({_NAMES})"
_SEEN_FROM = "ENUM('', 'client', 'router')"
# One list for each section and, of what is no message, one of nothing.
_LISTS = ", ".join(
    [*(f"{section}Traffic" for section in _SECTIONS), f"CASE WHEN nodeId IS NULL THEN [NULL::{_ENTRY}] END"]
)
# 100.64.0.0/10 and fd7a:115c:a1e0::/48, at the beginning of `ip:port` or `[ip]:port`; most are neither at a glance.
# Between two texts a beginning is found in half the time that `starts_with` takes.
_IS_TAILSCALE = r"""CASE
      WHEN {0} BETWEEN '100.' AND '100/' OR {0} BETWEEN '[fd7a:' AND '[fd7a;' OR {0} BETWEEN 'fd7a:' AND 'fd7a;'
      THEN regexp_matches({0}, '^(100\.(6[4-9]|[7-9][0-9]|1[01][0-9]|12[0-7])\.|\[?fd7a:115c:a1e0:)') ELSE FALSE END"""
# Without a colon `instr` gives 0, and 0 - 1 & 255 is long enough for any address.
_HOST = (
    "CASE WHEN starts_with({0}, '[') THEN substr({0}, 2, instr({0}, ']') - 2) "
    "ELSE substr({0}, 1, (instr({0}, ':') - 1) & 255) END"
)
_PORT = (
    "COALESCE(TRY_CAST(CASE WHEN starts_with({0}, '[') THEN substr({0}, instr({0}, ']') + 2) "
    "ELSE substr({0}, instr({0}, ':') + 1) END AS BIGINT), 0)"
)
_AT_S = """COALESCE(
      CASE WHEN COALESCE("start", logged) LIKE '%Z'
        THEN epoch(TRY_CAST(substr(COALESCE("start", logged), 1, 19) AS TIMESTAMP))
        ELSE epoch(TRY_CAST(COALESCE("start", logged) AS TIMESTAMPTZ)) END, 0)::BIGINT"""
# Each expression is worked out once for each row: the time before a message is opened, then which end is near, then
# hosts and ports. Beside an `unnest` it would be worked out for each of the rows that come of it.
_ENTRIES = f"""
SELECT reporter, at_s, section, unnest(entries) AS entry
FROM (
  SELECT reporter, at_s, unnest([{_NAMES}]::{_SECTION}[]) AS section, unnest(lists) AS entries
  FROM (SELECT nodeId AS reporter, {_AT_S} AS at_s, [{_LISTS}] AS lists FROM ($messages))
)
"""  # noqa: S608 - put together from the constants above
_FLOWS = f"""
WITH entries AS ($entries),
turned AS (
  SELECT
    *,
    CASE WHEN section IN ('subnet', 'exit')
      THEN ({_IS_TAILSCALE.format("entry.dst")}) AND NOT ({_IS_TAILSCALE.format("entry.src")})
      ELSE FALSE END AS turned
  FROM entries
),
ends AS (
  SELECT
    *,
    CASE WHEN turned THEN entry.dst ELSE entry.src END AS one,
    CASE WHEN turned THEN entry.src ELSE entry.dst END AS other
  FROM turned
)
SELECT
  reporter,
  section,
  CASE
    WHEN section NOT IN ('subnet', 'exit') THEN ''::{_SEEN_FROM}
    WHEN turned THEN 'router'::{_SEEN_FROM}
    ELSE 'client'::{_SEEN_FROM}
  END AS seen_from,
  {_HOST.format("one")} AS near,
  {_HOST.format("other")} AS far,
  CASE
    WHEN section IN ('subnet', 'exit') THEN {_PORT.format("other")}
    WHEN section = 'physical' THEN CASE
      WHEN other BETWEEN '127.3.3.40:' AND '127.3.3.40;' THEN {_PORT.format("other")} ELSE 0 END
    ELSE COALESCE(LEAST(NULLIF({_PORT.format("one")}, 0), NULLIF({_PORT.format("other")}, 0)), 0)
  END AS port,
  at_s,
  COALESCE(entry.txPkts, 0)::BIGINT AS tx_packets,
  COALESCE(entry.txBytes, 0)::BIGINT AS tx_bytes,
  COALESCE(entry.rxPkts, 0)::BIGINT AS rx_packets
FROM ends
"""  # noqa: S608 - put together from the constants above


@dataclass(frozen=True, slots=True)
class Framing:
    """How messages lie in a file: records a line each or in one array, and the steps from a record to its messages."""

    format: str = "newline_delimited"
    steps: tuple[str, ...] = ()


def select_flows(files: Sequence[Path], framing: Framing) -> str:
    """A SELECT over files that are framed alike."""
    return flows_of(_ENTRIES.replace("$messages", _messages(files, framing)))


def flows_of(entries: str) -> str:
    """The columns of `flows` from a SELECT of reporter, at_s, section and `entry`, a struct like a message's rows."""
    return _FLOWS.replace("$entries", entries)


def quoted(text: object) -> str:
    """Text as a literal of SQL."""
    return "'" + str(text).replace("'", "''") + "'"


def _messages(files: Sequence[Path], framing: Framing) -> str:
    names = ", ".join(quoted(file) for file in files)
    inner = framing.steps[1:]
    columns = {framing.steps[0]: _type(inner)} if framing.steps else _FIELDS
    told = ", ".join(f"{quoted(name)}: {quoted(kind)}" for name, kind in columns.items())
    read = f"read_json([{names}], format = '{framing.format}', columns = {{{told}}})"
    if not framing.steps:
        return f"FROM {read}"
    found = f"SELECT {_name(framing.steps[0])} AS m FROM {read}"  # noqa: S608 - names are quoted
    for step in inner:
        found = f"SELECT {_step(step)} AS m FROM ({found})"  # noqa: S608 - the same
    return f"SELECT {', '.join(f'm.{_name(field)} AS {_name(field)}' for field in _FIELDS)} FROM ({found})"  # noqa: S608


def _step(step: str) -> str:
    # What is no list stays a row of its own, without a reporter.
    return "unnest(CASE WHEN m IS NULL THEN [NULL] ELSE m END)" if step == EACH else f"m.{_name(step)}"


def _type(steps: Sequence[str]) -> str:
    if not steps:
        return _MESSAGE
    inner = _type(steps[1:])
    return f"{inner}[]" if steps[0] == EACH else f"STRUCT({_name(steps[0])} {inner})"


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
