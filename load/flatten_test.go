package load

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sync/semaphore"

	"etl/schemas"
)

// flattening counts the bytes of calls whose rows are not freed.
type flattening struct {
	mu         sync.Mutex
	bytes      int64
	most       int64
	made, gone int
}

func (f *flattening) change(id string, start *int64, size int64) Change {
	c := change(id, 1, start, small)
	rowsOf := c.Rows
	c.Bytes = size
	c.Rows = func() (*schemas.Rows, error) {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.bytes += size
		f.most = max(f.most, f.bytes)
		f.made++
		rows, err := rowsOf()
		rows.Free = func() {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.bytes -= size
			f.gone++
		}
		return rows, err
	}
	return c
}

func TestFlattenedCallsKeepWithinTheirMemory(t *testing.T) {
	var f flattening
	var changes []Change
	want := model{}
	for i := range 60 {
		id, start := fmt.Sprintf("call%02d", i), at(fmt.Sprintf("2026-10-%02dT08:00:00Z", 1+(i+12)/20))
		*start += int64(i)
		size := int64(flattenedBytes / 3)
		if i%20 == 7 {
			size = 10 * flattenedBytes
		}
		changes = append(changes, f.change(id, start, size))
		want[id] = newRows(id, 1, start, small)
	}
	p := folderPlace(t)
	mustCommit(t, open(t, p), changes...)
	p.check(t, want)
	if f.made != 60 || f.gone != 60 || f.bytes != 0 {
		t.Errorf("%d calls were flattened and %d freed", f.made, f.gone)
	}
	if f.most != 10*flattenedBytes {
		t.Errorf("%d bytes were held at once, want those of one large call alone", f.most)
	}
}

// A record that can't be read is not one that can't be flattened: nothing of
// the commit may be published as if the call were not there.
func TestUnreadableRecordEndsTheCommit(t *testing.T) {
	p := folderPlace(t)
	l := open(t, p)
	start := at("2026-10-05T08:00:00Z")
	mustCommit(t, l, change("a", 1, start, small))
	before := p.content(t)
	for name, moved := range map[string]*int64{"at its place": start, "moved within the date": at("2026-10-05T09:00:00Z")} {
		bad := change("a", 2, moved, small)
		bad.Rows = func() (*schemas.Rows, error) { return nil, fmt.Errorf("%w: the disk is gone", ErrStorage) }
		receipt, err := l.Commit(t.Context(), "second", []Change{bad, change("b", 1, start, small)})
		if !errors.Is(err, ErrStorage) || !strings.Contains(err.Error(), "call a: ") || receipt.Results[1].Outcome != Failed {
			t.Errorf("%s: error %v, results %+v", name, err, receipt.Results)
		}
		if after := p.content(t); len(after) != len(before) {
			t.Errorf("%s: objects %d, want %d", name, len(after), len(before))
		}
	}
}

func TestFlatteningEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	works := []*work{}
	for i := range 100 {
		w, err := newWork(change(fmt.Sprint("call", i), 1, at("2026-10-05T08:00:00Z"), small), new(Result))
		if err != nil {
			t.Fatal(err)
		}
		works = append(works, w)
	}
	n := 0
	err := flattenAhead(ctx, semaphore.NewWeighted(flattenedBytes), works, newTables(newCodec()), func(f *flattened) error {
		if n++; n == 5 {
			cancel()
			return ctx.Err()
		}
		return nil
	})
	if !errors.Is(err, context.Canceled) || n != 5 {
		t.Errorf("error %v after %d calls", err, n)
	}
}
