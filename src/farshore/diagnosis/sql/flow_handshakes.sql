-- WireGuard handshakes that nobody answered, and whether that reporter received anything from the peer in the period.
SELECT
  s.reporter AS reporter,
  s.near AS peer,
  s.period AS period,
  SUM(s.initiations) AS initiations,
  SUM(s.rx_packets) AS rx_packets,
  MIN(s.first_s) AS first_s,
  MAX(s.last_s) AS last_s
FROM flow_spans AS s
WHERE s.section = 'physical'
GROUP BY s.reporter, s.near, s.period, s.from_s
HAVING SUM(s.initiations) > 0
ORDER BY CASE WHEN s.period = 'during' THEN 0 ELSE 1 END, SUM(s.initiations) DESC, s.reporter, s.near, s.from_s
LIMIT 400
