-- Connections of each period: do the counts add up? What is neither answered, denied nor refused is unexplained.
SELECT
  p.name AS period,
  COUNT(*) AS attempts,
  SUM(CASE WHEN c.answered_us IS NOT NULL THEN 1 ELSE 0 END) AS completed,
  SUM(CASE WHEN c.answered_us IS NULL AND c.denied = 1 THEN 1 ELSE 0 END) AS denied,
  SUM(CASE WHEN c.answered_us IS NULL AND c.denied = 0 AND c.server_reset_us IS NOT NULL THEN 1 ELSE 0 END) AS refused,
  SUM(CASE WHEN c.answered_us IS NULL AND c.denied = 0 AND c.server_reset_us IS NULL THEN 1 ELSE 0 END) AS unexplained,
  SUM(CASE WHEN c.server_reset_us IS NOT NULL OR c.client_reset_us IS NOT NULL THEN 1 ELSE 0 END) AS resets
FROM connections AS c, periods AS p
WHERE c.attempted = 1 AND c.started_us >= p.from_s * 1000000 AND c.started_us < p.to_s * 1000000
GROUP BY p.name, p.from_s
ORDER BY p.from_s
