//go:build cgo

package views_test

import (
	"strings"

	"etl/internal/oracle"
)

func (n naive) failures() []oracle.Row {
	type group struct {
		row      oracle.Row
		sessions int64
	}
	var groups grouped[group]
	ofType := map[any]int64{}
	for _, e := range n.tables["sessions"] {
		if isTest(e) {
			continue
		}
		stage, reason := n.stage(e), e["failure_info_reason"]
		for _, g := range n.segmentsOf[at(e, "session_ordinal")] {
			if e["failure_info_stage"] == nil && g["failure_info_stage"] != nil {
				reason = g["failure_info_reason"]
				break
			}
		}
		outcome := map[any]string{"callSetup": "setup_failed", "midcall": "dropped"}[stage]
		if outcome == "" {
			outcome = "succeeded"
		}
		typ := n.calls[at(e)]["type"]
		g := groups.at(typ, outcome, reason)
		g.row = oracle.Row{"call_type": typ, "outcome": outcome, "failure_reason": reason}
		g.sessions++
		ofType[typ]++
	}
	return ordered(groups.rows(func(g *group) oracle.Row {
		g.row["sessions"], g.row["percent_of_type"] = g.sessions, percentOf(g.sessions, ofType[g.row["call_type"]])
		return g.row
	}), "call_type", "-sessions", "outcome", "failure_reason")
}

func (n naive) ratings() []oracle.Row {
	type group struct {
		row       oracle.Row
		all, poor int64
	}
	var groups grouped[group]
	for _, e := range n.tables["sessions"] {
		for _, side := range []string{"caller", "callee"} {
			rating := text(e[side+"_feedback_rating"])
			if rating == "" || rating == "notRated" || isTest(e) {
				continue
			}
			g := groups.at(e[side+"_user_agent_platform"])
			g.row = oracle.Row{"platform": e[side+"_user_agent_platform"]}
			g.all++
			if strings.Contains("bad poor", rating) {
				g.poor++
			}
		}
	}
	return ordered(groups.rows(func(g *group) oracle.Row {
		g.row["ratings"], g.row["poor_ratings"], g.row["poor_percent"] = g.all, g.poor, percentOf(g.poor, g.all)
		return g.row
	}), "-ratings", "platform")
}

func (n naive) users() []oracle.Row {
	type group struct {
		row         oracle.Row
		calls, poor map[any]bool
	}
	var groups grouped[group]
	for _, e := range n.clientEnds() {
		if kindOf(e.stream) != "audio" || e.user() == nil {
			continue
		}
		g := groups.at(e.user())
		if g.row == nil {
			g.row, g.calls, g.poor = oracle.Row{"user_id": e.user()}, map[any]bool{}, map[any]bool{}
		}
		g.calls[e.stream["call_id"]] = true
		if n.class(e.stream) == "poor" {
			g.poor[e.stream["call_id"]] = true
		}
	}
	rows := groups.rows(func(g *group) oracle.Row {
		g.row["calls"], g.row["calls_with_poor_audio"] = int64(len(g.calls)), int64(len(g.poor))
		return g.row
	})
	return first(ordered(rows, "-calls_with_poor_audio", "-calls", "user_id"), 20)
}
