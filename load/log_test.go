package load

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"etl/schemas"
)

// pstnRow is a row with random values: equal ids and contents give equal rows
// but for the time of the fetch.
func pstnRow(id string, content, fetchedAt int64, start *int64) schemas.PstnCall {
	r := rand.New(rand.NewPCG(uint64(content), seedOf(id)))
	row := schemas.PstnCall{}
	randomize(r, &row)
	row.LogKey = schemas.LogKey{TenantID: tenant, ID: id, FetchedAt: fetchedAt, StartDateTime: start}
	return row
}

func logChange(row schemas.PstnCall) Change {
	return Change{
		TenantID: row.TenantID, CallID: row.ID, Version: row.FetchedAt, FetchedAt: row.FetchedAt, Start: row.StartDateTime,
		Rows: func() (*schemas.Rows, error) { return &schemas.Rows{PstnCalls: []schemas.PstnCall{row}}, nil },
		Record: func(to []byte) ([]byte, error) {
			return fmt.Appendf(to, "{\"id\":%q,\n\"fetch\":%d}", row.ID, row.FetchedAt), nil
		},
	}
}

func mustCommitLog(t *testing.T, l *Lake, name string, rows ...schemas.PstnCall) Receipt {
	t.Helper()
	r, err := l.CommitLog(t.Context(), schemas.PstnCalls, name, logChanges(rows))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func logChanges(rows []schemas.PstnCall) (all []Change) {
	for _, row := range rows {
		all = append(all, logChange(row))
	}
	return all
}

// checkLog compares the table of the PSTN log, as DuckDB reads it, with rows.
func (p place) checkLog(t *testing.T, want ...schemas.PstnCall) {
	t.Helper()
	slices.SortFunc(want, func(a, b schemas.PstnCall) int {
		return cmp.Or(cmp.Compare(schemas.CallDate(a.StartDateTime), schemas.CallDate(b.StartDateTime)),
			position{startAt(a.StartDateTime), callKey{a.TenantID, a.ID}}.compare(position{startAt(b.StartDateTime), callKey{b.TenantID, b.ID}}))
	})
	rows, dates := p.read(t, duck(t), schemas.PstnCalls)
	if len(rows) != len(want) {
		t.Fatalf("%d rows, want %d", len(rows), len(want))
	}
	for i, row := range rows {
		names, values := columnsOf(reflect.ValueOf(want[i]))
		for j := range values {
			got := row[j]
			if at, ok := got.(time.Time); ok {
				got = at.UTC()
			}
			if !reflect.DeepEqual(got, values[j]) {
				t.Errorf("row %s: %s is %#v, want %#v", want[i].ID, names[j], got, values[j])
			}
		}
		if date := schemas.CallDate(want[i].StartDateTime); dates[i] != date {
			t.Errorf("row %s is at date %s, want %s", want[i].ID, dates[i], date)
		}
	}
	if n := p.staged(t); n != 0 {
		t.Errorf("%d objects are still staged", n)
	}
}

func TestCommitLog(t *testing.T) {
	onBoth(t, func(t *testing.T, p place) {
		l := open(t, p)
		noon, next := at("2026-10-05T12:00:00Z"), at("2026-10-06T12:00:00Z")
		a, b, c := pstnRow("a", 1, 100, noon), pstnRow("b", 1, 100, noon), pstnRow("c", 1, 100, next)
		lost := pstnRow("lost", 1, 100, nil)
		r := mustCommitLog(t, l, "run1", b, c, a, lost)
		wantOutcomes(t, r, Loaded, Loaded, Loaded, Loaded)
		if r.Rows[schemas.PstnCalls] != 4 || r.Objects != 6 {
			t.Errorf("receipt %+v", r)
		}
		p.checkLog(t, a, b, c, lost)
		raw := map[string][]string{
			"raw_pstn_calls/call_date=0001-01-01/run1.jsonl.zst": {logLine("lost", 100)},
			"raw_pstn_calls/call_date=2026-10-05/run1.jsonl.zst": {logLine("a", 100), logLine("b", 100)},
			"raw_pstn_calls/call_date=2026-10-06/run1.jsonl.zst": {logLine("c", 100)},
		}
		if got := p.raw(t); !equalLines(got, raw) {
			t.Errorf("the archive is %q", got)
		}

		// The same content fetched again changes nothing, and keeps its time.
		before := p.files(t)
		r = mustCommitLog(t, l, "run2", pstnRow("b", 1, 200, noon), pstnRow("c", 1, 200, next), pstnRow("a", 1, 200, noon), pstnRow("lost", 1, 200, nil))
		wantOutcomes(t, r, Unchanged, Unchanged, Unchanged, Unchanged)
		if after := p.files(t); !maps.Equal(before, after) || r.Objects != 0 || r.Results[0].Version != 100 {
			t.Errorf("something was written: %+v", r)
		}

		// Another content replaces the one that was fetched before, and never a later one.
		b2, d := pstnRow("b", 2, 300, noon), pstnRow("d", 1, 300, noon)
		r = mustCommitLog(t, l, "run3", pstnRow("a", 1, 300, noon), b2, d)
		wantOutcomes(t, r, Unchanged, Loaded, Loaded)
		if r.Results[0].Version != 100 || r.Results[1].Version != 300 || r.Rows[schemas.PstnCalls] != 2 {
			t.Errorf("receipt %+v", r)
		}
		r = mustCommitLog(t, l, "run4", pstnRow("b", 1, 250, noon), pstnRow("d", 3, 250, noon))
		wantOutcomes(t, r, Older, Older)
		p.checkLog(t, a, b2, c, d, lost)
		raw["raw_pstn_calls/call_date=2026-10-05/run3.jsonl.zst"] = []string{logLine("b", 300), logLine("d", 300)}
		if got := p.raw(t); !equalLines(got, raw) {
			t.Errorf("the archive is %q", got)
		}

		// Of a row that is there twice the later one counts.
		d4 := pstnRow("d", 4, 401, noon)
		r = mustCommitLog(t, l, "run5", pstnRow("d", 3, 400, noon), d4)
		wantOutcomes(t, r, Older, Loaded)
		p.checkLog(t, a, b2, c, d4, lost)
	})
}

func logLine(id string, fetch int64) string {
	return fmt.Sprintf(`{"tenant_id":"%s","fetched_at":"1970-01-01T00:00:00.%06dZ","row":{"id":"%s", "fetch":%d}}`, tenant, fetch, id, fetch)
}

// Equal rows give equal bytes, however they came.
func TestCommitLogIsIndependentOfBatches(t *testing.T) {
	var rows []schemas.PstnCall
	r := rand.New(rand.NewPCG(1, 2))
	start := *at("2026-10-05T00:00:00Z")
	for i := range 700 {
		s := start + r.Int64N(2*24*3600*1e6)
		rows = append(rows, pstnRow(fmt.Sprint(r.Uint64()), int64(i), 100, &s))
	}
	whole := folderPlace(t)
	mustCommitLog(t, open(t, whole), "run", rows...)
	whole.checkLog(t, slices.Clone(rows)...)
	parts := folderPlace(t)
	l := open(t, parts)
	r.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	n := 0
	for part := range slices.Chunk(rows, 97) {
		n++
		mustCommitLog(t, l, fmt.Sprint("run", n), part...)
	}
	if !maps.Equal(whole.content(t), parts.content(t)) {
		t.Error("the bytes differ")
	}
}

func TestCommitLogRowMovesToAnotherDate(t *testing.T) {
	onBoth(t, func(t *testing.T, p place) {
		l := open(t, p)
		before, after := at("2026-10-05T23:59:59Z"), at("2026-10-06T00:00:01Z")
		mustCommitLog(t, l, "run1", pstnRow("a", 1, 100, before), pstnRow("b", 1, 100, before), pstnRow("n", 1, 100, nil))
		a, n := pstnRow("a", 1, 200, after), pstnRow("n", 1, 200, before)
		wantOutcomes(t, mustCommitLog(t, l, "run2", a, n), Loaded, Loaded)
		p.checkLog(t, a, n, pstnRow("b", 1, 100, before))
	})
}

func TestConflictOnALog(t *testing.T) {
	onBoth(t, func(t *testing.T, p place) {
		a, b, onA := twoWriters(t, p)
		noon := at("2026-10-05T12:00:00Z")
		mustCommitLog(t, a, "run0", pstnRow("w", 1, 50, noon))
		theirs := []schemas.PstnCall{pstnRow("x", 1, 200, noon), pstnRow("y", 2, 200, noon), pstnRow("z", 2, 100, noon)}
		onA.before = once(objectKey(schemas.PstnCalls, "2026-10-05"), func() { mustCommitLog(t, b, "run-b", theirs...) })
		mine := []schemas.PstnCall{pstnRow("x", 1, 150, noon), pstnRow("y", 1, 150, noon), pstnRow("z", 1, 150, noon)}
		r := mustCommitLog(t, a, "run-a", mine...)
		wantOutcomes(t, r, Unchanged, Older, Loaded) // x is the same by both
		if r.Results[0].Version != 200 || r.Results[1].Version != 200 {
			t.Errorf("results %+v", r.Results)
		}
		p.checkLog(t, pstnRow("w", 1, 50, noon), theirs[0], theirs[1], mine[2])
	})
}

func TestLogWithoutArchive(t *testing.T) {
	p := folderPlace(t)
	l := openWith(t, p, Options{NoRaw: true})
	row := pstnRow("a", 1, 100, at("2026-10-05T12:00:00Z"))
	journaled := false
	hook(l).before = func(string) error {
		files, err := os.ReadDir(filepath.Join(p.dir, journalFolder))
		journaled = journaled || err == nil && len(files) > 0
		return nil
	}
	mustCommitLog(t, l, "run1", row)
	p.checkLog(t, row)
	if journaled || len(p.raw(t)) != 0 {
		t.Error("a row of a log is in the archive, or in a journal as a call to fetch")
	}
}

// A run that dies while publishing leaves a record of the archive's objects.
func TestJournalOfALog(t *testing.T) {
	p := folderPlace(t)
	l := open(t, p)
	var kept string
	hook(l).before = func(key string) error {
		if strings.HasSuffix(key, ".parquet") {
			text, err := os.ReadFile(filepath.Join(p.dir, journalKey("run1")))
			if err != nil {
				t.Error(err)
			}
			kept = string(text)
		}
		return nil
	}
	mustCommitLog(t, l, "run1", pstnRow("a", 1, 100, at("2026-10-05T12:00:00Z")))
	key := "raw_pstn_calls/call_date=2026-10-05/run1.jsonl.zst"
	if kept != `{"raw":["`+key+`"],"calls":null}`+"\n" || LogOfArchive(key) != schemas.PstnCalls || LogOfArchive("raw/call_date=2026-10-05/run1.jsonl.zst") != "" {
		t.Errorf("the journal was %q", kept)
	}
	if left, err := l.Unfinished(t.Context()); err != nil || len(left) != 0 {
		t.Errorf("unfinished %v, error %v", left, err)
	}
}

func TestInspectAndCompareLog(t *testing.T) {
	p := folderPlace(t)
	l := open(t, p)
	noon, next := at("2026-10-05T12:00:00Z"), at("2026-10-06T12:00:00Z")
	a, b := pstnRow("a", 1, 100, noon), pstnRow("b", 1, 100, noon)
	r := mustCommitLog(t, l, "run1", a, b)
	in, err := l.InspectLog(t.Context(), schemas.PstnCalls, "2026-10-05")
	if err != nil || len(in.Flaws) != 0 || len(in.Objects) != 1 || !slices.Contains(r.Published, in.Objects[0]) {
		t.Fatalf("inspected %+v, error %v", in, err)
	}
	flaws, err := l.CompareLog(t.Context(), schemas.PstnCalls, logChanges([]schemas.PstnCall{pstnRow("a", 1, 900, noon), pstnRow("b", 2, 100, noon)}))
	if err != nil || len(flaws) != 1 || flaws[0].CallID != "b" || flaws[0].Kind != FlawRaw {
		t.Errorf("flaws %+v, error %v", flaws, err)
	}

	// A row twice, one on another date, and one out of order.
	table := l.logs[schemas.PstnCalls]
	write := func(date string, rows ...schemas.PstnCall) {
		name := filepath.Join(p.dir, objectKey(schemas.PstnCalls, date))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, writeFile(t, table, reflect.ValueOf(rows)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for name, test := range map[string]struct {
		rows []schemas.PstnCall
		kind string
	}{
		"twice":        {[]schemas.PstnCall{a, pstnRow("a", 2, 200, noon)}, FlawOrder},
		"out of order": {[]schemas.PstnCall{b, a}, FlawOrder},
		"wrong date":   {[]schemas.PstnCall{a, pstnRow("c", 1, 100, next)}, FlawPartition},
	} {
		write("2026-10-05", test.rows...)
		in, err := l.InspectLog(t.Context(), schemas.PstnCalls, "2026-10-05")
		if err != nil || !slices.ContainsFunc(in.Flaws, func(f Flaw) bool { return f.Kind == test.kind }) {
			t.Errorf("%s: %+v, error %v", name, in, err)
		}
	}
	if err := os.WriteFile(filepath.Join(p.dir, objectKey(schemas.PstnCalls, "2026-10-05")), []byte("PAR1 nothing PAR1"), 0o644); err != nil {
		t.Fatal(err)
	}
	if in, err = l.InspectLog(t.Context(), schemas.PstnCalls, "2026-10-05"); err != nil || len(in.Flaws) != 1 || in.Flaws[0].Kind != FlawDamaged {
		t.Errorf("damaged: %+v, error %v", in, err)
	}
}

// An object of an etl that knew fewer columns is merged, one of an etl that
// knows more is refused.
func TestLogOfAnotherEdition(t *testing.T) {
	type olderRow struct {
		schemas.LogKey
		CallID *string `parquet:"call_id,plain"`
	}
	p := folderPlace(t)
	l := open(t, p)
	noon := at("2026-10-05T12:00:00Z")
	older := newLogTable(schemas.PstnCalls, newCodec(), func(*schemas.Rows) []olderRow { return nil })
	name := filepath.Join(p.dir, objectKey(schemas.PstnCalls, "2026-10-05"))
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	id := "of the call"
	row := olderRow{schemas.LogKey{TenantID: tenant, ID: "a", FetchedAt: 100, StartDateTime: noon}, &id}
	if err := os.WriteFile(name, writeFile(t, older, reflect.ValueOf([]olderRow{row})), 0o644); err != nil {
		t.Fatal(err)
	}
	b := pstnRow("b", 1, 200, noon)
	mustCommitLog(t, l, "run1", b)
	p.checkLog(t, schemas.PstnCall{LogKey: row.LogKey, PstnCallProperties: schemas.PstnCallProperties{CallID: &id}}, b)
}

func TestSchemasOfLogs(t *testing.T) {
	for _, table := range newLogTables(newCodec()) {
		checkSchema(t, table)
		var sorting []string
		for _, s := range table.sorting {
			sorting = append(sorting, strings.Join(s.Path(), "."))
		}
		if want := []string{"start_date_time", "id", "tenant_id"}; !slices.Equal(sorting, want) {
			t.Errorf("%s is sorted by %v", table.name, sorting)
		}
		for _, path := range table.schema.Columns() {
			if leaf, _ := table.schema.Lookup(path...); leaf.Node.Type().Kind() == parquet.ByteArray && leaf.Node.Encoding() == nil {
				t.Errorf("%s.%s has the library's default encoding", table.name, path)
			}
		}
	}
}
