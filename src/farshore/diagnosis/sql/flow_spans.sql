-- The minutes summed up by period: one row for each reporter and pair, for the tables to choose from.
SELECT
  p.name AS period,
  p.from_s AS from_s,
  m.reporter AS reporter,
  m.section AS section,
  m.seen_from AS seen_from,
  m.near AS near,
  m.far AS far,
  m.port AS port,
  SUM(m.flows) AS flows,
  SUM(m.single) AS single,
  SUM(m.unanswered) AS unanswered,
  SUM(m.initiations) AS initiations,
  SUM(m.tx_packets) AS tx_packets,
  SUM(m.rx_packets) AS rx_packets,
  MIN(CASE WHEN m.initiations > 0 THEN m.minute_s END) AS first_s,
  MAX(CASE WHEN m.initiations > 0 THEN m.minute_s END) AS last_s
FROM flow_minutes AS m, periods AS p
WHERE m.minute_s >= p.from_s AND m.minute_s < p.to_s
GROUP BY p.name, p.from_s, m.reporter, m.section, m.seen_from, m.near, m.far, m.port
