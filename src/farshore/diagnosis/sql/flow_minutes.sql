-- Flow-log rows by minute, reporter and pair: everything the tables ask for, and few enough to ask often.
-- A WireGuard initiation is 148 bytes in these rows (156 where the padding is counted, as in a status): packets of rows
-- that received nothing and sent nothing else are handshakes that nobody answered.
SELECT
  f.at_s - f.at_s % 60 AS minute_s,
  f.reporter AS reporter,
  f.section AS section,
  f.seen_from AS seen_from,
  f.near AS near,
  f.far AS far,
  f.port AS port,
  COUNT(*) AS flows,
  COUNT(CASE WHEN f.tx_packets + f.rx_packets = 1 THEN 1 END) AS single,
  COUNT(CASE WHEN f.tx_packets > 0 AND f.rx_packets = 0 THEN 1 END) AS unanswered,
  SUM(
    CASE
      WHEN f.section <> 'physical' OR f.rx_packets > 0 OR f.tx_packets = 0 THEN 0
      WHEN f.tx_bytes = 148 * f.tx_packets OR f.tx_bytes = 156 * f.tx_packets THEN f.tx_packets
      ELSE 0
    END
  ) AS initiations,
  SUM(f.tx_packets) AS tx_packets,
  SUM(f.rx_packets) AS rx_packets
FROM flows AS f
GROUP BY f.at_s - f.at_s % 60, f.reporter, f.section, f.seen_from, f.near, f.far, f.port
