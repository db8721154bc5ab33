WITH legs AS (
  SELECT
    call_date, tenant_id, call_id, session_ordinal, segment_ordinal,
    count(*) AS streams,
    count(*) FILTER (WHERE quality = 'poor') AS poor_streams,
    count(*) FILTER (WHERE quality = 'good') AS good_streams,
    count(*) FILTER (WHERE quality = 'poor' AND media_kind = 'audio') AS poor_audio_streams,
    count(*) FILTER (WHERE quality = 'good' AND media_kind = 'audio') AS good_audio_streams,
    count(*) FILTER (WHERE quality = 'poor' AND media_kind = 'video') AS poor_video_streams,
    count(*) FILTER (WHERE quality = 'good' AND media_kind = 'video') AS good_video_streams,
    count(*) FILTER (WHERE quality = 'poor' AND media_kind = 'vbss') AS poor_vbss_streams,
    count(*) FILTER (WHERE quality = 'good' AND media_kind = 'vbss') AS good_vbss_streams
  FROM {{table "stream_quality"}}
  WHERE NOT is_test
  GROUP BY 1, 2, 3, 4, 5
),
streams_of_call AS (
  SELECT
    call_date, tenant_id, call_id,
    count(*) AS legs,
    count(*) FILTER (WHERE poor_streams > 0) AS poor_legs,
    sum(streams) AS streams,
    sum(poor_streams) AS poor_streams,
    sum(good_streams) AS good_streams,
    sum(poor_audio_streams) AS poor_audio_streams,
    sum(good_audio_streams) AS good_audio_streams,
    sum(poor_video_streams) AS poor_video_streams,
    sum(good_video_streams) AS good_video_streams,
    sum(poor_vbss_streams) AS poor_vbss_streams,
    sum(good_vbss_streams) AS good_vbss_streams
  FROM legs
  GROUP BY 1, 2, 3
),
sessions_of_call AS (
  SELECT
    call_date, tenant_id, call_id,
    count(*) FILTER (WHERE outcome = 'setup_failed') AS setup_failed_sessions,
    count(*) FILTER (WHERE outcome = 'dropped') AS dropped_sessions
  FROM {{table "session_outcomes"}}
  GROUP BY 1, 2, 3
),
ratings_of_call AS (
  SELECT call_date, tenant_id, call_id, count(*) AS ratings, count(*) FILTER (WHERE is_poor) AS poor_ratings, min(stars) AS worst_stars
  FROM {{table "user_feedback"}}
  GROUP BY 1, 2, 3
)
SELECT
  c.call_date, c.tenant_id, c.call_id, c.call_version, c.type AS call_type, c.call_start_date_time, c.end_date_time AS call_end_date_time,
  {{millis "c.call_start_date_time" "c.end_date_time"}} AS duration_ms,
  c.organizer_id, c.participant_count, c.session_count,
  coalesce(s.legs, 0) AS legs,
  coalesce(s.poor_legs, 0) AS poor_legs,
  coalesce(s.streams, 0) AS streams,
  coalesce(s.good_streams, 0) AS good_streams,
  coalesce(s.poor_streams, 0) AS poor_streams,
  coalesce(s.streams - s.good_streams - s.poor_streams, 0) AS unclassified_streams,
  {{percent "s.poor_streams" "s.poor_streams + s.good_streams"}} AS poor_percent,
  coalesce(s.good_audio_streams, 0) AS good_audio_streams,
  coalesce(s.poor_audio_streams, 0) AS poor_audio_streams,
  coalesce(s.good_video_streams, 0) AS good_video_streams,
  coalesce(s.poor_video_streams, 0) AS poor_video_streams,
  coalesce(s.good_vbss_streams, 0) AS good_vbss_streams,
  coalesce(s.poor_vbss_streams, 0) AS poor_vbss_streams,
  coalesce(o.setup_failed_sessions, 0) AS setup_failed_sessions,
  coalesce(o.dropped_sessions, 0) AS dropped_sessions,
  coalesce(r.ratings, 0) AS ratings,
  coalesce(r.poor_ratings, 0) AS poor_ratings,
  r.worst_stars
FROM {{table "calls"}} c
LEFT JOIN streams_of_call s ON s.call_date = c.call_date AND s.tenant_id = c.tenant_id AND s.call_id = c.call_id
LEFT JOIN sessions_of_call o ON o.call_date = c.call_date AND o.tenant_id = c.tenant_id AND o.call_id = c.call_id
LEFT JOIN ratings_of_call r ON r.call_date = c.call_date AND r.tenant_id = c.tenant_id AND r.call_id = c.call_id
