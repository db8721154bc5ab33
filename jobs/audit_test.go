package jobs_test

import (
	"context"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"etl/extract"
	"etl/internal/graphsim"
	"etl/jobs"
	"etl/load"
)

func (s *tenant) audit(lake *load.Lake) jobs.Audit {
	return jobs.Audit{Lake: lake, Log: slog.New(slog.DiscardHandler), Pull: extract.Pull{Concurrency: 4}}
}

// kinds counts findings by kind; those that were repaired have a plus.
func kinds(report *jobs.Report) map[string]int {
	n := map[string]int{}
	for _, f := range report.Findings {
		kind := f.Kind
		if f.Repaired {
			kind += "+"
		}
		n[kind]++
	}
	return n
}

func mustAudit(t *testing.T, a jobs.Audit) *jobs.Report {
	t.Helper()
	report, err := a.Do(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	left := slices.ContainsFunc(report.Findings, func(f jobs.Finding) bool { return !f.Repaired })
	if want := map[bool]int{true: jobs.ExitIncomplete, false: jobs.ExitLoaded}[left]; report.ExitCode != want {
		t.Errorf("exit code %d, want %d", report.ExitCode, want)
	}
	return report
}

func oneFile(t *testing.T, pattern ...string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(pattern...))
	if err != nil || len(files) == 0 {
		t.Fatalf("no file %v, error %v", pattern, err)
	}
	return files[0]
}

func TestAuditOfARightLake(t *testing.T) {
	s, lake, _, ids := grown(t)
	report := mustAudit(t, s.audit(lake))
	if len(report.Findings) > 0 || report.Requested != int64(len(ids)) || report.ObjectsWritten != 0 {
		t.Errorf("report %s", report.JSON())
	}
}

// Each damage is named, and repaired from the archive; then the lake is as it
// was, byte for byte.
func TestAuditFindsAndRepairs(t *testing.T) {
	const first, second = "call_date=2026-11-18", "call_date=2026-11-19"
	flip := func(t *testing.T, file string) {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		data[len(data)/3] ^= 1
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	move := func(t *testing.T, from, to string) {
		data, err := os.ReadFile(from)
		if err == nil {
			err = os.WriteFile(to, data, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	s, _, right, _ := grown(t)
	want := objectsOf(t, right)
	for name, c := range map[string]struct {
		damage func(t *testing.T, dir string)
		want   []string // kinds that are found
		stays  bool     // can't be repaired
	}{
		"object deleted": {func(t *testing.T, dir string) {
			os.Remove(filepath.Join(dir, "streams", first, "part-0.parquet"))
		}, []string{"missing_object", "wrong_count"}, false},
		"calls deleted": {func(t *testing.T, dir string) {
			os.Remove(filepath.Join(dir, "calls", first, "part-0.parquet"))
		}, []string{"missing_object", "orphan_rows", "not_in_tables"}, false},
		"bit flipped": {func(t *testing.T, dir string) {
			flip(t, filepath.Join(dir, "media", second, "part-0.parquet"))
		}, []string{"damaged_object"}, false},
		"footer cut": {func(t *testing.T, dir string) {
			os.Truncate(filepath.Join(dir, "calls", second, "part-0.parquet"), 2000)
		}, []string{"damaged_object"}, false},
		"object of another date": {func(t *testing.T, dir string) {
			move(t, filepath.Join(dir, "participants", first, "part-0.parquet"), filepath.Join(dir, "participants", second, "part-0.parquet"))
		}, []string{"wrong_partition", "orphan_rows", "wrong_count", "unreported_object"}, false},
		"foreign object": {func(t *testing.T, dir string) {
			move(t, filepath.Join(dir, "calls", first, "part-0.parquet"), filepath.Join(dir, "calls", first, "part-9.parquet"))
		}, []string{"foreign_object"}, true},
		"damaged report": {func(t *testing.T, dir string) {
			os.WriteFile(oneFile(t, dir, "_runs", "*"), []byte("{"), 0o600)
		}, []string{"damaged_object"}, true},
		"archive deleted": {func(t *testing.T, dir string) {
			for _, file := range []string{oneFile(t, dir, "raw", first, "*"), oneFile(t, dir, "raw", second, "*")} {
				os.Remove(file)
			}
		}, []string{"missing_object", "not_in_raw"}, true},
		"archive damaged": {func(t *testing.T, dir string) {
			flip(t, oneFile(t, dir, "raw", first, "*"))
		}, []string{"damaged_raw"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.CopyFS(dir, os.DirFS(right)); err != nil {
				t.Fatal(err)
			}
			lake := openLake(t, dir)
			c.damage(t, dir)
			found := kinds(mustAudit(t, s.audit(lake)))
			for _, kind := range c.want {
				if found[kind] == 0 {
					t.Errorf("%s is not found, only %v", kind, found)
				}
			}
			a := s.audit(lake)
			a.Repair = true
			report := mustAudit(t, a)
			if repaired := report.ExitCode == jobs.ExitLoaded; repaired == c.stays {
				t.Errorf("after the repair: %v", report.Findings)
			}
			if c.stays {
				return
			}
			if got := objectsOf(t, dir); !maps.Equal(got, want) {
				t.Errorf("the repaired tables differ from what they were")
			}
			if report := mustAudit(t, s.audit(lake)); len(report.Findings) > 0 {
				t.Errorf("the next audit finds %v", report.Findings)
			}
		})
	}
}

// Rows that are whole and consistent, but not what Graph sent.
func TestAuditComparesRowsWithTheArchive(t *testing.T) {
	s, lake, dir, _ := grown(t)
	for o, err := range lake.RawObjects(t.Context(), "2026-11-19", "2026-11-19") {
		if err != nil {
			t.Fatal(err)
		}
		// The same calls from an archive that says they were fetched earlier.
		rewriteRaw(t, filepath.Join(dir, filepath.FromSlash(o.Key)), `"fetched_at":"2026`, `"fetched_at":"2025`)
	}
	report := mustAudit(t, s.audit(lake))
	for _, f := range report.Findings {
		if f.Kind != "differs_from_raw" || f.Object != "calls/call_date=2026-11-19/part-0.parquet" || f.CallID == "" {
			t.Errorf("finding %+v", f)
		}
	}
	if len(report.Findings) == 0 {
		t.Error("nothing is found")
	}
}

func TestAuditComparesWithWhatGraphLists(t *testing.T) {
	calls := generate(12)
	s := newTenant(t, calls...)
	ids := s.Tenant().IDs()
	lake := openLake(t, t.TempDir())
	for _, call := range calls {
		s.Tenant().Put(call.Versions[0].Record)
	}
	pending := ids[0]
	mend := s.Inject(graphsim.Fault{Match: graphsim.OnCall(pending), Do: graphsim.Error(400, "BadRequest", "no")})
	if _, err := s.run(lake, ids[:20]...).Do(t.Context()); err != nil {
		t.Fatal(err)
	}
	mend()
	lag := map[string]bool{}
	for _, id := range ids[20:] {
		lag[id] = true
	}
	for _, call := range calls {
		if s.Tenant().Put(call.Final()); len(call.Versions) > 1 && call.ID != pending {
			lag[call.ID] = true
		}
	}
	a := s.audit(lake)
	a.Source, a.Connect = true, s.connect
	found := map[string]bool{}
	for _, f := range mustAudit(t, a).Findings {
		if f.Kind != "differs_from_graph" {
			t.Errorf("finding %+v", f)
		}
		found[f.CallID] = true
	}
	if !maps.Equal(found, lag) || len(lag) < len(ids)-20 {
		t.Errorf("found are %v, want %v", found, lag)
	}
	a.Repair = true
	if report := mustAudit(t, a); report.ExitCode != jobs.ExitLoaded || report.GraphRequests == 0 {
		t.Errorf("after the repair: %v", report.Findings)
	}
	a.Repair = false
	if report := mustAudit(t, a); len(report.Findings) > 0 {
		t.Errorf("the next audit finds %v", report.Findings)
	}
}

// What the archive lacks is fetched again, as long as Graph has it.
func TestAuditRepairsTheArchive(t *testing.T) {
	s, lake, dir, ids := grown(t)
	for _, pattern := range []string{"call_date=2026-11-18", "call_date=2026-11-19"} {
		files, err := filepath.Glob(filepath.Join(dir, "raw", pattern, "*"))
		if err != nil || len(files) < 2 {
			t.Fatal(err)
		}
		os.Remove(files[0])
	}
	if err := os.Truncate(oneFile(t, dir, "raw", "call_date=2026-11-18", "*"), 1000); err != nil {
		t.Fatal(err)
	}
	a := s.audit(lake)
	a.Source, a.Repair, a.Connect = true, true, s.connect
	report := mustAudit(t, a)
	if n := kinds(report); n["not_in_raw+"] == 0 || n["damaged_raw+"] != 1 || n["missing_object+"] != 2 || report.ExitCode != jobs.ExitLoaded {
		t.Errorf("found are %v", n)
	}
	if report := mustAudit(t, s.audit(lake)); len(report.Findings) > 0 {
		t.Errorf("the next audit finds %v", report.Findings)
	}
	other := t.TempDir()
	if report, err := replay(lake, openLake(t, other)).Do(t.Context()); err != nil || report.Loaded < int64(len(ids)) {
		t.Errorf("error %v, report %s", err, report.JSON())
	}
	s.checkLake(t, other, ids)
}

func TestAuditNamesAndFinishesAnUnfinishedCommit(t *testing.T) {
	s, lake, dir, _ := grown(t)
	want := objectsOf(t, dir)
	leave(t, dir, load.Unfinished{Raw: rawKeys(t, lake)})
	if n := kinds(mustAudit(t, s.audit(lake))); n["unfinished_commit"] != 1 {
		t.Errorf("found are %v", n)
	}
	a := s.audit(lake)
	a.Repair = true
	if report := mustAudit(t, a); report.ExitCode != jobs.ExitLoaded {
		t.Errorf("after the repair: %v", report.Findings)
	}
	if got := objectsOf(t, dir); !maps.Equal(got, want) {
		t.Error("the tables are not what they were")
	}
}

// A run that is killed leaves its report as far as it came, so that what it
// wrote can be told from what somebody else did.
func TestKilledRunLeavesAReport(t *testing.T) {
	s := newTenant(t, generate(12)...)
	lake := openLake(t, t.TempDir())
	var kept []string
	r := s.run(lake, s.Tenant().IDs()...)
	r.BatchBytes = 50_000
	r.Lake = &runsSeen{lake, func(report string) { kept = append(kept, report) }}
	if _, err := r.Do(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(kept) < 3 || !strings.Contains(kept[0], `"error": "the run goes on, or was killed"`) || !strings.Contains(kept[0], "calls/call_date") {
		t.Errorf("%d reports were written, the first: %.2000s", len(kept), kept[0])
	}
	if last := kept[len(kept)-1]; strings.Contains(last, `"error"`) {
		t.Errorf("the last report is %.500s", last)
	}
}

// runsSeen is a lake that shows the reports written.
type runsSeen struct {
	*load.Lake
	seen func(report string)
}

func (r *runsSeen) WriteRun(ctx context.Context, name string, report []byte) error {
	r.seen(string(report))
	return r.Lake.WriteRun(ctx, name, report)
}
