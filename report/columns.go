package report

import (
	"etl/schemas"
	"etl/views"
)

// The columns that facts are counted from, by their place in what Columns
// returns.
const (
	callID = iota
	callType
	callEnd
	callFetched
	callParticipants
)

const (
	sessionOrdinal = iota
	sessionIsTest
	sessionStage
	sessionReason
	sessionEnds // the first of those of the caller; those of the callee follow
)

// An end of a session.
const (
	endKind = iota
	endPlatform
	endProduct
	endVersion
	endColumns
)

const (
	segmentSession = iota
	segmentStage
	segmentReason
)

const (
	streamSession = iota
	streamDirection
	streamLabel
	streamAudioCodec
	streamVideoCodec
	streamPackets
	streamEnds // as of sessions
)

// An end of a stream.
const (
	endSubnet = iota
	endConnection
	endBand
	endMicrophone
	endSpeaker
	streamEndColumns
)

// streamMetrics is where the columns begin that the rules ask.
const streamMetrics = streamEnds + 2*streamEndColumns

// Columns returns the columns of a table that facts are counted from by a
// judge's rules; none of tables that are not asked.
func Columns(table string, judge *views.Judge) []string {
	switch table {
	case schemas.Calls:
		return []string{"call_id", "type", "end_date_time", "fetched_at", "participant_count"}
	case schemas.Sessions:
		return append([]string{"session_ordinal", "is_test", "failure_info_stage", "failure_info_reason"},
			bothEnds("kind", "user_agent_platform", "user_agent_product_family", "user_agent_application_version")...)
	case schemas.Segments:
		return []string{"session_ordinal", "failure_info_stage", "failure_info_reason"}
	case schemas.Streams:
		columns := append([]string{"session_ordinal", "stream_direction", "media_label", "audio_codec", "video_codec", "packet_utilization"},
			bothEnds("network_subnet", "network_connection_type", "network_wifi_band", "device_capture_device_name", "device_render_device_name")...)
		return append(columns, judge.Metrics...)
	}
	return nil
}

// bothEnds are columns of the caller, and then of the callee.
func bothEnds(names ...string) []string {
	var columns []string
	for _, side := range []string{"caller_", "callee_"} {
		for _, name := range names {
			columns = append(columns, side+name)
		}
	}
	return columns
}
