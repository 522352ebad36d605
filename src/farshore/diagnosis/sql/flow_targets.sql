-- Per target behind a router, as its clients reported it: what came back in each period.
SELECT
  s.far AS target,
  s.port AS port,
  s.period AS period,
  COUNT(DISTINCT s.near) AS clients,
  SUM(s.flows) AS flows,
  SUM(s.unanswered) AS unanswered,
  SUM(s.tx_packets) AS tx_packets,
  SUM(s.rx_packets) AS rx_packets
FROM flow_spans AS s
WHERE s.section = 'subnet' AND s.seen_from = 'client'
GROUP BY s.far, s.port, s.period, s.from_s
ORDER BY s.far, s.port, s.from_s
