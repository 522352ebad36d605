-- Who was denied what: packets by pair, direction and reason.
SELECT
  source,
  destination,
  port,
  protocol,
  direction,
  MIN(reason) AS reason,
  COUNT(*) AS packets,
  MIN(seq) AS seq,
  MIN(at_us) AS first_us,
  MAX(at_us) AS last_us
FROM denied_packets
GROUP BY source, destination, port, protocol, direction
ORDER BY packets DESC, seq
