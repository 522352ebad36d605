-- One row for each TCP connection that somebody tried to make, from packets.
-- A SYN begins one, unless it repeats the SYN before it: a retransmission, or the same packet seen at another point.
WITH ordered AS (
  SELECT
    packets.*,
    LAG(flags) OVER (PARTITION BY client, client_port, server, server_port ORDER BY at_us, seq) AS previous_flags,
    LAG(at_us) OVER (PARTITION BY client, client_port, server, server_port ORDER BY at_us, seq) AS previous_us
  FROM packets
  WHERE protocol = 'TCP'
),
numbered AS (
  SELECT
    ordered.*,
    SUM(
      CASE
        WHEN flags <> 'SYN' THEN 0
        WHEN COALESCE(previous_flags, '') = 'SYN' AND at_us - COALESCE(previous_us, 0) < 60000000 THEN 0
        ELSE 1
      END
    ) OVER (PARTITION BY client, client_port, server, server_port ORDER BY at_us, seq) AS attempt
  FROM ordered
)
SELECT
  n.client AS client,
  n.client_port AS client_port,
  n.server AS server,
  n.server_port AS server_port,
  n.attempt AS attempt,
  MIN(n.seq) AS seq,
  MIN(n.at_us) AS started_us,
  MAX(CASE WHEN n.flags = 'SYN' THEN 1 ELSE 0 END) AS attempted,
  MAX(n.denied) AS denied,
  MIN(CASE WHEN n.flags = 'ACK,SYN' AND n.dropped = 0 THEN n.at_us END) AS answered_us,
  MIN(CASE WHEN n.flags LIKE '%RST%' AND n.from_client = 0 THEN n.at_us END) AS server_reset_us,
  MIN(CASE WHEN n.flags LIKE '%RST%' AND n.from_client = 0 THEN n.seq END) AS server_reset_seq,
  MIN(CASE WHEN n.flags LIKE '%RST%' AND n.from_client = 1 THEN n.at_us END) AS client_reset_us,
  MIN(CASE WHEN n.flags LIKE '%PSH%' AND n.from_client = 0 THEN n.at_us END) AS server_spoke_us,
  MIN(CASE WHEN n.flags LIKE '%PSH%' AND n.from_client = 1 THEN n.at_us END) AS client_spoke_us,
  MIN(CASE WHEN n.flags LIKE '%FIN%' THEN n.at_us END) AS finished_us
FROM numbered AS n
GROUP BY n.client, n.client_port, n.server, n.server_port, n.attempt
