-- WireGuard handshakes that nobody answered, and whether that reporter received anything from the peer in the period.
SELECT
  m.reporter AS reporter,
  m.near AS peer,
  p.name AS period,
  SUM(m.initiations) AS initiations,
  SUM(m.rx_packets) AS rx_packets,
  MIN(CASE WHEN m.initiations > 0 THEN m.minute_s END) AS first_s,
  MAX(CASE WHEN m.initiations > 0 THEN m.minute_s END) AS last_s
FROM flow_minutes AS m, periods AS p
WHERE m.minute_s >= p.from_s AND m.minute_s < p.to_s AND m.section = 'physical'
GROUP BY m.reporter, m.near, p.name, p.from_s
HAVING SUM(m.initiations) > 0
ORDER BY SUM(m.initiations) DESC, m.reporter, m.near, p.from_s
LIMIT 400
