package load

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/semaphore"
)

// datesStaged is how many dates are staged at a time: while the objects of one
// are made durable, the next is merged.
const datesStaged = 2

// prepare opens what is read of a date, and says what is to be staged; nil
// where nothing is.
type prepare func(ctx context.Context, date string) (*day, error)

// turn is what the dates of a commit do one after the other. So there is one
// writer for each table, which takes much memory, and it goes on with the next
// date whatever the other tables are at.
type turn struct {
	fed    chan struct{}   // closed when all calls are on their way to the merges
	merged []chan struct{} // of each table: closed when all rows are written
}

func newTurn(tables int) turn {
	t := turn{fed: make(chan struct{}), merged: make([]chan struct{}, tables)}
	for i := range t.merged {
		t.merged[i] = make(chan struct{})
	}
	return t
}

// end lets all come that wait for it.
func (t turn) end() {
	close(t.fed)
	for _, table := range t.merged {
		close(table)
	}
}

func wait(ctx context.Context, done <-chan struct{}) error {
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// stageAll stages dates. Those that it returns hold what was staged of them
// also when there is an error.
func (c *commit) stageAll(ctx context.Context, dates []string, prepare prepare) (days []*day, err error) {
	group, ctx := errgroup.WithContext(ctx)
	places := semaphore.NewWeighted(datesStaged)
	before := newTurn(len(c.tables))
	before.end()
	for _, date := range dates {
		d, err := (*day)(nil), places.Acquire(ctx, 1)
		if err == nil {
			d, err = prepare(ctx, date)
		}
		if err != nil {
			group.Go(func() error { return fmt.Errorf("date %s: %w", date, err) })
			break
		}
		if d == nil {
			places.Release(1)
			continue
		}
		days = append(days, d)
		after, mine := before, newTurn(len(c.tables))
		group.Go(func() error {
			defer places.Release(1)
			if err := c.stage(ctx, d, after, mine); err != nil {
				return fmt.Errorf("date %s: %w", date, err)
			}
			return nil
		})
		before = mine
	}
	return days, group.Wait()
}
