SELECT
  call_date, tenant_id, media_kind, subnet, connection_type, wifi_band,
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
GROUP BY 1, 2, 3, 4, 5, 6
