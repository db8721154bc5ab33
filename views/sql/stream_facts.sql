SELECT
  s.call_date,
  {{columns "streams" "s" "media_label" "caller_" "callee_"}},
  s.media_label,
  {{columns "media" "m" "tenant_id" "call_" "session_" "segment_" "media_" "label"}},
  {{ends "g" "e"}},
  g.start_date_time AS segment_start_date_time,
  g.end_date_time AS segment_end_date_time,
  g.failure_info_reason AS segment_failure_info_reason,
  g.failure_info_stage AS segment_failure_info_stage,
  e.start_date_time AS session_start_date_time,
  e.end_date_time AS session_end_date_time,
  e.modalities AS session_modalities,
  e.is_test,
  e.failure_info_reason AS session_failure_info_reason,
  e.failure_info_stage AS session_failure_info_stage,
  c.end_date_time AS call_end_date_time,
  {{columns "calls" "c" "tenant_id" "call_" "type" "end_date_time" "modalities" "last_modified"}},
  c.modalities AS call_modalities,
  c.last_modified_date_time AS call_last_modified_date_time
FROM {{table "streams"}} s
JOIN {{table "calls"}} c
  ON c.call_date = s.call_date AND c.tenant_id = s.tenant_id AND c.call_id = s.call_id AND c.call_version = s.call_version
LEFT JOIN {{table "sessions"}} e
  ON e.call_date = s.call_date AND e.tenant_id = s.tenant_id AND e.call_id = s.call_id AND e.call_version = s.call_version
  AND e.session_ordinal = s.session_ordinal
LEFT JOIN {{table "segments"}} g
  ON g.call_date = s.call_date AND g.tenant_id = s.tenant_id AND g.call_id = s.call_id AND g.call_version = s.call_version
  AND g.session_ordinal = s.session_ordinal AND g.segment_ordinal = s.segment_ordinal
LEFT JOIN {{table "media"}} m
  ON m.call_date = s.call_date AND m.tenant_id = s.tenant_id AND m.call_id = s.call_id AND m.call_version = s.call_version
  AND m.session_ordinal = s.session_ordinal AND m.segment_ordinal = s.segment_ordinal AND m.media_ordinal = s.media_ordinal
