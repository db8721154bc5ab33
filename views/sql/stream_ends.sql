{{define "end"}}SELECT
  call_date, tenant_id, call_id, call_type, session_ordinal, segment_ordinal, media_ordinal, stream_ordinal,
  media_kind, quality, poor_reasons,
  average_round_trip_time_ms, average_jitter_ms, average_packet_loss_rate,
  '{{.}}' AS side,
  CASE stream_direction
    WHEN '{{.}}To{{if eq . "caller"}}Callee{{else}}Caller{{end}}' THEN 'sender'
    WHEN '{{if eq . "caller"}}callee{{else}}caller{{end}}To{{if eq . "caller"}}Caller{{else}}Callee{{end}}' THEN 'receiver'
    END AS stream_role,
  coalesce({{.}}_kind, 'participant') <> 'service' AS is_client,
  {{.}}_associated_identity_id AS user_id,
  {{.}}_user_agent_platform AS platform,
  {{.}}_user_agent_product_family AS product_family,
  {{.}}_user_agent_application_version AS application_version,
  {{.}}_network_subnet AS subnet,
  {{.}}_network_reflexive_ip_address AS reflexive_ip_address,
  {{.}}_network_connection_type AS connection_type,
  {{.}}_network_wifi_band AS wifi_band,
  {{.}}_device_capture_device_name AS capture_device_name,
  {{.}}_device_render_device_name AS render_device_name
FROM {{table "stream_quality"}}
WHERE NOT is_test{{end}}
{{template "end" "caller"}}
UNION ALL
{{template "end" "callee"}}
