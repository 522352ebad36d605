-- Per pair and the side that reported it: what was sent, what came back. The worst first.
SELECT
  m.section AS section,
  m.near AS near,
  m.far AS far,
  m.port AS port,
  m.seen_from AS seen_from,
  m.reporter AS reporter,
  p.name AS period,
  SUM(m.flows) AS flows,
  SUM(m.unanswered) AS unanswered,
  SUM(m.tx_packets) AS tx_packets,
  SUM(m.rx_packets) AS rx_packets
FROM flow_minutes AS m, periods AS p
WHERE m.minute_s >= p.from_s AND m.minute_s < p.to_s AND m.section <> 'physical'
GROUP BY m.section, m.near, m.far, m.port, m.seen_from, m.reporter, p.name, p.from_s
ORDER BY SUM(m.unanswered) DESC, SUM(m.flows) DESC, m.section, m.near, m.far, m.port, m.seen_from, m.reporter, p.from_s
LIMIT 400
