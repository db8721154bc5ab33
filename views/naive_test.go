//go:build cgo

package views_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"etl/internal/oracle"
)

// naive answers what the views answer, from the rows of a naive flattening
// and in plain loops. It shares nothing with the views.
type naive struct {
	tables                           oracle.Tables
	calls, sessions, segments, media map[string]oracle.Row
	streamsOf, segmentsOf            map[string][]oracle.Row // by session
	sessionsOf                       map[string][]oracle.Row // by call
}

func newNaive(tables oracle.Tables) naive {
	n := naive{
		tables, map[string]oracle.Row{}, map[string]oracle.Row{}, map[string]oracle.Row{}, map[string]oracle.Row{},
		map[string][]oracle.Row{}, map[string][]oracle.Row{}, map[string][]oracle.Row{},
	}
	for _, row := range tables["calls"] {
		n.calls[at(row)] = row
	}
	for _, row := range tables["sessions"] {
		n.sessions[at(row, "session_ordinal")] = row
		n.sessionsOf[at(row)] = append(n.sessionsOf[at(row)], row)
	}
	for _, row := range tables["segments"] {
		n.segments[at(row, "session_ordinal", "segment_ordinal")] = row
		session := at(row, "session_ordinal")
		n.segmentsOf[session] = append(n.segmentsOf[session], row)
	}
	for _, row := range tables["media"] {
		n.media[at(row, "session_ordinal", "segment_ordinal", "media_ordinal")] = row
	}
	for _, row := range tables["streams"] {
		session := at(row, "session_ordinal")
		n.streamsOf[session] = append(n.streamsOf[session], row)
	}
	return n
}

// at is a key of a row: its call and ordinals.
func at(row oracle.Row, ordinals ...string) string {
	key := fmt.Sprint(row["call_id"])
	for _, o := range ordinals {
		key += fmt.Sprint("/", row[o])
	}
	return key
}

func (n naive) session(row oracle.Row) oracle.Row { return n.sessions[at(row, "session_ordinal")] }

func isTest(session oracle.Row) bool { return session["is_test"] == true }

// date is the date of a row's call.
func date(row oracle.Row) any {
	return row["call_start_date_time"].(time.Time).Truncate(24 * time.Hour)
}

func text(v any) string {
	s, _ := v.(string)
	return s
}

func kindOf(stream oracle.Row) string {
	label := strings.ToLower(text(stream["media_label"]))
	switch {
	case strings.Contains(label, "audio"):
		return "audio"
	case label == "applicationsharing-video":
		return "vbss"
	case strings.Contains(label, "video"):
		return "video"
	case label == "data":
		return "data"
	}
	return "other"
}

// class is a stream's class by the rules of 2022-07.
func (n naive) class(s oracle.Row) string {
	over := func(column string, limit float64) (poor, there bool) {
		v, there := s[column].(float64)
		return there && v > limit, there
	}
	grade := func(poor bool) string {
		if poor {
			return "poor"
		}
		return "good"
	}
	loss, hasLoss := over("average_video_frame_loss_percentage", 50)
	rate, hasRate := s["average_video_frame_rate"].(float64)
	switch kindOf(s) {
	case "audio":
		rtt, hasRTT := over("average_round_trip_time_ms", 500)
		lost, hasLost := over("average_packet_loss_rate", 0.1)
		jitter, hasJitter := over("average_jitter_ms", 30)
		packets, _ := s["packet_utilization"].(int64)
		if packets > 500 && (hasRTT || hasLost || hasJitter) {
			return grade(rtt || lost || jitter)
		}
	case "video":
		fec, hasFEC := over("post_forward_error_correction_packet_loss_rate", 0.15)
		switch {
		case hasLoss:
			return grade(loss)
		case hasRate:
			return grade(rate < 7)
		case hasFEC:
			return grade(fec)
		}
	case "vbss":
		session := n.session(s)
		to := map[any]any{"callerToCallee": session["callee_kind"], "calleeToCaller": session["caller_kind"]}[s["stream_direction"]]
		if inbound := to != "service"; inbound && s["video_codec"] != "h264s" {
			if hasLoss {
				return grade(loss)
			}
		} else if hasRate {
			return grade(rate < 1)
		}
	}
	return "unclassified"
}

// tally counts streams by class.
type tally struct{ good, poor, unclassified int64 }

func (c *tally) add(class string) {
	switch class {
	case "good":
		c.good++
	case "poor":
		c.poor++
	default:
		c.unclassified++
	}
}

func (c tally) all() int64 { return c.good + c.poor + c.unclassified }

func (c tally) percent() any { return percentOf(c.poor, c.poor+c.good) }

func percentOf(part, whole int64) any {
	if whole == 0 {
		return nil
	}
	return math.Round(10000*float64(part)/float64(whole)) / 100
}

// end is one end of a stream.
type end struct {
	stream, session, media oracle.Row
	side                   string
	sends                  bool
}

func (e end) of(row oracle.Row, column string) any { return row[e.side+column] }

// user is who was at the end.
func (e end) user() any {
	if v := e.of(e.stream, "_associated_identity_id"); v != nil {
		return v
	}
	return e.of(e.session, "_associated_identity_id")
}

func (e end) platform() any {
	if v := e.of(e.stream, "_user_agent_platform"); v != nil {
		return v
	}
	return e.of(e.session, "_user_agent_platform")
}

// clientEnds are the ends of streams at clients, but for test calls.
func (n naive) clientEnds() []end {
	var ends []end
	for _, s := range n.tables["streams"] {
		session := n.session(s)
		if isTest(session) {
			continue
		}
		for _, side := range []string{"caller", "callee"} {
			e := end{s, session, n.media[at(s, "session_ordinal", "segment_ordinal", "media_ordinal")], side, s["stream_direction"] == side+"To"+map[string]string{"caller": "Callee", "callee": "Caller"}[side]}
			if e.of(session, "_kind") != "service" {
				ends = append(ends, e)
			}
		}
	}
	return ends
}

func median(values []float64) any {
	if len(values) == 0 {
		return nil
	}
	slices.Sort(values)
	middle := len(values) / 2
	if len(values)%2 == 1 {
		return values[middle]
	}
	return (values[middle-1] + values[middle]) / 2
}

func mean(values []float64) any {
	if len(values) == 0 {
		return nil
	}
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}
