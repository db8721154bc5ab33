package jobs_test

import (
	"context"
	"maps"
	"slices"
	"testing"
	"time"

	"etl/extract"
	"etl/internal/graphsim"
	"etl/jobs"
	"etl/load"
)

func readPending(t *testing.T, lake *load.Lake) map[string]jobs.PendingCall {
	t.Helper()
	pending, err := jobs.ReadPending(t.Context(), lake)
	if err != nil {
		t.Fatal(err)
	}
	return pending
}

func TestPendingCallsAreTriedFirstAndThenForgotten(t *testing.T) {
	calls := generate(12)
	s := newTenant(t, calls...)
	ids := s.Tenant().IDs()
	bad := ids[:3]
	lake := openLake(t, t.TempDir())
	mend := s.Inject(graphsim.Fault{
		Match: func(q *graphsim.Request) bool { return slices.Contains(bad, q.CallID) },
		Do:    graphsim.Status(500, nil, ""),
	})
	load := func(ids ...string) *jobs.Report {
		t.Helper()
		r := s.run(lake, ids...)
		r.Pull = extract.Pull{Concurrency: 1, CallDeadline: 2 * time.Second}
		report, err := r.Do(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		checkReport(t, report, report.Requested)
		return report
	}
	load(ids[:5]...)
	pending := readPending(t, lake)
	if got := slices.Sorted(maps.Keys(pending)); !slices.Equal(got, bad) {
		t.Fatalf("pending are %v, want %v", got, bad)
	}
	first := pending[bad[0]]
	if first.Reason != "server_error" || first.Attempts < 2 || !first.FirstSeen.Equal(s.now()) || first.LastError == "" || first.HoursLeft != nil {
		t.Errorf("pending call %+v", first)
	}

	s.ResetLog()
	report := load(ids[5])
	if report.Requested != 4 || report.Loaded != 1 || report.Pending != 3 {
		t.Errorf("report %s", report.JSON())
	}
	again := readPending(t, lake)[bad[0]]
	if again.Attempts <= first.Attempts || !again.FirstSeen.Equal(first.FirstSeen) {
		t.Errorf("the second time it is %+v", again)
	}
	if q := s.Requests().On(graphsim.Graph)[0]; !slices.Contains(bad, q.CallID) {
		t.Errorf("the first request was for %s, want a pending call", q.CallID)
	}

	mend()
	if report := load(); report.Loaded != 3 || report.ExitCode != jobs.ExitLoaded {
		t.Errorf("report %s", report.JSON())
	}
	if pending := readPending(t, lake); len(pending) > 0 {
		t.Errorf("still pending are %v", pending)
	}
}

func TestPendingCallsAreTriedNearestToBeingForgottenFirst(t *testing.T) {
	s := newTenant(t)
	lake := openLake(t, t.TempDir())
	age := func(days int) time.Time { return s.now().Add(-time.Duration(days) * 24 * time.Hour) }
	refs := []extract.Ref{{ID: "young", Start: age(1)}, {ID: "old", Start: age(28)}, {ID: "unknown"}, {ID: "middle", Start: age(14)}}
	r := s.run(lake)
	r.IDs = func(yield func(extract.Ref, error) bool) {
		for _, ref := range refs {
			if !yield(ref, nil) {
				return
			}
		}
	}
	report, err := r.Do(t.Context())
	if err != nil || report.ExitCode != jobs.ExitLost || report.Pending != 4 {
		t.Fatalf("error %v, report %s", err, report.JSON())
	}
	if hours := readPending(t, lake)["old"].HoursLeft; hours == nil || *hours != 48 {
		t.Errorf("a call of 28 days has %v hours left", hours)
	}
	s.ResetLog()
	r = s.run(lake)
	r.Pull.Concurrency = 1
	if _, err := r.Do(t.Context()); err != nil {
		t.Fatal(err)
	}
	var order []string
	for _, q := range s.Requests().On(graphsim.Graph) {
		order = append(order, q.CallID)
	}
	// The latest that a call can be forgotten whose start is not known is 30
	// days after it was first seen.
	if want := []string{"old", "middle", "young", "unknown"}; !slices.Equal(order, want) {
		t.Errorf("tried %v, want %v", order, want)
	}
}

func TestPendingCallsBecomeLost(t *testing.T) {
	s := newTenant(t)
	lake := openLake(t, t.TempDir())
	now := s.now()
	r := s.run(lake)
	r.IDs = func(yield func(extract.Ref, error) bool) {
		_ = yield(extract.Ref{ID: "known", Start: now.Add(-time.Hour)}, nil) && yield(extract.Ref{ID: "unknown"}, nil)
	}
	if report, err := r.Do(t.Context()); err != nil || report.Pending != 2 {
		t.Fatalf("error %v, report %s", err, report.JSON())
	}
	later := func() time.Time { return now.Add(31 * 24 * time.Hour) }
	empty := graphsim.NewTenant(graphsim.TenantOptions{Now: later})
	s = serve(t, graphsim.Options{Tenant: empty, TenantID: s.TenantID}, later)
	report, err := s.run(lake).Do(t.Context())
	if err != nil || report.Lost != 2 || report.ExitCode != jobs.ExitLost {
		t.Errorf("error %v, report %s", err, report.JSON())
	}
	lost, err := jobs.ReadLost(t.Context(), lake)
	if err != nil || len(lost) != 2 || !lost["known"].FirstSeen.Equal(now) || !lost["unknown"].FoundLost.Equal(later()) {
		t.Errorf("lost are %v, error %v", lost, err)
	}
	if pending := readPending(t, lake); len(pending) > 0 {
		t.Errorf("still pending are %v", pending)
	}
	if report, err := s.run(lake).Do(t.Context()); err != nil || report.ExitCode != jobs.ExitLoaded || report.Requested != 0 {
		t.Errorf("the run after: error %v, report %s", err, report.JSON())
	}
}

func TestCallsOfARunThatWasRefusedStayPending(t *testing.T) {
	s := newTenant(t, generate(12)...)
	ids := s.Tenant().IDs()
	lake := openLake(t, t.TempDir())
	s.SetConsent(false)
	if _, err := s.run(lake, ids...).Do(t.Context()); jobs.ExitCode(err) != jobs.ExitSignIn {
		t.Fatalf("error %v", err)
	}
	if pending := readPending(t, lake); len(pending) != len(ids) || pending[ids[0]].Reason != "stopped" {
		t.Errorf("%d calls are pending, want %d: %+v", len(pending), len(ids), pending[ids[0]])
	}
	s.SetConsent(true)
	if report, err := s.run(lake).Do(t.Context()); err != nil || report.Loaded != int64(len(ids)) {
		t.Errorf("error %v, report %s", err, report.JSON())
	}
}

// overtaken is a lake to one of whose records another run writes first.
type overtaken struct {
	*load.Lake
	record string
	first  func()
}

func (o *overtaken) WriteState(ctx context.Context, name string, data []byte, token load.Token) (load.Token, error) {
	if name == o.record && o.first != nil {
		o.first()
		o.first = nil
	}
	return o.Lake.WriteState(ctx, name, data, token)
}

func TestTwoRunsKeepEachOthersPendingCalls(t *testing.T) {
	s := newTenant(t)
	lake := openLake(t, t.TempDir())
	r := s.run(lake, "a")
	r.Lake = &overtaken{lake, "pending", func() {
		other := `{"b":{"reason":"not_found","first_seen":"2026-11-20T00:00:00Z","last_try":"2026-11-20T00:00:00Z","attempts":1,"start_date_time":null,"hours_left":null}}`
		if _, err := lake.WriteState(t.Context(), "pending", []byte(other), ""); err != nil {
			t.Error(err)
		}
	}}
	if _, err := r.Do(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := slices.Sorted(maps.Keys(readPending(t, lake))); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("pending are %v, want those of both runs", got)
	}
}

func TestDamagedPendingListIsNamed(t *testing.T) {
	s := newTenant(t)
	lake := openLake(t, t.TempDir())
	if _, err := lake.WriteState(t.Context(), "pending", []byte("{"), ""); err != nil {
		t.Fatal(err)
	}
	report, err := s.run(lake, "a").Do(t.Context())
	if report.ExitCode != jobs.ExitStorage || err == nil {
		t.Errorf("error %v, report %s", err, report.JSON())
	}
}
