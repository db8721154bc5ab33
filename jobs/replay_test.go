package jobs_test

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"etl/internal/graphsim"
	"etl/internal/oracle"
	"etl/jobs"
	"etl/load"
	"etl/load/rawfile"
)

func objectsOf(t *testing.T, dir string) map[string]string {
	t.Helper()
	all, err := oracle.Objects(dir)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func replay(from, into *load.Lake) jobs.Replay {
	return jobs.Replay{From: from, Into: into, InPlace: from == into, Log: slog.New(slog.DiscardHandler)}
}

// grown returns a lake into which calls were loaded at their first version and
// then at their last, of which one has moved to the other date.
func grown(t *testing.T) (s *tenant, lake *load.Lake, dir string, ids []string) {
	t.Helper()
	calls := generate(12)
	s = newTenant(t)
	dir = t.TempDir()
	lake = openLake(t, dir)
	for _, call := range calls {
		s.Tenant().Put(call.Versions[0].Record)
	}
	ids = s.Tenant().IDs()
	if _, err := s.run(lake, ids...).Do(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, call := range calls {
		s.Tenant().Put(call.Final())
	}
	s.Tenant().Put(movedToNextDay(t, calls[0].Final()))
	if report, err := s.run(lake, ids...).Do(t.Context()); err != nil || report.Loaded < 2 || report.ExitCode != jobs.ExitLoaded {
		t.Fatalf("error %v, report %s", err, report.JSON())
	}
	return s, lake, dir, ids
}

// movedToNextDay is a higher version of a call that starts a day later.
func movedToNextDay(t *testing.T, record graphsim.Record) graphsim.Record {
	t.Helper()
	var call map[string]any
	if err := json.Unmarshal(record.JSON, &call); err != nil {
		t.Fatal(err)
	}
	call["version"], call["startDateTime"] = record.Version+7, record.Start.Add(24*time.Hour).Format(time.RFC3339Nano)
	text, err := json.Marshal(call)
	if err != nil {
		t.Fatal(err)
	}
	moved, err := graphsim.ParseRecord(text)
	if err != nil {
		t.Fatal(err)
	}
	return moved
}

func TestReplayGivesEqualTables(t *testing.T) {
	t.Parallel()
	s, lake, dir, ids := grown(t)
	s.checkLake(t, dir, ids)
	want := objectsOf(t, dir)

	other := t.TempDir()
	r := replay(lake, openLake(t, other))
	r.BatchBytes = 5_000 // several commits for a date
	report, err := r.Do(t.Context())
	if err != nil || report.Loaded < int64(len(ids)) || report.ExitCode != jobs.ExitLoaded || report.GraphRequests != 0 {
		t.Fatalf("error %v, report %s", err, report.JSON())
	}
	if got := objectsOf(t, other); !maps.Equal(got, want) {
		t.Errorf("the tables rebuilt elsewhere differ: %v and %v", slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)))
	}

	before := stamps(t, dir)
	report, err = replay(lake, lake).Do(t.Context())
	if err != nil || report.Loaded != 0 || report.ObjectsWritten != 0 || !maps.Equal(stamps(t, dir), before) {
		t.Errorf("rebuilding what is right: error %v, report %s", err, report.JSON())
	}

	for _, table := range []string{"calls", "streams", "participants"} {
		if err := os.RemoveAll(filepath.Join(dir, table)); err != nil {
			t.Fatal(err)
		}
	}
	report, err = replay(lake, lake).Do(t.Context())
	if got := objectsOf(t, dir); err != nil || !maps.Equal(got, want) {
		t.Errorf("rebuilding what was lost: error %v, report %s", err, report.JSON())
	}
}

func TestReplayOfSomeDates(t *testing.T) {
	_, lake, dir, _ := grown(t)
	want := objectsOf(t, dir)
	other := t.TempDir()
	r := replay(lake, openLake(t, other))
	r.Since, r.Until = "2026-11-19", "2026-11-19"
	if report, err := r.Do(t.Context()); err != nil || report.Loaded == 0 {
		t.Fatalf("error %v, report %s", err, report.JSON())
	}
	maps.DeleteFunc(want, func(key, _ string) bool { return !strings.Contains(key, "2026-11-19") })
	if got := objectsOf(t, other); !maps.Equal(got, want) {
		t.Errorf("rebuilt are %v", slices.Sorted(maps.Keys(got)))
	}
	r.Since, r.Until = "2027-01-01", ""
	if _, err := r.Do(t.Context()); jobs.ExitCode(err) != jobs.ExitUsage {
		t.Errorf("dates without calls: error %v", err)
	}
}

// The archive may hold a version twice, after a race.
func TestReplayTakesAVersionOnce(t *testing.T) {
	_, lake, dir, ids := grown(t)
	want := objectsOf(t, dir)
	files, err := filepath.Glob(filepath.Join(dir, "raw", "*", "*"))
	if err != nil || len(files) == 0 {
		t.Fatal(err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err == nil {
			err = os.WriteFile(filepath.Join(filepath.Dir(file), "a"+filepath.Base(file)), data, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	other := t.TempDir()
	report, err := replay(lake, openLake(t, other)).Do(t.Context())
	if got := objectsOf(t, other); err != nil || !maps.Equal(got, want) || report.Requested > int64(len(ids)+1) {
		t.Errorf("error %v, report %s", err, report.JSON())
	}
}

// Earlier versions of etl wrote one stream of lines, without an index.
func TestReplayReadsObjectsWithoutAnIndex(t *testing.T) {
	s, lake, dir, ids := grown(t)
	want := objectsOf(t, dir)
	files, err := filepath.Glob(filepath.Join(dir, "raw", "*", "*"))
	if err != nil || len(files) < 4 {
		t.Fatal(files, err)
	}
	for i, file := range files {
		if i%2 == 0 { // some dates have objects of both forms
			rewriteRaw(t, file, "", "")
		}
	}
	other := t.TempDir()
	report, err := replay(lake, openLake(t, other)).Do(t.Context())
	if got := objectsOf(t, other); err != nil || !maps.Equal(got, want) || report.Loaded < int64(len(ids)) {
		t.Errorf("error %v, report %s", err, report.JSON())
	}
	if report := mustAudit(t, s.audit(lake)); len(report.Findings) > 0 {
		t.Errorf("an audit finds %v", report.Findings)
	}
}

// An index that is whole, but not of these records, must not get rows of one
// call into the place of another, and an audit finds it.
func TestIndexOfOtherRecords(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(calls []rawfile.Call){
		"another version": func(calls []rawfile.Call) { calls[0].Version++ },
		"another call":    func(calls []rawfile.Call) { calls[0].CallID = calls[1].CallID + "0" },
		"another start":   func(calls []rawfile.Call) { *calls[0].Start++ },
	} {
		t.Run(name, func(t *testing.T) {
			s, lake, dir, _ := grown(t)
			files, err := filepath.Glob(filepath.Join(dir, "raw", "call_date=2026-11-19", "*"))
			if err != nil || len(files) == 0 {
				t.Fatal(err)
			}
			reindexRaw(t, files[len(files)-1], change)
			report, err := replay(lake, openLake(t, t.TempDir())).Do(t.Context())
			if err != nil || report.Failed == 0 && report.Loaded == 0 || report.Failed > 1 {
				t.Errorf("error %v, report %s", err, report.JSON())
			}
			found := mustAudit(t, s.audit(lake)).Findings
			if !slices.ContainsFunc(found, func(f jobs.Finding) bool {
				return f.Kind == "damaged_raw" && strings.HasSuffix(f.Object, filepath.Base(files[len(files)-1]))
			}) {
				t.Errorf("an audit finds %v", found)
			}
		})
	}
}

// reindexRaw writes an object of the archive again, with another index.
func reindexRaw(t *testing.T, file string, change func(calls []rawfile.Call)) {
	t.Helper()
	packed, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := rawfile.Open(bytes.NewReader(packed), int64(len(packed)), rawfile.NewCache())
	if err != nil || len(raw.Calls()) < 2 {
		t.Fatalf("%d calls, error %v", len(raw.Calls()), err)
	}
	var records [][]byte
	for _, call := range raw.Calls() {
		record, err := raw.Record(call)
		if err != nil {
			t.Fatal(err)
		}
		records = append(records, []byte(record))
	}
	calls := slices.Clone(raw.Calls())
	change(calls)
	var b bytes.Buffer
	w := rawfile.NewWriter(&b, "call", rawfile.NewPacker())
	for i, call := range calls {
		if err == nil {
			err = w.Add(call, func(to []byte) ([]byte, error) { return append(to, records[i]...), nil })
		}
	}
	if err = errors.Join(err, w.Close(), os.WriteFile(file, b.Bytes(), 0o600)); err != nil {
		t.Fatal(err)
	}
}

func TestReplayNamesADamagedArchive(t *testing.T) {
	_, lake, dir, _ := grown(t)
	want := objectsOf(t, dir)
	maps.DeleteFunc(want, func(key, _ string) bool { return !strings.Contains(key, "2026-11-19") })
	files, err := filepath.Glob(filepath.Join(dir, "raw", "call_date=2026-11-18", "*"))
	if err != nil || len(files) == 0 {
		t.Fatal(err)
	}
	data, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)/2] ^= 1
	if err := os.WriteFile(files[0], data, 0o600); err != nil {
		t.Fatal(err)
	}
	other := t.TempDir()
	report, err := replay(lake, openLake(t, other)).Do(t.Context())
	if jobs.ExitCode(err) != jobs.ExitStorage || !strings.Contains(fmt.Sprint(err), filepath.Base(files[0])) {
		t.Errorf("error %v, report %s", err, report.JSON())
	}
	got := objectsOf(t, other)
	maps.DeleteFunc(got, func(key, _ string) bool { return !strings.Contains(key, "2026-11-19") })
	if !maps.Equal(got, want) {
		t.Errorf("the date whose archive is whole has %v", slices.Sorted(maps.Keys(got)))
	}
}

// The archive is for people, too: DuckDB reads it as it lies there.
func TestDuckDBReadsTheArchive(t *testing.T) {
	t.Parallel()
	s, _, dir, ids := grown(t)
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var versions, calls, sessions int
	err = db.QueryRowContext(t.Context(), `
		SELECT count(*), count(DISTINCT call.id), sum(len(call.sessions)) FILTER (call.version = newest)
		FROM (SELECT *, max(call.version) OVER (PARTITION BY call.id) AS newest
		      FROM read_json(?, format = 'newline_delimited', maximum_object_size = 1000000000, hive_partitioning = true)
		      WHERE tenant_id = ? AND fetched_at = ?)`,
		filepath.Join(dir, "raw", "call_date=*", "*.jsonl.zst"), s.TenantID, s.now()).Scan(&versions, &calls, &sessions)
	if err != nil {
		t.Fatal(err)
	}
	if want := len(s.truth(t, ids)["sessions"]); versions <= len(ids) || calls != len(ids) || sessions != want {
		t.Errorf("%d versions of %d calls with %d sessions, want those of %d calls with %d", versions, calls, sessions, len(ids), want)
	}
}

// rewriteRaw replaces text in an object of the archive.
func rewriteRaw(t *testing.T, file, old, replacement string) {
	t.Helper()
	packed, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	unpacker, err := zstd.NewReader(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer unpacker.Close()
	text, err := unpacker.DecodeAll(packed, nil)
	if err != nil {
		t.Fatal(err)
	}
	packer, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	text = []byte(strings.ReplaceAll(string(text), old, replacement))
	if err := os.WriteFile(file, packer.EncodeAll(text, nil), 0o600); err != nil {
		t.Fatal(err)
	}
}
