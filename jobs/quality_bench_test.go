package jobs_test

import (
	"bytes"
	"flag"
	"testing"
	"time"

	"etl/internal/graphsim"
	"etl/jobs"
	"etl/load"
	"etl/report"
	"etl/schemas"
	"etl/transform"
	"etl/views"
)

var (
	qualityDays  = flag.Int("quality.days", 2, "dates of the lake of BenchmarkQuality")
	qualityCalls = flag.Int("quality.calls", 200, "calls of each of them")
)

// simulatedDates fills a lake with simulated calls, without a Graph between.
func simulatedDates(b *testing.B, lake *load.Lake, from time.Time, days, calls int) (streams int64) {
	b.Helper()
	generator := graphsim.NewGenerator(graphsim.GeneratorOptions{Seed: 1, CallsPerDay: calls})
	for n := range days {
		var batch load.Batch
		for call := range generator.Day(from.AddDate(0, 0, n)) {
			r := call.Final()
			origin := transform.Origin{TenantID: generator.TenantID(), FetchedAt: from.AddDate(0, 0, n+1).UnixMicro()}
			rows, _, err := transform.Flatten(string(r.JSON), origin)
			if err != nil {
				b.Fatal(err)
			}
			streams += rows.Call.StreamCount
			batch.Add(load.Change{TenantID: rows.Call.TenantID, CallID: rows.Call.CallID, Version: rows.Call.CallVersion, Start: rows.Call.CallStartDateTime}, r.JSON,
				func(record string) (*schemas.Rows, error) {
					rows, _, err := transform.Flatten(record, origin)
					return rows, err
				})
		}
		if _, err := lake.Commit(b.Context(), "benchmark", batch.Changes()); err != nil {
			b.Fatal(err)
		}
	}
	return streams
}

// BenchmarkQuality counts the facts of a report and renders it.
func BenchmarkQuality(b *testing.B) {
	lake, err := load.Open(b.Context(), b.TempDir(), load.Options{NoRaw: true})
	if err != nil {
		b.Fatal(err)
	}
	defer lake.Close()
	from := time.Date(2026, 10, 5, 0, 0, 0, 0, time.UTC)
	streams := simulatedDates(b, lake, from, *qualityDays, *qualityCalls)
	q := jobs.Quality{Lake: lake, From: from, To: from.AddDate(0, 0, *qualityDays-1), Rules: views.RuleSets()[0]}
	b.ReportAllocs()
	for b.Loop() {
		facts, err := q.Do(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		var page bytes.Buffer
		if err := report.Render(&page, report.Page{From: q.From, To: q.To, Rules: q.Rules, Facts: facts}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(*qualityDays**qualityCalls)*float64(b.N)/b.Elapsed().Seconds(), "calls/s")
	b.ReportMetric(float64(streams)*float64(b.N)/b.Elapsed().Seconds(), "streams/s")
}
