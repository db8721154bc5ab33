package load

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// dying commits changes until the object of a key is to be published.
func dying(t *testing.T, p place, opts Options, key, name string, changes ...Change) {
	t.Helper()
	opts.TempDir = t.TempDir()
	l, err := Open(t.Context(), p.where, opts)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	died := errors.New("died")
	hook(l).before = func(k string) error {
		if k == key {
			return died
		}
		return nil
	}
	if _, err := l.Commit(t.Context(), name, changes); !errors.Is(err, died) {
		t.Fatal(err)
	}
}

func unfinished(t *testing.T, l *Lake) []Unfinished {
	t.Helper()
	all, err := l.Unfinished(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestCommitLeavesNoJournal(t *testing.T) {
	onBoth(t, func(t *testing.T, p place) {
		l := open(t, p)
		during := 0
		hook(l).before = func(key string) error {
			if strings.HasSuffix(key, ".parquet") {
				during += len(unfinished(t, l))
			}
			return nil
		}
		start := at("2026-10-05T12:00:00Z")
		if _, err := l.Commit(t.Context(), "run", []Change{recorded(change("a", 1, start, small))}); err != nil {
			t.Fatal(err)
		}
		if during != 6 {
			t.Errorf("the commit was written down before %d of 6 objects were published", during)
		}
		if all := unfinished(t, l); len(all) != 0 {
			t.Errorf("still unfinished are %v", all)
		}
	})
}

func TestDeadCommitIsUnfinished(t *testing.T) {
	onBoth(t, func(t *testing.T, p place) {
		start, next := at("2026-10-05T12:00:00Z"), at("2026-10-06T12:00:00Z")
		calls := objectKey("calls", "2026-10-05")
		dying(t, p, Options{}, calls, "run2", recorded(change("a", 1, start, small)), recorded(change("b", 1, next, small)))
		dying(t, p, Options{NoRaw: true}, calls, "run1", recorded(change("c", 1, start, small)))
		l := open(t, p)
		all := unfinished(t, l)
		if len(all) != 2 || all[0].Commit != "run1" || all[1].Commit != "run2" {
			t.Fatalf("unfinished are %+v", all)
		}
		if u := all[0]; len(u.Raw) != 0 || len(u.Calls) != 1 || u.Calls[0].ID != "c" || !u.Calls[0].StartDateTime.Equal(time.UnixMicro(*start)) {
			t.Errorf("unfinished without an archive is %+v", u)
		}
		if want := []string{archiveOfCalls().key("2026-10-05", "run2"), archiveOfCalls().key("2026-10-06", "run2")}; !slices.Equal(all[1].Raw, want) || len(all[1].Calls) != 0 {
			t.Errorf("unfinished is %+v, want %v", all[1], want)
		}
		if err := l.Finished(t.Context(), "run2"); err != nil {
			t.Fatal(err)
		}
		if all := unfinished(t, l); len(all) != 1 || all[0].Commit != "run1" {
			t.Errorf("unfinished are %+v", all)
		}
	})
}

func TestDamagedJournalIsNamed(t *testing.T) {
	p := folderPlace(t)
	l := open(t, p)
	mustCommit(t, l, change("a", 1, nil, bare))
	dir := filepath.Join(p.dir, "_state", "commits")
	if err := os.MkdirAll(dir, 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "run.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Unfinished(t.Context()); !errors.Is(err, ErrStorage) || !strings.Contains(fmt.Sprint(err), "run.json") {
		t.Errorf("error %v", err)
	}
}

func TestRebuildReplacesTheSameVersion(t *testing.T) {
	onBoth(t, func(t *testing.T, p place) {
		l, m := open(t, p), model{}
		start, next := at("2026-10-05T12:00:00Z"), at("2026-10-06T12:00:00Z")
		mustCommit(t, l, change("a", 3, start, large), m.put("b", 3, start, large), m.put("c", 3, next, large))
		before := p.files(t)
		archived := func(c Change) Change { c.Archived = "raw/x"; return c }
		r, err := l.Rebuild(t.Context(), "run", []Change{archived(m.put("a", 3, start, small)), archived(change("b", 2, start, small)), archived(change("c", 3, next, large))})
		if err != nil {
			t.Fatal(err)
		}
		wantOutcomes(t, r, Loaded, Older, Unchanged)
		p.check(t, m)
		for key, file := range p.files(t) {
			if strings.Contains(key, "2026-10-06") && before[key] != file {
				t.Errorf("%s was written though its rows are the same", key)
			}
		}
		if len(p.raw(t)) > 0 {
			t.Error("records were archived that are in the archive")
		}
	})
}
