package load

import (
	"context"
	"runtime"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/semaphore"

	"etl/schemas"
)

// How far flattening goes ahead of the merges. It must be enough for the others
// to go on while one table packs its pages, which takes as long as flattening
// megabytes.
const (
	// flattenedBytes bounds the records of calls that are flattened and not yet
	// written; their rows take about as much again. A larger call is flattened
	// alone.
	flattenedBytes = 4 << 20
	// callsAhead is how many calls wait in one place, if they are so small.
	callsAhead = 256
)

// flattened is a call on its way from Rows to the merges.
type flattened struct {
	work *work
	rows *schemas.Rows
	err  error

	ready  chan struct{} // closed when rows or err is there
	shared atomic.Int32  // merges that have not taken the rows
	memory *semaphore.Weighted
	bytes  int64 // of it
}

// taken lets go of the rows when all merges have taken them.
func (f *flattened) taken() {
	if f.shared.Add(-1) > 0 {
		return
	}
	free(f.rows)
	f.memory.Release(f.bytes)
}

// free says that rows, if there are any, have been used.
func free(rows *schemas.Rows) {
	if rows != nil && rows.Free != nil {
		rows.Free()
	}
}

// flattenAhead flattens calls side by side, and yields them in their order. To
// the calls that come next memory, of flattenedBytes, is given as those before
// are taken.
func flattenAhead(ctx context.Context, memory *semaphore.Weighted, works []*work, tables []*table, yield func(*flattened) error) error {
	group, ctx := errgroup.WithContext(ctx)
	ordered := make(chan *flattened, callsAhead)
	group.Go(func() error {
		defer close(ordered)
		var workers errgroup.Group
		workers.SetLimit(runtime.GOMAXPROCS(0))
		defer workers.Wait()
		for _, w := range works {
			bytes := min(w.Bytes, flattenedBytes)
			if err := memory.Acquire(ctx, bytes); err != nil {
				return err
			}
			f := &flattened{work: w, ready: make(chan struct{}), memory: memory, bytes: bytes}
			workers.Go(func() error {
				defer close(f.ready)
				// A new goroutine would come before the merges that are ready to
				// run, and the calls go far ahead of them, out of the cache.
				runtime.Gosched()
				f.rows, f.err = w.flatten(tables)
				return nil
			})
			select {
			case ordered <- f:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	})
	group.Go(func() error {
		for f := range ordered {
			<-f.ready
			if err := yield(f); err != nil {
				return err
			}
		}
		return nil
	})
	return group.Wait()
}
