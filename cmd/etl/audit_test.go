package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"etl/internal/graphsim"
	"etl/jobs"
)

func TestAuditSaysWhatIsWrong(t *testing.T) {
	lake := filepath.Join(t.TempDir(), "lake")
	if r := etl(t, "demo", "--lake", lake, "--days", "1", "--calls-per-day", "5"); r.code != 0 {
		t.Fatalf("exit code %d: %s", r.code, r.stderr)
	}
	if r := etl(t, "audit", "--lake", lake); r.code != 0 || !strings.Contains(r.stdout, "Nothing is wrong: ") {
		t.Errorf("exit code %d: %s", r.code, r.stdout)
	}
	objects, err := filepath.Glob(filepath.Join(lake, "streams", "*", "part-0.parquet"))
	if err != nil || len(objects) != 1 {
		t.Fatal(objects, err)
	}
	if err := os.Remove(objects[0]); err != nil {
		t.Fatal(err)
	}
	r := etl(t, "audit", "--lake", lake)
	if r.code != jobs.ExitIncomplete || !strings.Contains(r.stdout, "missing_object") || !strings.Contains(r.stdout, "wrong_count") || strings.Contains(r.stdout, "asked for") {
		t.Errorf("exit code %d: %s", r.code, r.stdout)
	}
	r = etl(t, "audit", "--lake", lake, "--repair", "--output", "json")
	if report := r.report(t); r.code != 0 || len(report.Findings) < 2 || !report.Findings[0].Repaired || report.Command != "audit" {
		t.Errorf("exit code %d: %s", r.code, r.stdout)
	}
	if r := etl(t, "audit", "--lake", lake, "--from", "someday"); r.code != jobs.ExitUsage {
		t.Errorf("exit code %d: %s", r.code, r.stderr)
	}
}

func TestAuditAsksGraph(t *testing.T) {
	server := useTenant(t, graphsim.Options{})
	lake := t.TempDir()
	ids := server.Tenant().IDs()
	if r := etl(t, append([]string{"run", "--lake", lake}, ids[1:]...)...); r.code != 0 {
		t.Fatalf("exit code %d: %s", r.code, r.stderr)
	}
	if r := etl(t, "audit", "--lake", lake, "--source"); r.code != jobs.ExitIncomplete || !strings.Contains(r.stdout, ids[0]) || strings.Contains(r.stdout, ids[1]) {
		t.Errorf("exit code %d: %s", r.code, r.stdout)
	}
	if r := etl(t, "audit", "--lake", lake, "--source", "--repair"); r.code != 0 || !strings.Contains(r.stdout, "(repaired)") {
		t.Errorf("exit code %d: %s", r.code, r.stdout)
	}
}
