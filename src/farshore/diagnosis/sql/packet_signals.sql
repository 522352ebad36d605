-- Minute by minute: connections attempted, and those not answered or reset before the accepting side said anything.
SELECT
  c.started_us - c.started_us % 60000000 AS minute_us,
  COUNT(*) AS asked,
  SUM(
    CASE
      WHEN c.answered_us IS NULL THEN 1
      WHEN c.server_reset_us IS NOT NULL AND c.server_spoke_us IS NULL THEN 1
      ELSE 0
    END
  ) AS unanswered
FROM connections AS c
WHERE c.attempted = 1 AND c.started_us > 0
GROUP BY c.started_us - c.started_us % 60000000
ORDER BY c.started_us - c.started_us % 60000000
