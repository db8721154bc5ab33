package jobs_test

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
	"time"

	"etl/jobs"
	"etl/load"
	"etl/report"
	"etl/schemas"
	"etl/views"
)

// TestQualityOfNulls counts a call of which nothing is known but its keys.
func TestQualityOfNulls(t *testing.T) {
	lake := openLake(t, t.TempDir())
	date := time.Date(2026, 11, 18, 0, 0, 0, 0, time.UTC)
	start := date.Add(time.Hour).UnixMicro()
	key := schemas.CallKey{TenantID: "t", CallID: "c", CallVersion: 1, CallStartDateTime: &start}
	_, err := lake.Commit(t.Context(), "test", []load.Change{{TenantID: "t", CallID: "c", Version: 1, Start: &start, Rows: func() (*schemas.Rows, error) {
		return &schemas.Rows{
			Call: schemas.Call{CallKey: key}, Sessions: []schemas.Session{{CallKey: key}}, Segments: []schemas.Segment{{CallKey: key}},
			Media: []schemas.Media{{CallKey: key}}, Streams: []schemas.Stream{{CallKey: key}},
		}, nil
	}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, from := range []time.Time{date, date.AddDate(0, 0, 1)} { // a date with the call, and one without
		q := jobs.Quality{Lake: lake, From: from, To: from, Rules: views.RuleSets()[0]}
		facts, err := q.Do(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		day := facts.Days[0]
		if want := from.Equal(date); len(facts.Days) != 1 || day.Calls[""] == 1 != want || day.Sessions[""].All == 1 != want || day.Streams[views.Other].Unclassified == 1 != want {
			t.Errorf("%s: %+v", from, day)
		}
		var page bytes.Buffer
		if err := report.Render(&page, report.Page{From: from, To: from, Rules: q.Rules, Facts: facts}); err != nil {
			t.Fatal(err)
		}
		if wrong := regexp.MustCompile(`NaN|Inf\b|%!|ZgotmplZ`).FindString(page.String()); wrong != "" || !strings.Contains(page.String(), "No audio streams.") {
			t.Errorf("%s: the page has %q", from, wrong)
		}
	}
}
