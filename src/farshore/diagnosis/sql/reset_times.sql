-- How long after it had been accepted a connection was reset by the accepting side, before that side said anything.
WITH ranked AS (
  SELECT
    r.server AS server,
    r.server_port AS port,
    r.after_us AS after_us,
    p.name AS period,
    p.from_s AS from_s,
    ROW_NUMBER() OVER (PARTITION BY r.server, r.server_port, p.name ORDER BY r.after_us) AS place,
    COUNT(*) OVER (PARTITION BY r.server, r.server_port, p.name) AS places
  FROM rejections AS r, periods AS p
  WHERE r.server_reset_us >= p.from_s * 1000000 AND r.server_reset_us < p.to_s * 1000000
)
SELECT
  k.server AS server,
  k.port AS port,
  k.period AS period,
  COUNT(*) AS resets,
  MIN(k.after_us) AS min_us,
  MAX(CASE WHEN 2 * k.place <= k.places + 1 THEN k.after_us END) AS median_us,
  MAX(k.after_us) AS max_us
FROM ranked AS k
GROUP BY k.server, k.port, k.period, k.from_s
ORDER BY COUNT(*) DESC, k.server, k.port, k.from_s
LIMIT 400
