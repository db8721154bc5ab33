package jobs_test

import (
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"etl/extract"
	"etl/internal/graphsim"
	"etl/jobs"
	"etl/load"
	"etl/schemas"
	"etl/transform"
)

// BenchmarkRun loads 200 calls of a tenant that answers as far away as Graph
// does, with different numbers of calls fetched at once. Graph allows 75
// requests/s, so more workers than reach that are of no use.
func BenchmarkRun(b *testing.B) {
	for _, latency := range []time.Duration{0, 200 * time.Millisecond} {
		sim := graphsim.NewTenant(graphsim.TenantOptions{})
		generator := graphsim.NewGenerator(graphsim.GeneratorOptions{Seed: 1, CallsPerDay: 200, AllHands: -1})
		for call := range generator.Day(time.Now().UTC().AddDate(0, 0, -2)) {
			sim.Put(call.Final())
		}
		server, err := graphsim.Start(graphsim.Options{Tenant: sim, Latency: func(*graphsim.Request) time.Duration { return latency }})
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { server.Close() })
		s := &tenant{Server: server, now: time.Now}
		for _, concurrency := range []int{1, 8, 16, 32, 64} {
			if latency > 0 && concurrency < 8 {
				continue
			}
			b.Run(fmt.Sprintf("latency=%s/concurrency=%d", latency, concurrency), func(b *testing.B) {
				var calls, requests int64
				for b.Loop() {
					lake, err := load.Open(b.Context(), b.TempDir(), load.Options{})
					if err != nil {
						b.Fatal(err)
					}
					report, err := jobs.Run{
						Connect: s.connect, Lake: lake, IDs: refs(sim.IDs()...), Log: slog.New(slog.DiscardHandler),
						Pull: extract.Pull{Concurrency: concurrency},
					}.Do(b.Context())
					if err != nil || report.Loaded != report.Requested {
						b.Fatalf("error %v, report %s", err, report.JSON())
					}
					calls, requests = calls+report.Loaded, requests+report.GraphRequests
					if err := lake.Close(); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(calls)/b.Elapsed().Seconds(), "calls/s")
				b.ReportMetric(float64(requests)/b.Elapsed().Seconds(), "requests/s")
			})
		}
	}
}

// BenchmarkReplay rebuilds the tables of three dates in another lake. MB/s are
// of the records as Graph sent them.
func BenchmarkReplay(b *testing.B) {
	from, err := load.Open(b.Context(), b.TempDir(), load.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer from.Close()
	generator := graphsim.NewGenerator(graphsim.GeneratorOptions{Seed: 1, CallsPerDay: 300, AllHands: -1})
	var batch load.Batch
	var bytes int64
	for call := range generator.Days(time.Date(2026, 11, 16, 0, 0, 0, 0, time.UTC), 3) {
		record := call.Final().JSON
		key, err := transform.Key(string(record), generator.TenantID())
		if err != nil {
			b.Fatal(err)
		}
		change := load.Change{TenantID: key.TenantID, CallID: key.CallID, Version: key.CallVersion, Start: key.CallStartDateTime, FetchedAt: 1.8e15}
		batch.Add(change, record, func(string) (*schemas.Rows, error) { return nil, nil })
		bytes += int64(len(record))
	}
	if _, err := from.Archive(b.Context(), "run", batch.Changes()); err != nil {
		b.Fatal(err)
	}
	calls := int64(len(batch.Changes()))
	b.SetBytes(bytes)
	b.ReportAllocs()
	for b.Loop() {
		into, err := load.Open(b.Context(), b.TempDir(), load.Options{})
		if err != nil {
			b.Fatal(err)
		}
		report, err := jobs.Replay{From: from, Into: into, Log: slog.New(slog.DiscardHandler)}.Do(b.Context())
		if err = errors.Join(err, into.Close()); err != nil || report.Loaded != calls {
			b.Fatalf("error %v, report %s", err, report.JSON())
		}
	}
}
