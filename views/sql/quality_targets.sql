SELECT * FROM (VALUES
  {{targets}}
) AS targets (media_kind, call_type, network, link, metric, target, unit, source)
