package load

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"golang.org/x/sync/errgroup"
)

// stage merges and stages the six objects of a date side by side, flattening
// each call once, some calls ahead of the merges. Of each it waits for the turn
// of the date before, and leaves its own to the next.
func (c *commit) stage(ctx context.Context, d *day, after, mine turn) (err error) {
	defer func() {
		err = errors.Join(err, d.old.close())
		d.old, d.heads = nil, nil
	}()
	staged := make([]*stagedObject, len(c.tables))
	feeds := make([]chan feed, len(c.tables))
	group, groupCtx := errgroup.WithContext(ctx)
	for i, t := range c.tables {
		feeds[i] = make(chan feed, callsAhead)
		m := c.newMerge(groupCtx, d, t)
		group.Go(func() (err error) {
			if err := wait(groupCtx, after.merged[i]); err != nil {
				return err
			}
			staged[i], err = stageObject(groupCtx, m, d.old[t], feeds[i], mine.merged[i])
			return err
		})
	}
	group.Go(func() error {
		if err := wait(groupCtx, after.fed); err != nil {
			return err
		}
		if err := c.feed(groupCtx, d, feeds); err != nil {
			return err
		}
		close(mine.fed)
		return nil
	})
	err = group.Wait()
	d.objects = map[*table]*stagedObject{}
	for i, o := range staged {
		if o != nil {
			d.objects[c.tables[i]] = o
		}
	}
	if err == nil && !d.isNew() { // no call could be flattened
		err := dropStaged(ctx, []*day{d})
		d.objects = nil
		return err
	}
	return err
}

func (c *commit) newMerge(ctx context.Context, d *day, t *table) *merge {
	key := objectKey(t.name, d.date)
	m := &merge{
		table:  t,
		key:    key,
		name:   c.store.describe(key),
		upTo:   d.upTo,
		kept:   map[callKey]bool{},
		newer:  map[callKey]bool{},
		create: func() (draft, error) { return c.store.create(ctx, key) },
	}
	for _, w := range d.adds {
		if h, known := d.heads[t][w.at.key]; known && h.version > w.Version {
			m.newer[w.at.key] = true
		}
	}
	return m
}

// feed hands the calls to all merges. A call that cannot be flattened keeps its
// old rows.
func (c *commit) feed(ctx context.Context, d *day, feeds []chan feed) error {
	written := d.adds[:0:0]
	err := flattenAhead(ctx, c.flattening, d.adds, c.tables, func(f *flattened) error {
		w := f.work
		switch {
		case f.err == nil:
			w.tried = true
			written = append(written, w)
		case errors.Is(f.err, ErrStorage):
			return fmt.Errorf("call %s: %w", w.CallID, f.err)
		case w.proven:
			return fmt.Errorf("call %s: its rows are not the same each time: %w", w.CallID, f.err)
		default:
			w.settle(Failed, f.err)
		}
		f.shared.Store(int32(len(feeds)))
		for _, to := range feeds {
			select {
			case to <- feed{at: w.at, rows: f.rows, taken: f.taken}:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	d.adds = written
	for _, to := range feeds {
		close(to)
	}
	return nil
}

// stageObject runs one merge to its end, and closes merged when all rows are
// written. It returns nil where the object does not change.
func stageObject(ctx context.Context, m *merge, old *existing, feeds <-chan feed, merged chan<- struct{}) (o *stagedObject, err error) {
	defer func() {
		if err != nil && m.draft != nil {
			err = errors.Join(err, cleanUp(ctx, m.draft.abort))
		}
	}()
	if old != nil {
		m.old = newOldRows(m.table, old)
	}
	if err := mergeAll(ctx, m, feeds); err != nil {
		return nil, err
	}
	close(merged)
	o = &stagedObject{key: m.key, version: noVersion}
	if old != nil {
		o.version = old.object.version
	}
	if m.draft == nil {
		if old == nil {
			return nil, nil
		}
		return o, nil
	}
	written := m.draft.digest()
	if old != nil && old.object.size == written.size {
		before, err := old.object.digest()
		if err != nil {
			return nil, fmt.Errorf("%w: reading %s: %w", ErrStorage, m.name, err)
		}
		if before == written {
			return nil, m.draft.abort(ctx)
		}
	}
	if err := m.draft.seal(ctx); err != nil {
		return nil, err
	}
	o.draft, o.bytes = m.draft, written.size
	return o, nil
}

// callsAtOnce bounds the calls whose rows are read at once: those of more would
// not stay in the processor's cache.
const callsAtOnce = 8

func mergeAll(ctx context.Context, m *merge, feeds <-chan feed) (err error) {
	defer recoverBroken(m.name, &err)
	if m.old != nil {
		defer m.old.close()
	}
	var held []feed // what the file may not have read yet
	for {
		// Rows of several calls are read at once if they are there.
		if n := len(held); n == callsAtOnce || n > 0 && len(feeds) == 0 {
			if err := m.flush(); err != nil {
				return err
			}
			for _, f := range held {
				f.taken()
			}
			held = held[:0]
		}
		select {
		case f, more := <-feeds:
			if !more {
				return m.finish()
			}
			if err := m.take(f); err != nil {
				return err
			}
			held = append(held, f)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// dropStaged aborts what was staged and not published, also when the context
// has ended.
func dropStaged(ctx context.Context, days []*day) error {
	var all []*stagedObject
	for _, d := range days {
		all = slices.AppendSeq(all, maps.Values(d.objects))
	}
	return dropObjects(ctx, all)
}

func dropObjects(ctx context.Context, staged []*stagedObject) error {
	return cleanUp(ctx, func(ctx context.Context) error {
		var all []error
		for _, o := range staged {
			if o != nil && o.draft != nil {
				all = append(all, o.draft.abort(ctx))
			}
		}
		return errors.Join(all...)
	})
}

func cleanUp(ctx context.Context, what func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanupTime)
	defer cancel()
	return what(ctx)
}
