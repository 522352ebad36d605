-- Per pair and the side that reported it: what was sent, what came back. The outage first, the worst of it first.
SELECT
  s.section AS section,
  s.near AS near,
  s.far AS far,
  s.port AS port,
  s.seen_from AS seen_from,
  s.reporter AS reporter,
  s.period AS period,
  s.flows AS flows,
  s.unanswered AS unanswered,
  s.tx_packets AS tx_packets,
  s.rx_packets AS rx_packets
FROM flow_spans AS s
WHERE s.section <> 'physical'
ORDER BY
  CASE WHEN s.period = 'during' THEN 0 ELSE 1 END,
  s.unanswered DESC, s.flows DESC, s.section, s.near, s.far, s.port, s.seen_from, s.reporter, s.from_s
LIMIT 400
