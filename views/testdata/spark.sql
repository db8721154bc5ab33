-- Tables and views of a lake of Teams call records, for Spark SQL 3.5 or later.
-- The tables are external: dropping one leaves the objects alone. Run MSCK REPAIR TABLE after a load: it finds new dates.

SET TIME ZONE 'UTC';

CREATE DATABASE IF NOT EXISTS teams;

USE teams;

DROP TABLE IF EXISTS calls;

CREATE TABLE calls (
  tenant_id string COMMENT 'id of the tenant whose calls these are',
  call_id string COMMENT 'id of the call record',
  call_version bigint COMMENT 'version of the call record; a higher one replaces all rows of the call',
  call_start_date_time timestamp COMMENT 'start of the call; its date is the partition [UTC]',
  type string COMMENT 'peerToPeer, groupCall, ...',
  modalities array<string> COMMENT 'modalities used in the call: audio, video, videoBasedScreenSharing, data, screenSharing, ...',
  end_date_time timestamp COMMENT 'end of the call [UTC]',
  last_modified_date_time timestamp COMMENT 'when Graph wrote this version of the record [UTC]',
  join_web_url string COMMENT 'link to join the meeting',
  organizer_id string COMMENT 'id of the organizer',
  organizer_identity_kind string COMMENT 'member of the organizer\'s identity set that the next columns come from: user, phone, guest, ...',
  organizer_identity_id string COMMENT 'id in that member',
  organizer_identity_display_name string COMMENT 'display name in that member',
  organizer_identity_tenant_id string COMMENT 'home tenant in that member',
  organizer_identity_user_principal_name string COMMENT 'user principal name in that member',
  organizer_identity string COMMENT 'the organizer\'s identity set, as sent [JSON]',
  organizer_administrative_unit_infos array<struct<id:string>> COMMENT 'administrative units of the organizer',
  participant_count bigint COMMENT 'rows of this call in participants',
  session_count bigint COMMENT 'rows of this call in sessions',
  segment_count bigint COMMENT 'rows of this call in segments',
  media_count bigint COMMENT 'rows of this call in media',
  stream_count bigint COMMENT 'rows of this call in streams',
  fetched_at timestamp COMMENT 'when this version was fetched from Graph [UTC]',
  call_date date COMMENT 'UTC date of the start of the call'
)
USING parquet
PARTITIONED BY (call_date)
LOCATION 's3a://calls-bucket/teams/calls'
COMMENT 'a call record';

MSCK REPAIR TABLE calls;

DROP TABLE IF EXISTS participants;

CREATE TABLE participants (
  tenant_id string COMMENT 'id of the tenant whose calls these are',
  call_id string COMMENT 'id of the call record',
  call_version bigint COMMENT 'version of the call record; a higher one replaces all rows of the call',
  call_start_date_time timestamp COMMENT 'start of the call; its date is the partition [UTC]',
  participant_id string COMMENT 'id of the participant: object id, phone number or other key; not always a GUID',
  participant_ordinal bigint COMMENT 'place in the call, from 0, in the order sent',
  identity_kind string COMMENT 'member of the identity set that the next columns come from: user, phone, guest, ...',
  identity_id string COMMENT 'id in that member',
  identity_display_name string COMMENT 'display name in that member',
  identity_tenant_id string COMMENT 'home tenant in that member',
  identity_user_principal_name string COMMENT 'user principal name in that member',
  identity string COMMENT 'the identity set, as sent [JSON]',
  administrative_unit_infos array<struct<id:string>> COMMENT 'administrative units of the participant',
  call_date date COMMENT 'UTC date of the start of the call'
)
USING parquet
PARTITIONED BY (call_date)
LOCATION 's3a://calls-bucket/teams/participants'
COMMENT 'somebody who was in a call';

MSCK REPAIR TABLE participants;

DROP TABLE IF EXISTS sessions;

CREATE TABLE sessions (
  tenant_id string COMMENT 'id of the tenant whose calls these are',
  call_id string COMMENT 'id of the call record',
  call_version bigint COMMENT 'version of the call record; a higher one replaces all rows of the call',
  call_start_date_time timestamp COMMENT 'start of the call; its date is the partition [UTC]',
  session_id string COMMENT 'id of the session; may repeat within a call',
  session_ordinal bigint COMMENT 'place of the session in the call, from 0, in the order sent over all pages',
  start_date_time timestamp COMMENT 'start of the session [UTC]',
  end_date_time timestamp COMMENT 'end of the session [UTC]',
  modalities array<string> COMMENT 'modalities used in the session',
  is_test boolean COMMENT 'the session was a test call',
  failure_info_reason string COMMENT 'why the session failed',
  failure_info_stage string COMMENT 'phase in which the session failed: callSetup, midcall, ...',
  caller_kind string COMMENT 'kind of the endpoint: participant or service',
  caller_name string COMMENT 'name of the device',
  caller_cpu_name string COMMENT 'model of the processor',
  caller_cpu_cores_count bigint COMMENT 'cores of the processor',
  caller_cpu_processor_speed_in_mhz bigint COMMENT 'clock of the processor [MHz]',
  caller_associated_identity_id string COMMENT 'id of the user behind the endpoint, else of the member of identity',
  caller_associated_identity_display_name string COMMENT 'display name of that user',
  caller_associated_identity_tenant_id string COMMENT 'home tenant of that user',
  caller_associated_identity_user_principal_name string COMMENT 'user principal name of that user',
  caller_identity string COMMENT 'deprecated identity set of the endpoint, as sent [JSON]',
  caller_identity_kind string COMMENT 'member of identity that the next columns come from',
  caller_identity_id string COMMENT 'id in that member',
  caller_identity_display_name string COMMENT 'display name in that member',
  caller_identity_tenant_id string COMMENT 'home tenant in that member',
  caller_identity_user_principal_name string COMMENT 'user principal name in that member',
  caller_user_agent_kind string COMMENT 'kind of the user agent: client or service',
  caller_user_agent_header_value string COMMENT 'User-Agent header as sent by the software',
  caller_user_agent_application_version string COMMENT 'version of the software',
  caller_user_agent_azure_ad_app_id string COMMENT 'Entra application id of a client',
  caller_user_agent_communication_service_id string COMMENT 'Azure Communication Services resource of a client',
  caller_user_agent_platform string COMMENT 'platform of a client: windows, macOS, iOS, android, web, ipPhone, roomSystem, ...',
  caller_user_agent_product_family string COMMENT 'product of a client: teams, skypeForBusiness, lync, azureCommunicationServices, ...',
  caller_user_agent_role string COMMENT 'role of a service: gateway, mediaController, voicemail, ...',
  caller_feedback_rating string COMMENT 'rating by the user: notRated, bad, poor, fair, good, excellent',
  caller_feedback_text string COMMENT 'comment by the user',
  caller_feedback_tokens string COMMENT 'problems ticked by the user, by name [JSON]',
  callee_kind string COMMENT 'kind of the endpoint: participant or service',
  callee_name string COMMENT 'name of the device',
  callee_cpu_name string COMMENT 'model of the processor',
  callee_cpu_cores_count bigint COMMENT 'cores of the processor',
  callee_cpu_processor_speed_in_mhz bigint COMMENT 'clock of the processor [MHz]',
  callee_associated_identity_id string COMMENT 'id of the user behind the endpoint, else of the member of identity',
  callee_associated_identity_display_name string COMMENT 'display name of that user',
  callee_associated_identity_tenant_id string COMMENT 'home tenant of that user',
  callee_associated_identity_user_principal_name string COMMENT 'user principal name of that user',
  callee_identity string COMMENT 'deprecated identity set of the endpoint, as sent [JSON]',
  callee_identity_kind string COMMENT 'member of identity that the next columns come from',
  callee_identity_id string COMMENT 'id in that member',
  callee_identity_display_name string COMMENT 'display name in that member',
  callee_identity_tenant_id string COMMENT 'home tenant in that member',
  callee_identity_user_principal_name string COMMENT 'user principal name in that member',
  callee_user_agent_kind string COMMENT 'kind of the user agent: client or service',
  callee_user_agent_header_value string COMMENT 'User-Agent header as sent by the software',
  callee_user_agent_application_version string COMMENT 'version of the software',
  callee_user_agent_azure_ad_app_id string COMMENT 'Entra application id of a client',
  callee_user_agent_communication_service_id string COMMENT 'Azure Communication Services resource of a client',
  callee_user_agent_platform string COMMENT 'platform of a client: windows, macOS, iOS, android, web, ipPhone, roomSystem, ...',
  callee_user_agent_product_family string COMMENT 'product of a client: teams, skypeForBusiness, lync, azureCommunicationServices, ...',
  callee_user_agent_role string COMMENT 'role of a service: gateway, mediaController, voicemail, ...',
  callee_feedback_rating string COMMENT 'rating by the user: notRated, bad, poor, fair, good, excellent',
  callee_feedback_text string COMMENT 'comment by the user',
  callee_feedback_tokens string COMMENT 'problems ticked by the user, by name [JSON]',
  call_date date COMMENT 'UTC date of the start of the call'
)
USING parquet
PARTITIONED BY (call_date)
LOCATION 's3a://calls-bucket/teams/sessions'
COMMENT 'a conversation between two endpoints within a call';

MSCK REPAIR TABLE sessions;

DROP TABLE IF EXISTS segments;

CREATE TABLE segments (
  tenant_id string COMMENT 'id of the tenant whose calls these are',
  call_id string COMMENT 'id of the call record',
  call_version bigint COMMENT 'version of the call record; a higher one replaces all rows of the call',
  call_start_date_time timestamp COMMENT 'start of the call; its date is the partition [UTC]',
  session_id string COMMENT 'id of the session; may repeat within a call',
  session_ordinal bigint COMMENT 'place of the session in the call, from 0, in the order sent over all pages',
  segment_id string COMMENT 'id of the segment',
  segment_ordinal bigint COMMENT 'place of the segment in the session, from 0, in the order sent',
  start_date_time timestamp COMMENT 'start of the segment [UTC]',
  end_date_time timestamp COMMENT 'end of the segment [UTC]',
  failure_info_reason string COMMENT 'why the segment failed',
  failure_info_stage string COMMENT 'phase in which the segment failed: callSetup, midcall, ...',
  caller_kind string COMMENT 'kind of the endpoint: participant or service',
  caller_name string COMMENT 'name of the device',
  caller_cpu_name string COMMENT 'model of the processor',
  caller_cpu_cores_count bigint COMMENT 'cores of the processor',
  caller_cpu_processor_speed_in_mhz bigint COMMENT 'clock of the processor [MHz]',
  caller_associated_identity_id string COMMENT 'id of the user behind the endpoint, else of the member of identity',
  caller_associated_identity_display_name string COMMENT 'display name of that user',
  caller_associated_identity_tenant_id string COMMENT 'home tenant of that user',
  caller_associated_identity_user_principal_name string COMMENT 'user principal name of that user',
  caller_identity string COMMENT 'deprecated identity set of the endpoint, as sent [JSON]',
  caller_identity_kind string COMMENT 'member of identity that the next columns come from',
  caller_identity_id string COMMENT 'id in that member',
  caller_identity_display_name string COMMENT 'display name in that member',
  caller_identity_tenant_id string COMMENT 'home tenant in that member',
  caller_identity_user_principal_name string COMMENT 'user principal name in that member',
  caller_user_agent_kind string COMMENT 'kind of the user agent: client or service',
  caller_user_agent_header_value string COMMENT 'User-Agent header as sent by the software',
  caller_user_agent_application_version string COMMENT 'version of the software',
  caller_user_agent_azure_ad_app_id string COMMENT 'Entra application id of a client',
  caller_user_agent_communication_service_id string COMMENT 'Azure Communication Services resource of a client',
  caller_user_agent_platform string COMMENT 'platform of a client: windows, macOS, iOS, android, web, ipPhone, roomSystem, ...',
  caller_user_agent_product_family string COMMENT 'product of a client: teams, skypeForBusiness, lync, azureCommunicationServices, ...',
  caller_user_agent_role string COMMENT 'role of a service: gateway, mediaController, voicemail, ...',
  caller_feedback_rating string COMMENT 'rating by the user: notRated, bad, poor, fair, good, excellent',
  caller_feedback_text string COMMENT 'comment by the user',
  caller_feedback_tokens string COMMENT 'problems ticked by the user, by name [JSON]',
  callee_kind string COMMENT 'kind of the endpoint: participant or service',
  callee_name string COMMENT 'name of the device',
  callee_cpu_name string COMMENT 'model of the processor',
  callee_cpu_cores_count bigint COMMENT 'cores of the processor',
  callee_cpu_processor_speed_in_mhz bigint COMMENT 'clock of the processor [MHz]',
  callee_associated_identity_id string COMMENT 'id of the user behind the endpoint, else of the member of identity',
  callee_associated_identity_display_name string COMMENT 'display name of that user',
  callee_associated_identity_tenant_id string COMMENT 'home tenant of that user',
  callee_associated_identity_user_principal_name string COMMENT 'user principal name of that user',
  callee_identity string COMMENT 'deprecated identity set of the endpoint, as sent [JSON]',
  callee_identity_kind string COMMENT 'member of identity that the next columns come from',
  callee_identity_id string COMMENT 'id in that member',
  callee_identity_display_name string COMMENT 'display name in that member',
  callee_identity_tenant_id string COMMENT 'home tenant in that member',
  callee_identity_user_principal_name string COMMENT 'user principal name in that member',
  callee_user_agent_kind string COMMENT 'kind of the user agent: client or service',
  callee_user_agent_header_value string COMMENT 'User-Agent header as sent by the software',
  callee_user_agent_application_version string COMMENT 'version of the software',
  callee_user_agent_azure_ad_app_id string COMMENT 'Entra application id of a client',
  callee_user_agent_communication_service_id string COMMENT 'Azure Communication Services resource of a client',
  callee_user_agent_platform string COMMENT 'platform of a client: windows, macOS, iOS, android, web, ipPhone, roomSystem, ...',
  callee_user_agent_product_family string COMMENT 'product of a client: teams, skypeForBusiness, lync, azureCommunicationServices, ...',
  callee_user_agent_role string COMMENT 'role of a service: gateway, mediaController, voicemail, ...',
  callee_feedback_rating string COMMENT 'rating by the user: notRated, bad, poor, fair, good, excellent',
  callee_feedback_text string COMMENT 'comment by the user',
  callee_feedback_tokens string COMMENT 'problems ticked by the user, by name [JSON]',
  call_date date COMMENT 'UTC date of the start of the call'
)
USING parquet
PARTITIONED BY (call_date)
LOCATION 's3a://calls-bucket/teams/segments'
COMMENT 'a leg of a session';

MSCK REPAIR TABLE segments;

DROP TABLE IF EXISTS media;

CREATE TABLE media (
  tenant_id string COMMENT 'id of the tenant whose calls these are',
  call_id string COMMENT 'id of the call record',
  call_version bigint COMMENT 'version of the call record; a higher one replaces all rows of the call',
  call_start_date_time timestamp COMMENT 'start of the call; its date is the partition [UTC]',
  session_id string COMMENT 'id of the session; may repeat within a call',
  session_ordinal bigint COMMENT 'place of the session in the call, from 0, in the order sent over all pages',
  segment_id string COMMENT 'id of the segment',
  segment_ordinal bigint COMMENT 'place of the segment in the session, from 0, in the order sent',
  media_ordinal bigint COMMENT 'place of the media in the segment, from 0, in the order sent',
  label string COMMENT 'name of the media line: main-audio, main-video, applicationsharing-video, data, ...',
  caller_network_ip_address string COMMENT 'IP address of the endpoint',
  caller_network_port bigint COMMENT 'network port of the endpoint',
  caller_network_subnet string COMMENT 'subnet of the endpoint',
  caller_network_reflexive_ip_address string COMMENT 'public IP address as the media relay saw it',
  caller_network_relay_ip_address string COMMENT 'IP address of the media relay',
  caller_network_relay_port bigint COMMENT 'port at the media relay',
  caller_network_mac_address string COMMENT 'MAC address of the adapter',
  caller_network_dns_suffix string COMMENT 'DNS suffix of the adapter',
  caller_network_connection_type string COMMENT 'kind of link: wired, wifi, mobile, tunnel, ...',
  caller_network_network_transport_protocol string COMMENT 'transport of the media: udp, tcp, ...',
  caller_network_link_speed bigint COMMENT 'speed of the adapter; 4294967295 and 0 stand for unknown [bit/s]',
  caller_network_bandwidth_low_event_ratio double COMMENT 'share of the call with too little bandwidth [0..1]',
  caller_network_delay_event_ratio double COMMENT 'share of the call with delay that hindered talking [0..1]',
  caller_network_received_quality_event_ratio double COMMENT 'share of the call with poor quality received [0..1]',
  caller_network_sent_quality_event_ratio double COMMENT 'share of the call with poor quality sent [0..1]',
  caller_network_basic_service_set_identifier string COMMENT 'BSSID of the Wi-Fi access point',
  caller_network_wifi_band string COMMENT 'Wi-Fi band: frequency24GHz, frequency50GHz, frequency60GHz, ...',
  caller_network_wifi_battery_charge bigint COMMENT 'battery left [%]',
  caller_network_wifi_channel bigint COMMENT 'Wi-Fi channel',
  caller_network_wifi_radio_type string COMMENT 'Wi-Fi standard: wifi80211n, wifi80211ac, wifi80211ax, ...',
  caller_network_wifi_signal_strength bigint COMMENT 'Wi-Fi signal strength [%]',
  caller_network_wifi_microsoft_driver string COMMENT 'name of the Microsoft Wi-Fi driver',
  caller_network_wifi_microsoft_driver_version string COMMENT 'version of the Microsoft Wi-Fi driver',
  caller_network_wifi_vendor_driver string COMMENT 'name of the vendor\'s Wi-Fi driver',
  caller_network_wifi_vendor_driver_version string COMMENT 'version of the vendor\'s Wi-Fi driver',
  caller_network_trace_route_hops array<struct<hop_count:bigint, ip_address:string, round_trip_time_ms:double>> COMMENT 'hops of a trace route to the other end',
  callee_network_ip_address string COMMENT 'IP address of the endpoint',
  callee_network_port bigint COMMENT 'network port of the endpoint',
  callee_network_subnet string COMMENT 'subnet of the endpoint',
  callee_network_reflexive_ip_address string COMMENT 'public IP address as the media relay saw it',
  callee_network_relay_ip_address string COMMENT 'IP address of the media relay',
  callee_network_relay_port bigint COMMENT 'port at the media relay',
  callee_network_mac_address string COMMENT 'MAC address of the adapter',
  callee_network_dns_suffix string COMMENT 'DNS suffix of the adapter',
  callee_network_connection_type string COMMENT 'kind of link: wired, wifi, mobile, tunnel, ...',
  callee_network_network_transport_protocol string COMMENT 'transport of the media: udp, tcp, ...',
  callee_network_link_speed bigint COMMENT 'speed of the adapter; 4294967295 and 0 stand for unknown [bit/s]',
  callee_network_bandwidth_low_event_ratio double COMMENT 'share of the call with too little bandwidth [0..1]',
  callee_network_delay_event_ratio double COMMENT 'share of the call with delay that hindered talking [0..1]',
  callee_network_received_quality_event_ratio double COMMENT 'share of the call with poor quality received [0..1]',
  callee_network_sent_quality_event_ratio double COMMENT 'share of the call with poor quality sent [0..1]',
  callee_network_basic_service_set_identifier string COMMENT 'BSSID of the Wi-Fi access point',
  callee_network_wifi_band string COMMENT 'Wi-Fi band: frequency24GHz, frequency50GHz, frequency60GHz, ...',
  callee_network_wifi_battery_charge bigint COMMENT 'battery left [%]',
  callee_network_wifi_channel bigint COMMENT 'Wi-Fi channel',
  callee_network_wifi_radio_type string COMMENT 'Wi-Fi standard: wifi80211n, wifi80211ac, wifi80211ax, ...',
  callee_network_wifi_signal_strength bigint COMMENT 'Wi-Fi signal strength [%]',
  callee_network_wifi_microsoft_driver string COMMENT 'name of the Microsoft Wi-Fi driver',
  callee_network_wifi_microsoft_driver_version string COMMENT 'version of the Microsoft Wi-Fi driver',
  callee_network_wifi_vendor_driver string COMMENT 'name of the vendor\'s Wi-Fi driver',
  callee_network_wifi_vendor_driver_version string COMMENT 'version of the vendor\'s Wi-Fi driver',
  callee_network_trace_route_hops array<struct<hop_count:bigint, ip_address:string, round_trip_time_ms:double>> COMMENT 'hops of a trace route to the other end',
  caller_device_capture_device_name string COMMENT 'name of the microphone',
  caller_device_capture_device_driver string COMMENT 'driver of the microphone',
  caller_device_capture_not_functioning_event_ratio double COMMENT 'share of the call in which the microphone did not work [0..1]',
  caller_device_render_device_name string COMMENT 'name of the speaker',
  caller_device_render_device_driver string COMMENT 'driver of the speaker',
  caller_device_render_not_functioning_event_ratio double COMMENT 'share of the call in which the speaker did not work [0..1]',
  caller_device_render_mute_event_ratio double COMMENT 'share of the call in which the speaker was muted [0..1]',
  caller_device_render_zero_volume_event_ratio double COMMENT 'share of the call in which the volume was zero [0..1]',
  caller_device_cpu_insufficent_event_ratio double COMMENT 'share of the call in which the processor was too busy [0..1]',
  caller_device_device_clipping_event_ratio double COMMENT 'share of the call with clipping on capture [0..1]',
  caller_device_device_glitch_event_ratio double COMMENT 'share of the call with severe glitches [0..1]',
  caller_device_howling_event_count bigint COMMENT 'times that howling was heard',
  caller_device_initial_signal_level_root_mean_square double COMMENT 'root mean square of the signal in the first 30 s',
  caller_device_low_speech_level_event_ratio double COMMENT 'share of the call in which speech was too quiet [0..1]',
  caller_device_low_speech_to_noise_event_ratio double COMMENT 'share of the call with too much noise for the speech [0..1]',
  caller_device_mic_glitch_rate double COMMENT 'glitches of the microphone [1/5 min]',
  caller_device_speaker_glitch_rate double COMMENT 'glitches of the speaker [1/5 min]',
  caller_device_received_signal_level bigint COMMENT 'energy of the received signal [dB]',
  caller_device_received_noise_level bigint COMMENT 'energy of the received noise [dB]',
  caller_device_sent_signal_level bigint COMMENT 'energy of the sent signal [dB]',
  caller_device_sent_noise_level bigint COMMENT 'energy of the sent noise [dB]',
  callee_device_capture_device_name string COMMENT 'name of the microphone',
  callee_device_capture_device_driver string COMMENT 'driver of the microphone',
  callee_device_capture_not_functioning_event_ratio double COMMENT 'share of the call in which the microphone did not work [0..1]',
  callee_device_render_device_name string COMMENT 'name of the speaker',
  callee_device_render_device_driver string COMMENT 'driver of the speaker',
  callee_device_render_not_functioning_event_ratio double COMMENT 'share of the call in which the speaker did not work [0..1]',
  callee_device_render_mute_event_ratio double COMMENT 'share of the call in which the speaker was muted [0..1]',
  callee_device_render_zero_volume_event_ratio double COMMENT 'share of the call in which the volume was zero [0..1]',
  callee_device_cpu_insufficent_event_ratio double COMMENT 'share of the call in which the processor was too busy [0..1]',
  callee_device_device_clipping_event_ratio double COMMENT 'share of the call with clipping on capture [0..1]',
  callee_device_device_glitch_event_ratio double COMMENT 'share of the call with severe glitches [0..1]',
  callee_device_howling_event_count bigint COMMENT 'times that howling was heard',
  callee_device_initial_signal_level_root_mean_square double COMMENT 'root mean square of the signal in the first 30 s',
  callee_device_low_speech_level_event_ratio double COMMENT 'share of the call in which speech was too quiet [0..1]',
  callee_device_low_speech_to_noise_event_ratio double COMMENT 'share of the call with too much noise for the speech [0..1]',
  callee_device_mic_glitch_rate double COMMENT 'glitches of the microphone [1/5 min]',
  callee_device_speaker_glitch_rate double COMMENT 'glitches of the speaker [1/5 min]',
  callee_device_received_signal_level bigint COMMENT 'energy of the received signal [dB]',
  callee_device_received_noise_level bigint COMMENT 'energy of the received noise [dB]',
  callee_device_sent_signal_level bigint COMMENT 'energy of the sent signal [dB]',
  callee_device_sent_noise_level bigint COMMENT 'energy of the sent noise [dB]',
  call_date date COMMENT 'UTC date of the start of the call'
)
USING parquet
PARTITIONED BY (call_date)
LOCATION 's3a://calls-bucket/teams/media'
COMMENT 'a media line of a segment, with the network and device of both ends';

MSCK REPAIR TABLE media;

DROP TABLE IF EXISTS streams;

CREATE TABLE streams (
  tenant_id string COMMENT 'id of the tenant whose calls these are',
  call_id string COMMENT 'id of the call record',
  call_version bigint COMMENT 'version of the call record; a higher one replaces all rows of the call',
  call_start_date_time timestamp COMMENT 'start of the call; its date is the partition [UTC]',
  session_id string COMMENT 'id of the session; may repeat within a call',
  session_ordinal bigint COMMENT 'place of the session in the call, from 0, in the order sent over all pages',
  segment_id string COMMENT 'id of the segment',
  segment_ordinal bigint COMMENT 'place of the segment in the session, from 0, in the order sent',
  media_ordinal bigint COMMENT 'place of the media in the segment, from 0, in the order sent',
  stream_ordinal bigint COMMENT 'place of the stream in the media, from 0, in the order sent',
  stream_id string COMMENT 'id of the stream; not unique, the ordinals are the key',
  stream_direction string COMMENT 'direction: callerToCallee or calleeToCaller',
  start_date_time timestamp COMMENT 'start of the stream; often absent [UTC]',
  end_date_time timestamp COMMENT 'end of the stream; often absent [UTC]',
  audio_codec string COMMENT 'audio codec: satin, silk, opus, ...',
  video_codec string COMMENT 'video codec: h264, av1, ...',
  packet_utilization bigint COMMENT 'packets of the stream [packets]',
  was_media_bypassed boolean COMMENT 'media went around the mediation server',
  average_bandwidth_estimate bigint COMMENT 'mean estimated bandwidth [bit/s]',
  average_round_trip_time_ms double COMMENT 'mean round trip time [ms]',
  max_round_trip_time_ms double COMMENT 'largest round trip time [ms]',
  average_jitter_ms double COMMENT 'mean jitter as RFC 3550 defines it [ms]',
  max_jitter_ms double COMMENT 'largest jitter [ms]',
  average_packet_loss_rate double COMMENT 'mean share of packets lost [0..1]',
  max_packet_loss_rate double COMMENT 'largest share of packets lost [0..1]',
  average_audio_degradation double COMMENT 'mean loss of the network mean opinion score [MOS]',
  average_audio_network_jitter_ms double COMMENT 'mean network jitter of audio [ms]',
  max_audio_network_jitter_ms double COMMENT 'largest network jitter of audio [ms]',
  average_ratio_of_concealed_samples double COMMENT 'mean share of concealed audio frames [0..1]',
  max_ratio_of_concealed_samples double COMMENT 'largest share of concealed audio frames [0..1]',
  is_audio_forward_error_correction_used boolean COMMENT 'audio forward error correction was used at some time',
  average_video_frame_rate double COMMENT 'mean frame rate of this video stream [frames/s]',
  average_received_frame_rate double COMMENT 'mean frame rate over all video streams of the session [frames/s]',
  average_video_frame_loss_percentage double COMMENT 'video frames lost as the user saw it [%]',
  average_video_packet_loss_rate double COMMENT 'mean share of video packets lost [0..1]',
  post_forward_error_correction_packet_loss_rate double COMMENT 'share of packets lost after error correction, over all video streams [0..1]',
  average_freeze_duration_ms double COMMENT 'mean length of video freezes [ms]',
  rms_freeze_duration_ms double COMMENT 'root mean square of the length of video freezes [ms]',
  low_frame_rate_ratio double COMMENT 'share of the call below 7.5 frames/s [0..1]',
  low_video_processing_capability_ratio double COMMENT 'share of the call with too little processing for video [0..1]',
  media_label string COMMENT 'label of the media',
  call_type string COMMENT 'type of the call',
  caller_associated_identity_id string COMMENT 'id of the user at the caller',
  caller_user_agent_platform string COMMENT 'platform of the caller\'s client',
  caller_user_agent_product_family string COMMENT 'product of the caller\'s client',
  caller_network_subnet string COMMENT 'subnet of the caller',
  caller_network_connection_type string COMMENT 'kind of link of the caller',
  caller_network_wifi_band string COMMENT 'Wi-Fi band of the caller',
  caller_network_reflexive_ip_address string COMMENT 'public IP address of the caller',
  caller_device_capture_device_name string COMMENT 'microphone of the caller',
  caller_device_render_device_name string COMMENT 'speaker of the caller',
  callee_associated_identity_id string COMMENT 'id of the user at the callee',
  callee_user_agent_platform string COMMENT 'platform of the callee\'s client',
  callee_user_agent_product_family string COMMENT 'product of the callee\'s client',
  callee_network_subnet string COMMENT 'subnet of the callee',
  callee_network_connection_type string COMMENT 'kind of link of the callee',
  callee_network_wifi_band string COMMENT 'Wi-Fi band of the callee',
  callee_network_reflexive_ip_address string COMMENT 'public IP address of the callee',
  callee_device_capture_device_name string COMMENT 'microphone of the callee',
  callee_device_render_device_name string COMMENT 'speaker of the callee',
  call_date date COMMENT 'UTC date of the start of the call'
)
USING parquet
PARTITIONED BY (call_date)
LOCATION 's3a://calls-bucket/teams/streams'
COMMENT 'one direction of a media line';

MSCK REPAIR TABLE streams;

DROP TABLE IF EXISTS pstn_calls;

CREATE TABLE pstn_calls (
  tenant_id string COMMENT 'id of the tenant whose log it is',
  id string COMMENT 'id of the row; unique in the log',
  fetched_at timestamp COMMENT 'when the row was first fetched from Graph with this content [UTC]',
  start_date_time timestamp COMMENT 'start of the call; its date is the partition [UTC]',
  call_duration_source string COMMENT 'who measured the duration: microsoft or operator',
  callee_number string COMMENT 'number dialled; E.164, but may hold other text',
  caller_number string COMMENT 'number of the caller; E.164, but may hold other text',
  call_id string COMMENT 'id of the call; not unique, and not always that of a call record',
  call_type string COMMENT 'kind of call: user_in, user_out, conf_in, conf_out, ucap_in, ...',
  charge double COMMENT 'cost of the call, in the currency of the row [currency]',
  conference_id string COMMENT 'id of the audio conference',
  connection_charge double COMMENT 'fee for connecting, in the currency of the row [currency]',
  currency string COMMENT 'currency, ISO 4217',
  destination_context string COMMENT 'Domestic, International, ...',
  destination_name string COMMENT 'country or region dialled',
  duration bigint COMMENT 'how long the call was connected [s]',
  end_date_time timestamp COMMENT 'end of the call [UTC]',
  inventory_type string COMMENT 'type of the user\'s number: Subscriber, ...',
  license_capability string COMMENT 'licence used',
  operator string COMMENT 'telecommunications operator',
  tenant_country_code string COMMENT 'country of the tenant, ISO 3166-1 alpha-2',
  usage_country_code string COMMENT 'country of the user, ISO 3166-1 alpha-2',
  user_display_name string COMMENT 'display name of the user; NULL for calls of bots (ucap_...)',
  user_id string COMMENT 'object id of the user in Entra ID; NULL for calls of bots (ucap_...)',
  user_principal_name string COMMENT 'user principal name; NULL for calls of bots (ucap_...)',
  call_date date COMMENT 'UTC date of the start of the call'
)
USING parquet
PARTITIONED BY (call_date)
LOCATION 's3a://calls-bucket/teams/pstn_calls'
COMMENT 'a row of the PSTN log: a call over Calling Plans, Operator Connect or audio conferencing';

MSCK REPAIR TABLE pstn_calls;

DROP TABLE IF EXISTS direct_routing_calls;

CREATE TABLE direct_routing_calls (
  tenant_id string COMMENT 'id of the tenant whose log it is',
  id string COMMENT 'id of the row; unique in the log',
  fetched_at timestamp COMMENT 'when the row was first fetched from Graph with this content [UTC]',
  start_date_time timestamp COMMENT 'start of the call; its date is the partition [UTC]',
  callee_number string COMMENT 'number dialled, its last digits starred',
  call_end_sub_reason bigint COMMENT 'Microsoft\'s code of why the call ended',
  caller_number string COMMENT 'number of the caller, its last digits starred',
  call_type string COMMENT 'kind of call: ByotIn, ByotOut, ByotInUcap, ...',
  correlation_id string COMMENT 'id of the call record; a call may have several rows',
  duration bigint COMMENT 'how long the call was connected [s]',
  end_date_time timestamp COMMENT 'end of the call, where it was connected [UTC]',
  failure_date_time timestamp COMMENT 'when the call failed; 0001-01-01 where it did not [UTC]',
  final_sip_code bigint COMMENT 'SIP response that ended the call; 0 with BYE',
  final_sip_code_phrase string COMMENT 'its phrase',
  invite_date_time timestamp COMMENT 'when the INVITE was sent or received [UTC]',
  media_bypass_enabled boolean COMMENT 'the trunk has media bypass',
  media_path_location string COMMENT 'datacentre of the media',
  signaling_location string COMMENT 'datacentre of the signalling',
  successful_call boolean COMMENT 'the call was connected',
  trunk_fully_qualified_domain_name string COMMENT 'host name of the session border controller',
  user_display_name string COMMENT 'display name of the user',
  user_id string COMMENT 'object id of the user in Entra ID',
  user_principal_name string COMMENT 'user principal name',
  call_date date COMMENT 'UTC date of the start of the call'
)
USING parquet
PARTITIONED BY (call_date)
LOCATION 's3a://calls-bucket/teams/direct_routing_calls'
COMMENT 'a row of the Direct Routing log: a call, or an attempt at one, over a session border controller';

MSCK REPAIR TABLE direct_routing_calls;

DROP TABLE IF EXISTS buildings;

CREATE TABLE buildings (
  first_address bigint COMMENT 'first address of the range, as a number',
  last_address bigint COMMENT 'last address of the range, as a number',
  prefix_length bigint COMMENT 'length of the network\'s prefix [bit]',
  network_ip string COMMENT 'first address of the network, which the range is a part of',
  network_name string COMMENT 'name of the network',
  building_name string COMMENT 'name of the building',
  ownership_type string COMMENT 'who owns the building',
  building_type string COMMENT 'kind of building',
  office_type string COMMENT 'kind of office',
  city string COMMENT 'city of the building',
  zip_code string COMMENT 'postal code of the building',
  country string COMMENT 'country of the building',
  state string COMMENT 'state of the building',
  region string COMMENT 'region of the building',
  inside_corp boolean COMMENT 'the network is within the company\'s own',
  express_route boolean COMMENT 'the network reaches Microsoft by ExpressRoute',
  vpn boolean COMMENT 'the network is a VPN\'s'
)
USING parquet
LOCATION 's3a://calls-bucket/teams/buildings'
COMMENT 'a range of IPv4 addresses and its building; a range with others within has a row for each part of it that is its own';

CREATE OR REPLACE VIEW stream_facts COMMENT 'a stream with its media, segment, session and call, and both ends; an end is the segment\'s, or the session\'s where the segment has none' AS
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

CREATE OR REPLACE VIEW quality_rules COMMENT 'a threshold of a rule set by which streams are classed, with its source' AS
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

CREATE OR REPLACE VIEW quality_targets COMMENT 'a rate that Microsoft says audio should not exceed, by type of call, network and link, with its source' AS
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

CREATE OR REPLACE VIEW stream_quality_cqd_2022_07 COMMENT 'a stream classed good, poor or unclassified by the rule set cqd-2022-07' AS
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

CREATE OR REPLACE VIEW stream_quality_cqd_2021_01 COMMENT 'a stream classed good, poor or unclassified by the rule set cqd-2021-01' AS
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

CREATE OR REPLACE VIEW stream_quality_cqd_2020 COMMENT 'a stream classed good, poor or unclassified by the rule set cqd-2020' AS
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

CREATE OR REPLACE VIEW stream_quality COMMENT 'a stream classed good, poor or unclassified by the rule set cqd-2022-07; test calls are marked is_test' AS
SELECT * FROM stream_quality_cqd_2022_07;

CREATE OR REPLACE VIEW stream_ends COMMENT 'an end of a stream, so two rows a stream; test calls are left out' AS
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

CREATE OR REPLACE VIEW session_outcomes COMMENT 'a session and how it went: setup_failed, dropped or succeeded; test calls are left out' AS
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
    (unix_micros(e.end_date_time) - unix_micros(e.start_date_time)) / 1e3 AS duration_ms,
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

CREATE OR REPLACE VIEW setup_and_drop COMMENT 'setup and drop failures of sessions by date and type of call, as CQD computes their rates' AS
SELECT
  call_date, tenant_id, call_type,
  count(*) AS sessions,
  count(*) FILTER (WHERE outcome = 'setup_failed') AS setup_failed_sessions,
  count(*) FILTER (WHERE outcome = 'dropped') AS dropped_sessions,
  round(100e0 * (count(*) FILTER (WHERE outcome = 'setup_failed')) / nullif(count(*), 0), 2) AS setup_failure_percent,
  round(100e0 * (count(*) FILTER (WHERE outcome = 'dropped')) / nullif(count(*) FILTER (WHERE outcome <> 'setup_failed'), 0), 2) AS drop_failure_percent
FROM session_outcomes
GROUP BY 1, 2, 3;

CREATE OR REPLACE VIEW network_quality COMMENT 'streams at clients by date, kind of media, subnet (with its building) and kind of link; a stream counts at each of its ends that is a client' AS
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

CREATE OR REPLACE VIEW device_quality COMMENT 'audio streams by date and device: the microphone of the end that sends, the speaker of the one that receives' AS
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

CREATE OR REPLACE VIEW client_versions COMMENT 'sessions of clients by date, platform, product and version, with their audio streams' AS
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

CREATE OR REPLACE VIEW user_feedback COMMENT 'a rating that a user gave; bad and poor are CQD\'s poor ratings' AS
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
    map_keys(map_filter(from_json(e.caller_feedback_tokens, 'map<string,string>'), (name, value) -> value = 'true')) AS problems
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
    map_keys(map_filter(from_json(e.callee_feedback_tokens, 'map<string,string>'), (name, value) -> value = 'true')) AS problems
  FROM sessions e
  JOIN calls c
    ON c.call_date = e.call_date AND c.tenant_id = e.tenant_id AND c.call_id = e.call_id AND c.call_version = e.call_version
  WHERE coalesce(e.callee_feedback_rating, 'notRated') <> 'notRated' AND NOT coalesce(e.is_test, false)
) given;

CREATE OR REPLACE VIEW call_quality COMMENT 'a call with its streams by class, its failures and the worst rating' AS
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
  (unix_micros(c.end_date_time) - unix_micros(c.call_start_date_time)) / 1e3 AS duration_ms,
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

CREATE OR REPLACE VIEW meeting_attendance COMMENT 'somebody in a group call: when first and last there, for how long; time in two sessions at once counts once' AS
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
    WHEN x.present_until > x.start_date_time THEN (unix_micros(x.end_date_time) - unix_micros(x.present_until)) / 1e3
    ELSE (unix_micros(x.end_date_time) - unix_micros(x.start_date_time)) / 1e3 END) AS attendance_ms
FROM ordered x
JOIN calls c
  ON c.call_date = x.call_date AND c.tenant_id = x.tenant_id AND c.call_id = x.call_id AND c.call_version = x.call_version
WHERE c.type = 'groupCall'
GROUP BY x.call_date, x.tenant_id, x.call_id, c.call_start_date_time, c.end_date_time, c.join_web_url, c.organizer_id, x.user_id;

CREATE OR REPLACE VIEW missing_subnets COMMENT 'a subnet of clients with ten or more audio streams that is in no building' AS
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
