//go:build cgo

package views_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"etl/internal/oracle"
)

// TestStreamFacts compares every column of every stream.
func TestStreamFacts(t *testing.T) {
	lake := theLake(t)
	n := newNaive(lake.tables)
	var want []oracle.Row
	for _, s := range lake.tables["streams"] {
		session, segment := n.session(s), n.segments[at(s, "session_ordinal", "segment_ordinal")]
		media, call := n.media[at(s, "session_ordinal", "segment_ordinal", "media_ordinal")], n.calls[at(s)]
		row := oracle.Row{"call_date": date(call)}
		for column, v := range media {
			if column != "label" {
				row[column] = v
			}
		}
		for column, v := range s {
			row[column] = v
		}
		for column, v := range segment {
			if strings.HasPrefix(column, "caller_") || strings.HasPrefix(column, "callee_") {
				row[column] = v
				if v == nil {
					row[column] = session[column]
				}
			}
		}
		for _, column := range []string{"start_date_time", "end_date_time", "failure_info_reason", "failure_info_stage"} {
			row["segment_"+column], row["session_"+column] = segment[column], session[column]
		}
		row["session_modalities"], row["is_test"] = session["modalities"], session["is_test"]
		for column, v := range call {
			switch column {
			case "type", "tenant_id", "call_id", "call_version", "call_start_date_time":
			case "end_date_time", "modalities", "last_modified_date_time":
				row["call_"+column] = v
			default:
				row[column] = v
			}
		}
		want = append(want, row)
	}
	sameRows(t, "stream_facts", query(t, duckDB(t, lake.dir), "FROM stream_facts"), want, "call_id", "session_ordinal", "segment_ordinal", "media_ordinal", "stream_ordinal")
}

func TestStreamQuality(t *testing.T) {
	lake := theLake(t)
	n := newNaive(lake.tables)
	var want []oracle.Row
	for _, s := range lake.tables["streams"] {
		want = append(want, oracle.Row{
			"call_id": s["call_id"], "session_ordinal": s["session_ordinal"], "segment_ordinal": s["segment_ordinal"], "media_ordinal": s["media_ordinal"],
			"stream_ordinal": s["stream_ordinal"], "media_kind": kindOf(s), "quality": n.class(s), "is_test": isTest(n.session(s)),
		})
	}
	sameRows(t, "stream_quality", query(t, duckDB(t, lake.dir), `SELECT call_id, session_ordinal, segment_ordinal, media_ordinal, stream_ordinal,
		media_kind, quality, is_test FROM stream_quality`), want, "call_id", "session_ordinal", "segment_ordinal", "media_ordinal", "stream_ordinal")
}

func TestClientVersions(t *testing.T) {
	lake := theLake(t)
	n := newNaive(lake.tables)
	audio := map[string]*tally{}
	for _, s := range lake.tables["streams"] {
		key := at(s, "session_ordinal")
		if audio[key] == nil {
			audio[key] = &tally{}
		}
		if kindOf(s) == "audio" {
			audio[key].add(n.class(s))
		}
	}
	type group struct {
		row      oracle.Row
		sessions int64
		users    map[any]bool
		streams  tally
	}
	var groups grouped[group]
	for _, e := range lake.tables["sessions"] {
		for _, side := range []string{"caller", "callee"} {
			platform, product, version := e[side+"_user_agent_platform"], e[side+"_user_agent_product_family"], e[side+"_user_agent_application_version"]
			if isTest(e) || e[side+"_kind"] == "service" || platform == nil && product == nil && version == nil {
				continue
			}
			g := groups.at(date(e), platform, product, version)
			if g.row == nil {
				g.row = oracle.Row{"call_date": date(e), "tenant_id": e["tenant_id"], "platform": platform, "product_family": product, "application_version": version}
				g.users = map[any]bool{}
			}
			g.sessions++
			if user := e[side+"_associated_identity_id"]; user != nil {
				g.users[user] = true
			}
			if streams := audio[at(e, "session_ordinal")]; streams != nil {
				g.streams.good += streams.good
				g.streams.poor += streams.poor
				g.streams.unclassified += streams.unclassified
			}
		}
	}
	want := groups.rows(func(g *group) oracle.Row {
		g.row["sessions"], g.row["users"], g.row["audio_streams"] = g.sessions, int64(len(g.users)), g.streams.all()
		g.row["good_audio_streams"], g.row["poor_audio_streams"], g.row["poor_percent"] = g.streams.good, g.streams.poor, g.streams.percent()
		return g.row
	})
	sameRows(t, "client_versions", query(t, duckDB(t, lake.dir), "FROM client_versions"), want, "call_date", "platform", "product_family", "application_version")
}

func TestUserFeedback(t *testing.T) {
	lake := theLake(t)
	n := newNaive(lake.tables)
	var want []oracle.Row
	for _, e := range lake.tables["sessions"] {
		for _, side := range []string{"caller", "callee"} {
			rating := e[side+"_feedback_rating"]
			if rating == nil || rating == "notRated" || isTest(e) {
				continue
			}
			stars, known := map[any]int64{"bad": 1, "poor": 2, "fair": 3, "good": 4, "excellent": 5}[rating]
			row := oracle.Row{
				"call_date": date(e), "tenant_id": e["tenant_id"], "call_id": e["call_id"], "session_ordinal": e["session_ordinal"], "session_id": e["session_id"],
				"call_type": n.calls[at(e)]["type"], "start_date_time": e["start_date_time"], "end_date_time": e["end_date_time"], "side": side,
				"user_id": e[side+"_associated_identity_id"], "display_name": e[side+"_associated_identity_display_name"], "platform": e[side+"_user_agent_platform"],
				"application_version": e[side+"_user_agent_application_version"], "rating": rating, "feedback_text": e[side+"_feedback_text"],
				"stars": nil, "is_poor": rating == "bad" || rating == "poor", "problems": nil,
			}
			if known {
				row["stars"] = stars
			}
			if tokens := text(e[side+"_feedback_tokens"]); tokens != "" {
				var ticks map[string]*bool
				if err := json.Unmarshal([]byte(tokens), &ticks); err != nil {
					t.Fatal(err)
				}
				problems := []string{}
				for name, tick := range ticks {
					if tick != nil && *tick {
						problems = append(problems, name)
					}
				}
				slices.Sort(problems)
				row["problems"] = strings.Join(problems, ",")
			}
			want = append(want, row)
		}
	}
	got := query(t, duckDB(t, lake.dir), "SELECT * REPLACE (array_to_string(list_sort(problems), ',') AS problems) FROM user_feedback")
	sameRows(t, "user_feedback", got, want, "call_id", "session_ordinal", "side")
}

func TestSetupAndDrop(t *testing.T) {
	lake := theLake(t)
	n := newNaive(lake.tables)
	type group struct {
		row                   oracle.Row
		sessions, setup, drop int64
	}
	var groups grouped[group]
	for _, e := range lake.tables["sessions"] {
		if isTest(e) {
			continue
		}
		call := n.calls[at(e)]
		g := groups.at(date(e), call["type"])
		g.row = oracle.Row{"call_date": date(e), "tenant_id": e["tenant_id"], "call_type": call["type"]}
		g.sessions++
		switch n.stage(e) {
		case "callSetup":
			g.setup++
		case "midcall":
			g.drop++
		}
	}
	want := groups.rows(func(g *group) oracle.Row {
		g.row["sessions"], g.row["setup_failed_sessions"], g.row["dropped_sessions"] = g.sessions, g.setup, g.drop
		g.row["setup_failure_percent"], g.row["drop_failure_percent"] = percentOf(g.setup, g.sessions), percentOf(g.drop, g.sessions-g.setup)
		return g.row
	})
	sameRows(t, "setup_and_drop", query(t, duckDB(t, lake.dir), "FROM setup_and_drop"), want, "call_date", "call_type")
}

// stage is where a session failed: as it says, else as its first segment that
// says so.
func (n naive) stage(session oracle.Row) any {
	if v := session["failure_info_stage"]; v != nil {
		return v
	}
	for _, g := range n.segmentsOf[at(session, "session_ordinal")] {
		if g["failure_info_stage"] != nil {
			return g["failure_info_stage"]
		}
	}
	return nil
}
