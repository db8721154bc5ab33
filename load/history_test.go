package load

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"etl/schemas"
)

// Random histories of commits end as a simple model says: of each call the
// highest version, once, whole.
func TestHistories(t *testing.T) {
	if f := flag.Lookup("rapid.checks"); f.Value.String() == f.DefValue {
		checks := "15"
		if testing.Short() {
			checks = "3"
		}
		if err := f.Value.Set(checks); err != nil {
			t.Fatal(err)
		}
		defer f.Value.Set(f.DefValue)
	}
	onBoth(t, func(t *testing.T, _ place) {
		rapid.Check(t, func(rt *rapid.T) {
			p := folderPlace(t)
			if t.Name() == "TestHistories/s3" {
				p = s3Place(t)
			}
			playHistory(t, rt, p)
		})
	})
}

func playHistory(t *testing.T, rt *rapid.T, p place) {
	l, m := open(t, p), model{}
	defer l.Close()
	starts := []*int64{nil, at("0001-01-01T00:00:00Z"), at("2026-10-05T12:00:00Z"), at("2026-10-05T12:00:01Z"), at("2026-10-06T00:00:00Z")}
	shapes := []shape{bare, small, {participants: 3}, {sessions: 2, segments: 2, media: 1}, {participants: 1, sessions: 1, segments: 1, media: 2, streams: 3}}
	for range rapid.IntRange(1, 4).Draw(rt, "commits") {
		var changes []Change
		var want []Outcome
		used := map[string]bool{}
		for range rapid.IntRange(0, 5).Draw(rt, "changes") {
			id := fmt.Sprint("call-", rapid.IntRange(0, 5).Draw(rt, "call"))
			version := int64(rapid.IntRange(1, 4).Draw(rt, "version"))
			// A version has one start and one content. Starts move within the
			// date and over midnight, as far as the lake follows.
			start := starts[(seedOf(id)+uint64(version)/2)%2+2]
			if seedOf(id)%3 == 0 {
				start = starts[min(version, 2)+2]
			}
			if seedOf(id)%5 == 0 {
				start = starts[0]
			}
			s := shapes[rand.New(rand.NewPCG(uint64(version), seedOf(id))).IntN(len(shapes))]
			if used[id] {
				continue
			}
			used[id] = true
			c := change(id, version, start, s)
			fails := rapid.IntRange(0, 9).Draw(rt, "fails") == 0
			if fails {
				c.Rows = func() (*schemas.Rows, error) { panic("fails") }
			}
			switch was := m[id]; {
			case was != nil && was.Call.CallVersion == version:
				want = append(want, Unchanged)
			case was != nil && was.Call.CallVersion > version:
				want = append(want, Older)
			case fails:
				want = append(want, Failed)
			default:
				want = append(want, Loaded)
				m[id] = newRows(id, version, start, s)
			}
			changes = append(changes, c)
		}
		r, err := l.Commit(t.Context(), "test", changes)
		if err != nil {
			rt.Fatal(err)
		}
		for i, result := range r.Results {
			if result.Outcome != want[i] {
				rt.Fatalf("%s version %d is %s (%v), want %s", result.CallID, changes[i].Version, result.Outcome, result.Err, want[i])
			}
		}
	}
	p.check(t, m)
	if n := p.staged(t); n != 0 {
		rt.Fatalf("%d objects are still staged", n)
	}
}

// Every value of every column comes back from another reader.
func TestEveryValueComesBack(t *testing.T) {
	onBoth(t, func(t *testing.T, p place) {
		l, m := open(t, p), model{}
		var changes []Change
		for i := range 20 {
			var start *int64
			if i%4 > 0 {
				start = at(fmt.Sprintf("2026-10-%02dT12:00:00Z", 5+i%4))
			}
			changes = append(changes, m.put(fmt.Sprint("call-", i), 1, start, large))
		}
		for len(changes) > 0 {
			n := min(len(changes), 7)
			mustCommit(t, l, changes[:n]...)
			changes = changes[n:]
		}
		p.check(t, m)
	})
}
