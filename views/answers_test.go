//go:build cgo

package views_test

import (
	"slices"
	"time"

	"etl/internal/oracle"
)

func (n naive) volume() []oracle.Row {
	type group struct {
		row                 oracle.Row
		calls, participants int64
		hours               float64
	}
	var groups grouped[group]
	for _, c := range n.tables["calls"] {
		g := groups.at(date(c), c["type"])
		g.row = oracle.Row{"call_date": date(c), "call_type": c["type"]}
		g.calls++
		g.participants += c["participant_count"].(int64)
		g.hours += millis(c["call_start_date_time"], c["end_date_time"]).(float64) / 3_600_000
	}
	return ordered(groups.rows(func(g *group) oracle.Row {
		g.row["calls"], g.row["participants"], g.row["hours"] = g.calls, g.participants, tenth(g.hours)
		return g.row
	}), "call_date", "call_type")
}

// streamsInCalls are the streams but for those of test calls.
func (n naive) streamsInCalls(kinds ...string) []oracle.Row {
	return slices.DeleteFunc(slices.Clone(n.tables["streams"]), func(s oracle.Row) bool {
		return isTest(n.session(s)) || !slices.Contains(kinds, kindOf(s))
	})
}

func (n naive) poorByDay() []oracle.Row {
	type group struct {
		row oracle.Row
		tally
	}
	var groups grouped[group]
	for _, s := range n.streamsInCalls("audio", "video", "vbss") {
		g := groups.at(date(s), kindOf(s))
		g.row = oracle.Row{"call_date": date(s), "media_kind": kindOf(s), "target_percent": map[string]any{"audio": 3.0}[kindOf(s)]}
		g.add(n.class(s))
	}
	return ordered(groups.rows(func(g *group) oracle.Row {
		g.row["streams"], g.row["poor_streams"], g.row["poor_percent"] = g.all(), g.poor, g.percent()
		return g.row
	}), "call_date", "media_kind")
}

func (n naive) reasons() []oracle.Row {
	counts := map[string]int64{}
	for _, s := range n.streamsInCalls("audio") {
		if n.class(s) != "poor" {
			continue
		}
		for reason, limit := range map[string]struct {
			column string
			most   float64
		}{"round_trip": {"average_round_trip_time_ms", 500}, "packet_loss": {"average_packet_loss_rate", 0.1}, "jitter": {"average_jitter_ms", 30}} {
			if v, there := s[limit.column].(float64); there && v > limit.most {
				counts[reason]++
			}
		}
	}
	var rows []oracle.Row
	for reason, streams := range counts {
		rows = append(rows, oracle.Row{"reason": reason, "streams": streams})
	}
	return ordered(rows, "-streams", "reason")
}

// audioAt groups the audio streams at clients by some of their properties.
func (n naive) audioAt(properties func(end) oracle.Row) []oracle.Row {
	type group struct {
		row oracle.Row
		tally
	}
	var groups grouped[group]
	for _, e := range n.clientEnds() {
		row := properties(e)
		if kindOf(e.stream) != "audio" || row == nil {
			continue
		}
		g := groups.at(row)
		g.row = row
		g.add(n.class(e.stream))
	}
	return groups.rows(func(g *group) oracle.Row {
		g.row["streams"], g.row["poor_streams"], g.row["poor_percent"] = g.all(), g.poor, g.percent()
		return g.row
	})
}

func fewer(least int64) func(oracle.Row) bool {
	return func(row oracle.Row) bool { return row["streams"].(int64) < least }
}

func (n naive) worstSubnets() []oracle.Row {
	rows := n.audioAt(func(e end) oracle.Row {
		if text(e.of(e.media, "_network_subnet")) == "" {
			return nil
		}
		return oracle.Row{"subnet": e.of(e.media, "_network_subnet")}
	})
	return first(ordered(slices.DeleteFunc(rows, fewer(50)), "-poor_percent", "subnet"), 10)
}

func (n naive) links() []oracle.Row {
	rows := n.audioAt(func(e end) oracle.Row {
		return oracle.Row{"connection_type": e.of(e.media, "_network_connection_type"), "wifi_band": e.of(e.media, "_network_wifi_band")}
	})
	for _, row := range rows {
		delete(row, "poor_streams")
	}
	return ordered(rows, "connection_type", "wifi_band")
}

func (n naive) devices() []oracle.Row {
	type key struct {
		day       time.Time
		kind      string
		name, plt any
	}
	ratios := map[key][]float64{}
	rows := n.audioAt(func(e end) oracle.Row {
		kind := map[bool]string{true: "capture", false: "render"}[e.sends]
		name := e.of(e.media, "_device_"+kind+"_device_name")
		if name == nil {
			return nil
		}
		if v, there := e.of(e.media, "_device_"+kind+"_not_functioning_event_ratio").(float64); there && kindOf(e.stream) == "audio" {
			k := key{date(e.stream).(time.Time), kind, name, e.platform()}
			ratios[k] = append(ratios[k], v)
		}
		return oracle.Row{"device_kind": kind, "device_name": name}
	})
	for _, row := range rows {
		delete(row, "poor_streams")
		row["most_not_functioning"] = nil
		for k, values := range ratios {
			if k.kind != row["device_kind"] || k.name != row["device_name"] {
				continue
			}
			if most, there := row["most_not_functioning"].(float64); !there || mean(values).(float64) > most {
				row["most_not_functioning"] = mean(values)
			}
		}
	}
	return ordered(slices.DeleteFunc(rows, fewer(20)), "-poor_percent", "device_kind", "device_name")
}

func (n naive) versions() []oracle.Row {
	type group struct {
		row         oracle.Row
		sessions    int64
		first, last time.Time
		tally
	}
	var groups grouped[group]
	for _, e := range n.tables["sessions"] {
		for _, side := range []string{"caller", "callee"} {
			if isTest(e) || e[side+"_kind"] == "service" || e[side+"_user_agent_product_family"] != "teams" {
				continue
			}
			platform, version, day := e[side+"_user_agent_platform"], e[side+"_user_agent_application_version"], date(e).(time.Time)
			g := groups.at(platform, version)
			if g.row == nil {
				g.row, g.first, g.last = oracle.Row{"platform": platform, "application_version": version}, day, day
			}
			g.sessions++
			g.first, g.last = earlier(g.first, day), later(g.last, day)
			for _, s := range n.streamsOf[at(e, "session_ordinal")] {
				if kindOf(s) == "audio" {
					g.add(n.class(s))
				}
			}
		}
	}
	rows := groups.rows(func(g *group) oracle.Row {
		g.row["sessions"], g.row["first_date"], g.row["last_date"], g.row["poor_percent"] = g.sessions, g.first, g.last, g.percent()
		return g.row
	})
	return first(ordered(rows, "-sessions", "platform", "application_version"), 20)
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func (n naive) protocols() []oracle.Row {
	type group struct {
		row       oracle.Row
		streams   int64
		rtt, loss []float64
	}
	var groups grouped[group]
	for _, s := range n.streamsInCalls("audio") {
		protocol := n.media[at(s, "session_ordinal", "segment_ordinal", "media_ordinal")]["caller_network_network_transport_protocol"]
		g := groups.at(protocol)
		g.row = oracle.Row{"protocol": protocol}
		g.streams++
		if v, there := s["average_round_trip_time_ms"].(float64); there {
			g.rtt = append(g.rtt, v)
		}
		if v, there := s["average_packet_loss_rate"].(float64); there {
			g.loss = append(g.loss, v)
		}
	}
	return ordered(groups.rows(func(g *group) oracle.Row {
		g.row["streams"], g.row["round_trip_time_ms"], g.row["packet_loss_rate"] = g.streams, mean(g.rtt), mean(g.loss)
		return g.row
	}), "-streams", "protocol")
}
