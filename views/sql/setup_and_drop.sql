SELECT
  call_date, tenant_id, call_type,
  count(*) AS sessions,
  count(*) FILTER (WHERE outcome = 'setup_failed') AS setup_failed_sessions,
  count(*) FILTER (WHERE outcome = 'dropped') AS dropped_sessions,
  {{percent "count(*) FILTER (WHERE outcome = 'setup_failed')" "count(*)"}} AS setup_failure_percent,
  {{percent "count(*) FILTER (WHERE outcome = 'dropped')" "count(*) FILTER (WHERE outcome <> 'setup_failed')"}} AS drop_failure_percent
FROM {{table "session_outcomes"}}
GROUP BY 1, 2, 3
