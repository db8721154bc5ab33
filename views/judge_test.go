//go:build cgo

package views_test

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"etl/views"
)

// TestJudge has DuckDB and the judge class streams of random values at and
// around every threshold, of every media, codec and direction.
func TestJudge(t *testing.T) {
	dir := t.TempDir()
	db := duckDB(t, dir)
	object := func(table, query string) {
		t.Helper()
		folder := filepath.Join(dir, table, "call_date=2026-11-18")
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
		query = "SELECT 't' AS tenant_id, 'c' AS call_id, 1::BIGINT AS call_version, TIMESTAMPTZ '2026-11-18 12:00:00Z' AS call_start_date_time, " + query
		if _, err := db.ExecContext(t.Context(), "COPY ("+query+") TO '"+filepath.Join(folder, "part-0.parquet")+"'"); err != nil {
			t.Fatal(err)
		}
	}
	oneOf := func(values ...string) string {
		return fmt.Sprintf("list_value(%s)[1 + cast(floor(random() * %d) AS int)]", strings.Join(values, ", "), len(values))
	}
	if _, err := db.ExecContext(t.Context(), "SELECT setseed(0.5)"); err != nil {
		t.Fatal(err)
	}
	object("calls", "'groupCall' AS type")
	object("sessions", "range AS session_ordinal, "+oneOf("'service'", "'participant'", "NULL")+" AS caller_kind, "+oneOf("'service'", "NULL")+" AS callee_kind FROM range(20)")
	columns := map[string][]string{"packet_utilization": {"NULL", "0", "500", "501", "501", "501"}}
	for _, set := range views.RuleSets() {
		for _, r := range set.Rules {
			columns[r.Column] = []string{"NULL", "0e0", r.Threshold + "::DOUBLE", r.Threshold + " * 1.001e0", r.Threshold + " * 0.999e0"}
		}
	}
	streams := "floor(random() * 22)::BIGINT AS session_ordinal, range AS stream_ordinal, " +
		oneOf("'main-audio'", "'Main-Video'", "'applicationsharing-video'", "'applicationsharing'", "'data'", "'video of applicationsharing'", "'x'", "NULL") + " AS media_label, " +
		oneOf("'callerToCallee'", "'calleeToCaller'", "NULL") + " AS stream_direction, " +
		oneOf("'satin'", "'satinFullband'", "'silk'", "NULL") + " AS audio_codec, " + oneOf("'h264s'", "'h264'", "NULL") + " AS video_codec"
	for column, values := range columns {
		streams += ", " + oneOf(values...) + " AS " + column
	}
	object("streams", streams+" FROM range(20000)")

	db = duckDB(t, dir)
	for _, set := range views.RuleSets() {
		judge, seen := set.Judge(), map[views.Quality]int{}
		for _, row := range query(t, db, "FROM stream_quality_"+strings.ReplaceAll(set.Name, "-", "_")) {
			packets, _ := row["packet_utilization"].(int64)
			s := views.Stream{
				Media: views.MediaOf(text(row["media_label"])), IsOutbound: row["is_outbound"] == true,
				AudioCodec: text(row["audio_codec"]), VideoCodec: text(row["video_codec"]), Packets: packets,
			}
			for _, column := range judge.Metrics {
				value, there := row[column].(float64)
				if !there {
					value = math.NaN()
				}
				s.Metrics = append(s.Metrics, value)
			}
			class, reasons := judge.Class(&s, nil)
			seen[class]++
			if string(s.Media) != row["media_kind"] || string(class) != row["quality"] || strings.Join(reasons, ", ") != text(row["poor_reasons"]) {
				t.Fatalf("%s: %v, which is %s for %v, of\n%+v\nwant that of\n%v", set.Name, s.Media, class, reasons, s, row)
			}
		}
		if seen[views.Good] < 500 || seen[views.Poor] < 500 || seen[views.Unclassified] < 500 {
			t.Errorf("%s: classes %v", set.Name, seen)
		}
	}
}
