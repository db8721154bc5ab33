package load

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"etl/schemas"
)

// counted makes the call's row say how many rows it has, as real rows do.
func counted(rows *schemas.Rows) *schemas.Rows {
	c := &rows.Call
	c.ParticipantCount, c.SessionCount = int64(len(rows.Participants)), int64(len(rows.Sessions))
	c.SegmentCount, c.MediaCount, c.StreamCount = int64(len(rows.Segments)), int64(len(rows.Media)), int64(len(rows.Streams))
	return rows
}

func countedChange(id string, version int64, start *int64, s shape) Change {
	c := change(id, version, start, s)
	c.Rows = func() (*schemas.Rows, error) { return counted(newRows(id, version, start, s)), nil }
	return c
}

func flawKinds(flaws []Flaw) (kinds []string) {
	for _, f := range flaws {
		kinds = append(kinds, f.Kind+" "+f.Key+" "+f.CallID)
	}
	slices.Sort(kinds)
	return slices.Compact(kinds)
}

func inspect(t *testing.T, l *Lake, date string) *Inspected {
	t.Helper()
	in, err := l.Inspect(t.Context(), date)
	if err != nil {
		t.Fatal(err)
	}
	return in
}

func TestInspectAndSetAside(t *testing.T) {
	onBoth(t, func(t *testing.T, p place) {
		l := open(t, p)
		start := at("2026-10-05T12:00:00Z")
		changes := []Change{countedChange("a", 1, start, large), countedChange("b", 2, start, small), countedChange("c", 1, start, bare)}
		mustCommit(t, l, changes...)
		in := inspect(t, l, "2026-10-05")
		if len(in.Flaws) > 0 || len(in.Calls) != 3 || len(in.Objects) != 6 || in.Calls[1].CallID != "b" || in.Calls[1].Version != 2 {
			t.Fatalf("a right date: %+v", in)
		}
		var keys []string
		for o, err := range l.TableObjects(t.Context()) {
			if err != nil || o.Date != "2026-10-05" || o.Bytes == 0 {
				t.Errorf("object %+v, error %v", o, err)
			}
			keys = append(keys, o.Key)
		}
		if len(keys) != 6 {
			t.Errorf("objects are %v", keys)
		}
		if flaws, err := l.Compare(t.Context(), changes); err != nil || len(flaws) > 0 {
			t.Errorf("compared with itself: %v, error %v", flaws, err)
		}
		other := countedChange("b", 2, start, large)
		if flaws, err := l.Compare(t.Context(), []Change{changes[0], other, changes[2]}); err != nil || len(flaws) != 6 || flaws[0].Kind != FlawRaw || flaws[0].CallID != "b" {
			t.Errorf("compared with another call: %v, error %v", flaws, err)
		}

		streams := objectKey("streams", "2026-10-05")
		kept, err := l.SetAside(t.Context(), streams)
		if err != nil || !strings.HasPrefix(kept, "_state/damaged/"+streams) {
			t.Fatalf("kept as %q, error %v", kept, err)
		}
		files := p.files(t)
		if _, there := files[streams]; there || files[kept] == "" {
			t.Errorf("%s is still there, or not kept: %v", streams, files)
		}
		want := []string{"wrong_count " + streams + " a", "wrong_count " + streams + " b"}
		if in := inspect(t, l, "2026-10-05"); !slices.Equal(flawKinds(in.Flaws), want) {
			t.Errorf("flaws %v, want %v", flawKinds(in.Flaws), want)
		}
		if _, err := l.SetAside(t.Context(), streams); err != nil {
			t.Errorf("what is not there any more: %v", err)
		}
		if _, err := l.Rebuild(t.Context(), "again", changes); err != nil {
			t.Fatal(err)
		}
		if in := inspect(t, l, "2026-10-05"); len(in.Flaws) > 0 {
			t.Errorf("rebuilt: %v", in.Flaws)
		}
	})
}

func TestInspectFindsDamage(t *testing.T) {
	onBoth(t, func(t *testing.T, p place) {
		l := open(t, p)
		start := at("2026-10-05T12:00:00Z")
		mustCommit(t, l, countedChange("a", 1, start, large))
		file := filepath.Join(p.dir, filepath.FromSlash(objectKey("segments", "2026-10-05")))
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		data[len(data)/3] ^= 1
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
		want := []string{"damaged_object " + objectKey("segments", "2026-10-05") + " "}
		if in := inspect(t, l, "2026-10-05"); !slices.Equal(flawKinds(in.Flaws), want) {
			t.Errorf("flaws %v, want %v", flawKinds(in.Flaws), want)
		}
	})
}
