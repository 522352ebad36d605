-- The whole capture: do its counts add up? What is neither answered nor denied is unexplained.
SELECT
  COUNT(*) AS attempts,
  SUM(CASE WHEN answered_us IS NOT NULL THEN 1 ELSE 0 END) AS completed,
  SUM(CASE WHEN answered_us IS NULL AND denied = 1 THEN 1 ELSE 0 END) AS denied,
  SUM(CASE WHEN answered_us IS NULL AND denied = 0 AND server_reset_us IS NOT NULL THEN 1 ELSE 0 END) AS refused,
  SUM(CASE WHEN answered_us IS NULL AND denied = 0 AND server_reset_us IS NULL THEN 1 ELSE 0 END) AS unexplained,
  SUM(CASE WHEN server_reset_us IS NOT NULL OR client_reset_us IS NOT NULL THEN 1 ELSE 0 END) AS resets
FROM connections
WHERE attempted = 1
