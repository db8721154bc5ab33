package jobs

import (
	"context"
	"time"

	"etl/load"
)

// watchedLake tells a discovery which calls are in the lake.
type watchedLake struct {
	lake
	discovery *discovery
}

func (w watchedLake) Commit(ctx context.Context, name string, changes []load.Change) (load.Receipt, error) {
	receipt, err := w.lake.Commit(ctx, name, changes)
	if err == nil && w.discovery.committed(receipt) {
		w.discovery.keepLoaded(ctx)
	}
	return receipt, err
}

// committed notes calls that are in the lake, and reports whether a slice
// waits for no more.
func (d *discovery) committed(receipt load.Receipt) (complete bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, result := range receipt.Results {
		s := d.owner[result.CallID]
		if s == nil || result.Outcome == load.Failed {
			continue
		}
		delete(d.owner, result.CallID)
		s.open--
		complete = complete || s.open == 0 && s.handed
	}
	return complete
}

// keepLoaded writes down the slices of which every call is in the lake, so
// that a run that dies has not listed them in vain. Calls that are pending are
// kept at the end of the run, and with them the other slices.
func (d *discovery) keepLoaded(ctx context.Context) {
	d.mu.Lock()
	d.kept = time.Now()
	var done []*slice
	for _, s := range d.slices {
		if s.handed && s.open == 0 && s.whole() {
			done = append(done, s)
		}
	}
	now := d.lister.now
	d.mu.Unlock()
	err := editRecord(ctx, d.lake, coverageRecord, func(c *Coverage) bool {
		d.add(c, done, now)
		return len(done) > 0
	})
	if err != nil {
		d.log.Warn("coverage not kept; the run will try again at its end", "error", err)
	}
}
