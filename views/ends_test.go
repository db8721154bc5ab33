//go:build cgo

package views_test

import (
	"slices"
	"testing"
	"time"

	"etl/internal/oracle"
)

func TestNetworkQuality(t *testing.T) {
	lake := theLake(t)
	type group struct {
		row               oracle.Row
		streams           tally
		users             map[any]bool
		rtt, jitter, loss []float64
	}
	var groups grouped[group]
	n := newNaive(lake.tables)
	for _, e := range n.clientEnds() {
		subnet, link, band := e.of(e.media, "_network_subnet"), e.of(e.media, "_network_connection_type"), e.of(e.media, "_network_wifi_band")
		g := groups.at(date(e.stream), kindOf(e.stream), subnet, link, band)
		if g.row == nil {
			g.row = oracle.Row{"call_date": date(e.stream), "tenant_id": e.stream["tenant_id"], "media_kind": kindOf(e.stream), "subnet": subnet, "connection_type": link, "wifi_band": band}
			g.users = map[any]bool{}
		}
		g.streams.add(n.class(e.stream))
		if e.user() != nil {
			g.users[e.user()] = true
		}
		for column, list := range map[string]*[]float64{"average_round_trip_time_ms": &g.rtt, "average_jitter_ms": &g.jitter, "average_packet_loss_rate": &g.loss} {
			if v, there := e.stream[column].(float64); there {
				*list = append(*list, v)
			}
		}
	}
	want := groups.rows(func(g *group) oracle.Row {
		g.row["streams"], g.row["good_streams"], g.row["poor_streams"] = g.streams.all(), g.streams.good, g.streams.poor
		g.row["unclassified_streams"], g.row["poor_percent"], g.row["users"] = g.streams.unclassified, g.streams.percent(), int64(len(g.users))
		g.row["median_round_trip_time_ms"], g.row["median_jitter_ms"], g.row["average_packet_loss_rate"] = median(g.rtt), median(g.jitter), mean(g.loss)
		return g.row
	})
	sameRows(t, "network_quality", query(t, duckDB(t, lake.dir), `SELECT * EXCLUDE (building_name, network_name, city, country, region, inside_corp, express_route, vpn)
		FROM network_quality`), want, "call_date", "media_kind", "subnet", "connection_type", "wifi_band")
}

func TestDeviceQuality(t *testing.T) {
	lake := theLake(t)
	type group struct {
		row               oracle.Row
		streams           tally
		users             map[any]bool
		glitches, notWork []float64
	}
	var groups grouped[group]
	n := newNaive(lake.tables)
	for _, e := range n.clientEnds() {
		if kindOf(e.stream) != "audio" {
			continue
		}
		kind, part := "capture", "mic"
		if !e.sends {
			kind, part = "render", "speaker"
		}
		device := e.of(e.media, "_device_"+kind+"_device_name")
		if device == nil {
			continue
		}
		g := groups.at(date(e.stream), kind, device, e.platform())
		if g.row == nil {
			g.row = oracle.Row{"call_date": date(e.stream), "tenant_id": e.stream["tenant_id"], "device_kind": kind, "device_name": device, "platform": e.platform()}
			g.users = map[any]bool{}
		}
		g.streams.add(n.class(e.stream))
		if e.user() != nil {
			g.users[e.user()] = true
		}
		if v, there := e.of(e.media, "_device_"+part+"_glitch_rate").(float64); there {
			g.glitches = append(g.glitches, v)
		}
		if v, there := e.of(e.media, "_device_"+kind+"_not_functioning_event_ratio").(float64); there {
			g.notWork = append(g.notWork, v)
		}
	}
	want := groups.rows(func(g *group) oracle.Row {
		g.row["streams"], g.row["good_streams"], g.row["poor_streams"] = g.streams.all(), g.streams.good, g.streams.poor
		g.row["unclassified_streams"], g.row["poor_percent"], g.row["users"] = g.streams.unclassified, g.streams.percent(), int64(len(g.users))
		g.row["average_glitch_rate"], g.row["average_not_functioning_ratio"] = mean(g.glitches), mean(g.notWork)
		return g.row
	})
	sameRows(t, "device_quality", query(t, duckDB(t, lake.dir), "FROM device_quality"), want, "call_date", "device_kind", "device_name", "platform")
}

func TestMissingSubnets(t *testing.T) {
	lake := theLake(t)
	type group struct {
		row             oracle.Row
		streams         tally
		users, reflexes map[any]bool
		first, last     time.Time
	}
	var groups grouped[group]
	n := newNaive(lake.tables)
	for _, e := range n.clientEnds() {
		subnet := e.of(e.media, "_network_subnet")
		if kindOf(e.stream) != "audio" || subnet == nil || subnet == "" {
			continue
		}
		g := groups.at(subnet)
		day := date(e.stream).(time.Time)
		if g.row == nil {
			g.row = oracle.Row{"tenant_id": e.stream["tenant_id"], "subnet": subnet, "is_home_default": false}
			g.users, g.reflexes, g.first, g.last = map[any]bool{}, map[any]bool{}, day, day
		}
		g.streams.add(n.class(e.stream))
		if e.user() != nil {
			g.users[e.user()] = true
		}
		if v := e.of(e.media, "_network_reflexive_ip_address"); v != nil {
			g.reflexes[v] = true
		}
		if day.Before(g.first) {
			g.first = day
		}
		if day.After(g.last) {
			g.last = day
		}
	}
	want := groups.rows(func(g *group) oracle.Row {
		g.row["audio_streams"], g.row["good_streams"], g.row["poor_streams"], g.row["poor_percent"] = g.streams.all(), g.streams.good, g.streams.poor, g.streams.percent()
		g.row["users"], g.row["reflexive_ip_addresses"], g.row["first_date"], g.row["last_date"] = int64(len(g.users)), int64(len(g.reflexes)), g.first, g.last
		return g.row
	})
	want = slices.DeleteFunc(want, func(row oracle.Row) bool { return row["audio_streams"].(int64) < 10 })
	sameRows(t, "missing_subnets", query(t, duckDB(t, lake.dir), "FROM missing_subnets"), want, "subnet")
}
