-- Rows of each period. The share of single-packet rows stands beside that of the other periods on purpose.
SELECT
  s.period AS period,
  COUNT(DISTINCT s.reporter) AS reporters,
  SUM(s.flows) AS flows,
  SUM(s.single) AS single,
  SUM(CASE WHEN s.section = 'subnet' AND s.seen_from = 'client' THEN s.flows ELSE 0 END) AS asked,
  SUM(CASE WHEN s.section = 'subnet' AND s.seen_from = 'client' THEN s.unanswered ELSE 0 END) AS unanswered,
  SUM(s.initiations) AS initiations
FROM flow_spans AS s
GROUP BY s.period, s.from_s
ORDER BY s.from_s
