-- Tables and views of a lake of Teams call records, for DuckDB 1.4 or later. Read it in every session:
--   duckdb -init lake.sql
-- or once into a database file; a table that had no object then is found there once it has some.

SET TimeZone = 'UTC';

SET VARIABLE no_calls = (SELECT count(*) = 0 FROM glob('/srv/lake/calls/call_date=*/part-*.parquet'));

CREATE OR REPLACE VIEW calls AS
SELECT
  tenant_id,
  call_id,
  call_version,
  call_start_date_time,
  type,
  modalities,
  end_date_time,
  last_modified_date_time,
  join_web_url,
  organizer_id,
  organizer_identity_kind,
  organizer_identity_id,
  organizer_identity_display_name,
  organizer_identity_tenant_id,
  organizer_identity_user_principal_name,
  organizer_identity,
  organizer_administrative_unit_infos,
  participant_count,
  session_count,
  segment_count,
  media_count,
  stream_count,
  fetched_at,
  call_date
FROM (
  SELECT
    NULL::VARCHAR AS tenant_id,
    NULL::VARCHAR AS call_id,
    NULL::BIGINT AS call_version,
    NULL::TIMESTAMPTZ AS call_start_date_time,
    NULL::VARCHAR AS type,
    NULL::VARCHAR[] AS modalities,
    NULL::TIMESTAMPTZ AS end_date_time,
    NULL::TIMESTAMPTZ AS last_modified_date_time,
    NULL::VARCHAR AS join_web_url,
    NULL::VARCHAR AS organizer_id,
    NULL::VARCHAR AS organizer_identity_kind,
    NULL::VARCHAR AS organizer_identity_id,
    NULL::VARCHAR AS organizer_identity_display_name,
    NULL::VARCHAR AS organizer_identity_tenant_id,
    NULL::VARCHAR AS organizer_identity_user_principal_name,
    NULL::VARCHAR AS organizer_identity,
    NULL::STRUCT(id VARCHAR)[] AS organizer_administrative_unit_infos,
    NULL::BIGINT AS participant_count,
    NULL::BIGINT AS session_count,
    NULL::BIGINT AS segment_count,
    NULL::BIGINT AS media_count,
    NULL::BIGINT AS stream_count,
    NULL::TIMESTAMPTZ AS fetched_at,
    NULL::DATE AS call_date
  WHERE false
  UNION ALL BY NAME
  FROM query(CASE WHEN getvariable('no_calls') THEN 'SELECT NULL::DATE AS call_date WHERE false' ELSE 'SELECT * FROM read_parquet(''/srv/lake/calls/call_date=*/part-*.parquet'', hive_partitioning = true, hive_types = {''call_date'': DATE}, union_by_name = true)' END)
);

COMMENT ON VIEW calls IS 'a call record';

COMMENT ON COLUMN calls.tenant_id IS 'id of the tenant whose calls these are';

COMMENT ON COLUMN calls.call_id IS 'id of the call record';

COMMENT ON COLUMN calls.call_version IS 'version of the call record; a higher one replaces all rows of the call';

COMMENT ON COLUMN calls.call_start_date_time IS 'start of the call; its date is the partition [UTC]';

COMMENT ON COLUMN calls.type IS 'peerToPeer, groupCall, ...';

COMMENT ON COLUMN calls.modalities IS 'modalities used in the call: audio, video, videoBasedScreenSharing, data, screenSharing, ...';

COMMENT ON COLUMN calls.end_date_time IS 'end of the call [UTC]';

COMMENT ON COLUMN calls.last_modified_date_time IS 'when Graph wrote this version of the record [UTC]';

COMMENT ON COLUMN calls.join_web_url IS 'link to join the meeting';

COMMENT ON COLUMN calls.organizer_id IS 'id of the organizer';

COMMENT ON COLUMN calls.organizer_identity_kind IS 'member of the organizer''s identity set that the next columns come from: user, phone, guest, ...';

COMMENT ON COLUMN calls.organizer_identity_id IS 'id in that member';

COMMENT ON COLUMN calls.organizer_identity_display_name IS 'display name in that member';

COMMENT ON COLUMN calls.organizer_identity_tenant_id IS 'home tenant in that member';

COMMENT ON COLUMN calls.organizer_identity_user_principal_name IS 'user principal name in that member';

COMMENT ON COLUMN calls.organizer_identity IS 'the organizer''s identity set, as sent [JSON]';

COMMENT ON COLUMN calls.organizer_administrative_unit_infos IS 'administrative units of the organizer';

COMMENT ON COLUMN calls.participant_count IS 'rows of this call in participants';

COMMENT ON COLUMN calls.session_count IS 'rows of this call in sessions';

COMMENT ON COLUMN calls.segment_count IS 'rows of this call in segments';

COMMENT ON COLUMN calls.media_count IS 'rows of this call in media';

COMMENT ON COLUMN calls.stream_count IS 'rows of this call in streams';

COMMENT ON COLUMN calls.fetched_at IS 'when this version was fetched from Graph [UTC]';

COMMENT ON COLUMN calls.call_date IS 'UTC date of the start of the call';

SET VARIABLE no_participants = (SELECT count(*) = 0 FROM glob('/srv/lake/participants/call_date=*/part-*.parquet'));

CREATE OR REPLACE VIEW participants AS
SELECT
  tenant_id,
  call_id,
  call_version,
  call_start_date_time,
  participant_id,
  participant_ordinal,
  identity_kind,
  identity_id,
  identity_display_name,
  identity_tenant_id,
  identity_user_principal_name,
  identity,
  administrative_unit_infos,
  call_date
FROM (
  SELECT
    NULL::VARCHAR AS tenant_id,
    NULL::VARCHAR AS call_id,
    NULL::BIGINT AS call_version,
    NULL::TIMESTAMPTZ AS call_start_date_time,
    NULL::VARCHAR AS participant_id,
    NULL::BIGINT AS participant_ordinal,
    NULL::VARCHAR AS identity_kind,
    NULL::VARCHAR AS identity_id,
    NULL::VARCHAR AS identity_display_name,
    NULL::VARCHAR AS identity_tenant_id,
    NULL::VARCHAR AS identity_user_principal_name,
    NULL::VARCHAR AS identity,
    NULL::STRUCT(id VARCHAR)[] AS administrative_unit_infos,
    NULL::DATE AS call_date
  WHERE false
  UNION ALL BY NAME
  FROM query(CASE WHEN getvariable('no_participants') THEN 'SELECT NULL::DATE AS call_date WHERE false' ELSE 'SELECT * FROM read_parquet(''/srv/lake/participants/call_date=*/part-*.parquet'', hive_partitioning = true, hive_types = {''call_date'': DATE}, union_by_name = true)' END)
);

COMMENT ON VIEW participants IS 'somebody who was in a call';

COMMENT ON COLUMN participants.tenant_id IS 'id of the tenant whose calls these are';

COMMENT ON COLUMN participants.call_id IS 'id of the call record';

COMMENT ON COLUMN participants.call_version IS 'version of the call record; a higher one replaces all rows of the call';

COMMENT ON COLUMN participants.call_start_date_time IS 'start of the call; its date is the partition [UTC]';

COMMENT ON COLUMN participants.participant_id IS 'id of the participant: object id, phone number or other key; not always a GUID';

COMMENT ON COLUMN participants.participant_ordinal IS 'place in the call, from 0, in the order sent';

COMMENT ON COLUMN participants.identity_kind IS 'member of the identity set that the next columns come from: user, phone, guest, ...';

COMMENT ON COLUMN participants.identity_id IS 'id in that member';

COMMENT ON COLUMN participants.identity_display_name IS 'display name in that member';

COMMENT ON COLUMN participants.identity_tenant_id IS 'home tenant in that member';

COMMENT ON COLUMN participants.identity_user_principal_name IS 'user principal name in that member';

COMMENT ON COLUMN participants.identity IS 'the identity set, as sent [JSON]';

COMMENT ON COLUMN participants.administrative_unit_infos IS 'administrative units of the participant';

COMMENT ON COLUMN participants.call_date IS 'UTC date of the start of the call';

SET VARIABLE no_sessions = (SELECT count(*) = 0 FROM glob('/srv/lake/sessions/call_date=*/part-*.parquet'));

CREATE OR REPLACE VIEW sessions AS
SELECT
  tenant_id,
  call_id,
  call_version,
  call_start_date_time,
  session_id,
  session_ordinal,
  start_date_time,
  end_date_time,
  modalities,
  is_test,
  failure_info_reason,
  failure_info_stage,
  caller_kind,
  caller_name,
  caller_cpu_name,
  caller_cpu_cores_count,
  caller_cpu_processor_speed_in_mhz,
  caller_associated_identity_id,
  caller_associated_identity_display_name,
  caller_associated_identity_tenant_id,
  caller_associated_identity_user_principal_name,
  caller_identity,
  caller_identity_kind,
  caller_identity_id,
  caller_identity_display_name,
  caller_identity_tenant_id,
  caller_identity_user_principal_name,
  caller_user_agent_kind,
  caller_user_agent_header_value,
  caller_user_agent_application_version,
  caller_user_agent_azure_ad_app_id,
  caller_user_agent_communication_service_id,
  caller_user_agent_platform,
  caller_user_agent_product_family,
  caller_user_agent_role,
  caller_feedback_rating,
  caller_feedback_text,
  caller_feedback_tokens,
  callee_kind,
  callee_name,
  callee_cpu_name,
  callee_cpu_cores_count,
  callee_cpu_processor_speed_in_mhz,
  callee_associated_identity_id,
  callee_associated_identity_display_name,
  callee_associated_identity_tenant_id,
  callee_associated_identity_user_principal_name,
  callee_identity,
  callee_identity_kind,
  callee_identity_id,
  callee_identity_display_name,
  callee_identity_tenant_id,
  callee_identity_user_principal_name,
  callee_user_agent_kind,
  callee_user_agent_header_value,
  callee_user_agent_application_version,
  callee_user_agent_azure_ad_app_id,
  callee_user_agent_communication_service_id,
  callee_user_agent_platform,
  callee_user_agent_product_family,
  callee_user_agent_role,
  callee_feedback_rating,
  callee_feedback_text,
  callee_feedback_tokens,
  call_date
FROM (
  SELECT
    NULL::VARCHAR AS tenant_id,
    NULL::VARCHAR AS call_id,
    NULL::BIGINT AS call_version,
    NULL::TIMESTAMPTZ AS call_start_date_time,
    NULL::VARCHAR AS session_id,
    NULL::BIGINT AS session_ordinal,
    NULL::TIMESTAMPTZ AS start_date_time,
    NULL::TIMESTAMPTZ AS end_date_time,
    NULL::VARCHAR[] AS modalities,
    NULL::BOOLEAN AS is_test,
    NULL::VARCHAR AS failure_info_reason,
    NULL::VARCHAR AS failure_info_stage,
    NULL::VARCHAR AS caller_kind,
    NULL::VARCHAR AS caller_name,
    NULL::VARCHAR AS caller_cpu_name,
    NULL::BIGINT AS caller_cpu_cores_count,
    NULL::BIGINT AS caller_cpu_processor_speed_in_mhz,
    NULL::VARCHAR AS caller_associated_identity_id,
    NULL::VARCHAR AS caller_associated_identity_display_name,
    NULL::VARCHAR AS caller_associated_identity_tenant_id,
    NULL::VARCHAR AS caller_associated_identity_user_principal_name,
    NULL::VARCHAR AS caller_identity,
    NULL::VARCHAR AS caller_identity_kind,
    NULL::VARCHAR AS caller_identity_id,
    NULL::VARCHAR AS caller_identity_display_name,
    NULL::VARCHAR AS caller_identity_tenant_id,
    NULL::VARCHAR AS caller_identity_user_principal_name,
    NULL::VARCHAR AS caller_user_agent_kind,
    NULL::VARCHAR AS caller_user_agent_header_value,
    NULL::VARCHAR AS caller_user_agent_application_version,
    NULL::VARCHAR AS caller_user_agent_azure_ad_app_id,
    NULL::VARCHAR AS caller_user_agent_communication_service_id,
    NULL::VARCHAR AS caller_user_agent_platform,
    NULL::VARCHAR AS caller_user_agent_product_family,
    NULL::VARCHAR AS caller_user_agent_role,
    NULL::VARCHAR AS caller_feedback_rating,
    NULL::VARCHAR AS caller_feedback_text,
    NULL::VARCHAR AS caller_feedback_tokens,
    NULL::VARCHAR AS callee_kind,
    NULL::VARCHAR AS callee_name,
    NULL::VARCHAR AS callee_cpu_name,
    NULL::BIGINT AS callee_cpu_cores_count,
    NULL::BIGINT AS callee_cpu_processor_speed_in_mhz,
    NULL::VARCHAR AS callee_associated_identity_id,
    NULL::VARCHAR AS callee_associated_identity_display_name,
    NULL::VARCHAR AS callee_associated_identity_tenant_id,
    NULL::VARCHAR AS callee_associated_identity_user_principal_name,
    NULL::VARCHAR AS callee_identity,
    NULL::VARCHAR AS callee_identity_kind,
    NULL::VARCHAR AS callee_identity_id,
    NULL::VARCHAR AS callee_identity_display_name,
    NULL::VARCHAR AS callee_identity_tenant_id,
    NULL::VARCHAR AS callee_identity_user_principal_name,
    NULL::VARCHAR AS callee_user_agent_kind,
    NULL::VARCHAR AS callee_user_agent_header_value,
    NULL::VARCHAR AS callee_user_agent_application_version,
    NULL::VARCHAR AS callee_user_agent_azure_ad_app_id,
    NULL::VARCHAR AS callee_user_agent_communication_service_id,
    NULL::VARCHAR AS callee_user_agent_platform,
    NULL::VARCHAR AS callee_user_agent_product_family,
    NULL::VARCHAR AS callee_user_agent_role,
    NULL::VARCHAR AS callee_feedback_rating,
    NULL::VARCHAR AS callee_feedback_text,
    NULL::VARCHAR AS callee_feedback_tokens,
    NULL::DATE AS call_date
  WHERE false
  UNION ALL BY NAME
  FROM query(CASE WHEN getvariable('no_sessions') THEN 'SELECT NULL::DATE AS call_date WHERE false' ELSE 'SELECT * FROM read_parquet(''/srv/lake/sessions/call_date=*/part-*.parquet'', hive_partitioning = true, hive_types = {''call_date'': DATE}, union_by_name = true)' END)
);

COMMENT ON VIEW sessions IS 'a conversation between two endpoints within a call';

COMMENT ON COLUMN sessions.tenant_id IS 'id of the tenant whose calls these are';

COMMENT ON COLUMN sessions.call_id IS 'id of the call record';

COMMENT ON COLUMN sessions.call_version IS 'version of the call record; a higher one replaces all rows of the call';

COMMENT ON COLUMN sessions.call_start_date_time IS 'start of the call; its date is the partition [UTC]';

COMMENT ON COLUMN sessions.session_id IS 'id of the session; may repeat within a call';

COMMENT ON COLUMN sessions.session_ordinal IS 'place of the session in the call, from 0, in the order sent over all pages';

COMMENT ON COLUMN sessions.start_date_time IS 'start of the session [UTC]';

COMMENT ON COLUMN sessions.end_date_time IS 'end of the session [UTC]';

COMMENT ON COLUMN sessions.modalities IS 'modalities used in the session';

COMMENT ON COLUMN sessions.is_test IS 'the session was a test call';

COMMENT ON COLUMN sessions.failure_info_reason IS 'why the session failed';

COMMENT ON COLUMN sessions.failure_info_stage IS 'phase in which the session failed: callSetup, midcall, ...';

COMMENT ON COLUMN sessions.caller_kind IS 'kind of the endpoint: participant or service';

COMMENT ON COLUMN sessions.caller_name IS 'name of the device';

COMMENT ON COLUMN sessions.caller_cpu_name IS 'model of the processor';

COMMENT ON COLUMN sessions.caller_cpu_cores_count IS 'cores of the processor';

COMMENT ON COLUMN sessions.caller_cpu_processor_speed_in_mhz IS 'clock of the processor [MHz]';

COMMENT ON COLUMN sessions.caller_associated_identity_id IS 'id of the user behind the endpoint, else of the member of identity';

COMMENT ON COLUMN sessions.caller_associated_identity_display_name IS 'display name of that user';

COMMENT ON COLUMN sessions.caller_associated_identity_tenant_id IS 'home tenant of that user';

COMMENT ON COLUMN sessions.caller_associated_identity_user_principal_name IS 'user principal name of that user';

COMMENT ON COLUMN sessions.caller_identity IS 'deprecated identity set of the endpoint, as sent [JSON]';

COMMENT ON COLUMN sessions.caller_identity_kind IS 'member of identity that the next columns come from';

COMMENT ON COLUMN sessions.caller_identity_id IS 'id in that member';

COMMENT ON COLUMN sessions.caller_identity_display_name IS 'display name in that member';

COMMENT ON COLUMN sessions.caller_identity_tenant_id IS 'home tenant in that member';

COMMENT ON COLUMN sessions.caller_identity_user_principal_name IS 'user principal name in that member';

COMMENT ON COLUMN sessions.caller_user_agent_kind IS 'kind of the user agent: client or service';

COMMENT ON COLUMN sessions.caller_user_agent_header_value IS 'User-Agent header as sent by the software';

COMMENT ON COLUMN sessions.caller_user_agent_application_version IS 'version of the software';

COMMENT ON COLUMN sessions.caller_user_agent_azure_ad_app_id IS 'Entra application id of a client';

COMMENT ON COLUMN sessions.caller_user_agent_communication_service_id IS 'Azure Communication Services resource of a client';

COMMENT ON COLUMN sessions.caller_user_agent_platform IS 'platform of a client: windows, macOS, iOS, android, web, ipPhone, roomSystem, ...';

COMMENT ON COLUMN sessions.caller_user_agent_product_family IS 'product of a client: teams, skypeForBusiness, lync, azureCommunicationServices, ...';

COMMENT ON COLUMN sessions.caller_user_agent_role IS 'role of a service: gateway, mediaController, voicemail, ...';

COMMENT ON COLUMN sessions.caller_feedback_rating IS 'rating by the user: notRated, bad, poor, fair, good, excellent';

COMMENT ON COLUMN sessions.caller_feedback_text IS 'comment by the user';

COMMENT ON COLUMN sessions.caller_feedback_tokens IS 'problems ticked by the user, by name [JSON]';

COMMENT ON COLUMN sessions.callee_kind IS 'kind of the endpoint: participant or service';

COMMENT ON COLUMN sessions.callee_name IS 'name of the device';

COMMENT ON COLUMN sessions.callee_cpu_name IS 'model of the processor';

COMMENT ON COLUMN sessions.callee_cpu_cores_count IS 'cores of the processor';

COMMENT ON COLUMN sessions.callee_cpu_processor_speed_in_mhz IS 'clock of the processor [MHz]';

COMMENT ON COLUMN sessions.callee_associated_identity_id IS 'id of the user behind the endpoint, else of the member of identity';

COMMENT ON COLUMN sessions.callee_associated_identity_display_name IS 'display name of that user';

COMMENT ON COLUMN sessions.callee_associated_identity_tenant_id IS 'home tenant of that user';

COMMENT ON COLUMN sessions.callee_associated_identity_user_principal_name IS 'user principal name of that user';

COMMENT ON COLUMN sessions.callee_identity IS 'deprecated identity set of the endpoint, as sent [JSON]';

COMMENT ON COLUMN sessions.callee_identity_kind IS 'member of identity that the next columns come from';

COMMENT ON COLUMN sessions.callee_identity_id IS 'id in that member';

COMMENT ON COLUMN sessions.callee_identity_display_name IS 'display name in that member';

COMMENT ON COLUMN sessions.callee_identity_tenant_id IS 'home tenant in that member';

COMMENT ON COLUMN sessions.callee_identity_user_principal_name IS 'user principal name in that member';

COMMENT ON COLUMN sessions.callee_user_agent_kind IS 'kind of the user agent: client or service';

COMMENT ON COLUMN sessions.callee_user_agent_header_value IS 'User-Agent header as sent by the software';

COMMENT ON COLUMN sessions.callee_user_agent_application_version IS 'version of the software';

COMMENT ON COLUMN sessions.callee_user_agent_azure_ad_app_id IS 'Entra application id of a client';

COMMENT ON COLUMN sessions.callee_user_agent_communication_service_id IS 'Azure Communication Services resource of a client';

COMMENT ON COLUMN sessions.callee_user_agent_platform IS 'platform of a client: windows, macOS, iOS, android, web, ipPhone, roomSystem, ...';

COMMENT ON COLUMN sessions.callee_user_agent_product_family IS 'product of a client: teams, skypeForBusiness, lync, azureCommunicationServices, ...';

COMMENT ON COLUMN sessions.callee_user_agent_role IS 'role of a service: gateway, mediaController, voicemail, ...';

COMMENT ON COLUMN sessions.callee_feedback_rating IS 'rating by the user: notRated, bad, poor, fair, good, excellent';

COMMENT ON COLUMN sessions.callee_feedback_text IS 'comment by the user';

COMMENT ON COLUMN sessions.callee_feedback_tokens IS 'problems ticked by the user, by name [JSON]';

COMMENT ON COLUMN sessions.call_date IS 'UTC date of the start of the call';

SET VARIABLE no_segments = (SELECT count(*) = 0 FROM glob('/srv/lake/segments/call_date=*/part-*.parquet'));

CREATE OR REPLACE VIEW segments AS
SELECT
  tenant_id,
  call_id,
  call_version,
  call_start_date_time,
  session_id,
  session_ordinal,
  segment_id,
  segment_ordinal,
  start_date_time,
  end_date_time,
  failure_info_reason,
  failure_info_stage,
  caller_kind,
  caller_name,
  caller_cpu_name,
  caller_cpu_cores_count,
  caller_cpu_processor_speed_in_mhz,
  caller_associated_identity_id,
  caller_associated_identity_display_name,
  caller_associated_identity_tenant_id,
  caller_associated_identity_user_principal_name,
  caller_identity,
  caller_identity_kind,
  caller_identity_id,
  caller_identity_display_name,
  caller_identity_tenant_id,
  caller_identity_user_principal_name,
  caller_user_agent_kind,
  caller_user_agent_header_value,
  caller_user_agent_application_version,
  caller_user_agent_azure_ad_app_id,
  caller_user_agent_communication_service_id,
  caller_user_agent_platform,
  caller_user_agent_product_family,
  caller_user_agent_role,
  caller_feedback_rating,
  caller_feedback_text,
  caller_feedback_tokens,
  callee_kind,
  callee_name,
  callee_cpu_name,
  callee_cpu_cores_count,
  callee_cpu_processor_speed_in_mhz,
  callee_associated_identity_id,
  callee_associated_identity_display_name,
  callee_associated_identity_tenant_id,
  callee_associated_identity_user_principal_name,
  callee_identity,
  callee_identity_kind,
  callee_identity_id,
  callee_identity_display_name,
  callee_identity_tenant_id,
  callee_identity_user_principal_name,
  callee_user_agent_kind,
  callee_user_agent_header_value,
  callee_user_agent_application_version,
  callee_user_agent_azure_ad_app_id,
  callee_user_agent_communication_service_id,
  callee_user_agent_platform,
  callee_user_agent_product_family,
  callee_user_agent_role,
  callee_feedback_rating,
  callee_feedback_text,
  callee_feedback_tokens,
  call_date
FROM (
  SELECT
    NULL::VARCHAR AS tenant_id,
    NULL::VARCHAR AS call_id,
    NULL::BIGINT AS call_version,
    NULL::TIMESTAMPTZ AS call_start_date_time,
    NULL::VARCHAR AS session_id,
    NULL::BIGINT AS session_ordinal,
    NULL::VARCHAR AS segment_id,
    NULL::BIGINT AS segment_ordinal,
    NULL::TIMESTAMPTZ AS start_date_time,
    NULL::TIMESTAMPTZ AS end_date_time,
    NULL::VARCHAR AS failure_info_reason,
    NULL::VARCHAR AS failure_info_stage,
    NULL::VARCHAR AS caller_kind,
    NULL::VARCHAR AS caller_name,
    NULL::VARCHAR AS caller_cpu_name,
    NULL::BIGINT AS caller_cpu_cores_count,
    NULL::BIGINT AS caller_cpu_processor_speed_in_mhz,
    NULL::VARCHAR AS caller_associated_identity_id,
    NULL::VARCHAR AS caller_associated_identity_display_name,
    NULL::VARCHAR AS caller_associated_identity_tenant_id,
    NULL::VARCHAR AS caller_associated_identity_user_principal_name,
    NULL::VARCHAR AS caller_identity,
    NULL::VARCHAR AS caller_identity_kind,
    NULL::VARCHAR AS caller_identity_id,
    NULL::VARCHAR AS caller_identity_display_name,
    NULL::VARCHAR AS caller_identity_tenant_id,
    NULL::VARCHAR AS caller_identity_user_principal_name,
    NULL::VARCHAR AS caller_user_agent_kind,
    NULL::VARCHAR AS caller_user_agent_header_value,
    NULL::VARCHAR AS caller_user_agent_application_version,
    NULL::VARCHAR AS caller_user_agent_azure_ad_app_id,
    NULL::VARCHAR AS caller_user_agent_communication_service_id,
    NULL::VARCHAR AS caller_user_agent_platform,
    NULL::VARCHAR AS caller_user_agent_product_family,
    NULL::VARCHAR AS caller_user_agent_role,
    NULL::VARCHAR AS caller_feedback_rating,
    NULL::VARCHAR AS caller_feedback_text,
    NULL::VARCHAR AS caller_feedback_tokens,
    NULL::VARCHAR AS callee_kind,
    NULL::VARCHAR AS callee_name,
    NULL::VARCHAR AS callee_cpu_name,
    NULL::BIGINT AS callee_cpu_cores_count,
    NULL::BIGINT AS callee_cpu_processor_speed_in_mhz,
    NULL::VARCHAR AS callee_associated_identity_id,
    NULL::VARCHAR AS callee_associated_identity_display_name,
    NULL::VARCHAR AS callee_associated_identity_tenant_id,
    NULL::VARCHAR AS callee_associated_identity_user_principal_name,
    NULL::VARCHAR AS callee_identity,
    NULL::VARCHAR AS callee_identity_kind,
    NULL::VARCHAR AS callee_identity_id,
    NULL::VARCHAR AS callee_identity_display_name,
    NULL::VARCHAR AS callee_identity_tenant_id,
    NULL::VARCHAR AS callee_identity_user_principal_name,
    NULL::VARCHAR AS callee_user_agent_kind,
    NULL::VARCHAR AS callee_user_agent_header_value,
    NULL::VARCHAR AS callee_user_agent_application_version,
    NULL::VARCHAR AS callee_user_agent_azure_ad_app_id,
    NULL::VARCHAR AS callee_user_agent_communication_service_id,
    NULL::VARCHAR AS callee_user_agent_platform,
    NULL::VARCHAR AS callee_user_agent_product_family,
    NULL::VARCHAR AS callee_user_agent_role,
    NULL::VARCHAR AS callee_feedback_rating,
    NULL::VARCHAR AS callee_feedback_text,
    NULL::VARCHAR AS callee_feedback_tokens,
    NULL::DATE AS call_date
  WHERE false
  UNION ALL BY NAME
  FROM query(CASE WHEN getvariable('no_segments') THEN 'SELECT NULL::DATE AS call_date WHERE false' ELSE 'SELECT * FROM read_parquet(''/srv/lake/segments/call_date=*/part-*.parquet'', hive_partitioning = true, hive_types = {''call_date'': DATE}, union_by_name = true)' END)
);

COMMENT ON VIEW segments IS 'a leg of a session';

COMMENT ON COLUMN segments.tenant_id IS 'id of the tenant whose calls these are';

COMMENT ON COLUMN segments.call_id IS 'id of the call record';

COMMENT ON COLUMN segments.call_version IS 'version of the call record; a higher one replaces all rows of the call';

COMMENT ON COLUMN segments.call_start_date_time IS 'start of the call; its date is the partition [UTC]';

COMMENT ON COLUMN segments.session_id IS 'id of the session; may repeat within a call';

COMMENT ON COLUMN segments.session_ordinal IS 'place of the session in the call, from 0, in the order sent over all pages';

COMMENT ON COLUMN segments.segment_id IS 'id of the segment';

COMMENT ON COLUMN segments.segment_ordinal IS 'place of the segment in the session, from 0, in the order sent';

COMMENT ON COLUMN segments.start_date_time IS 'start of the segment [UTC]';

COMMENT ON COLUMN segments.end_date_time IS 'end of the segment [UTC]';

COMMENT ON COLUMN segments.failure_info_reason IS 'why the segment failed';

COMMENT ON COLUMN segments.failure_info_stage IS 'phase in which the segment failed: callSetup, midcall, ...';

COMMENT ON COLUMN segments.caller_kind IS 'kind of the endpoint: participant or service';

COMMENT ON COLUMN segments.caller_name IS 'name of the device';

COMMENT ON COLUMN segments.caller_cpu_name IS 'model of the processor';

COMMENT ON COLUMN segments.caller_cpu_cores_count IS 'cores of the processor';

COMMENT ON COLUMN segments.caller_cpu_processor_speed_in_mhz IS 'clock of the processor [MHz]';

COMMENT ON COLUMN segments.caller_associated_identity_id IS 'id of the user behind the endpoint, else of the member of identity';

COMMENT ON COLUMN segments.caller_associated_identity_display_name IS 'display name of that user';

COMMENT ON COLUMN segments.caller_associated_identity_tenant_id IS 'home tenant of that user';

COMMENT ON COLUMN segments.caller_associated_identity_user_principal_name IS 'user principal name of that user';

COMMENT ON COLUMN segments.caller_identity IS 'deprecated identity set of the endpoint, as sent [JSON]';

COMMENT ON COLUMN segments.caller_identity_kind IS 'member of identity that the next columns come from';

COMMENT ON COLUMN segments.caller_identity_id IS 'id in that member';

COMMENT ON COLUMN segments.caller_identity_display_name IS 'display name in that member';

COMMENT ON COLUMN segments.caller_identity_tenant_id IS 'home tenant in that member';

COMMENT ON COLUMN segments.caller_identity_user_principal_name IS 'user principal name in that member';

COMMENT ON COLUMN segments.caller_user_agent_kind IS 'kind of the user agent: client or service';

COMMENT ON COLUMN segments.caller_user_agent_header_value IS 'User-Agent header as sent by the software';

COMMENT ON COLUMN segments.caller_user_agent_application_version IS 'version of the software';

COMMENT ON COLUMN segments.caller_user_agent_azure_ad_app_id IS 'Entra application id of a client';

COMMENT ON COLUMN segments.caller_user_agent_communication_service_id IS 'Azure Communication Services resource of a client';

COMMENT ON COLUMN segments.caller_user_agent_platform IS 'platform of a client: windows, macOS, iOS, android, web, ipPhone, roomSystem, ...';

COMMENT ON COLUMN segments.caller_user_agent_product_family IS 'product of a client: teams, skypeForBusiness, lync, azureCommunicationServices, ...';

COMMENT ON COLUMN segments.caller_user_agent_role IS 'role of a service: gateway, mediaController, voicemail, ...';

COMMENT ON COLUMN segments.caller_feedback_rating IS 'rating by the user: notRated, bad, poor, fair, good, excellent';

COMMENT ON COLUMN segments.caller_feedback_text IS 'comment by the user';

COMMENT ON COLUMN segments.caller_feedback_tokens IS 'problems ticked by the user, by name [JSON]';

COMMENT ON COLUMN segments.callee_kind IS 'kind of the endpoint: participant or service';

COMMENT ON COLUMN segments.callee_name IS 'name of the device';

COMMENT ON COLUMN segments.callee_cpu_name IS 'model of the processor';

COMMENT ON COLUMN segments.callee_cpu_cores_count IS 'cores of the processor';

COMMENT ON COLUMN segments.callee_cpu_processor_speed_in_mhz IS 'clock of the processor [MHz]';

COMMENT ON COLUMN segments.callee_associated_identity_id IS 'id of the user behind the endpoint, else of the member of identity';

COMMENT ON COLUMN segments.callee_associated_identity_display_name IS 'display name of that user';

COMMENT ON COLUMN segments.callee_associated_identity_tenant_id IS 'home tenant of that user';

COMMENT ON COLUMN segments.callee_associated_identity_user_principal_name IS 'user principal name of that user';

COMMENT ON COLUMN segments.callee_identity IS 'deprecated identity set of the endpoint, as sent [JSON]';

COMMENT ON COLUMN segments.callee_identity_kind IS 'member of identity that the next columns come from';

COMMENT ON COLUMN segments.callee_identity_id IS 'id in that member';

COMMENT ON COLUMN segments.callee_identity_display_name IS 'display name in that member';

COMMENT ON COLUMN segments.callee_identity_tenant_id IS 'home tenant in that member';

COMMENT ON COLUMN segments.callee_identity_user_principal_name IS 'user principal name in that member';

COMMENT ON COLUMN segments.callee_user_agent_kind IS 'kind of the user agent: client or service';

COMMENT ON COLUMN segments.callee_user_agent_header_value IS 'User-Agent header as sent by the software';

COMMENT ON COLUMN segments.callee_user_agent_application_version IS 'version of the software';

COMMENT ON COLUMN segments.callee_user_agent_azure_ad_app_id IS 'Entra application id of a client';

COMMENT ON COLUMN segments.callee_user_agent_communication_service_id IS 'Azure Communication Services resource of a client';

COMMENT ON COLUMN segments.callee_user_agent_platform IS 'platform of a client: windows, macOS, iOS, android, web, ipPhone, roomSystem, ...';

COMMENT ON COLUMN segments.callee_user_agent_product_family IS 'product of a client: teams, skypeForBusiness, lync, azureCommunicationServices, ...';

COMMENT ON COLUMN segments.callee_user_agent_role IS 'role of a service: gateway, mediaController, voicemail, ...';

COMMENT ON COLUMN segments.callee_feedback_rating IS 'rating by the user: notRated, bad, poor, fair, good, excellent';

COMMENT ON COLUMN segments.callee_feedback_text IS 'comment by the user';

COMMENT ON COLUMN segments.callee_feedback_tokens IS 'problems ticked by the user, by name [JSON]';

COMMENT ON COLUMN segments.call_date IS 'UTC date of the start of the call';

SET VARIABLE no_media = (SELECT count(*) = 0 FROM glob('/srv/lake/media/call_date=*/part-*.parquet'));

CREATE OR REPLACE VIEW media AS
SELECT
  tenant_id,
  call_id,
  call_version,
  call_start_date_time,
  session_id,
  session_ordinal,
  segment_id,
  segment_ordinal,
  media_ordinal,
  label,
  caller_network_ip_address,
  caller_network_port,
  caller_network_subnet,
  caller_network_reflexive_ip_address,
  caller_network_relay_ip_address,
  caller_network_relay_port,
  caller_network_mac_address,
  caller_network_dns_suffix,
  caller_network_connection_type,
  caller_network_network_transport_protocol,
  caller_network_link_speed,
  caller_network_bandwidth_low_event_ratio,
  caller_network_delay_event_ratio,
  caller_network_received_quality_event_ratio,
  caller_network_sent_quality_event_ratio,
  caller_network_basic_service_set_identifier,
  caller_network_wifi_band,
  caller_network_wifi_battery_charge,
  caller_network_wifi_channel,
  caller_network_wifi_radio_type,
  caller_network_wifi_signal_strength,
  caller_network_wifi_microsoft_driver,
  caller_network_wifi_microsoft_driver_version,
  caller_network_wifi_vendor_driver,
  caller_network_wifi_vendor_driver_version,
  caller_network_trace_route_hops,
  callee_network_ip_address,
  callee_network_port,
  callee_network_subnet,
  callee_network_reflexive_ip_address,
  callee_network_relay_ip_address,
  callee_network_relay_port,
  callee_network_mac_address,
  callee_network_dns_suffix,
  callee_network_connection_type,
  callee_network_network_transport_protocol,
  callee_network_link_speed,
  callee_network_bandwidth_low_event_ratio,
  callee_network_delay_event_ratio,
  callee_network_received_quality_event_ratio,
  callee_network_sent_quality_event_ratio,
  callee_network_basic_service_set_identifier,
  callee_network_wifi_band,
  callee_network_wifi_battery_charge,
  callee_network_wifi_channel,
  callee_network_wifi_radio_type,
  callee_network_wifi_signal_strength,
  callee_network_wifi_microsoft_driver,
  callee_network_wifi_microsoft_driver_version,
  callee_network_wifi_vendor_driver,
  callee_network_wifi_vendor_driver_version,
  callee_network_trace_route_hops,
  caller_device_capture_device_name,
  caller_device_capture_device_driver,
  caller_device_capture_not_functioning_event_ratio,
  caller_device_render_device_name,
  caller_device_render_device_driver,
  caller_device_render_not_functioning_event_ratio,
  caller_device_render_mute_event_ratio,
  caller_device_render_zero_volume_event_ratio,
  caller_device_cpu_insufficent_event_ratio,
  caller_device_device_clipping_event_ratio,
  caller_device_device_glitch_event_ratio,
  caller_device_howling_event_count,
  caller_device_initial_signal_level_root_mean_square,
  caller_device_low_speech_level_event_ratio,
  caller_device_low_speech_to_noise_event_ratio,
  caller_device_mic_glitch_rate,
  caller_device_speaker_glitch_rate,
  caller_device_received_signal_level,
  caller_device_received_noise_level,
  caller_device_sent_signal_level,
  caller_device_sent_noise_level,
  callee_device_capture_device_name,
  callee_device_capture_device_driver,
  callee_device_capture_not_functioning_event_ratio,
  callee_device_render_device_name,
  callee_device_render_device_driver,
  callee_device_render_not_functioning_event_ratio,
  callee_device_render_mute_event_ratio,
  callee_device_render_zero_volume_event_ratio,
  callee_device_cpu_insufficent_event_ratio,
  callee_device_device_clipping_event_ratio,
  callee_device_device_glitch_event_ratio,
  callee_device_howling_event_count,
  callee_device_initial_signal_level_root_mean_square,
  callee_device_low_speech_level_event_ratio,
  callee_device_low_speech_to_noise_event_ratio,
  callee_device_mic_glitch_rate,
  callee_device_speaker_glitch_rate,
  callee_device_received_signal_level,
  callee_device_received_noise_level,
  callee_device_sent_signal_level,
  callee_device_sent_noise_level,
  call_date
FROM (
  SELECT
    NULL::VARCHAR AS tenant_id,
    NULL::VARCHAR AS call_id,
    NULL::BIGINT AS call_version,
    NULL::TIMESTAMPTZ AS call_start_date_time,
    NULL::VARCHAR AS session_id,
    NULL::BIGINT AS session_ordinal,
    NULL::VARCHAR AS segment_id,
    NULL::BIGINT AS segment_ordinal,
    NULL::BIGINT AS media_ordinal,
    NULL::VARCHAR AS label,
    NULL::VARCHAR AS caller_network_ip_address,
    NULL::BIGINT AS caller_network_port,
    NULL::VARCHAR AS caller_network_subnet,
    NULL::VARCHAR AS caller_network_reflexive_ip_address,
    NULL::VARCHAR AS caller_network_relay_ip_address,
    NULL::BIGINT AS caller_network_relay_port,
    NULL::VARCHAR AS caller_network_mac_address,
    NULL::VARCHAR AS caller_network_dns_suffix,
    NULL::VARCHAR AS caller_network_connection_type,
    NULL::VARCHAR AS caller_network_network_transport_protocol,
    NULL::BIGINT AS caller_network_link_speed,
    NULL::DOUBLE AS caller_network_bandwidth_low_event_ratio,
    NULL::DOUBLE AS caller_network_delay_event_ratio,
    NULL::DOUBLE AS caller_network_received_quality_event_ratio,
    NULL::DOUBLE AS caller_network_sent_quality_event_ratio,
    NULL::VARCHAR AS caller_network_basic_service_set_identifier,
    NULL::VARCHAR AS caller_network_wifi_band,
    NULL::BIGINT AS caller_network_wifi_battery_charge,
    NULL::BIGINT AS caller_network_wifi_channel,
    NULL::VARCHAR AS caller_network_wifi_radio_type,
    NULL::BIGINT AS caller_network_wifi_signal_strength,
    NULL::VARCHAR AS caller_network_wifi_microsoft_driver,
    NULL::VARCHAR AS caller_network_wifi_microsoft_driver_version,
    NULL::VARCHAR AS caller_network_wifi_vendor_driver,
    NULL::VARCHAR AS caller_network_wifi_vendor_driver_version,
    NULL::STRUCT(hop_count BIGINT, ip_address VARCHAR, round_trip_time_ms DOUBLE)[] AS caller_network_trace_route_hops,
    NULL::VARCHAR AS callee_network_ip_address,
    NULL::BIGINT AS callee_network_port,
    NULL::VARCHAR AS callee_network_subnet,
    NULL::VARCHAR AS callee_network_reflexive_ip_address,
    NULL::VARCHAR AS callee_network_relay_ip_address,
    NULL::BIGINT AS callee_network_relay_port,
    NULL::VARCHAR AS callee_network_mac_address,
    NULL::VARCHAR AS callee_network_dns_suffix,
    NULL::VARCHAR AS callee_network_connection_type,
    NULL::VARCHAR AS callee_network_network_transport_protocol,
    NULL::BIGINT AS callee_network_link_speed,
    NULL::DOUBLE AS callee_network_bandwidth_low_event_ratio,
    NULL::DOUBLE AS callee_network_delay_event_ratio,
    NULL::DOUBLE AS callee_network_received_quality_event_ratio,
    NULL::DOUBLE AS callee_network_sent_quality_event_ratio,
    NULL::VARCHAR AS callee_network_basic_service_set_identifier,
    NULL::VARCHAR AS callee_network_wifi_band,
    NULL::BIGINT AS callee_network_wifi_battery_charge,
    NULL::BIGINT AS callee_network_wifi_channel,
    NULL::VARCHAR AS callee_network_wifi_radio_type,
    NULL::BIGINT AS callee_network_wifi_signal_strength,
    NULL::VARCHAR AS callee_network_wifi_microsoft_driver,
    NULL::VARCHAR AS callee_network_wifi_microsoft_driver_version,
    NULL::VARCHAR AS callee_network_wifi_vendor_driver,
    NULL::VARCHAR AS callee_network_wifi_vendor_driver_version,
    NULL::STRUCT(hop_count BIGINT, ip_address VARCHAR, round_trip_time_ms DOUBLE)[] AS callee_network_trace_route_hops,
    NULL::VARCHAR AS caller_device_capture_device_name,
    NULL::VARCHAR AS caller_device_capture_device_driver,
    NULL::DOUBLE AS caller_device_capture_not_functioning_event_ratio,
    NULL::VARCHAR AS caller_device_render_device_name,
    NULL::VARCHAR AS caller_device_render_device_driver,
    NULL::DOUBLE AS caller_device_render_not_functioning_event_ratio,
    NULL::DOUBLE AS caller_device_render_mute_event_ratio,
    NULL::DOUBLE AS caller_device_render_zero_volume_event_ratio,
    NULL::DOUBLE AS caller_device_cpu_insufficent_event_ratio,
    NULL::DOUBLE AS caller_device_device_clipping_event_ratio,
    NULL::DOUBLE AS caller_device_device_glitch_event_ratio,
    NULL::BIGINT AS caller_device_howling_event_count,
    NULL::DOUBLE AS caller_device_initial_signal_level_root_mean_square,
    NULL::DOUBLE AS caller_device_low_speech_level_event_ratio,
    NULL::DOUBLE AS caller_device_low_speech_to_noise_event_ratio,
    NULL::DOUBLE AS caller_device_mic_glitch_rate,
    NULL::DOUBLE AS caller_device_speaker_glitch_rate,
    NULL::BIGINT AS caller_device_received_signal_level,
    NULL::BIGINT AS caller_device_received_noise_level,
    NULL::BIGINT AS caller_device_sent_signal_level,
    NULL::BIGINT AS caller_device_sent_noise_level,
    NULL::VARCHAR AS callee_device_capture_device_name,
    NULL::VARCHAR AS callee_device_capture_device_driver,
    NULL::DOUBLE AS callee_device_capture_not_functioning_event_ratio,
    NULL::VARCHAR AS callee_device_render_device_name,
    NULL::VARCHAR AS callee_device_render_device_driver,
    NULL::DOUBLE AS callee_device_render_not_functioning_event_ratio,
    NULL::DOUBLE AS callee_device_render_mute_event_ratio,
    NULL::DOUBLE AS callee_device_render_zero_volume_event_ratio,
    NULL::DOUBLE AS callee_device_cpu_insufficent_event_ratio,
    NULL::DOUBLE AS callee_device_device_clipping_event_ratio,
    NULL::DOUBLE AS callee_device_device_glitch_event_ratio,
    NULL::BIGINT AS callee_device_howling_event_count,
    NULL::DOUBLE AS callee_device_initial_signal_level_root_mean_square,
    NULL::DOUBLE AS callee_device_low_speech_level_event_ratio,
    NULL::DOUBLE AS callee_device_low_speech_to_noise_event_ratio,
    NULL::DOUBLE AS callee_device_mic_glitch_rate,
    NULL::DOUBLE AS callee_device_speaker_glitch_rate,
    NULL::BIGINT AS callee_device_received_signal_level,
    NULL::BIGINT AS callee_device_received_noise_level,
    NULL::BIGINT AS callee_device_sent_signal_level,
    NULL::BIGINT AS callee_device_sent_noise_level,
    NULL::DATE AS call_date
  WHERE false
  UNION ALL BY NAME
  FROM query(CASE WHEN getvariable('no_media') THEN 'SELECT NULL::DATE AS call_date WHERE false' ELSE 'SELECT * FROM read_parquet(''/srv/lake/media/call_date=*/part-*.parquet'', hive_partitioning = true, hive_types = {''call_date'': DATE}, union_by_name = true)' END)
);

COMMENT ON VIEW media IS 'a media line of a segment, with the network and device of both ends';

COMMENT ON COLUMN media.tenant_id IS 'id of the tenant whose calls these are';

COMMENT ON COLUMN media.call_id IS 'id of the call record';

COMMENT ON COLUMN media.call_version IS 'version of the call record; a higher one replaces all rows of the call';

COMMENT ON COLUMN media.call_start_date_time IS 'start of the call; its date is the partition [UTC]';

COMMENT ON COLUMN media.session_id IS 'id of the session; may repeat within a call';

COMMENT ON COLUMN media.session_ordinal IS 'place of the session in the call, from 0, in the order sent over all pages';

COMMENT ON COLUMN media.segment_id IS 'id of the segment';

COMMENT ON COLUMN media.segment_ordinal IS 'place of the segment in the session, from 0, in the order sent';

COMMENT ON COLUMN media.media_ordinal IS 'place of the media in the segment, from 0, in the order sent';

COMMENT ON COLUMN media.label IS 'name of the media line: main-audio, main-video, applicationsharing-video, data, ...';

COMMENT ON COLUMN media.caller_network_ip_address IS 'IP address of the endpoint';

COMMENT ON COLUMN media.caller_network_port IS 'network port of the endpoint';

COMMENT ON COLUMN media.caller_network_subnet IS 'subnet of the endpoint';

COMMENT ON COLUMN media.caller_network_reflexive_ip_address IS 'public IP address as the media relay saw it';

COMMENT ON COLUMN media.caller_network_relay_ip_address IS 'IP address of the media relay';

COMMENT ON COLUMN media.caller_network_relay_port IS 'port at the media relay';

COMMENT ON COLUMN media.caller_network_mac_address IS 'MAC address of the adapter';

COMMENT ON COLUMN media.caller_network_dns_suffix IS 'DNS suffix of the adapter';

COMMENT ON COLUMN media.caller_network_connection_type IS 'kind of link: wired, wifi, mobile, tunnel, ...';

COMMENT ON COLUMN media.caller_network_network_transport_protocol IS 'transport of the media: udp, tcp, ...';

COMMENT ON COLUMN media.caller_network_link_speed IS 'speed of the adapter; 4294967295 and 0 stand for unknown [bit/s]';

COMMENT ON COLUMN media.caller_network_bandwidth_low_event_ratio IS 'share of the call with too little bandwidth [0..1]';

COMMENT ON COLUMN media.caller_network_delay_event_ratio IS 'share of the call with delay that hindered talking [0..1]';

COMMENT ON COLUMN media.caller_network_received_quality_event_ratio IS 'share of the call with poor quality received [0..1]';

COMMENT ON COLUMN media.caller_network_sent_quality_event_ratio IS 'share of the call with poor quality sent [0..1]';

COMMENT ON COLUMN media.caller_network_basic_service_set_identifier IS 'BSSID of the Wi-Fi access point';

COMMENT ON COLUMN media.caller_network_wifi_band IS 'Wi-Fi band: frequency24GHz, frequency50GHz, frequency60GHz, ...';

COMMENT ON COLUMN media.caller_network_wifi_battery_charge IS 'battery left [%]';

COMMENT ON COLUMN media.caller_network_wifi_channel IS 'Wi-Fi channel';

COMMENT ON COLUMN media.caller_network_wifi_radio_type IS 'Wi-Fi standard: wifi80211n, wifi80211ac, wifi80211ax, ...';

COMMENT ON COLUMN media.caller_network_wifi_signal_strength IS 'Wi-Fi signal strength [%]';

COMMENT ON COLUMN media.caller_network_wifi_microsoft_driver IS 'name of the Microsoft Wi-Fi driver';

COMMENT ON COLUMN media.caller_network_wifi_microsoft_driver_version IS 'version of the Microsoft Wi-Fi driver';

COMMENT ON COLUMN media.caller_network_wifi_vendor_driver IS 'name of the vendor''s Wi-Fi driver';

COMMENT ON COLUMN media.caller_network_wifi_vendor_driver_version IS 'version of the vendor''s Wi-Fi driver';

COMMENT ON COLUMN media.caller_network_trace_route_hops IS 'hops of a trace route to the other end';

COMMENT ON COLUMN media.callee_network_ip_address IS 'IP address of the endpoint';

COMMENT ON COLUMN media.callee_network_port IS 'network port of the endpoint';

COMMENT ON COLUMN media.callee_network_subnet IS 'subnet of the endpoint';

COMMENT ON COLUMN media.callee_network_reflexive_ip_address IS 'public IP address as the media relay saw it';

COMMENT ON COLUMN media.callee_network_relay_ip_address IS 'IP address of the media relay';

COMMENT ON COLUMN media.callee_network_relay_port IS 'port at the media relay';

COMMENT ON COLUMN media.callee_network_mac_address IS 'MAC address of the adapter';

COMMENT ON COLUMN media.callee_network_dns_suffix IS 'DNS suffix of the adapter';

COMMENT ON COLUMN media.callee_network_connection_type IS 'kind of link: wired, wifi, mobile, tunnel, ...';

COMMENT ON COLUMN media.callee_network_network_transport_protocol IS 'transport of the media: udp, tcp, ...';

COMMENT ON COLUMN media.callee_network_link_speed IS 'speed of the adapter; 4294967295 and 0 stand for unknown [bit/s]';

COMMENT ON COLUMN media.callee_network_bandwidth_low_event_ratio IS 'share of the call with too little bandwidth [0..1]';

COMMENT ON COLUMN media.callee_network_delay_event_ratio IS 'share of the call with delay that hindered talking [0..1]';

COMMENT ON COLUMN media.callee_network_received_quality_event_ratio IS 'share of the call with poor quality received [0..1]';

COMMENT ON COLUMN media.callee_network_sent_quality_event_ratio IS 'share of the call with poor quality sent [0..1]';

COMMENT ON COLUMN media.callee_network_basic_service_set_identifier IS 'BSSID of the Wi-Fi access point';

COMMENT ON COLUMN media.callee_network_wifi_band IS 'Wi-Fi band: frequency24GHz, frequency50GHz, frequency60GHz, ...';

COMMENT ON COLUMN media.callee_network_wifi_battery_charge IS 'battery left [%]';

COMMENT ON COLUMN media.callee_network_wifi_channel IS 'Wi-Fi channel';

COMMENT ON COLUMN media.callee_network_wifi_radio_type IS 'Wi-Fi standard: wifi80211n, wifi80211ac, wifi80211ax, ...';

COMMENT ON COLUMN media.callee_network_wifi_signal_strength IS 'Wi-Fi signal strength [%]';

COMMENT ON COLUMN media.callee_network_wifi_microsoft_driver IS 'name of the Microsoft Wi-Fi driver';

COMMENT ON COLUMN media.callee_network_wifi_microsoft_driver_version IS 'version of the Microsoft Wi-Fi driver';

COMMENT ON COLUMN media.callee_network_wifi_vendor_driver IS 'name of the vendor''s Wi-Fi driver';

COMMENT ON COLUMN media.callee_network_wifi_vendor_driver_version IS 'version of the vendor''s Wi-Fi driver';

COMMENT ON COLUMN media.callee_network_trace_route_hops IS 'hops of a trace route to the other end';

COMMENT ON COLUMN media.caller_device_capture_device_name IS 'name of the microphone';

COMMENT ON COLUMN media.caller_device_capture_device_driver IS 'driver of the microphone';

COMMENT ON COLUMN media.caller_device_capture_not_functioning_event_ratio IS 'share of the call in which the microphone did not work [0..1]';

COMMENT ON COLUMN media.caller_device_render_device_name IS 'name of the speaker';

COMMENT ON COLUMN media.caller_device_render_device_driver IS 'driver of the speaker';

COMMENT ON COLUMN media.caller_device_render_not_functioning_event_ratio IS 'share of the call in which the speaker did not work [0..1]';

COMMENT ON COLUMN media.caller_device_render_mute_event_ratio IS 'share of the call in which the speaker was muted [0..1]';

COMMENT ON COLUMN media.caller_device_render_zero_volume_event_ratio IS 'share of the call in which the volume was zero [0..1]';

COMMENT ON COLUMN media.caller_device_cpu_insufficent_event_ratio IS 'share of the call in which the processor was too busy [0..1]';

COMMENT ON COLUMN media.caller_device_device_clipping_event_ratio IS 'share of the call with clipping on capture [0..1]';

COMMENT ON COLUMN media.caller_device_device_glitch_event_ratio IS 'share of the call with severe glitches [0..1]';

COMMENT ON COLUMN media.caller_device_howling_event_count IS 'times that howling was heard';

COMMENT ON COLUMN media.caller_device_initial_signal_level_root_mean_square IS 'root mean square of the signal in the first 30 s';

COMMENT ON COLUMN media.caller_device_low_speech_level_event_ratio IS 'share of the call in which speech was too quiet [0..1]';

COMMENT ON COLUMN media.caller_device_low_speech_to_noise_event_ratio IS 'share of the call with too much noise for the speech [0..1]';

COMMENT ON COLUMN media.caller_device_mic_glitch_rate IS 'glitches of the microphone [1/5 min]';

COMMENT ON COLUMN media.caller_device_speaker_glitch_rate IS 'glitches of the speaker [1/5 min]';

COMMENT ON COLUMN media.caller_device_received_signal_level IS 'energy of the received signal [dB]';

COMMENT ON COLUMN media.caller_device_received_noise_level IS 'energy of the received noise [dB]';

COMMENT ON COLUMN media.caller_device_sent_signal_level IS 'energy of the sent signal [dB]';

COMMENT ON COLUMN media.caller_device_sent_noise_level IS 'energy of the sent noise [dB]';

COMMENT ON COLUMN media.callee_device_capture_device_name IS 'name of the microphone';

COMMENT ON COLUMN media.callee_device_capture_device_driver IS 'driver of the microphone';

COMMENT ON COLUMN media.callee_device_capture_not_functioning_event_ratio IS 'share of the call in which the microphone did not work [0..1]';

COMMENT ON COLUMN media.callee_device_render_device_name IS 'name of the speaker';

COMMENT ON COLUMN media.callee_device_render_device_driver IS 'driver of the speaker';

COMMENT ON COLUMN media.callee_device_render_not_functioning_event_ratio IS 'share of the call in which the speaker did not work [0..1]';

COMMENT ON COLUMN media.callee_device_render_mute_event_ratio IS 'share of the call in which the speaker was muted [0..1]';

COMMENT ON COLUMN media.callee_device_render_zero_volume_event_ratio IS 'share of the call in which the volume was zero [0..1]';

COMMENT ON COLUMN media.callee_device_cpu_insufficent_event_ratio IS 'share of the call in which the processor was too busy [0..1]';

COMMENT ON COLUMN media.callee_device_device_clipping_event_ratio IS 'share of the call with clipping on capture [0..1]';

COMMENT ON COLUMN media.callee_device_device_glitch_event_ratio IS 'share of the call with severe glitches [0..1]';

COMMENT ON COLUMN media.callee_device_howling_event_count IS 'times that howling was heard';

COMMENT ON COLUMN media.callee_device_initial_signal_level_root_mean_square IS 'root mean square of the signal in the first 30 s';

COMMENT ON COLUMN media.callee_device_low_speech_level_event_ratio IS 'share of the call in which speech was too quiet [0..1]';

COMMENT ON COLUMN media.callee_device_low_speech_to_noise_event_ratio IS 'share of the call with too much noise for the speech [0..1]';

COMMENT ON COLUMN media.callee_device_mic_glitch_rate IS 'glitches of the microphone [1/5 min]';

COMMENT ON COLUMN media.callee_device_speaker_glitch_rate IS 'glitches of the speaker [1/5 min]';

COMMENT ON COLUMN media.callee_device_received_signal_level IS 'energy of the received signal [dB]';

COMMENT ON COLUMN media.callee_device_received_noise_level IS 'energy of the received noise [dB]';

COMMENT ON COLUMN media.callee_device_sent_signal_level IS 'energy of the sent signal [dB]';

COMMENT ON COLUMN media.callee_device_sent_noise_level IS 'energy of the sent noise [dB]';

COMMENT ON COLUMN media.call_date IS 'UTC date of the start of the call';

SET VARIABLE no_streams = (SELECT count(*) = 0 FROM glob('/srv/lake/streams/call_date=*/part-*.parquet'));

CREATE OR REPLACE VIEW streams AS
SELECT
  tenant_id,
  call_id,
  call_version,
  call_start_date_time,
  session_id,
  session_ordinal,
  segment_id,
  segment_ordinal,
  media_ordinal,
  stream_ordinal,
  stream_id,
  stream_direction,
  start_date_time,
  end_date_time,
  audio_codec,
  video_codec,
  packet_utilization,
  was_media_bypassed,
  average_bandwidth_estimate,
  average_round_trip_time_ms,
  max_round_trip_time_ms,
  average_jitter_ms,
  max_jitter_ms,
  average_packet_loss_rate,
  max_packet_loss_rate,
  average_audio_degradation,
  average_audio_network_jitter_ms,
  max_audio_network_jitter_ms,
  average_ratio_of_concealed_samples,
  max_ratio_of_concealed_samples,
  is_audio_forward_error_correction_used,
  average_video_frame_rate,
  average_received_frame_rate,
  average_video_frame_loss_percentage,
  average_video_packet_loss_rate,
  post_forward_error_correction_packet_loss_rate,
  average_freeze_duration_ms,
  rms_freeze_duration_ms,
  low_frame_rate_ratio,
  low_video_processing_capability_ratio,
  media_label,
  call_type,
  caller_associated_identity_id,
  caller_user_agent_platform,
  caller_user_agent_product_family,
  caller_network_subnet,
  caller_network_connection_type,
  caller_network_wifi_band,
  caller_network_reflexive_ip_address,
  caller_device_capture_device_name,
  caller_device_render_device_name,
  callee_associated_identity_id,
  callee_user_agent_platform,
  callee_user_agent_product_family,
  callee_network_subnet,
  callee_network_connection_type,
  callee_network_wifi_band,
  callee_network_reflexive_ip_address,
  callee_device_capture_device_name,
  callee_device_render_device_name,
  call_date
FROM (
  SELECT
    NULL::VARCHAR AS tenant_id,
    NULL::VARCHAR AS call_id,
    NULL::BIGINT AS call_version,
    NULL::TIMESTAMPTZ AS call_start_date_time,
    NULL::VARCHAR AS session_id,
    NULL::BIGINT AS session_ordinal,
    NULL::VARCHAR AS segment_id,
    NULL::BIGINT AS segment_ordinal,
    NULL::BIGINT AS media_ordinal,
    NULL::BIGINT AS stream_ordinal,
    NULL::VARCHAR AS stream_id,
    NULL::VARCHAR AS stream_direction,
    NULL::TIMESTAMPTZ AS start_date_time,
    NULL::TIMESTAMPTZ AS end_date_time,
    NULL::VARCHAR AS audio_codec,
    NULL::VARCHAR AS video_codec,
    NULL::BIGINT AS packet_utilization,
    NULL::BOOLEAN AS was_media_bypassed,
    NULL::BIGINT AS average_bandwidth_estimate,
    NULL::DOUBLE AS average_round_trip_time_ms,
    NULL::DOUBLE AS max_round_trip_time_ms,
    NULL::DOUBLE AS average_jitter_ms,
    NULL::DOUBLE AS max_jitter_ms,
    NULL::DOUBLE AS average_packet_loss_rate,
    NULL::DOUBLE AS max_packet_loss_rate,
    NULL::DOUBLE AS average_audio_degradation,
    NULL::DOUBLE AS average_audio_network_jitter_ms,
    NULL::DOUBLE AS max_audio_network_jitter_ms,
    NULL::DOUBLE AS average_ratio_of_concealed_samples,
    NULL::DOUBLE AS max_ratio_of_concealed_samples,
    NULL::BOOLEAN AS is_audio_forward_error_correction_used,
    NULL::DOUBLE AS average_video_frame_rate,
    NULL::DOUBLE AS average_received_frame_rate,
    NULL::DOUBLE AS average_video_frame_loss_percentage,
    NULL::DOUBLE AS average_video_packet_loss_rate,
    NULL::DOUBLE AS post_forward_error_correction_packet_loss_rate,
    NULL::DOUBLE AS average_freeze_duration_ms,
    NULL::DOUBLE AS rms_freeze_duration_ms,
    NULL::DOUBLE AS low_frame_rate_ratio,
    NULL::DOUBLE AS low_video_processing_capability_ratio,
    NULL::VARCHAR AS media_label,
    NULL::VARCHAR AS call_type,
    NULL::VARCHAR AS caller_associated_identity_id,
    NULL::VARCHAR AS caller_user_agent_platform,
    NULL::VARCHAR AS caller_user_agent_product_family,
    NULL::VARCHAR AS caller_network_subnet,
    NULL::VARCHAR AS caller_network_connection_type,
    NULL::VARCHAR AS caller_network_wifi_band,
    NULL::VARCHAR AS caller_network_reflexive_ip_address,
    NULL::VARCHAR AS caller_device_capture_device_name,
    NULL::VARCHAR AS caller_device_render_device_name,
    NULL::VARCHAR AS callee_associated_identity_id,
    NULL::VARCHAR AS callee_user_agent_platform,
    NULL::VARCHAR AS callee_user_agent_product_family,
    NULL::VARCHAR AS callee_network_subnet,
    NULL::VARCHAR AS callee_network_connection_type,
    NULL::VARCHAR AS callee_network_wifi_band,
    NULL::VARCHAR AS callee_network_reflexive_ip_address,
    NULL::VARCHAR AS callee_device_capture_device_name,
    NULL::VARCHAR AS callee_device_render_device_name,
    NULL::DATE AS call_date
  WHERE false
  UNION ALL BY NAME
  FROM query(CASE WHEN getvariable('no_streams') THEN 'SELECT NULL::DATE AS call_date WHERE false' ELSE 'SELECT * FROM read_parquet(''/srv/lake/streams/call_date=*/part-*.parquet'', hive_partitioning = true, hive_types = {''call_date'': DATE}, union_by_name = true)' END)
);

COMMENT ON VIEW streams IS 'one direction of a media line';

COMMENT ON COLUMN streams.tenant_id IS 'id of the tenant whose calls these are';

COMMENT ON COLUMN streams.call_id IS 'id of the call record';

COMMENT ON COLUMN streams.call_version IS 'version of the call record; a higher one replaces all rows of the call';

COMMENT ON COLUMN streams.call_start_date_time IS 'start of the call; its date is the partition [UTC]';

COMMENT ON COLUMN streams.session_id IS 'id of the session; may repeat within a call';

COMMENT ON COLUMN streams.session_ordinal IS 'place of the session in the call, from 0, in the order sent over all pages';

COMMENT ON COLUMN streams.segment_id IS 'id of the segment';

COMMENT ON COLUMN streams.segment_ordinal IS 'place of the segment in the session, from 0, in the order sent';

COMMENT ON COLUMN streams.media_ordinal IS 'place of the media in the segment, from 0, in the order sent';

COMMENT ON COLUMN streams.stream_ordinal IS 'place of the stream in the media, from 0, in the order sent';

COMMENT ON COLUMN streams.stream_id IS 'id of the stream; not unique, the ordinals are the key';

COMMENT ON COLUMN streams.stream_direction IS 'direction: callerToCallee or calleeToCaller';

COMMENT ON COLUMN streams.start_date_time IS 'start of the stream; often absent [UTC]';

COMMENT ON COLUMN streams.end_date_time IS 'end of the stream; often absent [UTC]';

COMMENT ON COLUMN streams.audio_codec IS 'audio codec: satin, silk, opus, ...';

COMMENT ON COLUMN streams.video_codec IS 'video codec: h264, av1, ...';

COMMENT ON COLUMN streams.packet_utilization IS 'packets of the stream [packets]';

COMMENT ON COLUMN streams.was_media_bypassed IS 'media went around the mediation server';

COMMENT ON COLUMN streams.average_bandwidth_estimate IS 'mean estimated bandwidth [bit/s]';

COMMENT ON COLUMN streams.average_round_trip_time_ms IS 'mean round trip time [ms]';

COMMENT ON COLUMN streams.max_round_trip_time_ms IS 'largest round trip time [ms]';

COMMENT ON COLUMN streams.average_jitter_ms IS 'mean jitter as RFC 3550 defines it [ms]';

COMMENT ON COLUMN streams.max_jitter_ms IS 'largest jitter [ms]';

COMMENT ON COLUMN streams.average_packet_loss_rate IS 'mean share of packets lost [0..1]';

COMMENT ON COLUMN streams.max_packet_loss_rate IS 'largest share of packets lost [0..1]';

COMMENT ON COLUMN streams.average_audio_degradation IS 'mean loss of the network mean opinion score [MOS]';

COMMENT ON COLUMN streams.average_audio_network_jitter_ms IS 'mean network jitter of audio [ms]';

COMMENT ON COLUMN streams.max_audio_network_jitter_ms IS 'largest network jitter of audio [ms]';

COMMENT ON COLUMN streams.average_ratio_of_concealed_samples IS 'mean share of concealed audio frames [0..1]';

COMMENT ON COLUMN streams.max_ratio_of_concealed_samples IS 'largest share of concealed audio frames [0..1]';

COMMENT ON COLUMN streams.is_audio_forward_error_correction_used IS 'audio forward error correction was used at some time';

COMMENT ON COLUMN streams.average_video_frame_rate IS 'mean frame rate of this video stream [frames/s]';

COMMENT ON COLUMN streams.average_received_frame_rate IS 'mean frame rate over all video streams of the session [frames/s]';

COMMENT ON COLUMN streams.average_video_frame_loss_percentage IS 'video frames lost as the user saw it [%]';

COMMENT ON COLUMN streams.average_video_packet_loss_rate IS 'mean share of video packets lost [0..1]';

COMMENT ON COLUMN streams.post_forward_error_correction_packet_loss_rate IS 'share of packets lost after error correction, over all video streams [0..1]';

COMMENT ON COLUMN streams.average_freeze_duration_ms IS 'mean length of video freezes [ms]';

COMMENT ON COLUMN streams.rms_freeze_duration_ms IS 'root mean square of the length of video freezes [ms]';

COMMENT ON COLUMN streams.low_frame_rate_ratio IS 'share of the call below 7.5 frames/s [0..1]';

COMMENT ON COLUMN streams.low_video_processing_capability_ratio IS 'share of the call with too little processing for video [0..1]';

COMMENT ON COLUMN streams.media_label IS 'label of the media';

COMMENT ON COLUMN streams.call_type IS 'type of the call';

COMMENT ON COLUMN streams.caller_associated_identity_id IS 'id of the user at the caller';

COMMENT ON COLUMN streams.caller_user_agent_platform IS 'platform of the caller''s client';

COMMENT ON COLUMN streams.caller_user_agent_product_family IS 'product of the caller''s client';

COMMENT ON COLUMN streams.caller_network_subnet IS 'subnet of the caller';

COMMENT ON COLUMN streams.caller_network_connection_type IS 'kind of link of the caller';

COMMENT ON COLUMN streams.caller_network_wifi_band IS 'Wi-Fi band of the caller';

COMMENT ON COLUMN streams.caller_network_reflexive_ip_address IS 'public IP address of the caller';

COMMENT ON COLUMN streams.caller_device_capture_device_name IS 'microphone of the caller';

COMMENT ON COLUMN streams.caller_device_render_device_name IS 'speaker of the caller';

COMMENT ON COLUMN streams.callee_associated_identity_id IS 'id of the user at the callee';

COMMENT ON COLUMN streams.callee_user_agent_platform IS 'platform of the callee''s client';

COMMENT ON COLUMN streams.callee_user_agent_product_family IS 'product of the callee''s client';

COMMENT ON COLUMN streams.callee_network_subnet IS 'subnet of the callee';

COMMENT ON COLUMN streams.callee_network_connection_type IS 'kind of link of the callee';

COMMENT ON COLUMN streams.callee_network_wifi_band IS 'Wi-Fi band of the callee';

COMMENT ON COLUMN streams.callee_network_reflexive_ip_address IS 'public IP address of the callee';

COMMENT ON COLUMN streams.callee_device_capture_device_name IS 'microphone of the callee';

COMMENT ON COLUMN streams.callee_device_render_device_name IS 'speaker of the callee';

COMMENT ON COLUMN streams.call_date IS 'UTC date of the start of the call';

SET VARIABLE no_pstn_calls = (SELECT count(*) = 0 FROM glob('/srv/lake/pstn_calls/call_date=*/part-*.parquet'));

CREATE OR REPLACE VIEW pstn_calls AS
SELECT
  tenant_id,
  id,
  fetched_at,
  start_date_time,
  call_duration_source,
  callee_number,
  caller_number,
  call_id,
  call_type,
  charge,
  conference_id,
  connection_charge,
  currency,
  destination_context,
  destination_name,
  duration,
  end_date_time,
  inventory_type,
  license_capability,
  operator,
  tenant_country_code,
  usage_country_code,
  user_display_name,
  user_id,
  user_principal_name,
  call_date
FROM (
  SELECT
    NULL::VARCHAR AS tenant_id,
    NULL::VARCHAR AS id,
    NULL::TIMESTAMPTZ AS fetched_at,
    NULL::TIMESTAMPTZ AS start_date_time,
    NULL::VARCHAR AS call_duration_source,
    NULL::VARCHAR AS callee_number,
    NULL::VARCHAR AS caller_number,
    NULL::VARCHAR AS call_id,
    NULL::VARCHAR AS call_type,
    NULL::DOUBLE AS charge,
    NULL::VARCHAR AS conference_id,
    NULL::DOUBLE AS connection_charge,
    NULL::VARCHAR AS currency,
    NULL::VARCHAR AS destination_context,
    NULL::VARCHAR AS destination_name,
    NULL::BIGINT AS duration,
    NULL::TIMESTAMPTZ AS end_date_time,
    NULL::VARCHAR AS inventory_type,
    NULL::VARCHAR AS license_capability,
    NULL::VARCHAR AS operator,
    NULL::VARCHAR AS tenant_country_code,
    NULL::VARCHAR AS usage_country_code,
    NULL::VARCHAR AS user_display_name,
    NULL::VARCHAR AS user_id,
    NULL::VARCHAR AS user_principal_name,
    NULL::DATE AS call_date
  WHERE false
  UNION ALL BY NAME
  FROM query(CASE WHEN getvariable('no_pstn_calls') THEN 'SELECT NULL::DATE AS call_date WHERE false' ELSE 'SELECT * FROM read_parquet(''/srv/lake/pstn_calls/call_date=*/part-*.parquet'', hive_partitioning = true, hive_types = {''call_date'': DATE}, union_by_name = true)' END)
);

COMMENT ON VIEW pstn_calls IS 'a row of the PSTN log: a call over Calling Plans, Operator Connect or audio conferencing';

COMMENT ON COLUMN pstn_calls.tenant_id IS 'id of the tenant whose log it is';

COMMENT ON COLUMN pstn_calls.id IS 'id of the row; unique in the log';

COMMENT ON COLUMN pstn_calls.fetched_at IS 'when the row was first fetched from Graph with this content [UTC]';

COMMENT ON COLUMN pstn_calls.start_date_time IS 'start of the call; its date is the partition [UTC]';

COMMENT ON COLUMN pstn_calls.call_duration_source IS 'who measured the duration: microsoft or operator';

COMMENT ON COLUMN pstn_calls.callee_number IS 'number dialled; E.164, but may hold other text';

COMMENT ON COLUMN pstn_calls.caller_number IS 'number of the caller; E.164, but may hold other text';

COMMENT ON COLUMN pstn_calls.call_id IS 'id of the call; not unique, and not always that of a call record';

COMMENT ON COLUMN pstn_calls.call_type IS 'kind of call: user_in, user_out, conf_in, conf_out, ucap_in, ...';

COMMENT ON COLUMN pstn_calls.charge IS 'cost of the call, in the currency of the row [currency]';

COMMENT ON COLUMN pstn_calls.conference_id IS 'id of the audio conference';

COMMENT ON COLUMN pstn_calls.connection_charge IS 'fee for connecting, in the currency of the row [currency]';

COMMENT ON COLUMN pstn_calls.currency IS 'currency, ISO 4217';

COMMENT ON COLUMN pstn_calls.destination_context IS 'Domestic, International, ...';

COMMENT ON COLUMN pstn_calls.destination_name IS 'country or region dialled';

COMMENT ON COLUMN pstn_calls.duration IS 'how long the call was connected [s]';

COMMENT ON COLUMN pstn_calls.end_date_time IS 'end of the call [UTC]';

COMMENT ON COLUMN pstn_calls.inventory_type IS 'type of the user''s number: Subscriber, ...';

COMMENT ON COLUMN pstn_calls.license_capability IS 'licence used';

COMMENT ON COLUMN pstn_calls.operator IS 'telecommunications operator';

COMMENT ON COLUMN pstn_calls.tenant_country_code IS 'country of the tenant, ISO 3166-1 alpha-2';

COMMENT ON COLUMN pstn_calls.usage_country_code IS 'country of the user, ISO 3166-1 alpha-2';

COMMENT ON COLUMN pstn_calls.user_display_name IS 'display name of the user; NULL for calls of bots (ucap_...)';

COMMENT ON COLUMN pstn_calls.user_id IS 'object id of the user in Entra ID; NULL for calls of bots (ucap_...)';

COMMENT ON COLUMN pstn_calls.user_principal_name IS 'user principal name; NULL for calls of bots (ucap_...)';

COMMENT ON COLUMN pstn_calls.call_date IS 'UTC date of the start of the call';

SET VARIABLE no_direct_routing_calls = (SELECT count(*) = 0 FROM glob('/srv/lake/direct_routing_calls/call_date=*/part-*.parquet'));

CREATE OR REPLACE VIEW direct_routing_calls AS
SELECT
  tenant_id,
  id,
  fetched_at,
  start_date_time,
  callee_number,
  call_end_sub_reason,
  caller_number,
  call_type,
  correlation_id,
  duration,
  end_date_time,
  failure_date_time,
  final_sip_code,
  final_sip_code_phrase,
  invite_date_time,
  media_bypass_enabled,
  media_path_location,
  signaling_location,
  successful_call,
  trunk_fully_qualified_domain_name,
  user_display_name,
  user_id,
  user_principal_name,
  call_date
FROM (
  SELECT
    NULL::VARCHAR AS tenant_id,
    NULL::VARCHAR AS id,
    NULL::TIMESTAMPTZ AS fetched_at,
    NULL::TIMESTAMPTZ AS start_date_time,
    NULL::VARCHAR AS callee_number,
    NULL::BIGINT AS call_end_sub_reason,
    NULL::VARCHAR AS caller_number,
    NULL::VARCHAR AS call_type,
    NULL::VARCHAR AS correlation_id,
    NULL::BIGINT AS duration,
    NULL::TIMESTAMPTZ AS end_date_time,
    NULL::TIMESTAMPTZ AS failure_date_time,
    NULL::BIGINT AS final_sip_code,
    NULL::VARCHAR AS final_sip_code_phrase,
    NULL::TIMESTAMPTZ AS invite_date_time,
    NULL::BOOLEAN AS media_bypass_enabled,
    NULL::VARCHAR AS media_path_location,
    NULL::VARCHAR AS signaling_location,
    NULL::BOOLEAN AS successful_call,
    NULL::VARCHAR AS trunk_fully_qualified_domain_name,
    NULL::VARCHAR AS user_display_name,
    NULL::VARCHAR AS user_id,
    NULL::VARCHAR AS user_principal_name,
    NULL::DATE AS call_date
  WHERE false
  UNION ALL BY NAME
  FROM query(CASE WHEN getvariable('no_direct_routing_calls') THEN 'SELECT NULL::DATE AS call_date WHERE false' ELSE 'SELECT * FROM read_parquet(''/srv/lake/direct_routing_calls/call_date=*/part-*.parquet'', hive_partitioning = true, hive_types = {''call_date'': DATE}, union_by_name = true)' END)
);

COMMENT ON VIEW direct_routing_calls IS 'a row of the Direct Routing log: a call, or an attempt at one, over a session border controller';

COMMENT ON COLUMN direct_routing_calls.tenant_id IS 'id of the tenant whose log it is';

COMMENT ON COLUMN direct_routing_calls.id IS 'id of the row; unique in the log';

COMMENT ON COLUMN direct_routing_calls.fetched_at IS 'when the row was first fetched from Graph with this content [UTC]';

COMMENT ON COLUMN direct_routing_calls.start_date_time IS 'start of the call; its date is the partition [UTC]';

COMMENT ON COLUMN direct_routing_calls.callee_number IS 'number dialled, its last digits starred';

COMMENT ON COLUMN direct_routing_calls.call_end_sub_reason IS 'Microsoft''s code of why the call ended';

COMMENT ON COLUMN direct_routing_calls.caller_number IS 'number of the caller, its last digits starred';

COMMENT ON COLUMN direct_routing_calls.call_type IS 'kind of call: ByotIn, ByotOut, ByotInUcap, ...';

COMMENT ON COLUMN direct_routing_calls.correlation_id IS 'id of the call record; a call may have several rows';

COMMENT ON COLUMN direct_routing_calls.duration IS 'how long the call was connected [s]';

COMMENT ON COLUMN direct_routing_calls.end_date_time IS 'end of the call, where it was connected [UTC]';

COMMENT ON COLUMN direct_routing_calls.failure_date_time IS 'when the call failed; 0001-01-01 where it did not [UTC]';

COMMENT ON COLUMN direct_routing_calls.final_sip_code IS 'SIP response that ended the call; 0 with BYE';

COMMENT ON COLUMN direct_routing_calls.final_sip_code_phrase IS 'its phrase';

COMMENT ON COLUMN direct_routing_calls.invite_date_time IS 'when the INVITE was sent or received [UTC]';

COMMENT ON COLUMN direct_routing_calls.media_bypass_enabled IS 'the trunk has media bypass';

COMMENT ON COLUMN direct_routing_calls.media_path_location IS 'datacentre of the media';

COMMENT ON COLUMN direct_routing_calls.signaling_location IS 'datacentre of the signalling';

COMMENT ON COLUMN direct_routing_calls.successful_call IS 'the call was connected';

COMMENT ON COLUMN direct_routing_calls.trunk_fully_qualified_domain_name IS 'host name of the session border controller';

COMMENT ON COLUMN direct_routing_calls.user_display_name IS 'display name of the user';

COMMENT ON COLUMN direct_routing_calls.user_id IS 'object id of the user in Entra ID';

COMMENT ON COLUMN direct_routing_calls.user_principal_name IS 'user principal name';

COMMENT ON COLUMN direct_routing_calls.call_date IS 'UTC date of the start of the call';

SET VARIABLE no_buildings = (SELECT count(*) = 0 FROM glob('/srv/lake/buildings/part-*.parquet'));

CREATE OR REPLACE VIEW buildings AS
SELECT
  first_address,
  last_address,
  prefix_length,
  network_ip,
  network_name,
  building_name,
  ownership_type,
  building_type,
  office_type,
  city,
  zip_code,
  country,
  state,
  region,
  inside_corp,
  express_route,
  vpn
FROM (
  SELECT
    NULL::BIGINT AS first_address,
    NULL::BIGINT AS last_address,
    NULL::BIGINT AS prefix_length,
    NULL::VARCHAR AS network_ip,
    NULL::VARCHAR AS network_name,
    NULL::VARCHAR AS building_name,
    NULL::VARCHAR AS ownership_type,
    NULL::VARCHAR AS building_type,
    NULL::VARCHAR AS office_type,
    NULL::VARCHAR AS city,
    NULL::VARCHAR AS zip_code,
    NULL::VARCHAR AS country,
    NULL::VARCHAR AS state,
    NULL::VARCHAR AS region,
    NULL::BOOLEAN AS inside_corp,
    NULL::BOOLEAN AS express_route,
    NULL::BOOLEAN AS vpn
  WHERE false
  UNION ALL BY NAME
  FROM query(CASE WHEN getvariable('no_buildings') THEN 'SELECT NULL::BOOLEAN AS vpn WHERE false' ELSE 'SELECT * FROM read_parquet(''/srv/lake/buildings/part-*.parquet'', hive_partitioning = false, union_by_name = true)' END)
);

COMMENT ON VIEW buildings IS 'a range of IPv4 addresses and its building; a range with others within has a row for each part of it that is its own';

COMMENT ON COLUMN buildings.first_address IS 'first address of the range, as a number';

COMMENT ON COLUMN buildings.last_address IS 'last address of the range, as a number';

COMMENT ON COLUMN buildings.prefix_length IS 'length of the network''s prefix [bit]';

COMMENT ON COLUMN buildings.network_ip IS 'first address of the network, which the range is a part of';

COMMENT ON COLUMN buildings.network_name IS 'name of the network';

COMMENT ON COLUMN buildings.building_name IS 'name of the building';

COMMENT ON COLUMN buildings.ownership_type IS 'who owns the building';

COMMENT ON COLUMN buildings.building_type IS 'kind of building';

COMMENT ON COLUMN buildings.office_type IS 'kind of office';

COMMENT ON COLUMN buildings.city IS 'city of the building';

COMMENT ON COLUMN buildings.zip_code IS 'postal code of the building';

COMMENT ON COLUMN buildings.country IS 'country of the building';

COMMENT ON COLUMN buildings.state IS 'state of the building';

COMMENT ON COLUMN buildings.region IS 'region of the building';

COMMENT ON COLUMN buildings.inside_corp IS 'the network is within the company''s own';

COMMENT ON COLUMN buildings.express_route IS 'the network reaches Microsoft by ExpressRoute';

COMMENT ON COLUMN buildings.vpn IS 'the network is a VPN''s';

CREATE OR REPLACE VIEW stream_facts AS
SELECT
  s.call_date,
  s.tenant_id,
  s.call_id,
  s.call_version,
  s.call_start_date_time,
  s.session_id,
  s.session_ordinal,
  s.segment_id,
  s.segment_ordinal,
  s.media_ordinal,
  s.stream_ordinal,
  s.stream_id,
  s.stream_direction,
  s.start_date_time,
  s.end_date_time,
  s.audio_codec,
  s.video_codec,
  s.packet_utilization,
  s.was_media_bypassed,
  s.average_bandwidth_estimate,
  s.average_round_trip_time_ms,
  s.max_round_trip_time_ms,
  s.average_jitter_ms,
  s.max_jitter_ms,
  s.average_packet_loss_rate,
  s.max_packet_loss_rate,
  s.average_audio_degradation,
  s.average_audio_network_jitter_ms,
  s.max_audio_network_jitter_ms,
  s.average_ratio_of_concealed_samples,
  s.max_ratio_of_concealed_samples,
  s.is_audio_forward_error_correction_used,
  s.average_video_frame_rate,
  s.average_received_frame_rate,
  s.average_video_frame_loss_percentage,
  s.average_video_packet_loss_rate,
  s.post_forward_error_correction_packet_loss_rate,
  s.average_freeze_duration_ms,
  s.rms_freeze_duration_ms,
  s.low_frame_rate_ratio,
  s.low_video_processing_capability_ratio,
  s.call_type,
  s.media_label,
  m.caller_network_ip_address,
  m.caller_network_port,
  m.caller_network_subnet,
  m.caller_network_reflexive_ip_address,
  m.caller_network_relay_ip_address,
  m.caller_network_relay_port,
  m.caller_network_mac_address,
  m.caller_network_dns_suffix,
  m.caller_network_connection_type,
  m.caller_network_network_transport_protocol,
  m.caller_network_link_speed,
  m.caller_network_bandwidth_low_event_ratio,
  m.caller_network_delay_event_ratio,
  m.caller_network_received_quality_event_ratio,
  m.caller_network_sent_quality_event_ratio,
  m.caller_network_basic_service_set_identifier,
  m.caller_network_wifi_band,
  m.caller_network_wifi_battery_charge,
  m.caller_network_wifi_channel,
  m.caller_network_wifi_radio_type,
  m.caller_network_wifi_signal_strength,
  m.caller_network_wifi_microsoft_driver,
  m.caller_network_wifi_microsoft_driver_version,
  m.caller_network_wifi_vendor_driver,
  m.caller_network_wifi_vendor_driver_version,
  m.caller_network_trace_route_hops,
  m.callee_network_ip_address,
  m.callee_network_port,
  m.callee_network_subnet,
  m.callee_network_reflexive_ip_address,
  m.callee_network_relay_ip_address,
  m.callee_network_relay_port,
  m.callee_network_mac_address,
  m.callee_network_dns_suffix,
  m.callee_network_connection_type,
  m.callee_network_network_transport_protocol,
  m.callee_network_link_speed,
  m.callee_network_bandwidth_low_event_ratio,
  m.callee_network_delay_event_ratio,
  m.callee_network_received_quality_event_ratio,
  m.callee_network_sent_quality_event_ratio,
  m.callee_network_basic_service_set_identifier,
  m.callee_network_wifi_band,
  m.callee_network_wifi_battery_charge,
  m.callee_network_wifi_channel,
  m.callee_network_wifi_radio_type,
  m.callee_network_wifi_signal_strength,
  m.callee_network_wifi_microsoft_driver,
  m.callee_network_wifi_microsoft_driver_version,
  m.callee_network_wifi_vendor_driver,
  m.callee_network_wifi_vendor_driver_version,
  m.callee_network_trace_route_hops,
  m.caller_device_capture_device_name,
  m.caller_device_capture_device_driver,
  m.caller_device_capture_not_functioning_event_ratio,
  m.caller_device_render_device_name,
  m.caller_device_render_device_driver,
  m.caller_device_render_not_functioning_event_ratio,
  m.caller_device_render_mute_event_ratio,
  m.caller_device_render_zero_volume_event_ratio,
  m.caller_device_cpu_insufficent_event_ratio,
  m.caller_device_device_clipping_event_ratio,
  m.caller_device_device_glitch_event_ratio,
  m.caller_device_howling_event_count,
  m.caller_device_initial_signal_level_root_mean_square,
  m.caller_device_low_speech_level_event_ratio,
  m.caller_device_low_speech_to_noise_event_ratio,
  m.caller_device_mic_glitch_rate,
  m.caller_device_speaker_glitch_rate,
  m.caller_device_received_signal_level,
  m.caller_device_received_noise_level,
  m.caller_device_sent_signal_level,
  m.caller_device_sent_noise_level,
  m.callee_device_capture_device_name,
  m.callee_device_capture_device_driver,
  m.callee_device_capture_not_functioning_event_ratio,
  m.callee_device_render_device_name,
  m.callee_device_render_device_driver,
  m.callee_device_render_not_functioning_event_ratio,
  m.callee_device_render_mute_event_ratio,
  m.callee_device_render_zero_volume_event_ratio,
  m.callee_device_cpu_insufficent_event_ratio,
  m.callee_device_device_clipping_event_ratio,
  m.callee_device_device_glitch_event_ratio,
  m.callee_device_howling_event_count,
  m.callee_device_initial_signal_level_root_mean_square,
  m.callee_device_low_speech_level_event_ratio,
  m.callee_device_low_speech_to_noise_event_ratio,
  m.callee_device_mic_glitch_rate,
  m.callee_device_speaker_glitch_rate,
  m.callee_device_received_signal_level,
  m.callee_device_received_noise_level,
  m.callee_device_sent_signal_level,
  m.callee_device_sent_noise_level,
  coalesce(g.caller_kind, e.caller_kind) AS caller_kind,
  coalesce(g.caller_name, e.caller_name) AS caller_name,
  coalesce(g.caller_cpu_name, e.caller_cpu_name) AS caller_cpu_name,
  coalesce(g.caller_cpu_cores_count, e.caller_cpu_cores_count) AS caller_cpu_cores_count,
  coalesce(g.caller_cpu_processor_speed_in_mhz, e.caller_cpu_processor_speed_in_mhz) AS caller_cpu_processor_speed_in_mhz,
  coalesce(g.caller_associated_identity_id, e.caller_associated_identity_id) AS caller_associated_identity_id,
  coalesce(g.caller_associated_identity_display_name, e.caller_associated_identity_display_name) AS caller_associated_identity_display_name,
  coalesce(g.caller_associated_identity_tenant_id, e.caller_associated_identity_tenant_id) AS caller_associated_identity_tenant_id,
  coalesce(g.caller_associated_identity_user_principal_name, e.caller_associated_identity_user_principal_name) AS caller_associated_identity_user_principal_name,
  coalesce(g.caller_identity, e.caller_identity) AS caller_identity,
  coalesce(g.caller_identity_kind, e.caller_identity_kind) AS caller_identity_kind,
  coalesce(g.caller_identity_id, e.caller_identity_id) AS caller_identity_id,
  coalesce(g.caller_identity_display_name, e.caller_identity_display_name) AS caller_identity_display_name,
  coalesce(g.caller_identity_tenant_id, e.caller_identity_tenant_id) AS caller_identity_tenant_id,
  coalesce(g.caller_identity_user_principal_name, e.caller_identity_user_principal_name) AS caller_identity_user_principal_name,
  coalesce(g.caller_user_agent_kind, e.caller_user_agent_kind) AS caller_user_agent_kind,
  coalesce(g.caller_user_agent_header_value, e.caller_user_agent_header_value) AS caller_user_agent_header_value,
  coalesce(g.caller_user_agent_application_version, e.caller_user_agent_application_version) AS caller_user_agent_application_version,
  coalesce(g.caller_user_agent_azure_ad_app_id, e.caller_user_agent_azure_ad_app_id) AS caller_user_agent_azure_ad_app_id,
  coalesce(g.caller_user_agent_communication_service_id, e.caller_user_agent_communication_service_id) AS caller_user_agent_communication_service_id,
  coalesce(g.caller_user_agent_platform, e.caller_user_agent_platform) AS caller_user_agent_platform,
  coalesce(g.caller_user_agent_product_family, e.caller_user_agent_product_family) AS caller_user_agent_product_family,
  coalesce(g.caller_user_agent_role, e.caller_user_agent_role) AS caller_user_agent_role,
  coalesce(g.caller_feedback_rating, e.caller_feedback_rating) AS caller_feedback_rating,
  coalesce(g.caller_feedback_text, e.caller_feedback_text) AS caller_feedback_text,
  coalesce(g.caller_feedback_tokens, e.caller_feedback_tokens) AS caller_feedback_tokens,
  coalesce(g.callee_kind, e.callee_kind) AS callee_kind,
  coalesce(g.callee_name, e.callee_name) AS callee_name,
  coalesce(g.callee_cpu_name, e.callee_cpu_name) AS callee_cpu_name,
  coalesce(g.callee_cpu_cores_count, e.callee_cpu_cores_count) AS callee_cpu_cores_count,
  coalesce(g.callee_cpu_processor_speed_in_mhz, e.callee_cpu_processor_speed_in_mhz) AS callee_cpu_processor_speed_in_mhz,
  coalesce(g.callee_associated_identity_id, e.callee_associated_identity_id) AS callee_associated_identity_id,
  coalesce(g.callee_associated_identity_display_name, e.callee_associated_identity_display_name) AS callee_associated_identity_display_name,
  coalesce(g.callee_associated_identity_tenant_id, e.callee_associated_identity_tenant_id) AS callee_associated_identity_tenant_id,
  coalesce(g.callee_associated_identity_user_principal_name, e.callee_associated_identity_user_principal_name) AS callee_associated_identity_user_principal_name,
  coalesce(g.callee_identity, e.callee_identity) AS callee_identity,
  coalesce(g.callee_identity_kind, e.callee_identity_kind) AS callee_identity_kind,
  coalesce(g.callee_identity_id, e.callee_identity_id) AS callee_identity_id,
  coalesce(g.callee_identity_display_name, e.callee_identity_display_name) AS callee_identity_display_name,
  coalesce(g.callee_identity_tenant_id, e.callee_identity_tenant_id) AS callee_identity_tenant_id,
  coalesce(g.callee_identity_user_principal_name, e.callee_identity_user_principal_name) AS callee_identity_user_principal_name,
  coalesce(g.callee_user_agent_kind, e.callee_user_agent_kind) AS callee_user_agent_kind,
  coalesce(g.callee_user_agent_header_value, e.callee_user_agent_header_value) AS callee_user_agent_header_value,
  coalesce(g.callee_user_agent_application_version, e.callee_user_agent_application_version) AS callee_user_agent_application_version,
  coalesce(g.callee_user_agent_azure_ad_app_id, e.callee_user_agent_azure_ad_app_id) AS callee_user_agent_azure_ad_app_id,
  coalesce(g.callee_user_agent_communication_service_id, e.callee_user_agent_communication_service_id) AS callee_user_agent_communication_service_id,
  coalesce(g.callee_user_agent_platform, e.callee_user_agent_platform) AS callee_user_agent_platform,
  coalesce(g.callee_user_agent_product_family, e.callee_user_agent_product_family) AS callee_user_agent_product_family,
  coalesce(g.callee_user_agent_role, e.callee_user_agent_role) AS callee_user_agent_role,
  coalesce(g.callee_feedback_rating, e.callee_feedback_rating) AS callee_feedback_rating,
  coalesce(g.callee_feedback_text, e.callee_feedback_text) AS callee_feedback_text,
  coalesce(g.callee_feedback_tokens, e.callee_feedback_tokens) AS callee_feedback_tokens,
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
  c.join_web_url,
  c.organizer_id,
  c.organizer_identity_kind,
  c.organizer_identity_id,
  c.organizer_identity_display_name,
  c.organizer_identity_tenant_id,
  c.organizer_identity_user_principal_name,
  c.organizer_identity,
  c.organizer_administrative_unit_infos,
  c.participant_count,
  c.session_count,
  c.segment_count,
  c.media_count,
  c.stream_count,
  c.fetched_at,
  c.modalities AS call_modalities,
  c.last_modified_date_time AS call_last_modified_date_time
FROM streams s
JOIN calls c
  ON c.call_date = s.call_date AND c.tenant_id = s.tenant_id AND c.call_id = s.call_id AND c.call_version = s.call_version
LEFT JOIN sessions e
  ON e.call_date = s.call_date AND e.tenant_id = s.tenant_id AND e.call_id = s.call_id AND e.call_version = s.call_version
  AND e.session_ordinal = s.session_ordinal
LEFT JOIN segments g
  ON g.call_date = s.call_date AND g.tenant_id = s.tenant_id AND g.call_id = s.call_id AND g.call_version = s.call_version
  AND g.session_ordinal = s.session_ordinal AND g.segment_ordinal = s.segment_ordinal
LEFT JOIN media m
  ON m.call_date = s.call_date AND m.tenant_id = s.tenant_id AND m.call_id = s.call_id AND m.call_version = s.call_version
  AND m.session_ordinal = s.session_ordinal AND m.segment_ordinal = s.segment_ordinal AND m.media_ordinal = s.media_ordinal;

COMMENT ON VIEW stream_facts IS 'a stream with its media, segment, session and call, and both ends; an end is the segment''s, or the session''s where the segment has none';

CREATE OR REPLACE VIEW quality_rules AS
SELECT * FROM (VALUES
  ('cqd-2022-07', 'audio', 0, 'Packet Utilization', 'packet_utilization', '>', 500e0, 'packets', 'needed to be classed', 'Microsoft, Stream classification in Call Quality Dashboard, since July 2022'),
  ('cqd-2022-07', 'audio', 1, 'Round Trip', 'average_round_trip_time_ms', '>', 500e0, 'ms', 'all', 'Microsoft, Stream classification in Call Quality Dashboard, since July 2022'),
  ('cqd-2022-07', 'audio', 1, 'Packet Loss Rate', 'average_packet_loss_rate', '>', 0.1e0, '0..1', 'all', 'Microsoft, Stream classification in Call Quality Dashboard, since July 2022'),
  ('cqd-2022-07', 'audio', 1, 'Jitter', 'average_jitter_ms', '>', 30e0, 'ms', 'all', 'Microsoft, Stream classification in Call Quality Dashboard, since July 2022'),
  ('cqd-2022-07', 'video', 1, 'Video Local Frame Loss Percentage Avg', 'average_video_frame_loss_percentage', '>', 50e0, '%', 'all', 'Microsoft, Stream classification in Call Quality Dashboard, since July 2022'),
  ('cqd-2022-07', 'video', 2, 'Video Frame Rate Avg', 'average_video_frame_rate', '<', 7e0, 'frames/s', 'all', 'Microsoft, Stream classification in Call Quality Dashboard, since July 2022'),
  ('cqd-2022-07', 'video', 3, 'Video Post FECPLR', 'post_forward_error_correction_packet_loss_rate', '>', 0.15e0, '0..1', 'all', 'Microsoft, Stream classification in Call Quality Dashboard, since July 2022'),
  ('cqd-2022-07', 'vbss', 1, 'Video Local Frame Loss Percentage Avg', 'average_video_frame_loss_percentage', '>', 50e0, '%', 'inbound_not_h264s', 'Microsoft, Stream classification in Call Quality Dashboard, since July 2022'),
  ('cqd-2022-07', 'vbss', 2, 'Video Frame Rate Avg', 'average_video_frame_rate', '<', 1e0, 'frames/s', 'outbound_or_h264s', 'Microsoft, Stream classification in Call Quality Dashboard, since July 2022'),
  ('cqd-2021-01', 'audio', 1, 'Round Trip', 'average_round_trip_time_ms', '>', 500e0, 'ms', 'all', 'Microsoft, Stream classification in Call Quality Dashboard, from January 2021'),
  ('cqd-2021-01', 'audio', 1, 'Packet Loss Rate', 'average_packet_loss_rate', '>', 0.1e0, '0..1', 'all', 'Microsoft, Stream classification in Call Quality Dashboard, from January 2021'),
  ('cqd-2021-01', 'audio', 1, 'Jitter', 'average_jitter_ms', '>', 30e0, 'ms', 'all', 'Microsoft, Stream classification in Call Quality Dashboard, from January 2021'),
  ('cqd-2021-01', 'audio', 1, 'Audio Degradation Avg', 'average_audio_degradation', '>', 1.0e0, 'MOS', 'not_satin', 'Microsoft, Stream classification in Call Quality Dashboard, from January 2021'),
  ('cqd-2021-01', 'audio', 1, 'Ratio Concealed Samples Avg', 'average_ratio_of_concealed_samples', '>', 0.07e0, '0..1', 'not_satin', 'Microsoft, Stream classification in Call Quality Dashboard, from January 2021'),
  ('cqd-2021-01', 'video', 1, 'Video Local Frame Loss Percentage Avg', 'average_video_frame_loss_percentage', '>', 50e0, '%', 'all', 'Microsoft, Stream classification in Call Quality Dashboard, from January 2021'),
  ('cqd-2021-01', 'video', 2, 'Video Frame Rate Avg', 'average_video_frame_rate', '<', 7e0, 'frames/s', 'all', 'Microsoft, Stream classification in Call Quality Dashboard, from January 2021'),
  ('cqd-2021-01', 'video', 3, 'Video Post FECPLR', 'post_forward_error_correction_packet_loss_rate', '>', 0.15e0, '0..1', 'all', 'Microsoft, Stream classification in Call Quality Dashboard, from January 2021'),
  ('cqd-2021-01', 'vbss', 1, 'Video Local Frame Loss Percentage Avg', 'average_video_frame_loss_percentage', '>', 50e0, '%', 'all', 'Microsoft, Stream classification in Call Quality Dashboard, from January 2021'),
  ('cqd-2021-01', 'vbss', 2, 'Video Frame Rate Avg', 'average_video_frame_rate', '<', 2e0, 'frames/s', 'all', 'Microsoft, Stream classification in Call Quality Dashboard, from January 2021'),
  ('cqd-2021-01', 'vbss', 3, 'Video Post FECPLR', 'post_forward_error_correction_packet_loss_rate', '>', 0.15e0, '0..1', 'all', 'Microsoft, Stream classification in Call Quality Dashboard, from January 2021'),
  ('cqd-2020', 'audio', 1, 'Round Trip', 'average_round_trip_time_ms', '>', 500e0, 'ms', 'all', 'Microsoft, Stream classification in Call Quality Dashboard, until 2020'),
  ('cqd-2020', 'audio', 1, 'Packet Loss Rate', 'average_packet_loss_rate', '>', 0.1e0, '0..1', 'all', 'Microsoft, Stream classification in Call Quality Dashboard, until 2020'),
  ('cqd-2020', 'audio', 1, 'Jitter', 'average_jitter_ms', '>', 30e0, 'ms', 'all', 'Microsoft, Stream classification in Call Quality Dashboard, until 2020'),
  ('cqd-2020', 'audio', 1, 'Audio Degradation Avg', 'average_audio_degradation', '>', 1.0e0, 'MOS', 'all', 'Microsoft, Stream classification in Call Quality Dashboard, until 2020'),
  ('cqd-2020', 'audio', 1, 'Ratio Concealed Samples Avg', 'average_ratio_of_concealed_samples', '>', 0.07e0, '0..1', 'all', 'Microsoft, Stream classification in Call Quality Dashboard, until 2020'),
  ('cqd-2020', 'video', 1, 'Video Local Frame Loss Percentage Avg', 'average_video_frame_loss_percentage', '>', 50e0, '%', 'all', 'Microsoft, Stream classification in Call Quality Dashboard, until 2020'),
  ('cqd-2020', 'video', 2, 'Video Frame Rate Avg', 'average_video_frame_rate', '<', 7e0, 'frames/s', 'all', 'Microsoft, Stream classification in Call Quality Dashboard, until 2020'),
  ('cqd-2020', 'video', 3, 'Video Post FECPLR', 'post_forward_error_correction_packet_loss_rate', '>', 0.15e0, '0..1', 'all', 'Microsoft, Stream classification in Call Quality Dashboard, until 2020'),
  ('cqd-2020', 'vbss', 1, 'Video Local Frame Loss Percentage Avg', 'average_video_frame_loss_percentage', '>', 50e0, '%', 'all', 'Microsoft, Stream classification in Call Quality Dashboard, until 2020'),
  ('cqd-2020', 'vbss', 2, 'Video Frame Rate Avg', 'average_video_frame_rate', '<', 2e0, 'frames/s', 'all', 'Microsoft, Stream classification in Call Quality Dashboard, until 2020'),
  ('cqd-2020', 'vbss', 3, 'Video Post FECPLR', 'post_forward_error_correction_packet_loss_rate', '>', 0.15e0, '0..1', 'all', 'Microsoft, Stream classification in Call Quality Dashboard, until 2020')
) AS rules (rule_set, media_kind, step, metric, stream_column, comparison, threshold, unit, applies_to, source);

COMMENT ON VIEW quality_rules IS 'a threshold of a rule set by which streams are classed, with its source';

CREATE OR REPLACE VIEW quality_targets AS
SELECT * FROM (VALUES
  ('audio', 'any', 'any', 'any', 'poor_percent', 3.0e0, '%', 'Microsoft, Quality of Experience Review Guide, CQD targets for audio'),
  ('audio', 'any', 'any', 'any', 'setup_failure_percent', 1.0e0, '%', 'Microsoft, Quality of Experience Review Guide, CQD targets for audio'),
  ('audio', 'any', 'any', 'any', 'drop_failure_percent', 3.0e0, '%', 'Microsoft, Quality of Experience Review Guide, CQD targets for audio'),
  ('audio', 'any', 'internal', 'any', 'poor_percent', 2.0e0, '%', 'Microsoft, Quality of Experience Review Guide, CQD targets for audio'),
  ('audio', 'any', 'internal', 'any', 'setup_failure_percent', 0.5e0, '%', 'Microsoft, Quality of Experience Review Guide, CQD targets for audio'),
  ('audio', 'any', 'internal', 'any', 'drop_failure_percent', 2.0e0, '%', 'Microsoft, Quality of Experience Review Guide, CQD targets for audio'),
  ('audio', 'groupCall', 'any', 'any', 'poor_percent', 2.0e0, '%', 'Microsoft, Quality of Experience Review Guide, CQD targets for audio'),
  ('audio', 'groupCall', 'any', 'any', 'setup_failure_percent', 0.5e0, '%', 'Microsoft, Quality of Experience Review Guide, CQD targets for audio'),
  ('audio', 'groupCall', 'any', 'any', 'drop_failure_percent', 3.0e0, '%', 'Microsoft, Quality of Experience Review Guide, CQD targets for audio'),
  ('audio', 'groupCall', 'internal', 'any', 'poor_percent', 2.0e0, '%', 'Microsoft, Quality of Experience Review Guide, CQD targets for audio'),
  ('audio', 'groupCall', 'internal', 'any', 'setup_failure_percent', 0.5e0, '%', 'Microsoft, Quality of Experience Review Guide, CQD targets for audio'),
  ('audio', 'groupCall', 'internal', 'any', 'drop_failure_percent', 2.0e0, '%', 'Microsoft, Quality of Experience Review Guide, CQD targets for audio'),
  ('audio', 'groupCall', 'any', 'wired', 'poor_percent', 1.0e0, '%', 'Microsoft, Quality of Experience Review Guide, CQD targets for audio'),
  ('audio', 'groupCall', 'any', 'wired', 'setup_failure_percent', 0.5e0, '%', 'Microsoft, Quality of Experience Review Guide, CQD targets for audio'),
  ('audio', 'groupCall', 'any', 'wired', 'drop_failure_percent', 1.0e0, '%', 'Microsoft, Quality of Experience Review Guide, CQD targets for audio'),
  ('audio', 'groupCall', 'any', 'wifi_5ghz', 'poor_percent', 1.0e0, '%', 'Microsoft, Quality of Experience Review Guide, CQD targets for audio'),
  ('audio', 'groupCall', 'any', 'wifi_5ghz', 'setup_failure_percent', 0.5e0, '%', 'Microsoft, Quality of Experience Review Guide, CQD targets for audio'),
  ('audio', 'groupCall', 'any', 'wifi_5ghz', 'drop_failure_percent', 1.0e0, '%', 'Microsoft, Quality of Experience Review Guide, CQD targets for audio'),
  ('audio', 'groupCall', 'any', 'wifi_2.4ghz', 'poor_percent', 2.0e0, '%', 'Microsoft, Quality of Experience Review Guide, CQD targets for audio'),
  ('audio', 'groupCall', 'any', 'wifi_2.4ghz', 'setup_failure_percent', 0.5e0, '%', 'Microsoft, Quality of Experience Review Guide, CQD targets for audio'),
  ('audio', 'groupCall', 'any', 'wifi_2.4ghz', 'drop_failure_percent', 2.0e0, '%', 'Microsoft, Quality of Experience Review Guide, CQD targets for audio'),
  ('audio', 'peerToPeer', 'any', 'any', 'poor_percent', 2.0e0, '%', 'Microsoft, Quality of Experience Review Guide, CQD targets for audio'),
  ('audio', 'peerToPeer', 'any', 'any', 'setup_failure_percent', 1.0e0, '%', 'Microsoft, Quality of Experience Review Guide, CQD targets for audio'),
  ('audio', 'peerToPeer', 'any', 'any', 'drop_failure_percent', 3.0e0, '%', 'Microsoft, Quality of Experience Review Guide, CQD targets for audio'),
  ('audio', 'peerToPeer', 'internal', 'any', 'poor_percent', 2.0e0, '%', 'Microsoft, Quality of Experience Review Guide, CQD targets for audio'),
  ('audio', 'peerToPeer', 'internal', 'any', 'setup_failure_percent', 0.5e0, '%', 'Microsoft, Quality of Experience Review Guide, CQD targets for audio'),
  ('audio', 'peerToPeer', 'internal', 'any', 'drop_failure_percent', 2.0e0, '%', 'Microsoft, Quality of Experience Review Guide, CQD targets for audio'),
  ('audio', 'peerToPeer', 'any', 'wired', 'poor_percent', 2.0e0, '%', 'Microsoft, Quality of Experience Review Guide, CQD targets for audio'),
  ('audio', 'peerToPeer', 'any', 'wired', 'setup_failure_percent', 1.0e0, '%', 'Microsoft, Quality of Experience Review Guide, CQD targets for audio'),
  ('audio', 'peerToPeer', 'any', 'wired', 'drop_failure_percent', 1.0e0, '%', 'Microsoft, Quality of Experience Review Guide, CQD targets for audio'),
  ('audio', 'peerToPeer', 'any', 'wifi_5ghz', 'poor_percent', 2.0e0, '%', 'Microsoft, Quality of Experience Review Guide, CQD targets for audio'),
  ('audio', 'peerToPeer', 'any', 'wifi_5ghz', 'setup_failure_percent', 1.0e0, '%', 'Microsoft, Quality of Experience Review Guide, CQD targets for audio'),
  ('audio', 'peerToPeer', 'any', 'wifi_5ghz', 'drop_failure_percent', 1.0e0, '%', 'Microsoft, Quality of Experience Review Guide, CQD targets for audio'),
  ('audio', 'peerToPeer', 'internal', 'wired', 'poor_percent', 1.0e0, '%', 'Microsoft, Quality of Experience Review Guide, CQD targets for audio'),
  ('audio', 'peerToPeer', 'internal', 'wired', 'setup_failure_percent', 0.5e0, '%', 'Microsoft, Quality of Experience Review Guide, CQD targets for audio'),
  ('audio', 'peerToPeer', 'internal', 'wired', 'drop_failure_percent', 1.0e0, '%', 'Microsoft, Quality of Experience Review Guide, CQD targets for audio'),
  ('audio', 'peerToPeer', 'internal', 'wifi_5ghz', 'poor_percent', 1.0e0, '%', 'Microsoft, Quality of Experience Review Guide, CQD targets for audio'),
  ('audio', 'peerToPeer', 'internal', 'wifi_5ghz', 'setup_failure_percent', 0.5e0, '%', 'Microsoft, Quality of Experience Review Guide, CQD targets for audio'),
  ('audio', 'peerToPeer', 'internal', 'wifi_5ghz', 'drop_failure_percent', 1.0e0, '%', 'Microsoft, Quality of Experience Review Guide, CQD targets for audio')
) AS targets (media_kind, call_type, network, link, metric, target, unit, source);

COMMENT ON VIEW quality_targets IS 'a rate that Microsoft says audio should not exceed, by type of call, network and link, with its source';

CREATE OR REPLACE VIEW stream_quality_cqd_2022_07 AS
SELECT
  graded.*,
  'cqd-2022-07' AS rule_set,
  CASE WHEN quality = 'poor' THEN CASE media_kind
    WHEN 'audio' THEN concat_ws(', ',
      CASE WHEN average_round_trip_time_ms > 500 THEN 'round_trip' END,
      CASE WHEN average_packet_loss_rate > 0.1 THEN 'packet_loss' END,
      CASE WHEN average_jitter_ms > 30 THEN 'jitter' END)
    WHEN 'video' THEN CASE
      WHEN average_video_frame_loss_percentage IS NOT NULL THEN 'frame_loss'
      WHEN average_video_frame_rate IS NOT NULL THEN 'frame_rate'
      WHEN post_forward_error_correction_packet_loss_rate IS NOT NULL THEN 'loss_after_fec'
      END
    WHEN 'vbss' THEN CASE
      WHEN CASE WHEN NOT is_outbound AND coalesce(video_codec, '') <> 'h264s' THEN average_video_frame_loss_percentage END IS NOT NULL THEN 'frame_loss'
      WHEN CASE WHEN (is_outbound OR coalesce(video_codec, '') = 'h264s') THEN average_video_frame_rate END IS NOT NULL THEN 'frame_rate'
      END
    END END AS poor_reasons
FROM (
  SELECT
    kinds.*,
    CASE media_kind
      WHEN 'audio' THEN CASE
        WHEN coalesce(packet_utilization, 0) <= 500 THEN 'unclassified'
        WHEN coalesce(average_round_trip_time_ms, average_packet_loss_rate, average_jitter_ms) IS NULL THEN 'unclassified'
        WHEN average_round_trip_time_ms > 500 OR average_packet_loss_rate > 0.1 OR average_jitter_ms > 30 THEN 'poor'
        ELSE 'good' END
      WHEN 'video' THEN CASE
        WHEN average_video_frame_loss_percentage IS NOT NULL THEN CASE WHEN average_video_frame_loss_percentage > 50 THEN 'poor' ELSE 'good' END
        WHEN average_video_frame_rate IS NOT NULL THEN CASE WHEN average_video_frame_rate < 7 THEN 'poor' ELSE 'good' END
        WHEN post_forward_error_correction_packet_loss_rate IS NOT NULL THEN CASE WHEN post_forward_error_correction_packet_loss_rate > 0.15 THEN 'poor' ELSE 'good' END
        ELSE 'unclassified' END
      WHEN 'vbss' THEN CASE
        WHEN CASE WHEN NOT is_outbound AND coalesce(video_codec, '') <> 'h264s' THEN average_video_frame_loss_percentage END IS NOT NULL THEN CASE WHEN (NOT is_outbound AND coalesce(video_codec, '') <> 'h264s' AND average_video_frame_loss_percentage > 50) THEN 'poor' ELSE 'good' END
        WHEN CASE WHEN (is_outbound OR coalesce(video_codec, '') = 'h264s') THEN average_video_frame_rate END IS NOT NULL THEN CASE WHEN ((is_outbound OR coalesce(video_codec, '') = 'h264s') AND average_video_frame_rate < 1) THEN 'poor' ELSE 'good' END
        ELSE 'unclassified' END
      ELSE 'unclassified' END AS quality
  FROM (
    SELECT
      s.call_date,
      s.tenant_id,
  s.call_id,
  s.call_version,
  s.call_start_date_time,
  s.session_id,
  s.session_ordinal,
  s.segment_id,
  s.segment_ordinal,
  s.media_ordinal,
  s.stream_ordinal,
  s.stream_id,
  s.stream_direction,
  s.start_date_time,
  s.end_date_time,
  s.audio_codec,
  s.video_codec,
  s.packet_utilization,
  s.was_media_bypassed,
  s.average_bandwidth_estimate,
  s.average_round_trip_time_ms,
  s.max_round_trip_time_ms,
  s.average_jitter_ms,
  s.max_jitter_ms,
  s.average_packet_loss_rate,
  s.max_packet_loss_rate,
  s.average_audio_degradation,
  s.average_audio_network_jitter_ms,
  s.max_audio_network_jitter_ms,
  s.average_ratio_of_concealed_samples,
  s.max_ratio_of_concealed_samples,
  s.is_audio_forward_error_correction_used,
  s.average_video_frame_rate,
  s.average_received_frame_rate,
  s.average_video_frame_loss_percentage,
  s.average_video_packet_loss_rate,
  s.post_forward_error_correction_packet_loss_rate,
  s.average_freeze_duration_ms,
  s.rms_freeze_duration_ms,
  s.low_frame_rate_ratio,
  s.low_video_processing_capability_ratio,
  s.media_label,
  s.call_type,
  s.caller_network_subnet,
  s.caller_network_connection_type,
  s.caller_network_wifi_band,
  s.caller_network_reflexive_ip_address,
  s.caller_device_capture_device_name,
  s.caller_device_render_device_name,
  s.callee_network_subnet,
  s.callee_network_connection_type,
  s.callee_network_wifi_band,
  s.callee_network_reflexive_ip_address,
  s.callee_device_capture_device_name,
  s.callee_device_render_device_name,
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
      CASE
        WHEN lower(s.media_label) LIKE '%audio%' THEN 'audio'
        WHEN lower(s.media_label) LIKE '%applicationsharing%video%' THEN 'vbss'
        WHEN lower(s.media_label) LIKE '%applicationsharing%' THEN 'appsharing'
        WHEN lower(s.media_label) LIKE '%video%' THEN 'video'
        WHEN lower(s.media_label) LIKE '%data%' THEN 'data'
        ELSE 'other' END AS media_kind
    FROM streams s
    JOIN calls c
      ON c.call_date = s.call_date AND c.tenant_id = s.tenant_id AND c.call_id = s.call_id AND c.call_version = s.call_version
    LEFT JOIN sessions e
      ON e.call_date = s.call_date AND e.tenant_id = s.tenant_id AND e.call_id = s.call_id AND e.call_version = s.call_version
      AND e.session_ordinal = s.session_ordinal
  ) kinds
) graded;

COMMENT ON VIEW stream_quality_cqd_2022_07 IS 'a stream classed good, poor or unclassified by the rule set cqd-2022-07';

CREATE OR REPLACE VIEW stream_quality_cqd_2021_01 AS
SELECT
  graded.*,
  'cqd-2021-01' AS rule_set,
  CASE WHEN quality = 'poor' THEN CASE media_kind
    WHEN 'audio' THEN concat_ws(', ',
      CASE WHEN average_round_trip_time_ms > 500 THEN 'round_trip' END,
      CASE WHEN average_packet_loss_rate > 0.1 THEN 'packet_loss' END,
      CASE WHEN average_jitter_ms > 30 THEN 'jitter' END,
      CASE WHEN (coalesce(audio_codec, '') NOT IN ('satin', 'satinFullband') AND average_audio_degradation > 1.0) THEN 'audio_degradation' END,
      CASE WHEN (coalesce(audio_codec, '') NOT IN ('satin', 'satinFullband') AND average_ratio_of_concealed_samples > 0.07) THEN 'concealed_samples' END)
    WHEN 'video' THEN CASE
      WHEN average_video_frame_loss_percentage IS NOT NULL THEN 'frame_loss'
      WHEN average_video_frame_rate IS NOT NULL THEN 'frame_rate'
      WHEN post_forward_error_correction_packet_loss_rate IS NOT NULL THEN 'loss_after_fec'
      END
    WHEN 'vbss' THEN CASE
      WHEN average_video_frame_loss_percentage IS NOT NULL THEN 'frame_loss'
      WHEN average_video_frame_rate IS NOT NULL THEN 'frame_rate'
      WHEN post_forward_error_correction_packet_loss_rate IS NOT NULL THEN 'loss_after_fec'
      END
    END END AS poor_reasons
FROM (
  SELECT
    kinds.*,
    CASE media_kind
      WHEN 'audio' THEN CASE
        WHEN coalesce(average_round_trip_time_ms, average_packet_loss_rate, average_jitter_ms, CASE WHEN coalesce(audio_codec, '') NOT IN ('satin', 'satinFullband') THEN average_audio_degradation END, CASE WHEN coalesce(audio_codec, '') NOT IN ('satin', 'satinFullband') THEN average_ratio_of_concealed_samples END) IS NULL THEN 'unclassified'
        WHEN average_round_trip_time_ms > 500 OR average_packet_loss_rate > 0.1 OR average_jitter_ms > 30 OR (coalesce(audio_codec, '') NOT IN ('satin', 'satinFullband') AND average_audio_degradation > 1.0) OR (coalesce(audio_codec, '') NOT IN ('satin', 'satinFullband') AND average_ratio_of_concealed_samples > 0.07) THEN 'poor'
        ELSE 'good' END
      WHEN 'video' THEN CASE
        WHEN average_video_frame_loss_percentage IS NOT NULL THEN CASE WHEN average_video_frame_loss_percentage > 50 THEN 'poor' ELSE 'good' END
        WHEN average_video_frame_rate IS NOT NULL THEN CASE WHEN average_video_frame_rate < 7 THEN 'poor' ELSE 'good' END
        WHEN post_forward_error_correction_packet_loss_rate IS NOT NULL THEN CASE WHEN post_forward_error_correction_packet_loss_rate > 0.15 THEN 'poor' ELSE 'good' END
        ELSE 'unclassified' END
      WHEN 'vbss' THEN CASE
        WHEN average_video_frame_loss_percentage IS NOT NULL THEN CASE WHEN average_video_frame_loss_percentage > 50 THEN 'poor' ELSE 'good' END
        WHEN average_video_frame_rate IS NOT NULL THEN CASE WHEN average_video_frame_rate < 2 THEN 'poor' ELSE 'good' END
        WHEN post_forward_error_correction_packet_loss_rate IS NOT NULL THEN CASE WHEN post_forward_error_correction_packet_loss_rate > 0.15 THEN 'poor' ELSE 'good' END
        ELSE 'unclassified' END
      ELSE 'unclassified' END AS quality
  FROM (
    SELECT
      s.call_date,
      s.tenant_id,
  s.call_id,
  s.call_version,
  s.call_start_date_time,
  s.session_id,
  s.session_ordinal,
  s.segment_id,
  s.segment_ordinal,
  s.media_ordinal,
  s.stream_ordinal,
  s.stream_id,
  s.stream_direction,
  s.start_date_time,
  s.end_date_time,
  s.audio_codec,
  s.video_codec,
  s.packet_utilization,
  s.was_media_bypassed,
  s.average_bandwidth_estimate,
  s.average_round_trip_time_ms,
  s.max_round_trip_time_ms,
  s.average_jitter_ms,
  s.max_jitter_ms,
  s.average_packet_loss_rate,
  s.max_packet_loss_rate,
  s.average_audio_degradation,
  s.average_audio_network_jitter_ms,
  s.max_audio_network_jitter_ms,
  s.average_ratio_of_concealed_samples,
  s.max_ratio_of_concealed_samples,
  s.is_audio_forward_error_correction_used,
  s.average_video_frame_rate,
  s.average_received_frame_rate,
  s.average_video_frame_loss_percentage,
  s.average_video_packet_loss_rate,
  s.post_forward_error_correction_packet_loss_rate,
  s.average_freeze_duration_ms,
  s.rms_freeze_duration_ms,
  s.low_frame_rate_ratio,
  s.low_video_processing_capability_ratio,
  s.media_label,
  s.call_type,
  s.caller_network_subnet,
  s.caller_network_connection_type,
  s.caller_network_wifi_band,
  s.caller_network_reflexive_ip_address,
  s.caller_device_capture_device_name,
  s.caller_device_render_device_name,
  s.callee_network_subnet,
  s.callee_network_connection_type,
  s.callee_network_wifi_band,
  s.callee_network_reflexive_ip_address,
  s.callee_device_capture_device_name,
  s.callee_device_render_device_name,
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
      CASE
        WHEN lower(s.media_label) LIKE '%audio%' THEN 'audio'
        WHEN lower(s.media_label) LIKE '%applicationsharing%video%' THEN 'vbss'
        WHEN lower(s.media_label) LIKE '%applicationsharing%' THEN 'appsharing'
        WHEN lower(s.media_label) LIKE '%video%' THEN 'video'
        WHEN lower(s.media_label) LIKE '%data%' THEN 'data'
        ELSE 'other' END AS media_kind
    FROM streams s
    JOIN calls c
      ON c.call_date = s.call_date AND c.tenant_id = s.tenant_id AND c.call_id = s.call_id AND c.call_version = s.call_version
    LEFT JOIN sessions e
      ON e.call_date = s.call_date AND e.tenant_id = s.tenant_id AND e.call_id = s.call_id AND e.call_version = s.call_version
      AND e.session_ordinal = s.session_ordinal
  ) kinds
) graded;

COMMENT ON VIEW stream_quality_cqd_2021_01 IS 'a stream classed good, poor or unclassified by the rule set cqd-2021-01';

CREATE OR REPLACE VIEW stream_quality_cqd_2020 AS
SELECT
  graded.*,
  'cqd-2020' AS rule_set,
  CASE WHEN quality = 'poor' THEN CASE media_kind
    WHEN 'audio' THEN concat_ws(', ',
      CASE WHEN average_round_trip_time_ms > 500 THEN 'round_trip' END,
      CASE WHEN average_packet_loss_rate > 0.1 THEN 'packet_loss' END,
      CASE WHEN average_jitter_ms > 30 THEN 'jitter' END,
      CASE WHEN average_audio_degradation > 1.0 THEN 'audio_degradation' END,
      CASE WHEN average_ratio_of_concealed_samples > 0.07 THEN 'concealed_samples' END)
    WHEN 'video' THEN CASE
      WHEN average_video_frame_loss_percentage IS NOT NULL THEN 'frame_loss'
      WHEN average_video_frame_rate IS NOT NULL THEN 'frame_rate'
      WHEN post_forward_error_correction_packet_loss_rate IS NOT NULL THEN 'loss_after_fec'
      END
    WHEN 'vbss' THEN CASE
      WHEN average_video_frame_loss_percentage IS NOT NULL THEN 'frame_loss'
      WHEN average_video_frame_rate IS NOT NULL THEN 'frame_rate'
      WHEN post_forward_error_correction_packet_loss_rate IS NOT NULL THEN 'loss_after_fec'
      END
    END END AS poor_reasons
FROM (
  SELECT
    kinds.*,
    CASE media_kind
      WHEN 'audio' THEN CASE
        WHEN coalesce(average_round_trip_time_ms, average_packet_loss_rate, average_jitter_ms, average_audio_degradation, average_ratio_of_concealed_samples) IS NULL THEN 'unclassified'
        WHEN average_round_trip_time_ms > 500 OR average_packet_loss_rate > 0.1 OR average_jitter_ms > 30 OR average_audio_degradation > 1.0 OR average_ratio_of_concealed_samples > 0.07 THEN 'poor'
        ELSE 'good' END
      WHEN 'video' THEN CASE
        WHEN average_video_frame_loss_percentage IS NOT NULL THEN CASE WHEN average_video_frame_loss_percentage > 50 THEN 'poor' ELSE 'good' END
        WHEN average_video_frame_rate IS NOT NULL THEN CASE WHEN average_video_frame_rate < 7 THEN 'poor' ELSE 'good' END
        WHEN post_forward_error_correction_packet_loss_rate IS NOT NULL THEN CASE WHEN post_forward_error_correction_packet_loss_rate > 0.15 THEN 'poor' ELSE 'good' END
        ELSE 'unclassified' END
      WHEN 'vbss' THEN CASE
        WHEN average_video_frame_loss_percentage IS NOT NULL THEN CASE WHEN average_video_frame_loss_percentage > 50 THEN 'poor' ELSE 'good' END
        WHEN average_video_frame_rate IS NOT NULL THEN CASE WHEN average_video_frame_rate < 2 THEN 'poor' ELSE 'good' END
        WHEN post_forward_error_correction_packet_loss_rate IS NOT NULL THEN CASE WHEN post_forward_error_correction_packet_loss_rate > 0.15 THEN 'poor' ELSE 'good' END
        ELSE 'unclassified' END
      ELSE 'unclassified' END AS quality
  FROM (
    SELECT
      s.call_date,
      s.tenant_id,
  s.call_id,
  s.call_version,
  s.call_start_date_time,
  s.session_id,
  s.session_ordinal,
  s.segment_id,
  s.segment_ordinal,
  s.media_ordinal,
  s.stream_ordinal,
  s.stream_id,
  s.stream_direction,
  s.start_date_time,
  s.end_date_time,
  s.audio_codec,
  s.video_codec,
  s.packet_utilization,
  s.was_media_bypassed,
  s.average_bandwidth_estimate,
  s.average_round_trip_time_ms,
  s.max_round_trip_time_ms,
  s.average_jitter_ms,
  s.max_jitter_ms,
  s.average_packet_loss_rate,
  s.max_packet_loss_rate,
  s.average_audio_degradation,
  s.average_audio_network_jitter_ms,
  s.max_audio_network_jitter_ms,
  s.average_ratio_of_concealed_samples,
  s.max_ratio_of_concealed_samples,
  s.is_audio_forward_error_correction_used,
  s.average_video_frame_rate,
  s.average_received_frame_rate,
  s.average_video_frame_loss_percentage,
  s.average_video_packet_loss_rate,
  s.post_forward_error_correction_packet_loss_rate,
  s.average_freeze_duration_ms,
  s.rms_freeze_duration_ms,
  s.low_frame_rate_ratio,
  s.low_video_processing_capability_ratio,
  s.media_label,
  s.call_type,
  s.caller_network_subnet,
  s.caller_network_connection_type,
  s.caller_network_wifi_band,
  s.caller_network_reflexive_ip_address,
  s.caller_device_capture_device_name,
  s.caller_device_render_device_name,
  s.callee_network_subnet,
  s.callee_network_connection_type,
  s.callee_network_wifi_band,
  s.callee_network_reflexive_ip_address,
  s.callee_device_capture_device_name,
  s.callee_device_render_device_name,
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
      CASE
        WHEN lower(s.media_label) LIKE '%audio%' THEN 'audio'
        WHEN lower(s.media_label) LIKE '%applicationsharing%video%' THEN 'vbss'
        WHEN lower(s.media_label) LIKE '%applicationsharing%' THEN 'appsharing'
        WHEN lower(s.media_label) LIKE '%video%' THEN 'video'
        WHEN lower(s.media_label) LIKE '%data%' THEN 'data'
        ELSE 'other' END AS media_kind
    FROM streams s
    JOIN calls c
      ON c.call_date = s.call_date AND c.tenant_id = s.tenant_id AND c.call_id = s.call_id AND c.call_version = s.call_version
    LEFT JOIN sessions e
      ON e.call_date = s.call_date AND e.tenant_id = s.tenant_id AND e.call_id = s.call_id AND e.call_version = s.call_version
      AND e.session_ordinal = s.session_ordinal
  ) kinds
) graded;

COMMENT ON VIEW stream_quality_cqd_2020 IS 'a stream classed good, poor or unclassified by the rule set cqd-2020';

CREATE OR REPLACE VIEW stream_quality AS
SELECT * FROM stream_quality_cqd_2022_07;

COMMENT ON VIEW stream_quality IS 'a stream classed good, poor or unclassified by the rule set cqd-2022-07; test calls are marked is_test';

CREATE OR REPLACE VIEW stream_ends AS
SELECT
  call_date, tenant_id, call_id, call_type, session_ordinal, segment_ordinal, media_ordinal, stream_ordinal,
  media_kind, quality, poor_reasons,
  average_round_trip_time_ms, average_jitter_ms, average_packet_loss_rate,
  'caller' AS side,
  CASE stream_direction
    WHEN 'callerToCallee' THEN 'sender'
    WHEN 'calleeToCaller' THEN 'receiver'
    END AS stream_role,
  coalesce(caller_kind, 'participant') <> 'service' AS is_client,
  caller_associated_identity_id AS user_id,
  caller_user_agent_platform AS platform,
  caller_user_agent_product_family AS product_family,
  caller_user_agent_application_version AS application_version,
  caller_network_subnet AS subnet,
  caller_network_reflexive_ip_address AS reflexive_ip_address,
  caller_network_connection_type AS connection_type,
  caller_network_wifi_band AS wifi_band,
  caller_device_capture_device_name AS capture_device_name,
  caller_device_render_device_name AS render_device_name
FROM stream_quality
WHERE NOT is_test
UNION ALL
SELECT
  call_date, tenant_id, call_id, call_type, session_ordinal, segment_ordinal, media_ordinal, stream_ordinal,
  media_kind, quality, poor_reasons,
  average_round_trip_time_ms, average_jitter_ms, average_packet_loss_rate,
  'callee' AS side,
  CASE stream_direction
    WHEN 'calleeToCaller' THEN 'sender'
    WHEN 'callerToCallee' THEN 'receiver'
    END AS stream_role,
  coalesce(callee_kind, 'participant') <> 'service' AS is_client,
  callee_associated_identity_id AS user_id,
  callee_user_agent_platform AS platform,
  callee_user_agent_product_family AS product_family,
  callee_user_agent_application_version AS application_version,
  callee_network_subnet AS subnet,
  callee_network_reflexive_ip_address AS reflexive_ip_address,
  callee_network_connection_type AS connection_type,
  callee_network_wifi_band AS wifi_band,
  callee_device_capture_device_name AS capture_device_name,
  callee_device_render_device_name AS render_device_name
FROM stream_quality
WHERE NOT is_test;

COMMENT ON VIEW stream_ends IS 'an end of a stream, so two rows a stream; test calls are left out';

CREATE OR REPLACE VIEW session_outcomes AS
WITH failed_segments AS (
  SELECT
    call_date, tenant_id, call_id, call_version, session_ordinal,
    min(segment_ordinal) AS segment_ordinal
  FROM segments
  WHERE failure_info_stage IS NOT NULL
  GROUP BY 1, 2, 3, 4, 5
),
failures AS (
  SELECT
    e.call_date, e.tenant_id, e.call_id, e.session_ordinal, e.session_id, c.type AS call_type, e.start_date_time, e.end_date_time,
    (epoch_us(e.end_date_time) - epoch_us(e.start_date_time)) / 1e3 AS duration_ms,
    -- A session that says nothing goes by the first of its segments that does.
    coalesce(e.failure_info_stage, g.failure_info_stage) AS failure_stage,
    CASE WHEN e.failure_info_stage IS NOT NULL THEN e.failure_info_reason ELSE g.failure_info_reason END AS failure_reason,
    e.caller_associated_identity_id, e.caller_kind, e.caller_user_agent_platform,
    e.callee_associated_identity_id, e.callee_kind, e.callee_user_agent_platform
  FROM sessions e
  JOIN calls c
    ON c.call_date = e.call_date AND c.tenant_id = e.tenant_id AND c.call_id = e.call_id AND c.call_version = e.call_version
  LEFT JOIN failed_segments f
    ON f.call_date = e.call_date AND f.tenant_id = e.tenant_id AND f.call_id = e.call_id AND f.call_version = e.call_version
    AND f.session_ordinal = e.session_ordinal
  LEFT JOIN segments g
    ON g.call_date = f.call_date AND g.tenant_id = f.tenant_id AND g.call_id = f.call_id AND g.call_version = f.call_version
    AND g.session_ordinal = f.session_ordinal AND g.segment_ordinal = f.segment_ordinal
  WHERE NOT coalesce(e.is_test, false)
)
SELECT
  failures.*,
  CASE failure_stage WHEN 'callSetup' THEN 'setup_failed' WHEN 'midcall' THEN 'dropped' ELSE 'succeeded' END AS outcome
FROM failures;

COMMENT ON VIEW session_outcomes IS 'a session and how it went: setup_failed, dropped or succeeded; test calls are left out';

CREATE OR REPLACE VIEW setup_and_drop AS
SELECT
  call_date, tenant_id, call_type,
  count(*) AS sessions,
  count(*) FILTER (WHERE outcome = 'setup_failed') AS setup_failed_sessions,
  count(*) FILTER (WHERE outcome = 'dropped') AS dropped_sessions,
  round(100e0 * (count(*) FILTER (WHERE outcome = 'setup_failed')) / nullif(count(*), 0), 2) AS setup_failure_percent,
  round(100e0 * (count(*) FILTER (WHERE outcome = 'dropped')) / nullif(count(*) FILTER (WHERE outcome <> 'setup_failed'), 0), 2) AS drop_failure_percent
FROM session_outcomes
GROUP BY 1, 2, 3;

COMMENT ON VIEW setup_and_drop IS 'setup and drop failures of sessions by date and type of call, as CQD computes their rates';

CREATE OR REPLACE VIEW network_quality AS
WITH networks AS (
  SELECT
    call_date, tenant_id, media_kind, subnet, connection_type, wifi_band,
    try_cast(split_part(subnet, '.', 1) AS bigint) * 16777216
    + try_cast(split_part(subnet, '.', 2) AS bigint) * 65536
    + try_cast(split_part(subnet, '.', 3) AS bigint) * 256
    + try_cast(split_part(subnet, '.', 4) AS bigint) * 1 AS subnet_address,
    count(*) AS streams,
    count(*) FILTER (WHERE quality = 'good') AS good_streams,
    count(*) FILTER (WHERE quality = 'poor') AS poor_streams,
    count(*) FILTER (WHERE quality = 'unclassified') AS unclassified_streams,
    round(100e0 * (count(*) FILTER (WHERE quality = 'poor')) / nullif(count(*) FILTER (WHERE quality <> 'unclassified'), 0), 2) AS poor_percent,
    count(DISTINCT user_id) AS users,
    median(average_round_trip_time_ms) AS median_round_trip_time_ms,
    median(average_jitter_ms) AS median_jitter_ms,
    avg(average_packet_loss_rate) AS average_packet_loss_rate
  FROM stream_ends
  WHERE is_client
  GROUP BY 1, 2, 3, 4, 5, 6, 7
)
SELECT
  n.call_date, n.tenant_id, n.media_kind, n.subnet, n.connection_type, n.wifi_band,
  b.building_name, b.network_name, b.city, b.country, b.region, b.inside_corp, b.express_route, b.vpn,
  n.streams, n.good_streams, n.poor_streams, n.unclassified_streams, n.poor_percent, n.users,
  n.median_round_trip_time_ms, n.median_jitter_ms, n.average_packet_loss_rate
FROM networks n
LEFT JOIN buildings b ON n.subnet_address BETWEEN b.first_address AND b.last_address;

COMMENT ON VIEW network_quality IS 'streams at clients by date, kind of media, subnet (with its building) and kind of link; a stream counts at each of its ends that is a client';

CREATE OR REPLACE VIEW device_quality AS
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
  FROM stream_ends x
  LEFT JOIN media m
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
  round(100e0 * (count(*) FILTER (WHERE quality = 'poor')) / nullif(count(*) FILTER (WHERE quality <> 'unclassified'), 0), 2) AS poor_percent,
  count(DISTINCT user_id) AS users,
  avg(glitch_rate) AS average_glitch_rate,
  avg(not_functioning_ratio) AS average_not_functioning_ratio
FROM devices
WHERE device_name IS NOT NULL
GROUP BY 1, 2, 3, 4, 5;

COMMENT ON VIEW device_quality IS 'audio streams by date and device: the microphone of the end that sends, the speaker of the one that receives';

CREATE OR REPLACE VIEW client_versions AS
WITH clients AS (
  SELECT
    e.call_date, e.tenant_id, e.call_id, e.session_ordinal, 'caller' AS side,
    e.caller_user_agent_platform AS platform,
    e.caller_user_agent_product_family AS product_family,
    e.caller_user_agent_application_version AS application_version,
    e.caller_associated_identity_id AS user_id
  FROM sessions e
  JOIN calls c
    ON c.call_date = e.call_date AND c.tenant_id = e.tenant_id AND c.call_id = e.call_id AND c.call_version = e.call_version
  WHERE coalesce(e.caller_kind, 'participant') <> 'service' AND NOT coalesce(e.is_test, false)
    AND coalesce(e.caller_user_agent_platform, e.caller_user_agent_product_family, e.caller_user_agent_application_version) IS NOT NULL
  UNION ALL
  SELECT
    e.call_date, e.tenant_id, e.call_id, e.session_ordinal, 'callee' AS side,
    e.callee_user_agent_platform AS platform,
    e.callee_user_agent_product_family AS product_family,
    e.callee_user_agent_application_version AS application_version,
    e.callee_associated_identity_id AS user_id
  FROM sessions e
  JOIN calls c
    ON c.call_date = e.call_date AND c.tenant_id = e.tenant_id AND c.call_id = e.call_id AND c.call_version = e.call_version
  WHERE coalesce(e.callee_kind, 'participant') <> 'service' AND NOT coalesce(e.is_test, false)
    AND coalesce(e.callee_user_agent_platform, e.callee_user_agent_product_family, e.callee_user_agent_application_version) IS NOT NULL
),
streams_of_session AS (
  SELECT
    call_date, tenant_id, call_id, session_ordinal,
    count(*) AS audio_streams,
    count(*) FILTER (WHERE quality = 'good') AS good_audio_streams,
    count(*) FILTER (WHERE quality = 'poor') AS poor_audio_streams
  FROM stream_quality
  WHERE media_kind = 'audio' AND NOT is_test
  GROUP BY 1, 2, 3, 4
)
SELECT
  x.call_date, x.tenant_id, x.platform, x.product_family, x.application_version,
  count(*) AS sessions,
  count(DISTINCT x.user_id) AS users,
  coalesce(sum(s.audio_streams), 0) AS audio_streams,
  coalesce(sum(s.good_audio_streams), 0) AS good_audio_streams,
  coalesce(sum(s.poor_audio_streams), 0) AS poor_audio_streams,
  round(100e0 * (sum(s.poor_audio_streams)) / nullif(sum(s.poor_audio_streams + s.good_audio_streams), 0), 2) AS poor_percent
FROM clients x
LEFT JOIN streams_of_session s
  ON s.call_date = x.call_date AND s.tenant_id = x.tenant_id AND s.call_id = x.call_id AND s.session_ordinal = x.session_ordinal
GROUP BY 1, 2, 3, 4, 5;

COMMENT ON VIEW client_versions IS 'sessions of clients by date, platform, product and version, with their audio streams';

CREATE OR REPLACE VIEW user_feedback AS
SELECT
  given.*,
  CASE rating WHEN 'bad' THEN 1 WHEN 'poor' THEN 2 WHEN 'fair' THEN 3 WHEN 'good' THEN 4 WHEN 'excellent' THEN 5 END AS stars,
  rating IN ('bad', 'poor') AS is_poor
FROM (
  SELECT
    e.call_date, e.tenant_id, e.call_id, e.session_ordinal, e.session_id, c.type AS call_type, e.start_date_time, e.end_date_time,
    'caller' AS side,
    e.caller_associated_identity_id AS user_id,
    e.caller_associated_identity_display_name AS display_name,
    e.caller_user_agent_platform AS platform,
    e.caller_user_agent_application_version AS application_version,
    e.caller_feedback_rating AS rating,
    e.caller_feedback_text AS feedback_text,
    list_filter(json_keys(e.caller_feedback_tokens), lambda name: json_extract_string(e.caller_feedback_tokens, '$."' || name || '"') = 'true') AS problems
  FROM sessions e
  JOIN calls c
    ON c.call_date = e.call_date AND c.tenant_id = e.tenant_id AND c.call_id = e.call_id AND c.call_version = e.call_version
  WHERE coalesce(e.caller_feedback_rating, 'notRated') <> 'notRated' AND NOT coalesce(e.is_test, false)
  UNION ALL
  SELECT
    e.call_date, e.tenant_id, e.call_id, e.session_ordinal, e.session_id, c.type AS call_type, e.start_date_time, e.end_date_time,
    'callee' AS side,
    e.callee_associated_identity_id AS user_id,
    e.callee_associated_identity_display_name AS display_name,
    e.callee_user_agent_platform AS platform,
    e.callee_user_agent_application_version AS application_version,
    e.callee_feedback_rating AS rating,
    e.callee_feedback_text AS feedback_text,
    list_filter(json_keys(e.callee_feedback_tokens), lambda name: json_extract_string(e.callee_feedback_tokens, '$."' || name || '"') = 'true') AS problems
  FROM sessions e
  JOIN calls c
    ON c.call_date = e.call_date AND c.tenant_id = e.tenant_id AND c.call_id = e.call_id AND c.call_version = e.call_version
  WHERE coalesce(e.callee_feedback_rating, 'notRated') <> 'notRated' AND NOT coalesce(e.is_test, false)
) given;

COMMENT ON VIEW user_feedback IS 'a rating that a user gave; bad and poor are CQD''s poor ratings';

CREATE OR REPLACE VIEW call_quality AS
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
  FROM stream_quality
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
  FROM session_outcomes
  GROUP BY 1, 2, 3
),
ratings_of_call AS (
  SELECT call_date, tenant_id, call_id, count(*) AS ratings, count(*) FILTER (WHERE is_poor) AS poor_ratings, min(stars) AS worst_stars
  FROM user_feedback
  GROUP BY 1, 2, 3
)
SELECT
  c.call_date, c.tenant_id, c.call_id, c.call_version, c.type AS call_type, c.call_start_date_time, c.end_date_time AS call_end_date_time,
  (epoch_us(c.end_date_time) - epoch_us(c.call_start_date_time)) / 1e3 AS duration_ms,
  c.organizer_id, c.participant_count, c.session_count,
  coalesce(s.legs, 0) AS legs,
  coalesce(s.poor_legs, 0) AS poor_legs,
  coalesce(s.streams, 0) AS streams,
  coalesce(s.good_streams, 0) AS good_streams,
  coalesce(s.poor_streams, 0) AS poor_streams,
  coalesce(s.streams - s.good_streams - s.poor_streams, 0) AS unclassified_streams,
  round(100e0 * (s.poor_streams) / nullif(s.poor_streams + s.good_streams, 0), 2) AS poor_percent,
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
FROM calls c
LEFT JOIN streams_of_call s ON s.call_date = c.call_date AND s.tenant_id = c.tenant_id AND s.call_id = c.call_id
LEFT JOIN sessions_of_call o ON o.call_date = c.call_date AND o.tenant_id = c.tenant_id AND o.call_id = c.call_id
LEFT JOIN ratings_of_call r ON r.call_date = c.call_date AND r.tenant_id = c.tenant_id AND r.call_id = c.call_id;

COMMENT ON VIEW call_quality IS 'a call with its streams by class, its failures and the worst rating';

CREATE OR REPLACE VIEW meeting_attendance AS
WITH present AS (
  SELECT
    e.call_date, e.tenant_id, e.call_id, e.call_version, e.start_date_time, e.end_date_time,
    coalesce(e.caller_associated_identity_id, e.caller_identity_id) AS user_id,
    coalesce(e.caller_associated_identity_display_name, e.caller_identity_display_name) AS display_name,
    coalesce(e.caller_associated_identity_user_principal_name, e.caller_identity_user_principal_name) AS user_principal_name
  FROM sessions e
  WHERE coalesce(e.caller_kind, 'participant') <> 'service' AND NOT coalesce(e.is_test, false)
  UNION ALL
  SELECT
    e.call_date, e.tenant_id, e.call_id, e.call_version, e.start_date_time, e.end_date_time,
    coalesce(e.callee_associated_identity_id, e.callee_identity_id) AS user_id,
    coalesce(e.callee_associated_identity_display_name, e.callee_identity_display_name) AS display_name,
    coalesce(e.callee_associated_identity_user_principal_name, e.callee_identity_user_principal_name) AS user_principal_name
  FROM sessions e
  WHERE coalesce(e.callee_kind, 'participant') <> 'service' AND NOT coalesce(e.is_test, false)
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
    WHEN x.present_until > x.start_date_time THEN (epoch_us(x.end_date_time) - epoch_us(x.present_until)) / 1e3
    ELSE (epoch_us(x.end_date_time) - epoch_us(x.start_date_time)) / 1e3 END) AS attendance_ms
FROM ordered x
JOIN calls c
  ON c.call_date = x.call_date AND c.tenant_id = x.tenant_id AND c.call_id = x.call_id AND c.call_version = x.call_version
WHERE c.type = 'groupCall'
GROUP BY x.call_date, x.tenant_id, x.call_id, c.call_start_date_time, c.end_date_time, c.join_web_url, c.organizer_id, x.user_id;

COMMENT ON VIEW meeting_attendance IS 'somebody in a group call: when first and last there, for how long; time in two sessions at once counts once';

CREATE OR REPLACE VIEW missing_subnets AS
WITH subnets AS (
  SELECT
    tenant_id, subnet,
    try_cast(split_part(subnet, '.', 1) AS bigint) * 16777216
    + try_cast(split_part(subnet, '.', 2) AS bigint) * 65536
    + try_cast(split_part(subnet, '.', 3) AS bigint) * 256
    + try_cast(split_part(subnet, '.', 4) AS bigint) * 1 AS subnet_address,
    count(*) AS audio_streams,
    count(*) FILTER (WHERE quality = 'good') AS good_streams,
    count(*) FILTER (WHERE quality = 'poor') AS poor_streams,
    round(100e0 * (count(*) FILTER (WHERE quality = 'poor')) / nullif(count(*) FILTER (WHERE quality <> 'unclassified'), 0), 2) AS poor_percent,
    count(DISTINCT user_id) AS users,
    count(DISTINCT reflexive_ip_address) AS reflexive_ip_addresses,
    min(call_date) AS first_date,
    max(call_date) AS last_date
  FROM stream_ends
  WHERE is_client AND media_kind = 'audio' AND subnet <> ''
  GROUP BY 1, 2, 3
  HAVING count(*) >= 10
)
SELECT
  s.tenant_id, s.subnet,
  -- What routers at home and phones hand out says nothing of a place.
  s.subnet IN ('10.0.0.0', '192.168.0.0', '192.168.1.0', '192.168.2.0', '172.20.10.0', '192.168.43.0') AS is_home_default,
  s.audio_streams, s.good_streams, s.poor_streams, s.poor_percent, s.users, s.reflexive_ip_addresses, s.first_date, s.last_date
FROM subnets s
LEFT JOIN buildings b ON s.subnet_address BETWEEN b.first_address AND b.last_address
WHERE b.network_ip IS NULL;

COMMENT ON VIEW missing_subnets IS 'a subnet of clients with ten or more audio streams that is in no building';
