-- Connections that were accepted and then reset by the accepting side before it said anything: how long it took.
SELECT
  seq,
  client,
  server,
  server_port,
  started_us,
  server_reset_us,
  server_reset_seq,
  server_reset_us - answered_us AS after_us,
  CASE WHEN client_spoke_us IS NOT NULL AND client_spoke_us <= server_reset_us THEN 1 ELSE 0 END AS client_spoke
FROM connections
WHERE answered_us IS NOT NULL
  AND server_reset_us >= answered_us
  AND COALESCE(server_spoke_us, server_reset_us) >= server_reset_us
  AND COALESCE(finished_us, server_reset_us) >= server_reset_us
  AND COALESCE(client_reset_us, server_reset_us) >= server_reset_us
ORDER BY server_reset_us, seq
