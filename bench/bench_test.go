package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"etl/bench/duckdb"
)

// TestMain lets the test's program be the harness's parts that run in
// processes of their own.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && isChild(os.Args[1]) {
		main()
		return
	}
	os.Exit(m.Run())
}

// All contenders write equal rows, and the table has them all.
func TestContendersWriteEqualRows(t *testing.T) {
	kept := filepath.Join(t.TempDir(), "kept")
	profiles := t.TempDir()
	var out, progress bytes.Buffer
	err := run(t.Context(), []string{"-size", "2MB", "-days", "2", "-rounds", "1", "-keep", kept, "-profile", profiles}, &out, &progress)
	if err != nil {
		t.Fatalf("%v; progress %s", err, progress.String())
	}
	for _, row := range []string{"2 MB of JSON", "etl ", "duckdb1 ", "duckdb2 ", "naive ", "duckdb1 or duckdb2 "} {
		if !strings.Contains(out.String(), "\n"+row) && !strings.HasPrefix(out.String(), row) {
			t.Errorf("no row %q in\n%s", row, out.String())
		}
	}
	for _, file := range []string{"cpu.pprof", "allocs.pprof"} {
		if info, err := os.Stat(filepath.Join(profiles, file)); err != nil || info.Size() == 0 {
			t.Errorf("profile %s: %v, error %v", file, info, err)
		}
	}
	digest, err := duckdb.DigestOf(t.Context(), filepath.Join(kept, "etl.tables"))
	if err != nil {
		t.Fatal(err)
	}
	for table, d := range digest {
		if d.Rows == 0 {
			t.Errorf("no rows of %s were compared", table)
		}
	}
}

func TestLargeCall(t *testing.T) {
	var out, progress bytes.Buffer
	if err := run(t.Context(), []string{"-large-call", "150", "-rounds", "1", "-only", "etl,duckdb1"}, &out, &progress); err != nil {
		t.Fatalf("%v; progress %s", err, progress.String())
	}
	if !strings.Contains(out.String(), ": 1 calls with") || strings.Contains(out.String(), "naive") {
		t.Errorf("the table is\n%s", out.String())
	}
}

func TestEqualDataSetsAreEqual(t *testing.T) {
	var archives [3][]byte
	for i, bytes := range []int64{500e3, 500e3, 600e3} {
		folder := t.TempDir()
		if _, err := (dataset{Bytes: bytes, Days: 1}).write(t.Context(), folder); err != nil {
			t.Fatal(err)
		}
		files, err := filepath.Glob(filepath.Join(folder, "raw", "call_date=*", "*"))
		if err != nil || len(files) != 1 {
			t.Fatalf("the archive has %v, error %v", files, err)
		}
		if archives[i], err = os.ReadFile(files[0]); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(archives[0], archives[1]) || bytes.Equal(archives[0], archives[2]) {
		t.Error("archives of equal data sets must be equal, and others not")
	}
}

// What differs does not count.
func TestCheck(t *testing.T) {
	digest := func(rows, unsorted int64, callID string) duckdb.Digest {
		return duckdb.Digest{"calls": {Rows: rows, Unsorted: unsorted, Columns: map[string]string{"call_id": callID}}}
	}
	want := digest(3, 0, "VARCHAR 7")
	for _, c := range []struct {
		got      duckdb.Digest
		disorder bool
		problem  string
	}{
		{digest(3, 0, "VARCHAR 7"), false, ""},
		{digest(3, 1, "VARCHAR 7"), true, ""},
		{digest(3, 1, "VARCHAR 7"), false, "calls has 1 rows out of their order"},
		{digest(4, 0, "VARCHAR 7"), false, "calls has 4 rows, want 3"},
		{digest(3, 0, "VARCHAR 8"), true, "calls.call_id differs"},
	} {
		err := contender{name: "c", disorder: c.disorder}.check(c.got, want)
		if c.problem == "" && err != nil || c.problem != "" && (err == nil || !strings.Contains(err.Error(), c.problem)) {
			t.Errorf("%+v gives %v, want %q", c.got, err, c.problem)
		}
	}
}

func TestRatiosAreTakenWithinRounds(t *testing.T) {
	took := func(written int64) usage { return usage{wall: 1, cpu: 1, peak: 1, written: written} }
	r := report{contenders: []contender{{name: "etl"}, {name: "duckdb1"}, {name: "duckdb2"}}, rounds: []map[string]usage{
		{"etl": took(1e6), "duckdb1": took(2e6), "duckdb2": took(9e6)},
		{"etl": took(10e6), "duckdb1": took(90e6), "duckdb2": took(40e6)},
		{"etl": took(1e6), "duckdb1": took(3e6), "duckdb2": took(3e6)},
	}}
	var out bytes.Buffer
	r.print(&out)
	if !strings.HasSuffix(strings.TrimSpace(out.String()), "3.00 (2.00-4.00)") {
		t.Errorf("the table is\n%s", out.String())
	}
}

func TestArgumentsThatMakeNoSense(t *testing.T) {
	for _, args := range [][]string{
		{"-size", "1"}, {"-size", "-1MB"}, {"-rounds", "0"}, {"-days", "0"}, {"-only", "spark"}, {"more"}, {"-keep", t.TempDir()},
	} {
		if err := run(t.Context(), args, io.Discard, io.Discard); err == nil {
			t.Errorf("%v is accepted", args)
		}
	}
}
