-- Per target behind a router, as its clients reported it: what came back in each period.
SELECT
  m.far AS target,
  m.port AS port,
  p.name AS period,
  COUNT(DISTINCT m.near) AS clients,
  SUM(m.flows) AS flows,
  SUM(m.unanswered) AS unanswered,
  SUM(m.tx_packets) AS tx_packets,
  SUM(m.rx_packets) AS rx_packets
FROM flow_minutes AS m, periods AS p
WHERE m.minute_s >= p.from_s AND m.minute_s < p.to_s AND m.section = 'subnet' AND m.seen_from = 'client'
GROUP BY m.far, m.port, p.name, p.from_s
ORDER BY m.far, m.port, p.from_s
