SELECT
  graded.*,
  '{{ruleSet}}' AS rule_set,
  CASE WHEN quality = 'poor' THEN {{reasons}} END AS poor_reasons
FROM (
  SELECT
    kinds.*,
    {{quality}} AS quality
  FROM (
    SELECT
      s.call_date,
      {{columns "streams" "s" "caller_associated" "callee_associated" "caller_user_agent" "callee_user_agent"}},
      coalesce(s.caller_associated_identity_id, e.caller_associated_identity_id) AS caller_associated_identity_id,
      coalesce(s.callee_associated_identity_id, e.callee_associated_identity_id) AS callee_associated_identity_id,
      coalesce(s.caller_user_agent_platform, e.caller_user_agent_platform) AS caller_user_agent_platform,
      coalesce(s.callee_user_agent_platform, e.callee_user_agent_platform) AS callee_user_agent_platform,
      coalesce(s.caller_user_agent_product_family, e.caller_user_agent_product_family) AS caller_user_agent_product_family,
      coalesce(s.callee_user_agent_product_family, e.callee_user_agent_product_family) AS callee_user_agent_product_family,
      e.caller_user_agent_application_version,
      e.callee_user_agent_application_version,
      e.caller_kind,
      e.callee_kind,
      coalesce(e.is_test, false) AS is_test,
      -- A client sends it to a service; all else somebody's client receives.
      CASE s.stream_direction
        WHEN 'callerToCallee' THEN coalesce(e.callee_kind = 'service', false)
        WHEN 'calleeToCaller' THEN coalesce(e.caller_kind = 'service', false)
        ELSE false END AS is_outbound,
      {{mediaKind "s.media_label"}} AS media_kind
    FROM {{table "streams"}} s
    JOIN {{table "calls"}} c
      ON c.call_date = s.call_date AND c.tenant_id = s.tenant_id AND c.call_id = s.call_id AND c.call_version = s.call_version
    LEFT JOIN {{table "sessions"}} e
      ON e.call_date = s.call_date AND e.tenant_id = s.tenant_id AND e.call_id = s.call_id AND e.call_version = s.call_version
      AND e.session_ordinal = s.session_ordinal
  ) kinds
) graded
