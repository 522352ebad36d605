-- How each reporter reached each peer: 127.3.3.40 is the relay (DERP) of a region, anything else a direct path.
SELECT
  m.reporter AS reporter,
  m.near AS peer,
  p.name AS period,
  CASE WHEN m.far = '127.3.3.40' THEN 'derp' ELSE 'direct' END AS via,
  m.port AS region,
  SUM(m.flows) AS flows,
  SUM(m.unanswered) AS unanswered,
  SUM(m.tx_packets) AS tx_packets,
  SUM(m.rx_packets) AS rx_packets
FROM flow_minutes AS m, periods AS p
WHERE m.minute_s >= p.from_s AND m.minute_s < p.to_s AND m.section = 'physical'
GROUP BY m.reporter, m.near, p.name, p.from_s, CASE WHEN m.far = '127.3.3.40' THEN 'derp' ELSE 'direct' END, m.port
ORDER BY SUM(m.unanswered) DESC, SUM(m.flows) DESC, m.reporter, m.near, m.port, p.from_s
LIMIT 400
