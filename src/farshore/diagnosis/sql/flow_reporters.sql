-- What each node reported in each period. One that is absent was not logging: that is not silence.
SELECT
  s.reporter AS reporter,
  s.section AS section,
  s.seen_from AS seen_from,
  s.period AS period,
  SUM(s.flows) AS flows,
  SUM(s.unanswered) AS unanswered,
  SUM(s.tx_packets) AS tx_packets,
  SUM(s.rx_packets) AS rx_packets
FROM flow_spans AS s
GROUP BY s.reporter, s.section, s.seen_from, s.period, s.from_s
ORDER BY s.reporter, s.section, s.seen_from, s.from_s
