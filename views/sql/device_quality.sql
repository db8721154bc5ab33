WITH devices AS (
  SELECT
    x.call_date, x.tenant_id, x.platform, x.quality, x.user_id,
    CASE x.stream_role WHEN 'sender' THEN 'capture' ELSE 'render' END AS device_kind,
    CASE x.stream_role WHEN 'sender' THEN x.capture_device_name ELSE x.render_device_name END AS device_name,
    CASE x.stream_role
      WHEN 'sender' THEN CASE x.side WHEN 'caller' THEN m.caller_device_mic_glitch_rate ELSE m.callee_device_mic_glitch_rate END
      ELSE CASE x.side WHEN 'caller' THEN m.caller_device_speaker_glitch_rate ELSE m.callee_device_speaker_glitch_rate END
      END AS glitch_rate,
    CASE x.stream_role
      WHEN 'sender' THEN CASE x.side WHEN 'caller' THEN m.caller_device_capture_not_functioning_event_ratio
        ELSE m.callee_device_capture_not_functioning_event_ratio END
      ELSE CASE x.side WHEN 'caller' THEN m.caller_device_render_not_functioning_event_ratio
        ELSE m.callee_device_render_not_functioning_event_ratio END
      END AS not_functioning_ratio
  FROM {{table "stream_ends"}} x
  LEFT JOIN {{table "media"}} m
    ON m.call_date = x.call_date AND m.tenant_id = x.tenant_id AND m.call_id = x.call_id
    AND m.session_ordinal = x.session_ordinal AND m.segment_ordinal = x.segment_ordinal AND m.media_ordinal = x.media_ordinal
  WHERE x.media_kind = 'audio' AND x.is_client AND x.stream_role IS NOT NULL
)
SELECT
  call_date, tenant_id, device_kind, device_name, platform,
  count(*) AS streams,
  count(*) FILTER (WHERE quality = 'good') AS good_streams,
  count(*) FILTER (WHERE quality = 'poor') AS poor_streams,
  count(*) FILTER (WHERE quality = 'unclassified') AS unclassified_streams,
  {{percent "count(*) FILTER (WHERE quality = 'poor')" "count(*) FILTER (WHERE quality <> 'unclassified')"}} AS poor_percent,
  count(DISTINCT user_id) AS users,
  avg(glitch_rate) AS average_glitch_rate,
  avg(not_functioning_ratio) AS average_not_functioning_ratio
FROM devices
WHERE device_name IS NOT NULL
GROUP BY 1, 2, 3, 4, 5
