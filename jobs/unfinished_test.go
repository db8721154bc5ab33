package jobs_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"etl/internal/graphsim"
	"etl/jobs"
	"etl/load"
)

// leave makes a lake look as a run leaves it that dies before it publishes
// calls: children, and the record of the commit.
func leave(t *testing.T, dir string, u load.Unfinished) {
	t.Helper()
	text, err := json.Marshal(u)
	if err != nil {
		t.Fatal(err)
	}
	commits := filepath.Join(dir, "_state", "commits")
	if err := os.MkdirAll(commits, 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(commits, "dead.json"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(dir, "calls")); err != nil {
		t.Fatal(err)
	}
}

func rawKeys(t *testing.T, lake *load.Lake) (keys []string) {
	t.Helper()
	for o, err := range lake.RawObjects(t.Context(), "", "") {
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, o.Key)
	}
	return keys
}

func TestNextRunCompletesADeadCommitFromTheArchive(t *testing.T) {
	s, lake, dir, _ := grown(t)
	want := objectsOf(t, dir)
	leave(t, dir, load.Unfinished{Raw: append(rawKeys(t, lake), "raw/call_date=2026-11-18/never.jsonl.zst")})
	s.ResetLog()
	report, err := s.run(lake).Do(t.Context())
	if err != nil || report.ExitCode != jobs.ExitLoaded || report.Anomalies["unfinished_commit"] != 1 || report.Requested != 0 || report.ObjectsWritten == 0 {
		t.Errorf("error %v, report %s", err, report.JSON())
	}
	if got := objectsOf(t, dir); !maps.Equal(got, want) {
		t.Errorf("the lake has %v", slices.Sorted(maps.Keys(got)))
	}
	for _, q := range s.Requests().On(graphsim.Graph) {
		t.Errorf("request for call %s, want none", q.CallID)
	}
	if left, err := lake.Unfinished(t.Context()); err != nil || len(left) > 0 {
		t.Errorf("still unfinished are %v, error %v", left, err)
	}
}

func TestNextRunFetchesTheCallsOfADeadCommitAgain(t *testing.T) {
	s := newTenant(t, generate(12)...)
	ids := s.Tenant().IDs()
	dir := t.TempDir()
	lake, err := load.Open(t.Context(), dir, load.Options{NoRaw: true})
	if err != nil {
		t.Fatal(err)
	}
	defer lake.Close()
	if _, err := s.run(lake, ids...).Do(t.Context()); err != nil {
		t.Fatal(err)
	}
	var u load.Unfinished
	for _, id := range ids {
		u.Calls = append(u.Calls, load.UnfinishedCall{ID: id})
	}
	leave(t, dir, u)
	// As long as they can't be fetched, they are pending.
	s.SetConsent(false)
	if _, err := s.run(lake).Do(t.Context()); jobs.ExitCode(err) != jobs.ExitSignIn {
		t.Fatalf("error %v", err)
	}
	if pending := readPending(t, lake); len(pending) != len(ids) || pending[ids[0]].Reason != "unfinished" {
		t.Errorf("pending are %v", pending)
	}
	s.SetConsent(true)
	if report, err := s.run(lake).Do(t.Context()); err != nil || report.Loaded != int64(len(ids)) || report.ExitCode != jobs.ExitLoaded {
		t.Errorf("error %v, report %s", err, report.JSON())
	}
	s.checkLake(t, dir, ids)
	if pending := readPending(t, lake); len(pending) > 0 {
		t.Errorf("still pending are %v", pending)
	}
}

// What can't be completed is named, and keeps no call from being loaded.
func TestDeadCommitThatCannotBeCompleted(t *testing.T) {
	s, lake, dir, ids := grown(t)
	keys := rawKeys(t, lake)
	leave(t, dir, load.Unfinished{Raw: keys})
	if err := os.WriteFile(filepath.Join(dir, filepath.FromSlash(keys[0])), []byte("damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	report, err := s.run(lake, ids...).Do(t.Context())
	if jobs.ExitCode(err) != jobs.ExitStorage || report.Loaded+report.Unchanged != int64(len(ids)) {
		t.Errorf("error %v, report %s", err, report.JSON())
	}
	s.checkLake(t, dir, ids)
	if left, err := lake.Unfinished(t.Context()); err != nil || len(left) != 1 {
		t.Errorf("unfinished are %v, error %v", left, err)
	}
}
