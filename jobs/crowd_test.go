package jobs_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"iter"
	"log/slog"
	"maps"
	"regexp"
	"runtime/metrics"
	"sync"
	"testing"
	"time"

	"etl/extract"
	"etl/internal/graphsim"
	"etl/jobs"
	"etl/load"
)

// crowd is a tenant of more calls than could be simulated one by one: it can
// only list them. They start at regular times, and by day ten times as often.
type crowd struct {
	now    time.Time
	byHour int // calls an hour by night
	stats  extract.Stats
	// record is that of every call, but for the id and the start, which stand
	// there as \x00 and \x01; nil: Graph has none.
	record []byte

	mu    sync.Mutex
	lists []listed
}

// listed is a list that was asked for, and how many calls of it were taken.
type listed struct {
	jobs.Span
	calls int
}

func (c *crowd) Now() time.Time       { return c.now }
func (c *crowd) Stats() extract.Stats { return c.stats }

func (c *crowd) Fetch(_ context.Context, ref extract.Ref) (*extract.Call, error) {
	if c.record == nil {
		return nil, &extract.Failure{Reason: extract.ReasonNotFound}
	}
	record := bytes.ReplaceAll(c.record, []byte{0}, []byte(ref.ID))
	record = bytes.ReplaceAll(record, []byte{1}, []byte(ref.Start.Format(time.RFC3339)))
	key := fmt.Sprintf(`{"id":%q,"version":1,"startDateTime":%q}`, ref.ID, ref.Start.Format(time.RFC3339))
	return &extract.Call{ID: ref.ID, Version: 1, Start: ref.Start, End: ref.End, Record: record, Key: key, FetchedAt: c.now}, nil
}

func (c *crowd) List(_ context.Context, from, until time.Time) iter.Seq2[extract.Listed, error] {
	return func(yield func(extract.Listed, error) bool) {
		taken := 0
		defer func() {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.lists = append(c.lists, listed{jobs.Span{From: from, Until: until}, taken})
		}()
		for call := range c.calls(from, until) {
			taken++
			if !yield(call, nil) {
				return
			}
		}
	}
}

// calls yields the calls of a span.
func (c *crowd) calls(from, until time.Time) iter.Seq[extract.Listed] {
	return func(yield func(extract.Listed) bool) {
		for at := from.Truncate(hour); at.Before(until); at = at.Add(hour) {
			n := c.byHour
			if 8 <= at.Hour() && at.Hour() < 18 {
				n *= 10
			}
			for i := range n {
				start := at.Add(hour / time.Duration(n) * time.Duration(i))
				if start.Before(from) || !start.Before(until) {
					continue
				}
				id := fmt.Sprintf("%08x-0000-4000-8000-%012x", at.Unix(), i)
				if !yield(extract.Listed{ID: id, Version: 1, Start: start, End: start.Add(time.Minute), LastModified: start.Add(hour)}) {
					return
				}
			}
		}
	}
}

// crowded is a lake that seems to have all calls of a crowd.
type crowded struct {
	*load.Lake
	crowd *crowd
}

func (l crowded) Versions(_ context.Context, date string) iter.Seq2[load.Version, error] {
	return func(yield func(load.Version, error) bool) {
		day, err := time.Parse(time.DateOnly, date)
		if err != nil || day.Before(l.crowd.now.Add(-40*wholeDay)) {
			return
		}
		for c := range l.crowd.calls(day, day.Add(wholeDay)) {
			if !yield(load.Version{TenantID: "tenant", CallID: c.ID, Version: 1, Start: c.Start, End: c.End, LastModified: c.LastModified}, nil) {
				return
			}
		}
	}
}

func (c *crowd) ListLog(context.Context, extract.Log, time.Time, time.Time) iter.Seq2[string, error] {
	return func(func(string, error) bool) {}
}

func (c *crowd) sync(lake *load.Lake) jobs.Run {
	return jobs.Run{
		Connect: func(context.Context) (jobs.Graph, string, error) { return c, "tenant", nil },
		Lake:    crowded{lake, c}, Sync: new(jobs.Sync), Log: slog.New(slog.DiscardHandler),
	}
}

// TestSyncKeepsListsSmall has dates of 62,000 calls.
func TestSyncKeepsListsSmall(t *testing.T) {
	c := &crowd{now: day.Add(60 * hour), byHour: 544}
	r := c.sync(openLake(t, t.TempDir()))
	r.Sync.Since = c.now.Add(-4 * wholeDay)
	report, err := r.Do(t.Context())
	if err != nil || report.ExitCode != jobs.ExitLoaded || report.Requested != 0 {
		t.Fatalf("error %v, report %s", err, report.JSON())
	}
	want := 0
	for range c.calls(r.Sync.Since, c.now) {
		want++
	}
	if report.Listing.Listed != int64(want) {
		t.Errorf("%d calls are listed, want %d", report.Listing.Listed, want)
	}
	taken := 0
	for _, l := range c.lists {
		if taken += l.calls; l.calls > 6001 {
			t.Errorf("a list of %d calls", l.calls)
		}
		if l.From.Truncate(wholeDay) != l.Until.Add(-1).Truncate(wholeDay) {
			t.Errorf("%v is on two dates", l)
		}
	}
	if waste := float64(taken-want) / float64(want); waste > 0.2 || len(c.lists) > 5*30 {
		t.Errorf("%d lists, of which %.0f %% is listed twice", len(c.lists), 100*waste)
	}
	t.Logf("%d lists, %d calls of %d taken", len(c.lists), taken, want)
}

func TestReportNamesLowerLimits(t *testing.T) {
	c := &crowd{now: day.Add(60 * hour)}
	c.stats = extract.Stats{Requests: 900, Throttled: 7, Lower: extract.Budgets{Requests: 745, CallRequests: 20}}
	report, err := c.sync(openLake(t, t.TempDir())).Do(t.Context())
	if err != nil || report.GraphRequests != 900 || report.Throttled != 7 {
		t.Fatalf("error %v, report %s", err, report.JSON())
	}
	if want := map[string]int64{"graph-requests": 745, "graph-call-requests": 20}; !maps.Equal(report.LowerLimits, want) {
		t.Errorf("lower limits are %v, want %v", report.LowerLimits, want)
	}
}

// sink is a lake that has no call of a crowd, and forgets those that it is
// given: what a commit takes is measured elsewhere.
type sink struct{ *load.Lake }

func (sink) Versions(context.Context, string) iter.Seq2[load.Version, error] {
	return func(func(load.Version, error) bool) {}
}

func (sink) Commit(_ context.Context, _ string, changes []load.Change) (load.Receipt, error) {
	receipt := load.Receipt{Rows: map[string]int64{}}
	for _, c := range changes {
		receipt.Results = append(receipt.Results, load.Result{TenantID: c.TenantID, CallID: c.CallID, Outcome: load.Loaded})
	}
	return receipt, nil
}

var newCalls = flag.Int("listing.new", 50_000, "how many calls BenchmarkListingOfNewCalls lists and fetches")

// BenchmarkListingOfNewCalls has a sync find a backlog of calls of which the
// lake has none, and fetch them, and prints how much memory that takes. 3
// million take minutes:
//
//	go test ./jobs -run '^$' -bench ListingOfNewCalls -benchtime 1x -listing.new 3000000
func BenchmarkListingOfNewCalls(b *testing.B) {
	call := graphsim.NewGenerator(graphsim.GeneratorOptions{Seed: 1, AllHands: -1}).Sized(day, 0, 1, 2).Final()
	record := bytes.ReplaceAll(call.JSON, []byte(call.ID), []byte{0})
	record = regexp.MustCompile(`("startDateTime":")[^"]+`).ReplaceAll(record, []byte("${1}\x01"))
	for b.Loop() {
		// A day has 14 hours by night and 10 by day, which have ten times as many.
		c := &crowd{now: day.Add(60 * hour), byHour: *newCalls / 30 / 114, record: record}
		lake, err := load.Open(b.Context(), b.TempDir(), load.Options{})
		if err != nil {
			b.Fatal(err)
		}
		run := c.sync(lake)
		run.Lake = sink{lake}
		var report *jobs.Report
		most := peakMemory(func() { report, err = run.Do(b.Context()) })
		if err != nil || report.ExitCode != jobs.ExitLoaded || report.Loaded != report.Listing.New {
			b.Fatalf("error %v, exit code %d, %d calls loaded, listing %+v", err, report.ExitCode, report.Loaded, report.Listing)
		}
		b.ReportMetric(float64(report.Loaded), "calls")
		b.ReportMetric(float64(most)/(1<<20), "peak-MiB")
		if err := lake.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkListing lists 3 million calls, all of which the lake has, and
// prints how much memory that takes.
func BenchmarkListing(b *testing.B) {
	for b.Loop() {
		c := &crowd{now: day.Add(60 * hour), byHour: 877}
		lake, err := load.Open(b.Context(), b.TempDir(), load.Options{})
		if err != nil {
			b.Fatal(err)
		}
		var report *jobs.Report
		most := peakMemory(func() { report, err = c.sync(lake).Do(b.Context()) })
		if err != nil || report.ExitCode != jobs.ExitLoaded {
			b.Fatalf("error %v, report %s", err, report.JSON())
		}
		b.ReportMetric(float64(report.Listing.Listed), "calls")
		b.ReportMetric(float64(most)/(1<<20), "peak-MiB")
		if err := lake.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// peakMemory returns the most memory that the process has from the system
// while f runs.
func peakMemory(f func()) (most uint64) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	sample := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	for {
		metrics.Read(sample)
		most = max(most, sample[0].Value.Uint64()-sample[1].Value.Uint64())
		select {
		case <-done:
			return most
		case <-time.After(20 * time.Millisecond):
		}
	}
}
