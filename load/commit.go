package load

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"golang.org/x/sync/semaphore"
)

const (
	mergeTime    = 15 * time.Minute       // to put dates in against other writers
	firstPause   = 100 * time.Millisecond // before the second; doubled each time
	longestPause = 10 * time.Second
	cleanupTime  = 30 * time.Second // to drop what was staged
	publishTime  = time.Minute      // to finish publishing after the context has ended
)

// commit is one call of Lake.Commit, Lake.Rebuild, or of those for a log.
type commit struct {
	name    string
	noRaw   bool // records are not archived
	rebuild bool // rows of the same version are replaced
	log     bool // the changes are rows of a log
	archive archive
	store   store
	tables  []*table
	byDate  map[string][]*work // the newest change of each call
	receipt *Receipt
	journal *journal // nil until something is to be published
	// rawObjects counts the objects of the archive that were staged, by date.
	rawObjects map[string]int
	flattening *semaphore.Weighted // flattenedBytes, shared by the dates

	elsewhere elsewhere
}

// Commit puts the changes into the lake, all of them or, where single calls
// cannot be flattened, all others. The receipt has a result for each change,
// also when there is an error. The name, of the run and its batch, must be
// unique: the records are archived under it.
//
// When the context ends before anything is published, nothing is; publishing
// that has begun is finished. Errors wrap ErrStorage, ErrLocked,
// ErrNewerFormat, or the context's.
//
// Commit may be called concurrently; one commit runs at a time.
func (l *Lake) Commit(ctx context.Context, name string, changes []Change) (Receipt, error) {
	return l.commit(ctx, &commit{name: name, noRaw: l.noRaw, archive: archiveOfCalls(), tables: l.tables}, changes)
}

// Rebuild is Commit with calls that are in the archive already: rows of the
// same version are replaced, too. Where the new rows are those that the lake
// has, nothing is written, and the outcome is Unchanged.
func (l *Lake) Rebuild(ctx context.Context, name string, changes []Change) (Receipt, error) {
	return l.commit(ctx, &commit{name: name, noRaw: true, rebuild: true, tables: l.tables}, changes)
}

func (l *Lake) commit(ctx context.Context, c *commit, changes []Change) (Receipt, error) {
	receipt := Receipt{Results: make([]Result, len(changes)), Rows: map[string]int64{}}
	c.store, c.byDate, c.receipt = l.store, map[string][]*work{}, &receipt
	c.flattening = semaphore.NewWeighted(flattenedBytes)
	err := checkCommitName(c.name)
	if err == nil {
		c.take(changes)
		err = l.exclusively(ctx, func() error { return c.run(ctx) })
	}
	for i := range receipt.Results {
		if r := &receipt.Results[i]; r.Outcome == "" {
			r.Outcome, r.Err = Failed, err
		}
	}
	return receipt, err
}

// take groups the changes by date. Of several changes of a call the highest
// version counts, and of several of that the better edition, or else that which
// was fetched first.
func (c *commit) take(changes []Change) {
	newest := map[callKey]*work{}
	for i, change := range changes {
		result := &c.receipt.Results[i]
		w, err := newWork(change, result)
		if err != nil {
			result.Outcome, result.Err = Failed, err
			continue
		}
		other, again := newest[w.at.key]
		switch {
		case !again:
		case other.Version == w.Version && !c.better(w, other):
			w.settle(Duplicate, nil)
			continue
		case other.Version == w.Version:
			other.settle(Duplicate, nil)
		case other.Version > w.Version:
			w.settle(Older, nil)
			continue
		default:
			other.settle(Older, nil)
		}
		newest[w.at.key] = w
	}
	for _, w := range newest {
		c.byDate[w.date] = append(c.byDate[w.date], w)
	}
	for _, works := range c.byDate {
		slices.SortFunc(works, func(a, b *work) int { return a.at.compare(b.at) })
	}
}

// better compares two changes of a call with the same version.
func (c *commit) better(a, b *work) bool {
	ofA, err := a.flatten(c.tables)
	if err != nil {
		return false
	}
	ofB, err := b.flatten(c.tables)
	if err != nil {
		return true
	}
	order := editionOf(&ofA.Call).compare(editionOf(&ofB.Call))
	return order > 0 || order == 0 && a.FetchedAt < b.FetchedAt
}

func (c *commit) run(ctx context.Context) error {
	if err := c.survey(ctx); err != nil {
		return err
	}
	dates := slices.Sorted(maps.Keys(c.byDate))
	prepare := func(ctx context.Context, date string) (*day, error) { return c.prepareDay(ctx, date, c.byDate[date]) }
	if err := c.untilPublished(ctx, dates, prepare); err != nil {
		return err
	}
	// Another writer may have put a version of a call under another date in
	// between. Both look again after they have published, so the later one sees
	// the other.
	if err := c.survey(ctx); err != nil {
		return err
	}
	if err := c.dropMoved(ctx); err != nil {
		return err
	}
	return c.dropJournal(ctx)
}

// untilPublished stages dates, publishes them together table by table, and
// does so again with those dates where another writer was first.
func (c *commit) untilPublished(ctx context.Context, dates []string, prepare prepare) error {
	began := time.Now()
	for attempt := 0; len(dates) > 0; attempt++ {
		if attempt > 0 && time.Since(began) > mergeTime {
			return fmt.Errorf("%w: date %s: other writers came first %d times in %s: %w", ErrStorage, dates[0], attempt, mergeTime, ErrConflict)
		}
		if err := pause(ctx, attempt); err != nil {
			return err
		}
		days, err := c.stageAll(ctx, dates, prepare)
		if err == nil {
			err = c.publishAll(ctx, days)
		}
		if err != nil {
			return errors.Join(err, dropStaged(ctx, days))
		}
		dates = dates[:0:0]
		for _, d := range days {
			if d.conflict {
				dates = append(dates, d.date)
			}
		}
	}
	return nil
}

// publishAll publishes staged dates: the records first, then the tables.
func (c *commit) publishAll(ctx context.Context, days []*day) (err error) {
	raw, err := c.stageRaw(ctx, days)
	defer func() { err = errors.Join(err, dropObjects(ctx, raw)) }()
	if err == nil {
		err = ctx.Err() // the last moment to let go of everything
	}
	if err != nil {
		return err
	}
	ctx, cancel := finishing(ctx)
	defer cancel()
	if err := c.writeJournal(ctx, days, raw); err != nil {
		return err
	}
	if err := c.publishRaw(ctx, raw); err != nil {
		return err
	}
	return c.publish(ctx, days)
}

// pause waits before every attempt but the first, long enough for two writers
// to fall out of step.
func pause(ctx context.Context, attempt int) error {
	if attempt == 0 {
		return ctx.Err()
	}
	longest := min(longestPause, firstPause<<min(attempt, 10))
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(rand.N(longest)):
		return nil
	}
}
