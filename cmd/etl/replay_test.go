package main

import (
	"maps"
	"path/filepath"
	"strings"
	"testing"

	"etl/internal/oracle"
	"etl/jobs"
)

func TestReplayRebuildsTheTables(t *testing.T) {
	dir := t.TempDir()
	lake, other := filepath.Join(dir, "lake"), filepath.Join(dir, "other")
	if r := etl(t, "demo", "--lake", lake, "--days", "2", "--calls-per-day", "5"); r.code != 0 {
		t.Fatalf("exit code %d: %s", r.code, r.stderr)
	}
	want, err := oracle.Objects(lake)
	if err != nil {
		t.Fatal(err)
	}
	r := etl(t, "replay", "--lake", lake, "--into", other, "--output", "json")
	if report := r.report(t); r.code != 0 || report.Command != "replay" || report.Loaded != report.Requested || report.Loaded < 10 {
		t.Errorf("exit code %d, report %+v", r.code, report)
	}
	got, err := oracle.Objects(other)
	if err != nil || !maps.Equal(got, want) || len(got) < 12 {
		t.Errorf("%d objects, want the %d of the lake; error %v", len(got), len(want), err)
	}
	if r := etl(t, "replay", "--lake", lake); r.code != 0 || !strings.Contains(r.stdout, "0 loaded") || !strings.Contains(r.stdout, "nothing was written") {
		t.Errorf("exit code %d: %s", r.code, r.stdout)
	}
}

func TestReplayWithoutAnArchive(t *testing.T) {
	lake := filepath.Join(t.TempDir(), "lake")
	if r := etl(t, "demo", "--lake", lake, "--days", "1", "--calls-per-day", "5", "--no-raw"); r.code != 0 {
		t.Fatalf("exit code %d: %s", r.code, r.stderr)
	}
	if files, err := filepath.Glob(filepath.Join(lake, "raw", "*")); err != nil || len(files) > 0 {
		t.Errorf("there is an archive: %v, error %v", files, err)
	}
	for _, args := range [][]string{{"--lake", lake}, {"--lake", lake, "--from", "yesterday"}, {"--lake", lake, "--to", "2026-02-30"}} {
		if r := etl(t, append([]string{"replay"}, args...)...); r.code != jobs.ExitUsage || r.stderr == "" {
			t.Errorf("%v: exit code %d: %s", args, r.code, r.stderr)
		}
	}
}
