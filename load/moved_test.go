package load

import (
	"errors"
	"testing"

	"etl/schemas"
)

func TestCommitCallMovesWithinTheDate(t *testing.T) {
	onBoth(t, func(t *testing.T, p place) {
		l, m := open(t, p), model{}
		early, noon, late := at("2026-10-05T01:00:00Z"), at("2026-10-05T12:00:00Z"), at("2026-10-05T23:00:00Z")
		mustCommit(t, l, m.put("a", 1, noon, large), m.put("b", 1, noon, large), m.put("c", 1, noon, large))
		mustCommit(t, l, m.put("b", 2, late, small))
		p.check(t, m)
		mustCommit(t, l, m.put("b", 3, early, large))
		p.check(t, m)
		failing := Change{TenantID: tenant, CallID: "b", Version: 4, Start: late, Rows: func() (*schemas.Rows, error) { return nil, errors.New("no") }}
		wantOutcomes(t, mustCommit(t, l, failing, m.put("a", 2, late, large)), Failed, Loaded)
		p.check(t, m)
	})
}

// Rows that are not the same each time must not cost the old ones.
func TestCommitRowsFailOnlyTheSecondTime(t *testing.T) {
	p := folderPlace(t)
	l, m := open(t, p), model{}
	early, late := at("2026-10-05T01:00:00Z"), at("2026-10-05T23:00:00Z")
	mustCommit(t, l, m.put("a", 1, early, large))
	calls := 0
	r, err := l.Commit(t.Context(), "test", []Change{{TenantID: tenant, CallID: "a", Version: 2, Start: late, Rows: func() (*schemas.Rows, error) {
		if calls++; calls > 1 {
			return nil, errors.New("no")
		}
		return newRows("a", 2, late, small), nil
	}}})
	if err == nil {
		t.Error("no error")
	}
	wantOutcomes(t, r, Failed)
	p.check(t, m)
	if n := p.staged(t); n != 0 {
		t.Errorf("%d objects are still staged", n)
	}
}

func TestCommitCallMovesToAnotherDate(t *testing.T) {
	onBoth(t, func(t *testing.T, p place) {
		l, m := open(t, p), model{}
		before, after := at("2026-10-05T23:59:59Z"), at("2026-10-06T00:00:01Z")
		mustCommit(t, l, m.put("a", 1, before, large), m.put("b", 1, before, large), m.put("n", 1, nil, large), m.put("z", 1, after, large))
		r := mustCommit(t, l, m.put("a", 2, after, small), m.put("n", 2, before, small), m.put("z", 2, before, small))
		wantOutcomes(t, r, Loaded, Loaded, Loaded)
		p.check(t, m)
		// An older version is not let in by another date.
		r = mustCommit(t, l, change("a", 1, before, large))
		wantOutcomes(t, r, Older)
		p.check(t, m)
	})
}

// A run that died before it took the call out of its old date is completed by
// the next one, though that finds the call unchanged.
func TestCommitCompletesMove(t *testing.T) {
	onBoth(t, func(t *testing.T, p place) {
		l, m := open(t, p), model{}
		before, after := at("2026-10-05T23:59:59Z"), at("2026-10-06T00:00:01Z")
		mustCommit(t, l, change("a", 1, before, large), m.put("b", 1, before, small))
		dying := open(t, p)
		died := errors.New("died")
		hook(dying).before = func(key string) error {
			if key == objectKey("calls", "2026-10-05") {
				return died
			}
			return nil
		}
		if _, err := dying.Commit(t.Context(), "test", []Change{m.put("a", 2, after, small)}); !errors.Is(err, died) {
			t.Fatal(err)
		}
		wantOutcomes(t, mustCommit(t, l, change("a", 2, after, small)), Unchanged)
		p.check(t, m)
	})
}

// Another writer loads a version of the call that starts on the other side of
// midnight, after this one has looked there. Whichever version is newer stays,
// and of equal ones one.
func TestConflictAcrossMidnight(t *testing.T) {
	before, after := at("2026-10-05T23:59:59Z"), at("2026-10-06T00:00:01Z")
	for name, c := range map[string]struct {
		mine, theirs int64
		kept         bool // mine
	}{"mine is older": {1, 2, false}, "mine is newer": {2, 1, true}, "both are equal": {1, 1, false}} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, p place) {
				a, b, onA := twoWriters(t, p)
				m := model{}
				mine, theirs := change("x", c.mine, before, small), change("x", c.theirs, after, large)
				m["x"] = newRows("x", c.theirs, after, large)
				if c.kept {
					m["x"] = newRows("x", c.mine, before, small)
				}
				onA.before = once(objectKey("streams", "2026-10-05"), func() { mustCommit(t, b, theirs) })
				mustCommit(t, a, mine, m.put("y", 1, before, small))
				p.check(t, m)
				if n := p.staged(t); n != 0 {
					t.Errorf("%d objects are still staged", n)
				}
			})
		})
	}
}
