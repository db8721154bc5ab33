package load

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	"etl/schemas"
)

func mustCommit(t testing.TB, l *Lake, changes ...Change) Receipt {
	t.Helper()
	r, err := l.Commit(t.Context(), "test", changes)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func wantOutcomes(t testing.TB, r Receipt, want ...Outcome) {
	t.Helper()
	if len(r.Results) != len(want) {
		t.Fatalf("%d results, want %d", len(r.Results), len(want))
	}
	for i, result := range r.Results {
		if result.Outcome != want[i] {
			t.Errorf("%s is %s (%v), want %s", result.CallID, result.Outcome, result.Err, want[i])
		}
		if (result.Err != nil) != (result.Outcome == Failed) {
			t.Errorf("%s is %s with error %v", result.CallID, result.Outcome, result.Err)
		}
	}
}

// put commits a call and remembers it in the model.
func (m model) put(id string, version int64, start *int64, s shape) Change {
	m[id] = newRows(id, version, start, s)
	return change(id, version, start, s)
}

func TestCommitMergesInOrder(t *testing.T) {
	onBoth(t, func(t *testing.T, p place) {
		l, m := open(t, p), model{}
		noon, earlier, later := at("2026-10-05T12:00:00Z"), at("2026-10-05T00:00:00Z"), at("2026-10-05T23:59:59Z")
		r := mustCommit(t, l, m.put("n", 1, noon, large), m.put("c", 1, later, small))
		wantOutcomes(t, r, Loaded, Loaded)
		p.check(t, m)
		// Before, between (by time and by id) and after what is there.
		r = mustCommit(t, l, m.put("z", 1, later, bare), m.put("m", 1, noon, small), m.put("o", 1, noon, small),
			m.put("x", 1, earlier, large), m.put("b", 3, later, small))
		wantOutcomes(t, r, Loaded, Loaded, Loaded, Loaded, Loaded)
		p.check(t, m)
		if n := p.staged(t); n != 0 {
			t.Errorf("%d objects are still staged", n)
		}
	})
}

func TestCommitReceipt(t *testing.T) {
	onBoth(t, func(t *testing.T, p place) {
		l, m := open(t, p), model{}
		start := at("2026-10-05T12:00:00Z")
		r := mustCommit(t, l, m.put("a", 1, start, small), m.put("b", 1, start, bare))
		want := map[string]int64{"calls": 2, "participants": 2, "sessions": 2, "segments": 2, "media": 2, "streams": 4}
		if !maps.Equal(r.Rows, want) {
			t.Errorf("rows are %v, want %v", r.Rows, want)
		}
		var bytes int64
		for _, content := range p.content(t) {
			bytes += int64(len(content))
		}
		if r.Objects != 6 || r.Bytes != bytes {
			t.Errorf("wrote %d objects with %d bytes, want 6 and %d", r.Objects, r.Bytes, bytes)
		}
		// A call without children changes one object only.
		before := p.files(t)
		r = mustCommit(t, l, m.put("c", 1, start, bare))
		if r.Objects != 1 || !maps.Equal(r.Rows, map[string]int64{"calls": 1, "participants": 0, "sessions": 0, "segments": 0, "media": 0, "streams": 0}) {
			t.Errorf("wrote %d objects, rows %v", r.Objects, r.Rows)
		}
		key := objectKey("streams", "2026-10-05")
		if p.files(t)[key] != before[key] {
			t.Errorf("%s was written though it did not change", key)
		}
		p.check(t, m)
	})
}

func TestCommitNewerVersionReplacesAllRows(t *testing.T) {
	onBoth(t, func(t *testing.T, p place) {
		l, m := open(t, p), model{}
		start := at("2026-10-05T12:00:00Z")
		mustCommit(t, l, m.put("a", 1, start, large), m.put("b", 1, start, large), m.put("c", 1, start, small))
		r := mustCommit(t, l, m.put("b", 2, start, small))
		wantOutcomes(t, r, Loaded)
		p.check(t, m)
		// Tables that become empty lose their object.
		mustCommit(t, l, m.put("a", 2, start, bare), m.put("b", 3, start, bare), m.put("c", 2, start, shape{participants: 1}))
		p.check(t, m)
		keys := slices.Sorted(maps.Keys(p.content(t)))
		if want := []string{objectKey("calls", "2026-10-05"), objectKey("participants", "2026-10-05")}; !slices.Equal(keys, want) {
			t.Errorf("objects are %v, want %v", keys, want)
		}
		mustCommit(t, l, m.put("a", 3, start, large))
		p.check(t, m)
	})
}

func TestCommitUnchangedAndOlderWriteNothing(t *testing.T) {
	onBoth(t, func(t *testing.T, p place) {
		l, m := open(t, p), model{}
		start := at("2026-10-05T12:00:00Z")
		mustCommit(t, l, m.put("a", 5, start, small), m.put("b", 5, start, small))
		before := p.files(t)
		never := func(c Change) Change {
			c.Rows = func() (*schemas.Rows, error) { t.Error("call was flattened"); return nil, nil }
			return c
		}
		r := mustCommit(t, l, change("a", 5, start, large), never(change("b", 4, start, large)))
		wantOutcomes(t, r, Unchanged, Older)
		if !maps.Equal(p.files(t), before) || r.Objects != 0 {
			t.Errorf("something was written")
		}
		p.check(t, m)
	})
}

func TestCommitKeepsCallsThatFail(t *testing.T) {
	onBoth(t, func(t *testing.T, p place) {
		l, m := open(t, p), model{}
		start := at("2026-10-05T12:00:00Z")
		mustCommit(t, l, m.put("a", 1, start, large), m.put("b", 1, start, large), m.put("c", 1, start, large), m.put("d", 1, start, large))
		failing := func(id string, rows func() (*schemas.Rows, error)) Change {
			return Change{TenantID: tenant, CallID: id, Version: 2, Start: start, Rows: rows}
		}
		broken := []Change{
			failing("a", func() (*schemas.Rows, error) { return nil, errors.New("no") }),
			failing("b", func() (*schemas.Rows, error) { panic("no") }),
			failing("c", func() (*schemas.Rows, error) { return newRows("d", 2, start, small), nil }),
			failing("d", func() (*schemas.Rows, error) { return newRows("d", 3, start, small), nil }),
			failing("new", func() (*schemas.Rows, error) { return nil, nil }),
			failing("unset", nil),
			{TenantID: tenant, CallID: "far", Start: new(int64(1 << 62)), Rows: func() (*schemas.Rows, error) { return nil, nil }},
		}
		before := p.files(t)
		r := mustCommit(t, l, broken...)
		wantOutcomes(t, r, Failed, Failed, Failed, Failed, Failed, Failed, Failed)
		if !maps.Equal(p.files(t), before) {
			t.Errorf("something was written")
		}
		r = mustCommit(t, l, append(slices.Clone(broken), m.put("aa", 1, start, small), m.put("c", 9, start, small))...)
		wantOutcomes(t, r, Failed, Failed, Older, Failed, Failed, Failed, Failed, Loaded, Loaded)
		p.check(t, m)
		if n := p.staged(t); n != 0 {
			t.Errorf("%d objects are still staged", n)
		}
	})
}

func TestCommitDates(t *testing.T) {
	onBoth(t, func(t *testing.T, p place) {
		l, m := open(t, p), model{}
		r := mustCommit(t, l,
			m.put("none", 1, nil, small),
			m.put("first", 1, at("0001-01-01T00:00:00Z"), small),
			m.put("last", 1, at("9999-12-31T23:59:59Z"), small),
			m.put("before", 1, at("1969-12-31T23:59:59Z"), small),
			m.put("evening", 1, at("2024-02-29T23:59:59Z"), small),
			m.put("midnight", 1, at("2024-03-01T00:00:00Z"), small))
		wantOutcomes(t, r, Loaded, Loaded, Loaded, Loaded, Loaded, Loaded)
		p.check(t, m)
		mustCommit(t, l, m.put("none", 2, nil, large), m.put("again", 1, nil, small))
		p.check(t, m)
	})
}

func TestCommitSameCallTwice(t *testing.T) {
	onBoth(t, func(t *testing.T, p place) {
		l, m := open(t, p), model{}
		start, next := at("2026-10-05T12:00:00Z"), at("2026-10-06T12:00:00Z")
		r := mustCommit(t, l, change("a", 1, start, large), m.put("a", 3, start, small), change("a", 2, next, large), change("a", 3, start, small))
		wantOutcomes(t, r, Older, Loaded, Older, Duplicate)
		p.check(t, m)
	})
}

func TestCommitTwoTenants(t *testing.T) {
	onBoth(t, func(t *testing.T, p place) {
		l, m := open(t, p), model{}
		start := at("2026-10-05T12:00:00Z")
		other := change("a", 1, start, small)
		other.TenantID = "00000000-0000-0000-0000-000000000000"
		other.Rows = func() (*schemas.Rows, error) { return ofTenant(newRows("a", 1, start, small), other.TenantID), nil }
		m["a"] = newRows("a", 1, start, small)
		m["other"], _ = other.Rows()
		wantOutcomes(t, mustCommit(t, l, change("a", 1, start, small), other), Loaded, Loaded)
		p.check(t, m)
		wantOutcomes(t, mustCommit(t, l, m.put("a", 2, start, large)), Loaded)
		p.check(t, m)
	})
}

func ofTenant(rows *schemas.Rows, tenant string) *schemas.Rows {
	rows.Call.TenantID = tenant
	for i := range rows.Participants {
		rows.Participants[i].TenantID = tenant
	}
	for i := range rows.Sessions {
		rows.Sessions[i].TenantID = tenant
	}
	for i := range rows.Segments {
		rows.Segments[i].TenantID = tenant
	}
	for i := range rows.Media {
		rows.Media[i].TenantID = tenant
	}
	for i := range rows.Streams {
		rows.Streams[i].TenantID = tenant
	}
	return rows
}

func TestCommitSortsByOrdinals(t *testing.T) {
	p := folderPlace(t)
	l, m := open(t, p), model{}
	start := at("2026-10-05T12:00:00Z")
	c := m.put("a", 1, start, large)
	c.Rows = func() (*schemas.Rows, error) {
		rows := newRows("a", 1, start, large)
		slices.Reverse(rows.Participants)
		slices.Reverse(rows.Sessions)
		slices.Reverse(rows.Segments)
		slices.Reverse(rows.Media)
		slices.Reverse(rows.Streams)
		return rows, nil
	}
	mustCommit(t, l, c)
	p.check(t, m)
}

// A file depends on the rows in it, not on how they came there.
func TestCommitEqualRowsGiveEqualBytes(t *testing.T) {
	start := at("2026-10-05T12:00:00Z")
	changes := func(version int64, s shape) []Change {
		var all []Change
		for i := range 24 {
			began := *start + int64(i%7)*60e6
			all = append(all, change(fmt.Sprintf("call-%02d", i*17%24), version, &began, s))
		}
		return all
	}
	atOnce := folderPlace(t)
	mustCommit(t, open(t, atOnce), changes(2, large)...)
	want := atOnce.content(t)

	onBoth(t, func(t *testing.T, p place) {
		l := open(t, p)
		for chunk := range slices.Chunk(changes(2, large), 7) {
			slices.Reverse(chunk)
			mustCommit(t, l, chunk...)
		}
		wantContent(t, p, want)
	})
	t.Run("replaced", func(t *testing.T) {
		p := folderPlace(t)
		l := open(t, p)
		mustCommit(t, l, changes(1, small)...)
		all := changes(2, large)
		slices.Reverse(all)
		mustCommit(t, l, all[:12]...)
		mustCommit(t, l, all[12:]...)
		wantContent(t, p, want)
	})
}

func wantContent(t *testing.T, p place, want map[string]string) {
	t.Helper()
	got := p.content(t)
	if len(got) != len(want) {
		t.Errorf("%d objects, want %d", len(got), len(want))
	}
	for key, content := range want {
		if got[key] != content {
			t.Errorf("%s has other bytes", key)
		}
	}
}
