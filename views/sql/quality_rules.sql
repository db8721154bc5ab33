SELECT * FROM (VALUES
  {{thresholds}}
) AS rules (rule_set, media_kind, step, metric, stream_column, comparison, threshold, unit, applies_to, source)
