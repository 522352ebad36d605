-- Packets that a network policy denied. One packet makes up to two lines, its verdict and its drop: told apart by
-- kind, or where both read alike by standing within 5 ms of each other.
WITH ordered AS (
  SELECT
    packets.*,
    LAG(kind) OVER (
      PARTITION BY client, client_port, server, server_port, from_client, flags ORDER BY at_us, seq
    ) AS previous_kind,
    LAG(at_us) OVER (
      PARTITION BY client, client_port, server, server_port, from_client, flags ORDER BY at_us, seq
    ) AS previous_us
  FROM packets
  WHERE denied = 1
)
SELECT
  seq,
  at_us,
  CASE WHEN from_client = 1 THEN client ELSE server END AS source,
  CASE WHEN from_client = 1 THEN server ELSE client END AS destination,
  CASE WHEN from_client = 1 THEN server_port ELSE client_port END AS port,
  protocol,
  direction,
  reason
FROM ordered
WHERE NOT (
  client_port > 0
  AND at_us - COALESCE(previous_us, 0) < 5000
  AND (
    (COALESCE(previous_kind, '') = 'verdict' AND kind IN ('drop', 'denied'))
    OR (COALESCE(previous_kind, '') = 'denied' AND kind = 'denied')
  )
)
