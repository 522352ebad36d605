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
  client,
  client_port,
  server,
  server_port,
  attempt,
  MIN(seq) AS seq,
  MIN(at_us) AS started_us,
  MAX(CASE WHEN flags = 'SYN' THEN 1 ELSE 0 END) AS attempted,
  MAX(denied) AS denied,
  MIN(CASE WHEN flags = 'ACK,SYN' AND dropped = 0 THEN at_us END) AS answered_us,
  MIN(CASE WHEN flags LIKE '%RST%' AND from_client = 0 THEN at_us END) AS server_reset_us,
  MIN(CASE WHEN flags LIKE '%RST%' AND from_client = 0 THEN seq END) AS server_reset_seq,
  MIN(CASE WHEN flags LIKE '%RST%' AND from_client = 1 THEN at_us END) AS client_reset_us,
  MIN(CASE WHEN flags LIKE '%PSH%' AND from_client = 0 THEN at_us END) AS server_spoke_us,
  MIN(CASE WHEN flags LIKE '%PSH%' AND from_client = 1 THEN at_us END) AS client_spoke_us,
  MIN(CASE WHEN flags LIKE '%FIN%' THEN at_us END) AS finished_us
FROM numbered
GROUP BY client, client_port, server, server_port, attempt
