-- Minute by minute: how much of what clients sent into subnets went unanswered, and unanswered WireGuard handshakes.
SELECT
  m.minute_s AS minute_s,
  SUM(CASE WHEN m.section = 'subnet' AND m.seen_from = 'client' THEN m.flows ELSE 0 END) AS asked,
  SUM(CASE WHEN m.section = 'subnet' AND m.seen_from = 'client' THEN m.unanswered ELSE 0 END) AS unanswered,
  SUM(m.initiations) AS initiations
FROM flow_minutes AS m
WHERE m.minute_s > 0
GROUP BY m.minute_s
ORDER BY m.minute_s
