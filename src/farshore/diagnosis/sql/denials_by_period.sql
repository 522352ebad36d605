-- Who was denied what by a network policy, in packets.
SELECT
  d.source AS source,
  d.destination AS destination,
  d.port AS port,
  d.direction AS direction,
  p.name AS period,
  COUNT(*) AS packets
FROM denied_packets AS d, periods AS p
WHERE d.at_us >= p.from_s * 1000000 AND d.at_us < p.to_s * 1000000
GROUP BY d.source, d.destination, d.port, d.direction, p.name, p.from_s
ORDER BY COUNT(*) DESC, d.source, d.destination, d.port, p.from_s
LIMIT 400
