WITH failed_segments AS (
  SELECT
    call_date, tenant_id, call_id, call_version, session_ordinal,
    min(segment_ordinal) AS segment_ordinal
  FROM {{table "segments"}}
  WHERE failure_info_stage IS NOT NULL
  GROUP BY 1, 2, 3, 4, 5
),
failures AS (
  SELECT
    e.call_date, e.tenant_id, e.call_id, e.session_ordinal, e.session_id, c.type AS call_type, e.start_date_time, e.end_date_time,
    {{millis "e.start_date_time" "e.end_date_time"}} AS duration_ms,
    -- A session that says nothing goes by the first of its segments that does.
    coalesce(e.failure_info_stage, g.failure_info_stage) AS failure_stage,
    CASE WHEN e.failure_info_stage IS NOT NULL THEN e.failure_info_reason ELSE g.failure_info_reason END AS failure_reason,
    e.caller_associated_identity_id, e.caller_kind, e.caller_user_agent_platform,
    e.callee_associated_identity_id, e.callee_kind, e.callee_user_agent_platform
  FROM {{table "sessions"}} e
  JOIN {{table "calls"}} c
    ON c.call_date = e.call_date AND c.tenant_id = e.tenant_id AND c.call_id = e.call_id AND c.call_version = e.call_version
  LEFT JOIN failed_segments f
    ON f.call_date = e.call_date AND f.tenant_id = e.tenant_id AND f.call_id = e.call_id AND f.call_version = e.call_version
    AND f.session_ordinal = e.session_ordinal
  LEFT JOIN {{table "segments"}} g
    ON g.call_date = f.call_date AND g.tenant_id = f.tenant_id AND g.call_id = f.call_id AND g.call_version = f.call_version
    AND g.session_ordinal = f.session_ordinal AND g.segment_ordinal = f.segment_ordinal
  WHERE NOT coalesce(e.is_test, false)
)
SELECT
  failures.*,
  CASE failure_stage WHEN 'callSetup' THEN 'setup_failed' WHEN 'midcall' THEN 'dropped' ELSE 'succeeded' END AS outcome
FROM failures
