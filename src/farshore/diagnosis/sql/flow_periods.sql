-- Rows of each period. The share of single-packet rows stands beside that of the other periods on purpose.
SELECT
  p.name AS period,
  COUNT(DISTINCT m.reporter) AS reporters,
  SUM(m.flows) AS flows,
  SUM(m.single) AS single,
  SUM(CASE WHEN m.section = 'subnet' AND m.seen_from = 'client' THEN m.flows ELSE 0 END) AS asked,
  SUM(CASE WHEN m.section = 'subnet' AND m.seen_from = 'client' THEN m.unanswered ELSE 0 END) AS unanswered,
  SUM(m.initiations) AS initiations
FROM flow_minutes AS m, periods AS p
WHERE m.minute_s >= p.from_s AND m.minute_s < p.to_s
GROUP BY p.name, p.from_s
ORDER BY p.from_s
