-- How each reporter reached each peer: 127.3.3.40 is the relay (DERP) of a region, anything else a direct path.
SELECT
  s.reporter AS reporter,
  s.near AS peer,
  s.period AS period,
  CASE WHEN s.far = '127.3.3.40' THEN 'derp' ELSE 'direct' END AS via,
  s.port AS region,
  SUM(s.flows) AS flows,
  SUM(s.unanswered) AS unanswered,
  SUM(s.tx_packets) AS tx_packets,
  SUM(s.rx_packets) AS rx_packets
FROM flow_spans AS s
WHERE s.section = 'physical'
GROUP BY s.reporter, s.near, s.period, s.from_s, CASE WHEN s.far = '127.3.3.40' THEN 'derp' ELSE 'direct' END, s.port
ORDER BY
  CASE WHEN s.period = 'during' THEN 0 ELSE 1 END,
  SUM(s.unanswered) DESC, SUM(s.flows) DESC, s.reporter, s.near, s.port, s.from_s
LIMIT 400
