package load

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// recorded makes a change bring its record, with line breaks between tokens.
func recorded(c Change) Change {
	record := fmt.Sprintf("{\r\n \"id\":%q,\n\"version\":%d}", c.CallID, c.Version)
	c.Record = func(to []byte) ([]byte, error) { return append(to, record...), nil }
	c.FetchedAt = *at("2026-10-07T01:02:03Z") + 4
	return c
}

func rawLine(id string, version int64) string {
	return fmt.Sprintf(`{"tenant_id":"%s","fetched_at":"2026-10-07T01:02:03.000004Z","call":{   "id":"%s", "version":%d}}`, tenant, id, version)
}

// raw returns the lines of the archive by key.
func (p place) raw(t *testing.T) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	for key := range p.files(t) {
		if !strings.HasPrefix(key, "raw") {
			continue
		}
		packed, err := os.ReadFile(filepath.Join(p.dir, filepath.FromSlash(key)))
		if err != nil {
			t.Fatal(err)
		}
		unpacker, err := zstd.NewReader(bytes.NewReader(packed))
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(unpacker)
		if err != nil {
			t.Fatal(err)
		}
		all[key] = strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	}
	return all
}

func TestCommitArchivesRecordsBeforeTables(t *testing.T) {
	onBoth(t, func(t *testing.T, p place) {
		l, m := open(t, p), model{}
		early, late, next := at("2026-10-05T08:00:00Z"), at("2026-10-05T12:00:00Z"), at("2026-10-06T12:00:00Z")
		want := map[string][]string{
			"raw/call_date=2026-10-05/run1.jsonl.zst": {rawLine("z", 1), rawLine("a", 1), rawLine("b", 2)},
			"raw/call_date=2026-10-06/run1.jsonl.zst": {rawLine("n", 1)},
		}
		h := hook(l)
		first := true
		h.before = func(key string) error {
			if raw := p.raw(t); first && strings.HasSuffix(key, ".parquet") && !equalLines(raw, want) {
				t.Errorf("before %s is published the archive is %q", key, raw)
			}
			first = first && !strings.HasSuffix(key, ".parquet")
			return nil
		}
		changes := []Change{m.put("b", 2, late, small), m.put("n", 1, next, small), m.put("a", 1, late, bare), m.put("z", 1, early, small)}
		for i := range changes {
			changes[i] = recorded(changes[i])
		}
		r, err := l.Commit(t.Context(), "run1", changes)
		if err != nil || first {
			t.Fatalf("error %v, something published: %v", err, !first)
		}
		if keys := publishedKeys(r); len(keys) != r.Objects || !slices.Contains(keys, "raw/call_date=2026-10-06/run1.jsonl.zst") {
			t.Errorf("the receipt has %v", keys)
		}
		p.check(t, m)

		// What is archived is not archived again, and a newer version is.
		again := []Change{recorded(change("a", 1, late, bare)), recorded(change("b", 1, late, small)), recorded(m.put("z", 5, early, large))}
		if _, err := l.Commit(t.Context(), "run2", again); err != nil {
			t.Fatal(err)
		}
		want["raw/call_date=2026-10-05/run2.jsonl.zst"] = []string{rawLine("z", 5)}
		if raw := p.raw(t); !equalLines(raw, want) {
			t.Errorf("the archive is %q", raw)
		}
		p.check(t, m)
	})
}

func equalLines(a, b map[string][]string) bool { return fmt.Sprint(a) == fmt.Sprint(b) }

func publishedKeys(r Receipt) []string {
	var keys []string
	for _, o := range r.Published {
		keys = append(keys, o.Key)
	}
	return keys
}

func TestConflictArchivesOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, p place) {
		a, b, onA := twoWriters(t, p)
		m := model{}
		start := at("2026-10-05T12:00:00Z")
		theirs := recorded(m.put("b", 1, start, small))
		onA.before = once(objectKey("sessions", "2026-10-05"), func() {
			if _, err := b.Commit(t.Context(), "theirs", []Change{theirs}); err != nil {
				t.Error(err)
			}
		})
		if _, err := a.Commit(t.Context(), "mine", []Change{recorded(m.put("a", 1, start, small))}); err != nil {
			t.Fatal(err)
		}
		want := map[string][]string{
			"raw/call_date=2026-10-05/mine.jsonl.zst":   {rawLine("a", 1)},
			"raw/call_date=2026-10-05/theirs.jsonl.zst": {rawLine("b", 1)},
		}
		if raw := p.raw(t); !equalLines(raw, want) {
			t.Errorf("the archive is %q", raw)
		}
		p.check(t, m)
	})
}

func TestCommitWithoutArchive(t *testing.T) {
	p := folderPlace(t)
	l, err := Open(t.Context(), p.where, Options{NoRaw: true})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	m := model{}
	mustCommit(t, l, recorded(m.put("a", 1, at("2026-10-05T12:00:00Z"), small)))
	if raw := p.raw(t); len(raw) > 0 {
		t.Errorf("the archive is %q", raw)
	}
	p.check(t, m)
}

func TestRecordThatCannotBeArchivedStopsTheCommit(t *testing.T) {
	onBoth(t, func(t *testing.T, p place) {
		l := open(t, p)
		c := recorded(change("a", 1, at("2026-10-05T12:00:00Z"), small))
		broken := errors.New("broken")
		c.Record = func([]byte) ([]byte, error) { return nil, broken }
		if r, err := l.Commit(t.Context(), "run", []Change{c}); !errors.Is(err, broken) || r.Results[0].Outcome != Failed {
			t.Errorf("error %v, outcome %s", err, r.Results[0].Outcome)
		}
		p.check(t, model{})
		if n := p.staged(t); n != 0 {
			t.Errorf("%d objects are still staged", n)
		}
	})
}

func TestRawObjects(t *testing.T) {
	onBoth(t, func(t *testing.T, p place) {
		l := open(t, p)
		var changes []Change
		for _, day := range []string{"2026-10-05", "2026-10-06", "2026-10-07"} {
			changes = append(changes, recorded(change("c"+day, 1, at(day+"T12:00:00Z"), bare)))
		}
		if _, err := l.Commit(t.Context(), "run", changes); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			from, until string
			want        []string
		}{
			{"", "", []string{"2026-10-05", "2026-10-06", "2026-10-07"}},
			{"2026-10-06", "", []string{"2026-10-06", "2026-10-07"}},
			{"2026-10-06", "2026-10-06", []string{"2026-10-06"}},
			{"", "2026-10-05", []string{"2026-10-05"}},
			{"2026-10-08", "", nil},
		} {
			var dates []string
			for o, err := range l.RawObjects(t.Context(), c.from, c.until) {
				if err != nil {
					t.Fatal(err)
				}
				in, err := l.OpenRaw(t.Context(), o.Key)
				if err != nil {
					t.Fatal(err)
				}
				packed, err := io.ReadAll(in)
				if err != nil || int64(len(packed)) != o.Bytes || in.Close() != nil {
					t.Errorf("%s: %d bytes, want %d; error %v", o.Key, len(packed), o.Bytes, err)
				}
				dates = append(dates, o.Date)
			}
			if !slices.Equal(dates, c.want) {
				t.Errorf("from %q until %q there are %v, want %v", c.from, c.until, dates, c.want)
			}
		}
		if _, err := l.OpenRaw(t.Context(), "raw/call_date=2026-10-05/none.jsonl.zst"); !errors.Is(err, fs.ErrNotExist) || !errors.Is(err, ErrStorage) {
			t.Errorf("error %v", err)
		}
	})
}

func TestListingGoesOnAfterAThousandKeys(t *testing.T) {
	onBoth(t, func(t *testing.T, p place) {
		l := open(t, p)
		dir := filepath.Join(p.dir, "raw", "call_date=2026-10-05")
		if err := os.MkdirAll(dir, 0o750); err != nil {
			t.Fatal(err)
		}
		for i := range 1001 {
			if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("run-%04d.jsonl.zst", i)), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		n, last := 0, ""
		for o, err := range l.RawObjects(t.Context(), "", "") {
			if err != nil || o.Key <= last {
				t.Fatalf("%s after %s, error %v", o.Key, last, err)
			}
			n, last = n+1, o.Key
		}
		if n != 1001 {
			t.Errorf("%d objects listed, want 1001", n)
		}
	})
}

// A call may be left out at first, since the other writer has it on another
// date, and have to be loaded after all when the date is merged again.
func TestCommitArchivesWhatComesLater(t *testing.T) {
	onBoth(t, func(t *testing.T, p place) {
		l := open(t, p)
		start := at("2026-10-05T12:00:00Z")
		c := &commit{name: "run", archive: archiveOfCalls(), store: l.store, tables: l.tables, receipt: &Receipt{}}
		for i, id := range []string{"a", "b"} {
			w, err := newWork(recorded(change(id, 1, start, small)), new(Result))
			if err != nil {
				t.Fatal(err)
			}
			staged, err := c.stageRaw(t.Context(), []*day{{date: w.date, adds: []*work{w}}})
			if err == nil {
				err = c.publishRaw(t.Context(), staged)
			}
			if err != nil {
				t.Fatalf("object %d: %v", i, err)
			}
		}
		want := map[string][]string{
			"raw/call_date=2026-10-05/run.jsonl.zst":   {rawLine("a", 1)},
			"raw/call_date=2026-10-05/run.2.jsonl.zst": {rawLine("b", 1)},
		}
		if raw := p.raw(t); !equalLines(raw, want) {
			t.Errorf("the archive is %q", raw)
		}
	})
}
