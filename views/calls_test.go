//go:build cgo

package views_test

import (
	"slices"
	"testing"
	"time"

	"etl/internal/oracle"
)

func millis(from, to any) any {
	a, hasStart := from.(time.Time)
	b, hasEnd := to.(time.Time)
	if !hasStart || !hasEnd {
		return nil
	}
	return float64(b.Sub(a).Microseconds()) / 1000
}

func TestCallQuality(t *testing.T) {
	lake := theLake(t)
	n := newNaive(lake.tables)
	var want []oracle.Row
	for _, c := range lake.tables["calls"] {
		row := oracle.Row{
			"call_date": date(c), "call_type": c["type"], "call_end_date_time": c["end_date_time"], "duration_ms": millis(c["call_start_date_time"], c["end_date_time"]),
		}
		for _, column := range []string{"tenant_id", "call_id", "call_version", "call_start_date_time", "organizer_id", "participant_count", "session_count"} {
			row[column] = c[column]
		}
		var all tally
		byKind := map[string]*tally{"audio": {}, "video": {}, "vbss": {}, "data": {}, "other": {}}
		legs, poorLegs := map[string]bool{}, map[string]bool{}
		var streams []oracle.Row
		for _, e := range n.sessionsOf[at(c)] {
			if !isTest(e) {
				streams = append(streams, n.streamsOf[at(e, "session_ordinal")]...)
			}
		}
		for _, s := range streams {
			class, leg := n.class(s), at(s, "session_ordinal", "segment_ordinal")
			all.add(class)
			byKind[kindOf(s)].add(class)
			legs[leg] = true
			if class == "poor" {
				poorLegs[leg] = true
			}
		}
		row["legs"], row["poor_legs"] = int64(len(legs)), int64(len(poorLegs))
		row["streams"], row["good_streams"], row["poor_streams"], row["unclassified_streams"], row["poor_percent"] = all.all(), all.good, all.poor, all.unclassified, all.percent()
		for _, kind := range []string{"audio", "video", "vbss"} {
			row["good_"+kind+"_streams"], row["poor_"+kind+"_streams"] = byKind[kind].good, byKind[kind].poor
		}
		var setup, drop, ratings, poorRatings int64
		var worst any
		for _, e := range n.sessionsOf[at(c)] {
			if isTest(e) {
				continue
			}
			switch n.stage(e) {
			case "callSetup":
				setup++
			case "midcall":
				drop++
			}
			for _, side := range []string{"caller", "callee"} {
				rating := e[side+"_feedback_rating"]
				if rating == nil || rating == "notRated" {
					continue
				}
				ratings++
				if rating == "bad" || rating == "poor" {
					poorRatings++
				}
				stars, known := map[any]int64{"bad": 1, "poor": 2, "fair": 3, "good": 4, "excellent": 5}[rating]
				if known && (worst == nil || stars < worst.(int64)) {
					worst = stars
				}
			}
		}
		row["setup_failed_sessions"], row["dropped_sessions"], row["ratings"], row["poor_ratings"], row["worst_stars"] = setup, drop, ratings, poorRatings, worst
		want = append(want, row)
	}
	sameRows(t, "call_quality", query(t, duckDB(t, lake.dir), "FROM call_quality"), want, "call_id")
}

func TestSessionOutcomes(t *testing.T) {
	lake := theLake(t)
	n := newNaive(lake.tables)
	var want []oracle.Row
	for _, e := range lake.tables["sessions"] {
		if isTest(e) {
			continue
		}
		stage, reason := e["failure_info_stage"], e["failure_info_reason"]
		for _, g := range n.segmentsOf[at(e, "session_ordinal")] {
			if stage == nil && g["failure_info_stage"] != nil {
				stage, reason = g["failure_info_stage"], g["failure_info_reason"]
			}
		}
		outcome := map[any]string{"callSetup": "setup_failed", "midcall": "dropped"}[stage]
		if outcome == "" {
			outcome = "succeeded"
		}
		want = append(want, oracle.Row{
			"call_id": e["call_id"], "session_ordinal": e["session_ordinal"], "call_type": n.calls[at(e)]["type"], "duration_ms": millis(e["start_date_time"], e["end_date_time"]),
			"failure_stage": stage, "failure_reason": reason, "outcome": outcome,
		})
	}
	got := query(t, duckDB(t, lake.dir), "SELECT call_id, session_ordinal, call_type, duration_ms, failure_stage, failure_reason, outcome FROM session_outcomes")
	sameRows(t, "session_outcomes", got, want, "call_id", "session_ordinal")
	outcomes := map[any]int{}
	for _, row := range got {
		outcomes[row["outcome"]]++
	}
	if len(outcomes) != 3 {
		t.Errorf("the calls have no session of some outcome: %v", outcomes)
	}
}

// attendances counts the time of each by looking at all moments at
// which somebody comes or goes.
func (n naive) attendances() []oracle.Row {
	type stay struct{ from, to time.Time }
	type group struct {
		row   oracle.Row
		stays []stay
	}
	var groups grouped[group]
	for _, e := range n.tables["sessions"] {
		call := n.calls[at(e)]
		for _, side := range []string{"caller", "callee"} {
			user := e[side+"_associated_identity_id"]
			if user == nil || isTest(e) || e[side+"_kind"] == "service" || call["type"] != "groupCall" {
				continue
			}
			g := groups.at(e["call_id"], user)
			if g.row == nil {
				g.row = oracle.Row{
					"call_date": date(call), "tenant_id": call["tenant_id"], "call_id": call["call_id"], "call_start_date_time": call["call_start_date_time"],
					"call_end_date_time": call["end_date_time"], "join_web_url": call["join_web_url"], "organizer_id": call["organizer_id"], "user_id": user,
					"is_organizer": user == call["organizer_id"], "display_name": nil, "user_principal_name": nil,
				}
			}
			for column, from := range map[string]string{"display_name": "_associated_identity_display_name", "user_principal_name": "_associated_identity_user_principal_name"} {
				if name := e[side+from]; name != nil && (g.row[column] == nil || text(name) > text(g.row[column])) {
					g.row[column] = name
				}
			}
			g.stays = append(g.stays, stay{e["start_date_time"].(time.Time), e["end_date_time"].(time.Time)})
		}
	}
	return groups.rows(func(g *group) oracle.Row {
		var moments []time.Time
		first, last := g.stays[0].from, g.stays[0].to
		for _, s := range g.stays {
			moments = append(moments, s.from, s.to)
			if s.from.Before(first) {
				first = s.from
			}
			if s.to.After(last) {
				last = s.to
			}
		}
		slices.SortFunc(moments, time.Time.Compare)
		there := 0.0
		for i := range moments[1:] {
			for _, s := range g.stays {
				if !s.from.After(moments[i]) && !s.to.Before(moments[i+1]) {
					there += millis(moments[i], moments[i+1]).(float64)
					break
				}
			}
		}
		g.row["joins"], g.row["first_joined"], g.row["last_left"], g.row["attendance_ms"] = int64(len(g.stays)), first, last, there
		return g.row
	})
}

func TestMeetingAttendance(t *testing.T) {
	lake := theLake(t)
	got := query(t, duckDB(t, lake.dir), "FROM meeting_attendance")
	sameRows(t, "meeting_attendance", got, newNaive(lake.tables).attendances(), "call_id", "user_id")
}

// attendance is who was in the largest meeting.
func (n naive) attendance() []oracle.Row {
	var largest oracle.Row
	for _, c := range n.tables["calls"] {
		if c["type"] == "groupCall" && (largest == nil || c["session_count"].(int64) > largest["session_count"].(int64)) {
			largest = c
		}
	}
	var rows []oracle.Row
	for _, a := range n.attendances() {
		if a["call_id"] == largest["call_id"] {
			rows = append(rows, oracle.Row{
				"user_id": a["user_id"], "first_joined": a["first_joined"], "last_left": a["last_left"], "joins": a["joins"],
				"minutes": tenth(a["attendance_ms"].(float64) / 60_000),
			})
		}
	}
	return ordered(rows, "first_joined", "user_id")
}
