package load

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// publishers is how many objects are published at a time.
const publishers = 8

// publish makes the staged dates visible, one table after the other. A date
// that meets a conflict or an error goes no further; the others are completed,
// so that their children and calls agree.
func (c *commit) publish(ctx context.Context, days []*day) error {
	var mu sync.Mutex
	for _, t := range c.tables {
		var group errgroup.Group
		group.SetLimit(publishers)
		for _, d := range days {
			o := d.objects[t]
			if o == nil || d.conflict || d.err != nil {
				continue
			}
			group.Go(func() error {
				err := c.publishObject(ctx, o)
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err == nil:
					c.receipt.published(o)
				case errors.Is(err, ErrConflict):
					d.conflict = true
				default:
					d.err = fmt.Errorf("date %s: %w", d.date, err)
				}
				return nil
			})
		}
		group.Wait()
	}
	var all []error
	for _, d := range days {
		if d.conflict || d.err != nil {
			all = append(all, d.err, dropStaged(ctx, []*day{d}))
			continue
		}
		for _, w := range d.adds {
			if !d.changes() {
				w.settle(Unchanged, nil)
				continue
			}
			w.settle(Loaded, nil)
			w.result.Version = w.Version
			for i, n := range w.rows {
				c.receipt.Rows[c.tables[i].name] += int64(n)
			}
		}
	}
	return errors.Join(all...)
}

func (c *commit) publishObject(ctx context.Context, o *stagedObject) error {
	if o.draft == nil {
		return c.store.remove(ctx, o.key, o.version)
	}
	return o.draft.publish(ctx, o.version)
}

// finishing returns a context that outlives the given one by publishTime.
func finishing(ctx context.Context) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		select {
		case <-longer.Done():
		case <-time.After(publishTime):
			cancel()
		}
	})
	return longer, func() { stop(); cancel() }
}
