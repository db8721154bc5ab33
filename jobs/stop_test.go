package jobs_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"etl/extract"
	"etl/internal/graphsim"
	"etl/jobs"
	"etl/load"
)

func TestErrorsForTheWholeRun(t *testing.T) {
	calls := generate(12)
	for name, c := range map[string]struct {
		spoil func(s *tenant, r *jobs.Run)
		code  int
	}{
		"wrong secret": {func(s *tenant, _ *jobs.Run) { s.ClientSecret = "wrong" }, jobs.ExitSignIn},
		"no consent":   {func(s *tenant, _ *jobs.Run) { s.SetConsent(false) }, jobs.ExitSignIn},
		"clock a day off": {func(s *tenant, _ *jobs.Run) {
			now := s.now
			s.now = func() time.Time { return now().Add(25 * time.Hour) }
		}, jobs.ExitClock},
		"unreadable ids": {func(s *tenant, r *jobs.Run) {
			ids := r.IDs
			r.IDs = func(yield func(extract.Ref, error) bool) {
				for ref := range ids {
					if !yield(ref, nil) {
						return
					}
				}
				yield(extract.Ref{}, fmt.Errorf("%w: line 13 is unreadable", jobs.ErrUsage))
			}
		}, jobs.ExitUsage},
	} {
		t.Run(name, func(t *testing.T) {
			s := newTenant(t, calls...)
			ids := s.Tenant().IDs()
			dir := t.TempDir()
			r := s.run(openLake(t, dir), ids...)
			c.spoil(s, &r)
			report, err := r.Do(t.Context())
			if err == nil || jobs.ExitCode(err) != c.code || report.ExitCode != c.code || strings.Contains(err.Error(), "\n") {
				t.Errorf("error %v, report %s", err, report.JSON())
			}
			checkReport(t, report, int64(len(ids)))
			if c.code == jobs.ExitUsage {
				s.checkLake(t, dir, ids)
			} else if n := len(s.Requests().On(graphsim.Graph)); n > 10 {
				t.Errorf("%d requests to Graph, want no more after it refused", n)
			}
			var kept jobs.Report
			text, err := os.ReadFile(filepath.Join(dir, "_runs", report.Run+".json"))
			if err = errors.Join(err, json.Unmarshal(text, &kept)); err != nil || kept.Error == "" || kept.ExitCode != c.code {
				t.Errorf("the lake's report is %s, error %v", text, err)
			}
		})
	}
}

func TestSecondRunOnAFolderIsRefused(t *testing.T) {
	s := newTenant(t, generate(12)...)
	dir := t.TempDir()
	unlock, err := openLake(t, dir).Lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	report, err := s.run(openLake(t, dir), s.Tenant().IDs()...).Do(t.Context())
	if !errors.Is(err, load.ErrLocked) || report.ExitCode != jobs.ExitLocked || len(s.Requests()) != 0 {
		t.Errorf("error %v, %d requests, report %s", err, len(s.Requests()), report.JSON())
	}
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
}

// TestStoppedRunCommitsWhatItHas stops runs of which half the calls stall, by
// a signal and by the deadline.
func TestStoppedRunCommitsWhatItHas(t *testing.T) {
	s := newTenant(t, generate(24)...)
	ids := s.Tenant().IDs()
	fast, slow := ids[:len(ids)/2], ids[len(ids)/2:]
	for _, id := range slow {
		s.Inject(graphsim.Fault{Match: graphsim.OnCall(id), Do: graphsim.Stall()})
	}
	for reason, want := range map[string]int{"interrupted": jobs.ExitInterrupted, "run_deadline": jobs.ExitIncomplete} {
		dir := t.TempDir()
		ctx, cancel := context.WithCancelCause(t.Context())
		r := s.run(openLake(t, dir), ids...)
		r.Pull = extract.Pull{Concurrency: len(ids), CallDeadline: time.Hour}
		done := make(chan struct{})
		r.Progress = func(p jobs.Progress) {
			if p.Done == int64(len(fast)) {
				close(done)
			}
		}
		if reason == "interrupted" {
			go func() {
				<-done
				cancel(jobs.ErrInterrupted)
			}()
		} else {
			r.Deadline = time.Second
		}
		report, err := r.Do(ctx)
		cancel(nil)
		if report.ExitCode != want || (err != nil) != (reason == "interrupted") {
			t.Errorf("%s: error %v, report %s", reason, err, report.JSON())
		}
		checkReport(t, report, int64(len(ids)))
		var loaded []string
		for _, id := range ids {
			i := slices.IndexFunc(report.Calls, func(c jobs.CallReport) bool { return c.ID == id })
			switch {
			case i < 0:
				loaded = append(loaded, id)
			case report.Calls[i].Reason != reason || report.Calls[i].Outcome != jobs.Pending:
				t.Errorf("%s: call %+v", reason, report.Calls[i])
			}
		}
		if reason == "interrupted" && !slices.Equal(loaded, fast) || len(loaded) == 0 {
			t.Errorf("%s: %d calls were committed, want %d", reason, len(loaded), len(fast))
		}
		s.checkLake(t, dir, loaded)
	}
}
