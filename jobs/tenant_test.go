package jobs_test

import (
	"cmp"
	"context"
	"iter"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"etl/extract"
	"etl/internal/graphsim"
	"etl/internal/oracle"
	"etl/jobs"
	"etl/load"
)

// tenant is a simulated tenant with what a run needs to be tried on it.
type tenant struct {
	*graphsim.Server
	now      func() time.Time
	clock    *atomic.Pointer[time.Time] // of newTenant
	patience time.Duration              // with trouble that may pass; short if it is zero
}

var day = time.Date(2026, 11, 18, 0, 0, 0, 0, time.UTC) // a Wednesday, with an all-hands

// newTenant serves the newest versions of calls, on a clock that moves only
// when it is told to.
func newTenant(t *testing.T, calls ...graphsim.Call) *tenant {
	t.Helper()
	start := day.Add(60 * time.Hour)
	clock := new(atomic.Pointer[time.Time])
	clock.Store(&start)
	now := func() time.Time { return *clock.Load() }
	sim := graphsim.NewTenant(graphsim.TenantOptions{Now: now})
	for _, call := range calls {
		sim.Put(call.Final())
	}
	s := serve(t, graphsim.Options{Tenant: sim, NextLinks: graphsim.Mixed}, now)
	s.clock = clock
	return s
}

func serve(t *testing.T, options graphsim.Options, now func() time.Time) *tenant {
	t.Helper()
	server, err := graphsim.Start(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	return &tenant{Server: server, now: now}
}

// generate returns the calls of two dates, of which the first has n and an
// all-hands.
func generate(n int) []graphsim.Call {
	options := graphsim.GeneratorOptions{Seed: 3, CallsPerDay: n, AllHands: 65}
	return slices.Collect(graphsim.NewGenerator(options).Days(day, 2))
}

func (s *tenant) connect(ctx context.Context) (jobs.Graph, string, error) {
	network := extract.Network{RootCAs: s.CertPool()}
	signIn, err := extract.NewSignIn(extract.SignInConfig{
		AuthorityURL: s.AuthorityURL, GraphURL: s.GraphURL, TenantID: s.TenantDomain,
		ClientID: s.ClientID, ClientSecret: s.ClientSecret, Network: network,
	})
	if err != nil {
		return nil, "", err
	}
	tenantID, err := signIn.TenantID(ctx)
	if err != nil {
		return nil, "", err
	}
	client, err := extract.NewClient(extract.Config{
		GraphURL: s.GraphURL, Tokens: signIn, Network: network, Now: s.now, Patience: cmp.Or(s.patience, 100*time.Millisecond),
		Budgets: extract.Budgets{Requests: 1_000_000, ListRequests: 10_000, LogRequests: 10_000}, // the tenant has no limits
	})
	return client, tenantID, err
}

// run returns a run of the ids into the lake.
func (s *tenant) run(lake *load.Lake, ids ...string) jobs.Run {
	return jobs.Run{
		Connect: s.connect, Lake: lake, IDs: refs(ids...), Command: "run", Log: slog.New(slog.DiscardHandler),
		Pull: extract.Pull{Concurrency: 4, CallDeadline: time.Minute},
	}
}

func refs(ids ...string) iter.Seq2[extract.Ref, error] {
	return func(yield func(extract.Ref, error) bool) {
		for _, id := range ids {
			if !yield(extract.Ref{ID: id}, nil) {
				return
			}
		}
	}
}

// truth is what the lake must hold of the tenant's calls.
func (s *tenant) truth(t *testing.T, ids []string) oracle.Tables {
	t.Helper()
	all := oracle.Tables{}
	for _, id := range ids {
		record, ok := s.Tenant().Newest(id)
		if !ok {
			t.Fatalf("the tenant has no call %s", id)
		}
		tables, err := oracle.Flatten(record.JSON, s.TenantID, s.now())
		if err != nil {
			t.Fatal(err)
		}
		for name, rows := range tables {
			all[name] = append(all[name], rows...)
		}
	}
	oracle.Sort(all)
	return all
}

// checkLake compares the lake, as DuckDB reads it, with the naive flattening.
func (s *tenant) checkLake(t *testing.T, dir string, ids []string) {
	t.Helper()
	got, err := oracle.ReadLake(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, difference := range oracle.Differences(got, s.truth(t, ids)) {
		t.Error(difference)
	}
}

// checkReport checks that every call is accounted for once.
func checkReport(t *testing.T, report *jobs.Report, requested int64) {
	t.Helper()
	if report.Requested != requested || report.Requested != report.Loaded+report.Unchanged+report.Pending+report.Failed+report.Lost {
		t.Errorf("%d calls accounted for, want %d: %s", report.Requested, requested, report.JSON())
	}
	if int64(len(report.Calls)) != report.Pending+report.Failed+report.Lost {
		t.Errorf("%d calls named, want those not in the lake: %s", len(report.Calls), report.JSON())
	}
}

func openLake(t *testing.T, where string) *load.Lake {
	t.Helper()
	lake, err := load.Open(t.Context(), where, load.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { lake.Close() })
	return lake
}

// stamps are the times at which the objects of a lake were written.
func stamps(t *testing.T, dir string) map[string]time.Time {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*", "call_date=*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]time.Time{}
	for _, file := range files {
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		all[file] = info.ModTime()
	}
	return all
}
