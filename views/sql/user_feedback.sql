{{define "end"}}SELECT
    e.call_date, e.tenant_id, e.call_id, e.session_ordinal, e.session_id, c.type AS call_type, e.start_date_time, e.end_date_time,
    '{{.}}' AS side,
    e.{{.}}_associated_identity_id AS user_id,
    e.{{.}}_associated_identity_display_name AS display_name,
    e.{{.}}_user_agent_platform AS platform,
    e.{{.}}_user_agent_application_version AS application_version,
    e.{{.}}_feedback_rating AS rating,
    e.{{.}}_feedback_text AS feedback_text,
    {{ticked (printf "e.%s_feedback_tokens" .)}} AS problems
  FROM {{table "sessions"}} e
  JOIN {{table "calls"}} c
    ON c.call_date = e.call_date AND c.tenant_id = e.tenant_id AND c.call_id = e.call_id AND c.call_version = e.call_version
  WHERE coalesce(e.{{.}}_feedback_rating, 'notRated') <> 'notRated' AND NOT coalesce(e.is_test, false){{end}}
SELECT
  given.*,
  CASE rating WHEN 'bad' THEN 1 WHEN 'poor' THEN 2 WHEN 'fair' THEN 3 WHEN 'good' THEN 4 WHEN 'excellent' THEN 5 END AS stars,
  rating IN ('bad', 'poor') AS is_poor
FROM (
  {{template "end" "caller"}}
  UNION ALL
  {{template "end" "callee"}}
) given
