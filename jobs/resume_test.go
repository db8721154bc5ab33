package jobs_test

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"etl/extract"
	"etl/internal/graphsim"
	"etl/jobs"
	"etl/load"
)

// dying is a lake whose run ends with a commit after which nothing is written
// any more, as if the process had been killed.
type dying struct {
	*load.Lake
	left atomic.Int64 // commits until then
}

var errKilled = errors.New("killed")

func (d *dying) Commit(ctx context.Context, name string, changes []load.Change) (load.Receipt, error) {
	if d.left.Add(-1) < 0 {
		return load.Receipt{Results: make([]load.Result, len(changes))}, errKilled
	}
	return d.Lake.Commit(ctx, name, changes)
}

func (d *dying) WriteState(ctx context.Context, name string, data []byte, token load.Token) (load.Token, error) {
	if d.left.Load() < 0 {
		return "", errKilled
	}
	return d.Lake.WriteState(ctx, name, data, token)
}

func (d *dying) WriteRun(ctx context.Context, name string, report []byte) error { return errKilled }

// TestSyncGoesOnAfterBeingKilled kills a first sync after each number of
// commits; what it has loaded is not loaded again, and what it has covered is
// not listed again.
func TestSyncGoesOnAfterBeingKilled(t *testing.T) {
	for commits := range 6 {
		s := newTenant(t)
		ids := s.put(t, 25*4, s.now().Add(-27*wholeDay), 6*hour)
		dir := t.TempDir()
		lake := openLake(t, dir)
		d := &dying{Lake: lake}
		d.left.Store(int64(commits))
		r := s.sync(lake)
		r.Lake, r.BatchBytes = d, 4000 // some 10 calls
		first, err := r.Do(t.Context())
		if !errors.Is(err, errKilled) {
			t.Fatalf("%d commits: error %v", commits, err)
		}
		c := readCoverage(t, lake)
		switch {
		case commits == 0 && len(c.Listed) > 0, commits > 2 && len(c.Listed) == 0:
			t.Errorf("%d commits: coverage %+v", commits, c)
		}
		s.ResetLog()
		report := s.mustSync(t, s.sync(lake), jobs.ExitLoaded)
		if report.Loaded != int64(len(ids))-first.Loaded || report.Unchanged != 0 {
			t.Errorf("%d commits: the first run has loaded %d, the second %d of %d", commits, first.Loaded, report.Loaded, len(ids))
		}
		s.checkSynced(t, dir, ids)
		if len(c.Listed) > 0 && report.Listing.Listed >= int64(len(ids)) {
			t.Errorf("%d commits: all calls were listed again", commits)
		}
	}
}

// TestSyncEndsAtItsDeadline has calls that take for ever, so that the first
// run gets nowhere near the end.
func TestSyncEndsAtItsDeadline(t *testing.T) {
	s := newTenant(t)
	ids := s.put(t, 25*8, s.now().Add(-27*wholeDay), 3*hour)
	dir := t.TempDir()
	lake := openLake(t, dir)
	stalled := ids[20]
	mend := s.Inject(graphsim.Fault{Match: graphsim.OnCall(stalled), Do: graphsim.Stall()})
	r := s.sync(lake)
	r.Deadline, r.Pull.Concurrency = 2*time.Second, 1
	report := s.mustSync(t, r, jobs.ExitIncomplete)
	if report.Loaded != 20 || report.Pending == 0 || len(report.Listing.Uncovered) == 0 || report.Listing.Uncovered[0].Reason != "not_listed" {
		t.Errorf("report %s", report.JSON())
	}
	if _, named := readPending(t, lake)[stalled]; !named {
		t.Error("the call that stalls is not pending")
	}
	loaded, c := ids[:20], readCoverage(t, lake)
	for _, id := range ids {
		record, _ := s.Tenant().Newest(id)
		_, pending := readPending(t, lake)[id]
		covered := len(c.Gaps(jobs.Span{From: record.Start, Until: record.Start.Add(1)}, time.Time{})) == 0
		if covered && !pending && !slices.Contains(loaded, id) {
			t.Errorf("call %s is covered, but neither loaded nor pending", id)
		}
	}
	mend()
	s.mustSync(t, s.sync(lake), jobs.ExitLoaded)
	s.checkSynced(t, dir, ids)
}

func TestSyncThatIsInterrupted(t *testing.T) {
	s := newTenant(t)
	ids := s.put(t, 25*8, s.now().Add(-27*wholeDay), 3*hour)
	dir := t.TempDir()
	lake := openLake(t, dir)
	ctx, cancel := context.WithCancelCause(t.Context())
	r := s.sync(lake)
	r.Progress = func(p jobs.Progress) {
		if p.Done == 30 {
			cancel(jobs.ErrInterrupted)
		}
	}
	report, err := r.Do(ctx)
	if !errors.Is(err, jobs.ErrInterrupted) || report.ExitCode != jobs.ExitInterrupted || report.Loaded < 20 {
		t.Errorf("error %v, report %s", err, report.JSON())
	}
	s.mustSync(t, s.sync(lake), jobs.ExitLoaded)
	s.checkSynced(t, dir, ids)
}

func TestSyncThatGraphRefuses(t *testing.T) {
	s := newTenant(t)
	ids := s.put(t, 50, day, hour/2)
	dir := t.TempDir()
	lake := openLake(t, dir)
	s.SetConsent(false)
	report, err := s.sync(lake).Do(t.Context())
	if !errors.Is(err, extract.ErrSignIn) || report.ExitCode != jobs.ExitSignIn || len(readCoverage(t, lake).Listed) > 0 {
		t.Errorf("error %v, report %s", err, report.JSON())
	}
	if n := len(s.Requests().On(graphsim.Graph)); n > 5 {
		t.Errorf("%d requests to Graph, which refuses", n)
	}
	s.SetConsent(true)
	s.mustSync(t, s.sync(lake), jobs.ExitLoaded)
	s.checkSynced(t, dir, ids)
}

// TestSyncWithACallThatCannotBeLoaded keeps the call pending, and covers its
// span all the same.
func TestSyncWithACallThatCannotBeLoaded(t *testing.T) {
	s := newTenant(t)
	ids := s.put(t, 50, day, hour/2)
	dir := t.TempDir()
	lake := openLake(t, dir)
	mend := s.Inject(graphsim.Fault{Match: graphsim.OnCall(ids[7]), Do: graphsim.Error(400, "BadRequest", "no")})
	report := s.mustSync(t, s.sync(lake), jobs.ExitIncomplete)
	if report.Pending != 1 || report.Calls[0].ID != ids[7] || report.Calls[0].Deadline == nil {
		t.Errorf("report %s", report.JSON())
	}
	wantCovered(t, lake, s.now().Add(-30*wholeDay), s.now().Add(-150*time.Minute))
	s.checkSynced(t, dir, slices.Delete(slices.Clone(ids), 7, 8))
	status, err := jobs.ReadStatus(t.Context(), lake, s.now(), 72*hour)
	if err != nil || status.ExitCode != jobs.ExitIncomplete || status.Pending["http_400"] != 1 || !status.OldestUnloaded.Equal(day.Add(7*hour/2)) {
		t.Errorf("status %+v, error %v", status, err)
	}
	mend()
	s.mustSync(t, s.sync(lake), jobs.ExitLoaded)
	s.checkSynced(t, dir, ids)
}

// TestSyncByGraphsClock has a machine whose clock is 20 hours ahead or behind:
// what Graph is about to forget must be listed all the same.
func TestSyncByGraphsClock(t *testing.T) {
	for _, off := range []time.Duration{20 * hour, -20 * hour} {
		s := newTenant(t)
		ids := append(s.put(t, 10, s.now().Add(-30*wholeDay+time.Minute), hour), s.put(t, 10, s.now().Add(-10*hour), hour)...)
		dir := t.TempDir()
		lake := openLake(t, dir)
		graph := s.now
		s.now = func() time.Time { return graph().Add(off) }
		s.mustSync(t, s.sync(lake), jobs.ExitLoaded)
		s.now = graph
		s.checkSynced(t, dir, ids)
		wantCovered(t, lake, graph().Add(-30*wholeDay), graph().Add(-151*time.Minute))
		for _, l := range readCoverage(t, lake).Listed {
			if l.ListedAt.After(graph().Add(time.Second)) || l.Until.After(graph()) {
				t.Errorf("clock %v off: listed %+v", off, l)
			}
		}
	}
}

// TestSyncWritesItsCoverageBesideAnother has another run cover spans while
// this one goes on.
func TestSyncWritesItsCoverageBesideAnother(t *testing.T) {
	s := newTenant(t)
	s.put(t, 50, day, hour/2)
	lake := openLake(t, t.TempDir())
	r := s.sync(lake)
	r.Lake = &overtaken{lake, "coverage", func() {
		text := `{"listed":[{"from":"2026-09-01T00:00:00Z","until":"2026-10-01T00:00:00Z","listed_at":"2026-09-30T00:00:00Z"},{"from":"2026-11-01T00:00:00Z","until":"2026-11-02T00:00:00Z","listed_at":"2026-11-20T13:00:00Z"}],"last_run":null,"last_success":null}`
		if _, err := lake.WriteState(t.Context(), "coverage", []byte(text), ""); err != nil {
			t.Error(err)
		}
	}}
	if _, err := r.Do(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantCovered(t, lake, time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC))
	wantCovered(t, lake, s.now().Add(-30*wholeDay), s.now().Add(-150*time.Minute))
	november := jobs.Span{From: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), Until: time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)}
	if c := readCoverage(t, lake); len(c.Gaps(november, s.now().Add(hour))) > 0 {
		t.Errorf("the newer listing of the other run is gone: %+v", c)
	}
}
