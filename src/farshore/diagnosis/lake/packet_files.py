"""Hubble's events read by DuckDB where they lie: one JSON object a line, as one SELECT with the columns of `packets`.

What `traffic.packet_messages` does one event at a time is done here for millions; a test compares. Lines that are no
flows (agent, debug, lost events) come with NULL for flags, to be counted and taken out.
"""

from collections.abc import Sequence
from pathlib import Path

from farshore.diagnosis.lake.flow_files import quoted

_PORTS = ("TCP", "UDP", "SCTP")
_LAYERS = (*_PORTS, "ICMPv4", "ICMPv6")
_FLAGS = ("ACK", "CWR", "ECE", "FIN", "NS", "PSH", "RST", "SYN", "URG")
_END = "STRUCT(pod_name VARCHAR, namespace VARCHAR, labels VARCHAR[])"
_PORTED = "source_port BIGINT, destination_port BIGINT"
_LAYER_TYPES = {
    "TCP": f"STRUCT({_PORTED}, flags STRUCT({', '.join(f'{flag} BOOLEAN' for flag in _FLAGS)}))",
    "UDP": f"STRUCT({_PORTED})",
    "SCTP": f"STRUCT({_PORTED})",
    "ICMPv4": "STRUCT(type BIGINT)",
    "ICMPv6": "STRUCT(type BIGINT)",
}
_FLOW = f"""STRUCT(
  time VARCHAR, verdict VARCHAR, drop_reason BIGINT, drop_reason_desc VARCHAR, Summary VARCHAR,
  event_type STRUCT(type BIGINT, sub_type BIGINT), IP STRUCT(source VARCHAR, destination VARCHAR),
  l4 STRUCT({", ".join(f"{name} {kind}" for name, kind in _LAYER_TYPES.items())}),
  source {_END}, destination {_END}, is_reply BOOLEAN, reply BOOLEAN, traffic_direction VARCHAR, node_name VARCHAR)"""
_TOLD_FLAGS = "concat_ws(',', " + ", ".join(f"CASE WHEN l4.TCP.flags.{flag} THEN '{flag}' END" for flag in _FLAGS) + ")"
_SUMMARY_FLAGS = (
    f"array_to_string(list_sort(list_filter([{', '.join(map(quoted, _FLAGS))}], lambda flag: list_contains("
    "list_transform(string_split(upper(substr(Summary, 11, 80)), ','), lambda word: trim(word)), flag))), ',')"
)
_STAMP = 'COALESCE(f.time, "time")'


def _side(end: str) -> str:
    """`namespace/pod`, or the address, or the namespace and the first label."""
    pod, namespace = f"COALESCE(f.{end}.pod_name, '')", f"COALESCE(f.{end}.namespace, '')"
    label = f"COALESCE(regexp_replace(f.{end}.labels[1], '^k8s:', ''), '')"
    return f"""CASE
      WHEN {pod} <> '' THEN CASE WHEN {namespace} <> '' THEN {namespace} || '/' ELSE '' END || {pod}
      WHEN COALESCE(f.IP.{end}, '') <> '' THEN f.IP.{end}
      WHEN {namespace} <> '' THEN {namespace} || '/' || {label}
      ELSE {label} END"""


def _port(end: str) -> str:
    told = ", ".join(f"f.l4.{name}.{end}_port" for name in _PORTS)
    return f"CASE WHEN COALESCE({told}, 0) BETWEEN 0 AND 2147483648 THEN COALESCE({told}, 0) ELSE 0 END"


_PACKETS = f"""
WITH lines AS (
  SELECT flow AS f, node_name, "time"
  FROM read_json([$files], format = 'newline_delimited',
    columns = {{flow: {quoted(_FLOW)}, node_name: 'VARCHAR', "time": 'VARCHAR'}})
),
told AS (
  SELECT
    COALESCE(epoch_us(TRY_CAST({_STAMP} AS TIMESTAMPTZ)), 0) AS at_us,
    {_side("source")} AS source,
    {_port("source")} AS source_port,
    {_side("destination")} AS destination,
    {_port("destination")} AS destination_port,
    CASE {" ".join(f"WHEN f.l4.{name} IS NOT NULL THEN '{name}'" for name in _LAYERS)} ELSE '' END AS protocol,
    CASE WHEN f IS NULL THEN NULL ELSE COALESCE(NULLIF(told_flags, ''), summary_flags, '') END AS flags,
    CASE f.event_type.type WHEN 1 THEN 'drop' WHEN 4 THEN 'trace' WHEN 5 THEN 'verdict' ELSE 'other' END AS kind,
    COALESCE(upper(f.verdict) IN ('DROPPED', '2'), FALSE) AS dropped,
    CASE
      WHEN code = 136 THEN 'Fragmentation needed'
      WHEN COALESCE(f.drop_reason_desc, '') NOT IN ('', 'DROP_REASON_UNKNOWN') THEN f.drop_reason_desc
      WHEN code IN (133, 181) THEN CASE code WHEN 133 THEN 'POLICY_DENIED' ELSE 'POLICY_DENY' END
      WHEN code > 0 THEN CAST(code AS VARCHAR)
      ELSE '' END AS reason,
    replace(lower(COALESCE(f.traffic_direction, '')), 'traffic_direction_unknown', '') AS direction,
    COALESCE(f.is_reply, f.reply) AS reply,
    COALESCE(NULLIF(f.node_name, ''), node_name, '') AS node
  FROM (
    SELECT
      *,
      {_TOLD_FLAGS.replace("l4.", "f.l4.")} AS told_flags,
      CASE WHEN starts_with(f.Summary, 'TCP Flags:') THEN {_SUMMARY_FLAGS.replace("Summary", "f.Summary")} END
        AS summary_flags,
      COALESCE(NULLIF(f.drop_reason, 0), CASE WHEN f.event_type.type = 1 THEN f.event_type.sub_type END, 0) AS code
    FROM lines
  )
),
turned AS (
  SELECT
    *,
    dropped AND (kind = 'verdict' OR contains(reason, 'POLICY_DENIED') OR contains(reason, 'POLICY_DENY')) AS denied,
    CASE
      WHEN flags = 'SYN' THEN TRUE
      WHEN flags = 'ACK,SYN' THEN FALSE
      WHEN (source_port >= 32768) <> (destination_port >= 32768) THEN source_port >= 32768
      WHEN reply IS NOT NULL THEN NOT reply
      ELSE source_port >= destination_port END AS outward
  FROM told
)
SELECT
  row_number() OVER () - 1 AS seq,
  at_us,
  CASE WHEN outward THEN source ELSE destination END AS client,
  CASE WHEN outward THEN source_port ELSE destination_port END AS client_port,
  CASE WHEN outward THEN destination ELSE source END AS server,
  CASE WHEN outward THEN destination_port ELSE source_port END AS server_port,
  outward::BIGINT AS from_client,
  protocol,
  flags,
  CASE WHEN denied AND kind = 'other' THEN 'denied' ELSE kind END AS kind,
  dropped::BIGINT AS dropped,
  denied::BIGINT AS denied,
  reason,
  direction,
  node
FROM turned
"""  # noqa: S608 - put together from the constants above


def select_packets(files: Sequence[Path]) -> str:
    """A SELECT over files of Hubble's events, each line an object with its `flow`."""
    return _PACKETS.replace("$files", ", ".join(quoted(file) for file in files))
