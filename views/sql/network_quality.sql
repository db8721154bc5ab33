WITH networks AS (
  SELECT
    call_date, tenant_id, media_kind, subnet, connection_type, wifi_band,
    {{address "subnet"}} AS subnet_address,
    count(*) AS streams,
    count(*) FILTER (WHERE quality = 'good') AS good_streams,
    count(*) FILTER (WHERE quality = 'poor') AS poor_streams,
    count(*) FILTER (WHERE quality = 'unclassified') AS unclassified_streams,
    {{percent "count(*) FILTER (WHERE quality = 'poor')" "count(*) FILTER (WHERE quality <> 'unclassified')"}} AS poor_percent,
    count(DISTINCT user_id) AS users,
    {{median "average_round_trip_time_ms"}} AS median_round_trip_time_ms,
    {{median "average_jitter_ms"}} AS median_jitter_ms,
    avg(average_packet_loss_rate) AS average_packet_loss_rate
  FROM {{table "stream_ends"}}
  WHERE is_client
  GROUP BY 1, 2, 3, 4, 5, 6, 7
)
SELECT
  n.call_date, n.tenant_id, n.media_kind, n.subnet, n.connection_type, n.wifi_band,
  b.building_name, b.network_name, b.city, b.country, b.region, b.inside_corp, b.express_route, b.vpn,
  n.streams, n.good_streams, n.poor_streams, n.unclassified_streams, n.poor_percent, n.users,
  n.median_round_trip_time_ms, n.median_jitter_ms, n.average_packet_loss_rate
FROM networks n
LEFT JOIN {{table "buildings"}} b ON n.subnet_address BETWEEN b.first_address AND b.last_address
