WITH subnets AS (
  SELECT
    tenant_id, subnet,
    {{address "subnet"}} AS subnet_address,
    count(*) AS audio_streams,
    count(*) FILTER (WHERE quality = 'good') AS good_streams,
    count(*) FILTER (WHERE quality = 'poor') AS poor_streams,
    {{percent "count(*) FILTER (WHERE quality = 'poor')" "count(*) FILTER (WHERE quality <> 'unclassified')"}} AS poor_percent,
    count(DISTINCT user_id) AS users,
    count(DISTINCT reflexive_ip_address) AS reflexive_ip_addresses,
    min(call_date) AS first_date,
    max(call_date) AS last_date
  FROM {{table "stream_ends"}}
  WHERE is_client AND media_kind = 'audio' AND subnet <> ''
  GROUP BY 1, 2, 3
  HAVING count(*) >= 10
)
SELECT
  s.tenant_id, s.subnet,
  -- What routers at home and phones hand out says nothing of a place.
  s.subnet IN ('10.0.0.0', '192.168.0.0', '192.168.1.0', '192.168.2.0', '172.20.10.0', '192.168.43.0') AS is_home_default,
  s.audio_streams, s.good_streams, s.poor_streams, s.poor_percent, s.users, s.reflexive_ip_addresses, s.first_date, s.last_date
FROM subnets s
LEFT JOIN {{table "buildings"}} b ON s.subnet_address BETWEEN b.first_address AND b.last_address
WHERE b.network_ip IS NULL
