-- What each node reported in each period. One that is absent was not logging: that is not silence.
SELECT
  m.reporter AS reporter,
  m.section AS section,
  m.seen_from AS seen_from,
  p.name AS period,
  SUM(m.flows) AS flows,
  SUM(m.unanswered) AS unanswered,
  SUM(m.tx_packets) AS tx_packets,
  SUM(m.rx_packets) AS rx_packets
FROM flow_minutes AS m, periods AS p
WHERE m.minute_s >= p.from_s AND m.minute_s < p.to_s
GROUP BY m.reporter, m.section, m.seen_from, p.name, p.from_s
ORDER BY m.reporter, m.section, m.seen_from, p.from_s
