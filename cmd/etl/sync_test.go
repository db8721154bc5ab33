package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"etl/internal/graphsim"
	"etl/internal/oracle"
	"etl/jobs"
)

func status(t *testing.T, lake string) (s jobs.Status, code int) {
	t.Helper()
	r := etl(t, "status", "--lake", lake, "--output", "json")
	if err := json.Unmarshal([]byte(r.stdout), &s); err != nil {
		t.Fatalf("%v: %s%s", err, r.stdout, r.stderr)
	}
	return s, r.code
}

func TestSyncThenStatus(t *testing.T) {
	server := useTenant(t, graphsim.Options{})
	lake := t.TempDir()
	if s, code := status(t, lake); code != jobs.ExitLost || len(s.Uncovered) != 1 || s.LastRun != nil || s.HoursToFirstLoss == nil || *s.HoursToFirstLoss != 0 {
		t.Errorf("before the first run: exit code %d, status %+v", code, s)
	}
	ids := server.Tenant().IDs()
	for i, want := range []int64{int64(len(ids)), 0} {
		r := etl(t, "sync", "--lake", lake, "--output", "json")
		if report := r.report(t); r.code != 0 || report.Loaded != want || report.Command != "sync" || report.Listing == nil {
			t.Fatalf("run %d: exit code %d, report %+v, standard error %s", i, r.code, report, r.stderr)
		}
	}
	tables, err := oracle.ReadLake(t.Context(), lake)
	if err != nil || len(tables["calls"]) != len(ids) {
		t.Errorf("%d calls in the lake, want %d, error %v", len(tables["calls"]), len(ids), err)
	}
	s, code := status(t, lake)
	if code != 0 || len(s.Uncovered) != 0 || len(s.Pending) != 0 || s.LastSuccess == nil || s.HoursToFirstLoss != nil || s.OldestUnloaded != nil {
		t.Errorf("exit code %d, status %+v", code, s)
	}
	if f := s.Freshness; f.Calls == 0 || f.P50 <= 0 || f.P50 > f.P90 || f.P99 > f.Max || f.Max > 73*60 {
		t.Errorf("freshness %+v", f)
	}
	text := etl(t, "status", "--lake", lake)
	for _, want := range []string{"last success", "covered", "0 calls", "half within"} {
		if !strings.Contains(text.stdout, want) {
			t.Errorf("the status lacks %q:\n%s", want, text.stdout)
		}
	}
	if strings.Contains(text.stdout, "not covered") || strings.Contains(text.stdout, "LOST") {
		t.Errorf("status:\n%s", text.stdout)
	}
}

func TestSyncSaysLoudlyWhatIsNearToBeingLost(t *testing.T) {
	server := useTenant(t, graphsim.Options{})
	server.Inject(graphsim.Fault{Match: graphsim.OnKind(graphsim.KindList), Do: graphsim.Error(400, "BadRequest", "no")})
	lake := t.TempDir()
	r := etl(t, "sync", "--lake", lake)
	if r.code != jobs.ExitLost || !strings.Contains(r.stderr, "WITHIN 72 HOURS") || !strings.Contains(r.stdout, "not listed whole") || !strings.Contains(r.stdout, "http_400") {
		t.Errorf("exit code %d, standard error %s, standard output %s", r.code, r.stderr, r.stdout)
	}
}

func TestSyncOfASpan(t *testing.T) {
	tenant := graphsim.NewTenant(graphsim.TenantOptions{})
	generator := graphsim.NewGenerator(graphsim.GeneratorOptions{Seed: 5, CallsPerDay: 6, AllHands: -1})
	for call := range generator.Days(time.Now().UTC().AddDate(0, 0, -4), 4) { // on both sides of two days ago, at any time of day
		tenant.Put(call.Final())
	}
	server := useTenant(t, graphsim.Options{Tenant: tenant})
	lake := t.TempDir()
	r := etl(t, "sync", "--lake", lake, "--since", "10d", "--until", "2d", "--output", "json")
	report := r.report(t)
	if r.code != 0 || report.Loaded == 0 || report.Loaded == int64(len(server.Tenant().IDs())) {
		t.Errorf("exit code %d, report %+v, standard error %s", r.code, report, r.stderr)
	}
	tables, err := oracle.ReadLake(t.Context(), lake)
	if err != nil {
		t.Fatal(err)
	}
	for _, call := range tables["calls"] {
		if start := call["call_start_date_time"].(time.Time); time.Since(start) < 2*24*time.Hour || time.Since(start) > 11*24*time.Hour {
			t.Errorf("a call that started at %v is in the lake", start)
		}
	}
}

func TestSyncUsage(t *testing.T) {
	useTenant(t, graphsim.Options{})
	t.Setenv("ETL_LAKE", t.TempDir())
	for _, args := range [][]string{
		{"--since", "yesterday"}, {"--until", "-3h"}, {"--since", "1d", "--until", "2d"}, {"--hot-window", "0s"}, {"--full-every", "0s"}, {"--since", "99999999d"},
	} {
		if r := etl(t, append([]string{"sync"}, args...)...); r.code != jobs.ExitUsage {
			t.Errorf("%v: exit code %d, standard error %s", args, r.code, r.stderr)
		}
	}
	if files, err := filepath.Glob(filepath.Join(os.Getenv("ETL_LAKE"), "*")); err != nil || len(files) > 0 {
		t.Errorf("the lake has %v, error %v", files, err)
	}
}

func TestParseMoment(t *testing.T) {
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]string{
		"30d": "2026-10-25T12:00:00Z", "12h": "2026-11-24T00:00:00Z", "0d": "2026-11-24T12:00:00Z", "1h30m": "2026-11-24T10:30:00Z",
		"2026-11-01": "2026-11-01T00:00:00Z", "2026-11-01T08:00:00+01:00": "2026-11-01T07:00:00Z",
	} {
		if got, err := parseMoment(text, now); err != nil || got.UTC().Format(time.RFC3339) != want {
			t.Errorf("%s is %v, error %v, want %s", text, got, err, want)
		}
	}
	for _, text := range []string{"", "d", "-1d", "1.5d", "30", "2026-13-01", "2026-11-01T08:00:00", "-5h"} {
		if got, err := parseMoment(text, now); err == nil {
			t.Errorf("%q is %v", text, got)
		}
	}
}
