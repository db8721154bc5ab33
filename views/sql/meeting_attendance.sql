{{define "end"}}SELECT
    e.call_date, e.tenant_id, e.call_id, e.call_version, e.start_date_time, e.end_date_time,
    coalesce(e.{{.}}_associated_identity_id, e.{{.}}_identity_id) AS user_id,
    coalesce(e.{{.}}_associated_identity_display_name, e.{{.}}_identity_display_name) AS display_name,
    coalesce(e.{{.}}_associated_identity_user_principal_name, e.{{.}}_identity_user_principal_name) AS user_principal_name
  FROM {{table "sessions"}} e
  WHERE coalesce(e.{{.}}_kind, 'participant') <> 'service' AND NOT coalesce(e.is_test, false){{end}}
WITH present AS (
  {{template "end" "caller"}}
  UNION ALL
  {{template "end" "callee"}}
),
ordered AS (
  SELECT
    present.*,
    max(end_date_time) OVER (
      PARTITION BY call_date, tenant_id, call_id, user_id ORDER BY start_date_time, end_date_time
      ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS present_until
  FROM present
  WHERE user_id IS NOT NULL
)
SELECT
  x.call_date, x.tenant_id, x.call_id, c.call_start_date_time, c.end_date_time AS call_end_date_time, c.join_web_url, c.organizer_id,
  x.user_id,
  max(x.display_name) AS display_name,
  max(x.user_principal_name) AS user_principal_name,
  coalesce(x.user_id = c.organizer_id, false) AS is_organizer,
  count(*) AS joins,
  min(x.start_date_time) AS first_joined,
  max(x.end_date_time) AS last_left,
  sum(CASE
    WHEN x.end_date_time <= coalesce(x.present_until, x.start_date_time) OR x.end_date_time <= x.start_date_time THEN 0e0
    WHEN x.present_until > x.start_date_time THEN {{millis "x.present_until" "x.end_date_time"}}
    ELSE {{millis "x.start_date_time" "x.end_date_time"}} END) AS attendance_ms
FROM ordered x
JOIN {{table "calls"}} c
  ON c.call_date = x.call_date AND c.tenant_id = x.tenant_id AND c.call_id = x.call_id AND c.call_version = x.call_version
WHERE c.type = 'groupCall'
GROUP BY x.call_date, x.tenant_id, x.call_id, c.call_start_date_time, c.end_date_time, c.join_web_url, c.organizer_id, x.user_id
