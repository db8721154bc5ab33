package load

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"etl/schemas"
)

// twoWriters opens a lake twice, without the lock that keeps them apart.
func twoWriters(t *testing.T, p place) (a, b *Lake, onA *hooks) {
	a, b = open(t, p), open(t, p)
	onA = hook(a)
	hook(b)
	return a, b, onA
}

// once runs f when the key is first met.
func once(key string, f func()) func(string) error {
	done := false
	return func(k string) error {
		if k == key && !done {
			done = true
			f()
		}
		return nil
	}
}

// Whenever the other writer comes in between, nothing of either is lost.
func TestConflictIsMergedAgain(t *testing.T) {
	start, other := at("2026-10-05T12:00:00Z"), at("2026-10-06T12:00:00Z")
	for i, table := range newTables(newCodec()) {
		t.Run(table.name, func(t *testing.T) {
			p := []func(testing.TB) place{s3Place, folderPlace}[i%2](t)
			a, b, onA := twoWriters(t, p)
			m := model{}
			mustCommit(t, a, m.put("x", 1, start, small))
			theirs := m.put("b", 1, start, large)
			onA.before = once(objectKey(table.name, "2026-10-05"), func() { mustCommit(t, b, theirs) })
			r := mustCommit(t, a, m.put("a", 1, start, large), m.put("o", 1, other, small))
			wantOutcomes(t, r, Loaded, Loaded)
			p.check(t, m)
			if n := p.staged(t); n != 0 {
				t.Errorf("%d objects are still staged", n)
			}
		})
	}
}

// The same on a date that neither had.
func TestConflictOnNewDate(t *testing.T) {
	onBoth(t, func(t *testing.T, p place) {
		a, b, onA := twoWriters(t, p)
		m := model{}
		start := at("2026-10-05T12:00:00Z")
		theirs := m.put("b", 1, start, small)
		onA.before = once(objectKey("streams", "2026-10-05"), func() { mustCommit(t, b, theirs) })
		mustCommit(t, a, m.put("a", 1, start, small))
		p.check(t, m)
	})
}

// Two writers have two versions of a call. At whatever point the newer one is
// published, it wins, whole.
func TestConflictNewerVersionWins(t *testing.T) {
	start := at("2026-10-05T12:00:00Z")
	both := [][2]shape{{large, small}, {small, large}, {large, bare}, {bare, large}}
	for i, table := range newTables(newCodec()) {
		for _, shapes := range [][2]shape{both[i%4], both[(i+2)%4]} {
			t.Run(fmt.Sprintf("%s/%v", table.name, shapes), func(t *testing.T) {
				p := folderPlace(t)
				a, b, onA := twoWriters(t, p)
				m := model{}
				mustCommit(t, a, m.put("x", 1, start, shapes[0]), m.put("y", 1, start, bare))
				newer := m.put("x", 3, start, shapes[1])
				onA.before = once(objectKey(table.name, "2026-10-05"), func() { mustCommit(t, b, newer) })
				r := mustCommit(t, a, change("x", 2, start, large), m.put("z", 1, start, bare))
				wantOutcomes(t, r, Older, Loaded)
				p.check(t, m)
			})
		}
	}
}

// The other writer is interleaved object by object: it publishes up to some
// table before this one begins, and the rest when this one has published up to
// some other table. Many pairs of tables are tried, with changing shapes.
func TestConflictInterleavedVersions(t *testing.T) {
	shapes := []shape{bare, small, {participants: 1, sessions: 1}, {sessions: 1, segments: 1, media: 1, streams: 1}}
	tables := newTables(newCodec())
	for first := range tables {
		for second := first % 2; second < len(tables); second += 2 {
			n := first*len(tables) + second
			mine, theirs := shapes[n%4], shapes[(n/4+n)%4]
			t.Run(fmt.Sprintf("%s-%s", tables[first].name, tables[second].name), func(t *testing.T) {
				interleave(t, tables[first].name, tables[second].name, mine, theirs)
			})
		}
	}
}

func interleave(t *testing.T, first, second string, mine, theirs shape) {
	p := folderPlace(t)
	a, b, onA := twoWriters(t, p)
	onB := b.store.(*hooks)
	m := model{}
	start := at("2026-10-05T12:00:00Z")
	mustCommit(t, a, m.put("y", 1, start, small))
	reached, goOn, done := make(chan bool), make(chan bool), make(chan error)
	onB.before = once(objectKey(first, "2026-10-05"), func() { reached <- true; <-goOn })
	newer := m.put("x", 3, start, theirs)
	go func() {
		_, err := b.Commit(context.Background(), "test", []Change{newer})
		close(reached)
		done <- err
	}()
	<-reached
	resume := sync.OnceFunc(func() { close(goOn) })
	onA.before = once(objectKey(second, "2026-10-05"), func() { resume(); <-reached })
	mustCommit(t, a, change("x", 2, start, mine))
	resume()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	p.checkVersions(t, m)
}

// A writer died before it published calls, and another loads the version
// before: it does not put its rows beside the newer ones. When the newer
// version is loaded again, all is well.
func TestNewerChildrenStay(t *testing.T) {
	onBoth(t, func(t *testing.T, p place) {
		a, b, onA := twoWriters(t, p)
		m := model{}
		start := at("2026-10-05T12:00:00Z")
		mustCommit(t, a, m.put("x", 1, start, small), m.put("y", 1, start, small))
		died := errors.New("died")
		onA.before = func(key string) error {
			if key == objectKey("calls", "2026-10-05") {
				return died
			}
			return nil
		}
		if _, err := a.Commit(t.Context(), "test", []Change{change("x", 3, start, large)}); !errors.Is(err, died) {
			t.Fatal(err)
		}
		wantOutcomes(t, mustCommit(t, b, change("x", 2, start, small)), Loaded)
		// As documented, children are ahead of calls then, and only that.
		mixed := model{"x": newRows("x", 3, start, large), "y": m["y"]}
		mixed["x"].Call = newRows("x", 2, start, small).Call
		p.check(t, mixed)
		wantOutcomes(t, mustCommit(t, b, m.put("x", 3, start, large)), Loaded)
		p.check(t, m)
	})
}

// checkVersions compares the keys and versions of all rows, by the library's
// reader, which is quicker than opening a database.
func (p place) checkVersions(t *testing.T, want model) {
	t.Helper()
	for _, table := range newTables(newCodec()) {
		var got, expected []string
		f, err := openFolder(p.dir)
		if err != nil {
			t.Fatal(err)
		}
		e, err := openExisting(t.Context(), f, table, "2026-10-05")
		if err != nil {
			t.Fatal(err)
		}
		if e != nil {
			rows := newRowSource(e.file, e.columns)
			for {
				if err := rows.fill(); err != nil {
					t.Fatal(err)
				}
				if len(rows.batch) == 0 {
					break
				}
				for _, row := range rows.batch {
					got = append(got, fmt.Sprintf("%s %d", row[callIDPlace].ByteArray(), row[versionPlace].Int64()))
				}
			}
			e.close()
		}
		for _, row := range want.rows(table) {
			key := row.Field(0).Interface().(schemas.CallKey)
			expected = append(expected, fmt.Sprintf("%s %d", key.CallID, key.CallVersion))
		}
		if !slices.Equal(got, expected) {
			t.Errorf("%s has rows of %v, want %v", table.name, got, expected)
		}
	}
}

// The union of what writers add at the same time is there.
func TestManyWritersRace(t *testing.T) {
	p := s3Place(t)
	m := model{}
	start := at("2026-10-05T12:00:00Z")
	var changes [4][]Change
	for w := range changes {
		for i := range 4 {
			changes[w] = append(changes[w], m.put(fmt.Sprintf("%d-%d", i, w), 1, start, small))
		}
	}
	var group sync.WaitGroup
	for _, mine := range changes {
		l := open(t, p)
		group.Go(func() {
			for _, c := range mine {
				if r, err := l.Commit(context.Background(), "test", []Change{c}); err != nil || r.Results[0].Outcome != Loaded {
					t.Error(r.Results, err)
				}
			}
		})
	}
	group.Wait()
	p.check(t, m)
	if n := p.staged(t); n != 0 {
		t.Errorf("%d objects are still staged", n)
	}
}

func TestConflictEndsWithTheContext(t *testing.T) {
	p := folderPlace(t)
	l := open(t, p)
	h := hook(l)
	h.before = func(string) error { return ErrConflict }
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	r, err := l.Commit(ctx, "test", []Change{change("a", 1, at("2026-10-05T12:00:00Z"), small)})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	wantOutcomes(t, r, Failed)
	if n := p.staged(t); n != 0 {
		t.Errorf("%d objects are still staged", n)
	}
}

func TestCancelBeforePublishingDropsEverything(t *testing.T) {
	onBoth(t, func(t *testing.T, p place) {
		l, m := open(t, p), model{}
		start := at("2026-10-05T12:00:00Z")
		mustCommit(t, l, m.put("a", 1, start, small))
		before := p.files(t)
		h := hook(l)
		for _, moment := range []string{objectKey("streams", "2026-10-05"), objectKey("calls", "2026-10-06")} {
			ctx, cancel := context.WithCancel(t.Context())
			h.sealing = once(moment, cancel)
			r, err := l.Commit(ctx, "test", []Change{change("b", 1, start, large), change("c", 1, at("2026-10-06T00:00:00Z"), large)})
			if !errors.Is(err, context.Canceled) || errors.Is(err, ErrStorage) {
				t.Error(err)
			}
			wantOutcomes(t, r, Failed, Failed)
		}
		// Even when everything is staged already.
		ctx, cancel := context.WithCancel(t.Context())
		h.sealing, h.sealed = nil, once(objectKey("calls", "2026-10-05"), cancel)
		if _, err := l.Commit(ctx, "test", []Change{change("b", 1, start, bare)}); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		ctx, cancel = context.WithCancel(t.Context())
		_, err := l.Commit(ctx, "test", []Change{{TenantID: tenant, CallID: "b", Version: 1, Start: start, Rows: func() (*schemas.Rows, error) {
			cancel()
			return newRows("b", 1, start, large), nil
		}}})
		if !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		after := p.files(t)
		maps.DeleteFunc(after, func(key, _ string) bool { return strings.Contains(key, "_state/") })
		maps.DeleteFunc(before, func(key, _ string) bool { return strings.Contains(key, "_state/") })
		if !maps.Equal(after, before) {
			t.Errorf("files are %v, want %v", after, before)
		}
		if n := p.staged(t); n != 0 {
			t.Errorf("%d objects are still staged", n)
		}
	})
}

func TestCancelWhilePublishingFinishes(t *testing.T) {
	onBoth(t, func(t *testing.T, p place) {
		l, m := open(t, p), model{}
		ctx, cancel := context.WithCancel(t.Context())
		hook(l).before = once(objectKey("media", "2026-10-05"), cancel)
		r, _ := l.Commit(ctx, "test", []Change{m.put("a", 1, at("2026-10-05T12:00:00Z"), small), m.put("b", 1, at("2026-10-06T12:00:00Z"), small)})
		wantOutcomes(t, r, Loaded, Loaded)
		p.check(t, m)
	})
}

func TestErrorDropsWhatIsStaged(t *testing.T) {
	onBoth(t, func(t *testing.T, p place) {
		l, m := open(t, p), model{}
		h := hook(l)
		failure := errors.New("disk is gone")
		fail := func(where string) func(string) error {
			return func(key string) error {
				if key == where {
					return failure
				}
				return nil
			}
		}
		fifth, sixth := at("2026-10-05T12:00:00Z"), at("2026-10-06T12:00:00Z")
		h.sealing = fail(objectKey("media", "2026-10-06"))
		r, err := l.Commit(t.Context(), "test", []Change{change("a", 1, fifth, small), change("b", 1, sixth, small)})
		if !errors.Is(err, failure) {
			t.Error(err)
		}
		wantOutcomes(t, r, Failed, Failed)
		p.check(t, m)
		// A date that cannot be published does not hold up the other one, and
		// its calls stay invisible.
		h.sealing = nil
		h.before = fail(objectKey("sessions", "2026-10-05"))
		r, err = l.Commit(t.Context(), "test", []Change{change("a", 1, fifth, small), m.put("b", 1, sixth, small)})
		if !errors.Is(err, failure) {
			t.Error(err)
		}
		wantOutcomes(t, r, Failed, Loaded)
		if _, found := p.files(t)[objectKey("calls", "2026-10-05")]; found {
			t.Error("calls are visible without all children")
		}
		if n := p.staged(t); n != 0 {
			t.Errorf("%d objects are still staged", n)
		}
		h.before = nil
		wantOutcomes(t, mustCommit(t, l, m.put("a", 1, fifth, small)), Loaded)
		p.check(t, m)
	})
}

// At every moment, a call that can be seen has all its children.
func TestPublishesChildrenFirst(t *testing.T) {
	onBoth(t, func(t *testing.T, p place) {
		l, m := open(t, p), model{}
		h := hook(l)
		start := at("2026-10-05T12:00:00Z")
		mustCommit(t, l, m.put("a", 1, start, small))
		var order []string
		h.after = func(key string) error {
			table, _, _ := strings.Cut(key, "/")
			order = append(order, table)
			return nil
		}
		mustCommit(t, l, m.put("b", 1, start, small), m.put("c", 1, at("2026-10-06T12:00:00Z"), small))
		want := []string{"streams", "streams", "media", "media", "segments", "segments", "sessions", "sessions", "participants", "participants", "calls", "calls"}
		if !slices.Equal(order, want) {
			t.Errorf("published %v, want %v", order, want)
		}
	})
}
