{{define "client"}}SELECT
    e.call_date, e.tenant_id, e.call_id, e.session_ordinal, '{{.}}' AS side,
    e.{{.}}_user_agent_platform AS platform,
    e.{{.}}_user_agent_product_family AS product_family,
    e.{{.}}_user_agent_application_version AS application_version,
    e.{{.}}_associated_identity_id AS user_id
  FROM {{table "sessions"}} e
  JOIN {{table "calls"}} c
    ON c.call_date = e.call_date AND c.tenant_id = e.tenant_id AND c.call_id = e.call_id AND c.call_version = e.call_version
  WHERE coalesce(e.{{.}}_kind, 'participant') <> 'service' AND NOT coalesce(e.is_test, false)
    AND coalesce(e.{{.}}_user_agent_platform, e.{{.}}_user_agent_product_family, e.{{.}}_user_agent_application_version) IS NOT NULL{{end}}
WITH clients AS (
  {{template "client" "caller"}}
  UNION ALL
  {{template "client" "callee"}}
),
streams_of_session AS (
  SELECT
    call_date, tenant_id, call_id, session_ordinal,
    count(*) AS audio_streams,
    count(*) FILTER (WHERE quality = 'good') AS good_audio_streams,
    count(*) FILTER (WHERE quality = 'poor') AS poor_audio_streams
  FROM {{table "stream_quality"}}
  WHERE media_kind = 'audio' AND NOT is_test
  GROUP BY 1, 2, 3, 4
)
SELECT
  x.call_date, x.tenant_id, x.platform, x.product_family, x.application_version,
  count(*) AS sessions,
  count(DISTINCT x.user_id) AS users,
  coalesce(sum(s.audio_streams), 0) AS audio_streams,
  coalesce(sum(s.good_audio_streams), 0) AS good_audio_streams,
  coalesce(sum(s.poor_audio_streams), 0) AS poor_audio_streams,
  {{percent "sum(s.poor_audio_streams)" "sum(s.poor_audio_streams + s.good_audio_streams)"}} AS poor_percent
FROM clients x
LEFT JOIN streams_of_session s
  ON s.call_date = x.call_date AND s.tenant_id = x.tenant_id AND s.call_id = x.call_id AND s.session_ordinal = x.session_ordinal
GROUP BY 1, 2, 3, 4, 5
