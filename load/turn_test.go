package load

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

// watched is a store that tells a test of the steps of drafts before they are
// done. Each call may block.
type watched struct {
	store
	creating, writing, sealing func(key string)
}

func watch(l *Lake) *watched {
	nothing := func(string) {}
	w := &watched{l.store, nothing, nothing, nothing}
	l.store = w
	return w
}

func (w *watched) create(ctx context.Context, key string) (draft, error) {
	w.creating(key)
	d, err := w.store.create(ctx, key)
	if err != nil {
		return nil, err
	}
	return &watchedDraft{d, w, key}, nil
}

type watchedDraft struct {
	draft
	watched *watched
	key     string
}

func (d *watchedDraft) Write(p []byte) (int, error) {
	d.watched.writing(d.key)
	return d.draft.Write(p)
}

func (d *watchedDraft) seal(ctx context.Context) error {
	d.watched.sealing(d.key)
	return d.draft.seal(ctx)
}

// newMoment is something that a test waits for: not for ever, and once in vain.
func newMoment(t *testing.T, what string) (come, wait func()) {
	came := make(chan struct{})
	come = sync.OnceFunc(func() { close(came) })
	return come, func() {
		select {
		case <-came:
		case <-time.After(20 * time.Second):
			t.Errorf("%s never came", what)
			come()
		}
	}
}

func TestDatesAreStagedInTurn(t *testing.T) {
	onBoth(t, func(t *testing.T, p place) {
		l, m := open(t, p), model{}
		var changes []Change
		for day := 5; day < 9; day++ {
			for i := range 3 {
				changes = append(changes, m.put(fmt.Sprintf("%d-%d", day, i), 1, at(fmt.Sprintf("2026-10-%02dT12:00:00Z", day)), small))
			}
		}
		begun, waitForBegun := newMoment(t, "the second date's first object while the first date's are made durable")
		merged, waitForMerged := newMoment(t, "an object of the second date while one of the first is written")
		var mu sync.Mutex
		last := map[string]string{} // by table: the key that was written to last
		w := watch(l)
		w.creating = func(key string) {
			if strings.Contains(key, "2026-10-06") {
				begun()
			}
		}
		w.writing = func(key string) {
			if key == objectKey("streams", "2026-10-05") {
				waitForMerged()
			}
			table, _, _ := strings.Cut(key, "/")
			mu.Lock()
			defer mu.Unlock()
			if key < last[table] {
				t.Errorf("%s is written to after %s", key, last[table])
			}
			last[table] = key
		}
		w.sealing = func(key string) {
			switch {
			case strings.Contains(key, "2026-10-05"):
				waitForBegun()
			case key == objectKey("calls", "2026-10-06"):
				merged()
			}
		}
		mustCommit(t, l, changes...)
		p.check(t, m)
	})
}

func TestUnchangedDateBetweenOthers(t *testing.T) {
	onBoth(t, func(t *testing.T, p place) {
		l, m := open(t, p), model{}
		between := m.put("b", 1, at("2026-10-06T12:00:00Z"), small)
		mustCommit(t, l, between)
		r := mustCommit(t, l, m.put("a", 1, at("2026-10-05T12:00:00Z"), small), between, m.put("c", 1, at("2026-10-07T12:00:00Z"), small))
		wantOutcomes(t, r, Loaded, Unchanged, Loaded)
		p.check(t, m)
	})
}
