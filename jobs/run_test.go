package jobs_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"etl/extract"
	"etl/internal/graphsim"
	"etl/internal/oracle"
	"etl/jobs"
)

func TestRunLoadsEveryCallExactly(t *testing.T) {
	t.Parallel()
	big := graphsim.NewGenerator(graphsim.GeneratorOptions{Seed: 3}).Sized(day, 0, 1001, 400)
	s := newTenant(t, append(generate(24), big)...)
	ids := s.Tenant().IDs()
	dir := t.TempDir()
	report, err := s.run(openLake(t, dir), append(ids, ids...)...).Do(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	checkReport(t, report, int64(len(ids)))
	if report.Loaded != int64(len(ids)) || report.ExitCode != jobs.ExitLoaded {
		t.Fatalf("report %s", report.JSON())
	}
	s.checkLake(t, dir, ids)
	if truth := s.truth(t, []string{big.ID}); len(truth["sessions"]) != 1001 || len(truth["participants"]) != 400 {
		t.Errorf("the big call has %d sessions and %d participants", len(truth["sessions"]), len(truth["participants"]))
	}
	for table, rows := range s.truth(t, ids) {
		if report.Rows[table] != int64(len(rows)) {
			t.Errorf("the report says %d %s, want %d", report.Rows[table], table, len(rows))
		}
	}
	if report.UnknownProperties["sessions.segments.media.callerNetwork.ecnMarking"] == 0 {
		t.Errorf("a property that no column holds is not in the report: %s", report.JSON())
	}
}

func TestRunAgainWritesNothing(t *testing.T) {
	s := newTenant(t, generate(12)...)
	ids := s.Tenant().IDs()
	dir := t.TempDir()
	lake := openLake(t, dir)
	for i, want := range []int64{int64(len(ids)), 0} {
		before := stamps(t, dir)
		report, err := s.run(lake, ids...).Do(t.Context())
		if err != nil || report.Loaded != want || report.ExitCode != jobs.ExitLoaded {
			t.Fatalf("run %d: error %v, report %s", i, err, report.JSON())
		}
		checkReport(t, report, int64(len(ids)))
		if i > 0 && (report.ObjectsWritten != 0 || !maps.Equal(before, stamps(t, dir))) {
			t.Errorf("a run without news wrote %d objects", report.ObjectsWritten)
		}
	}
}

func TestEqualCallsGiveEqualObjects(t *testing.T) {
	s := newTenant(t, generate(24)...)
	ids := s.Tenant().IDs()
	objects := func(shape func(r *jobs.Run)) map[string]string {
		dir := t.TempDir()
		r := s.run(openLake(t, dir), ids...)
		shape(&r)
		if report, err := r.Do(t.Context()); err != nil || report.Loaded != int64(len(ids)) {
			t.Fatalf("error %v, report %s", err, report.JSON())
		}
		all, err := oracle.Objects(dir)
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	want := objects(func(r *jobs.Run) { r.Pull.Concurrency = 1 })
	slices.Reverse(ids)
	got := objects(func(r *jobs.Run) {
		r.Pull.Concurrency = 16
		r.BatchBytes = 100_000
	})
	if !maps.Equal(got, want) || len(want) < 12 {
		t.Errorf("the %d objects of one batch and the %d of many are not equal", len(want), len(got))
	}
}

func TestRunReplacesCallsOfWhichGraphHasANewerVersion(t *testing.T) {
	t.Parallel()
	calls := generate(12)
	s := newTenant(t, calls...)
	ids := s.Tenant().IDs()
	put := func(version func(graphsim.Call) graphsim.Record) (changed int64) {
		for _, call := range calls {
			s.Tenant().Put(version(call))
			if len(call.Versions) > 1 {
				changed++
			}
		}
		return changed
	}
	first := func(c graphsim.Call) graphsim.Record { return c.Versions[0].Record }
	dir := t.TempDir()
	lake := openLake(t, dir)
	load := func() *jobs.Report {
		report, err := s.run(lake, ids...).Do(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		checkReport(t, report, int64(len(ids)))
		return report
	}
	changed := put(first)
	if changed == 0 {
		t.Fatal("no generated call has a second version")
	}
	load()
	s.checkLake(t, dir, ids)

	put(graphsim.Call.Final)
	if report := load(); report.Loaded != changed || report.Unchanged != int64(len(ids))-changed {
		t.Errorf("newer versions: report %s", report.JSON())
	}
	s.checkLake(t, dir, ids)

	put(first)
	if report := load(); report.Unchanged != int64(len(ids)) || report.Anomalies["older_version"] != changed {
		t.Errorf("older versions: report %s", report.JSON())
	}
	put(graphsim.Call.Final)
	s.checkLake(t, dir, ids)
}

// TestBadCallsDoNotKeepOthersFromBeingLoaded has each fault on a call of its
// own, and good calls beside them.
func TestBadCallsDoNotKeepOthersFromBeingLoaded(t *testing.T) {
	t.Parallel()
	calls := generate(40)
	s := newTenant(t, calls...)
	want := map[string]string{
		"../x": "bad_id", "a\r\nb": "bad_id", strings.Repeat("x", 5000): "bad_id",
		"00000000-0000-0000-0000-000000000000": "not_found",
	}
	for i, fault := range []struct {
		reason string
		do     graphsim.Action
	}{
		{"invalid_utf8", graphsim.Garbage()},
		{"not_json", graphsim.HTML()},
		{"bad_page", graphsim.TruncatedGzip()},
		{"wrong_call", graphsim.WrongCall(calls[0].ID)},
		{"server_error", graphsim.Status(500, nil, "")},
		{"throttled", graphsim.Throttle("0.01")},
		{"http_400", graphsim.Error(400, "BadRequest", "no")},
		{"invalid_utf8", graphsim.InvalidUTF8()},
		{"too_deep", graphsim.Deep(100_000)},
		{"bad_page", graphsim.ErrorWith200()},
		{"bad_page", graphsim.EmptyObject()},
		{"http_302", graphsim.Redirect(302, "https://127.0.0.1:1/")},
	} {
		id := calls[10+i].ID
		s.Inject(graphsim.Fault{Match: graphsim.OnCall(id), Do: fault.do})
		want[id] = fault.reason
	}
	ids := s.Tenant().IDs()
	good := slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return want[id] != "" })
	ids = append(good[:len(good):len(good)], slices.Collect(maps.Keys(want))...)
	dir := t.TempDir()
	r := s.run(openLake(t, dir), ids...)
	r.Pull.CallDeadline = 8 * time.Second // for the bad ones; the good ones need no second
	report, err := r.Do(t.Context())
	if err != nil || report.ExitCode != jobs.ExitIncomplete {
		t.Fatalf("error %v, report %s", err, report.JSON())
	}
	checkReport(t, report, int64(len(ids)))
	s.checkLake(t, dir, good)
	for _, c := range report.Calls {
		id := c.ID
		if long := strings.TrimSuffix(id, "…"); long != id {
			id = strings.Repeat("x", 5000)
		}
		outcome := jobs.Pending
		if want[id] == "bad_id" {
			outcome = jobs.Failed
		}
		if c.Reason != want[id] || c.Outcome != outcome || len(c.ID) > 200 {
			t.Errorf("call %q is %s for %s, want %s for %s", c.ID, c.Outcome, c.Reason, outcome, want[id])
		}
	}
	kept, err := os.ReadFile(filepath.Join(dir, "_runs", report.Run+".json"))
	if err != nil || string(kept) != string(report.JSON()) {
		t.Errorf("the lake's report is not the run's: %s, error %v", kept, err)
	}
}

func TestCallsThatGraphHasForgotten(t *testing.T) {
	calls := generate(12)
	s := newTenant(t, calls...)
	lake := openLake(t, t.TempDir())
	held, lost := calls[0].Final(), calls[1].Final()
	if _, err := s.run(lake, held.ID).Do(t.Context()); err != nil {
		t.Fatal(err)
	}
	later := func() time.Time { return day.Add(32 * 24 * time.Hour) }
	empty := graphsim.NewTenant(graphsim.TenantOptions{Now: later})
	r := serve(t, graphsim.Options{Tenant: empty, TenantID: s.TenantID}, later).run(lake)
	r.IDs = func(yield func(extract.Ref, error) bool) {
		for _, ref := range []extract.Ref{
			{ID: held.ID, Start: held.Start},
			{ID: lost.ID, Start: lost.Start},
			{ID: "young", Start: later().Add(-2 * time.Hour), End: later().Add(-time.Hour)},
			{ID: "old", Start: later().Add(-29 * 24 * time.Hour), End: later().Add(-29 * 24 * time.Hour)},
		} {
			if !yield(ref, nil) {
				return
			}
		}
	}
	report, err := r.Do(t.Context())
	if err != nil || report.ExitCode != jobs.ExitLost || report.Unchanged != 1 || report.Lost != 1 || report.Pending != 2 {
		t.Fatalf("error %v, report %s", err, report.JSON())
	}
	want := map[string]string{lost.ID: "lost expired", "young": "pending not_yet", "old": "pending not_found"}
	for _, c := range report.Calls {
		if got := string(c.Outcome) + " " + c.Reason; got != want[c.ID] {
			t.Errorf("call %s is %s, want %s", c.ID, got, want[c.ID])
		}
		if c.ID == lost.ID && !c.Deadline.Equal(lost.Start.Add(30*24*time.Hour)) {
			t.Errorf("call %s is forgotten at %v", c.ID, c.Deadline)
		}
	}
}

func TestCallThatGraphIsAboutToForget(t *testing.T) {
	s := newTenant(t)
	for age, want := range map[time.Duration]int{26 * 24 * time.Hour: jobs.ExitIncomplete, 28 * 24 * time.Hour: jobs.ExitLost} {
		r := s.run(openLake(t, t.TempDir()))
		r.IDs = func(yield func(extract.Ref, error) bool) {
			yield(extract.Ref{ID: "old", Start: s.now().Add(-age)}, nil)
		}
		if report, err := r.Do(t.Context()); err != nil || report.ExitCode != want {
			t.Errorf("a pending call of %v: error %v, exit code %d, want %d", age, err, report.ExitCode, want)
		}
	}
}
