package load

import (
	"context"
	"errors"
	"fmt"
)

// day is a date on its way through a commit.
type day struct {
	date     string
	adds     []*work                  // calls whose rows are written, in order
	upTo     map[callKey]int64        // calls whose old rows go, up to this version
	takesOut bool                     // some go without others in their place
	drops    []*work                  // calls that are in the lake at another date now
	objects  map[*table]*stagedObject // those that change

	// What the merges read, until the date is staged.
	old   sources
	heads map[*table]map[callKey]head

	conflict bool  // another writer was first
	err      error // publishing failed
}

// changes reports whether any object of the date does.
func (d *day) changes() bool {
	for _, o := range d.objects {
		if o != nil {
			return true
		}
	}
	return false
}

// stagedObject is what becomes of an object of a date.
type stagedObject struct {
	key     string
	draft   draft  // nil: the object is removed
	version string // of the object that was read
	bytes   int64
}

// sources are the objects that a date's merge reads, by table.
type sources map[*table]*existing

func (s sources) close() error {
	var all []error
	for _, e := range s {
		if e != nil {
			all = append(all, e.close())
		}
	}
	return errors.Join(all...)
}

// prepareDay compares a date's changes with the lake, and opens what the merges
// read. It returns nil where nothing is new.
func (c *commit) prepareDay(ctx context.Context, date string, works []*work) (_ *day, err error) {
	d := &day{date: date, upTo: map[callKey]int64{}, old: sources{}, heads: map[*table]map[callKey]head{}}
	defer func() {
		if err != nil || !d.isNew() {
			err = errors.Join(err, d.old.close())
		}
	}()
	wanted := map[callKey]start{}
	for _, w := range works {
		wanted[w.at.key] = w.at.start
	}
	calls := c.tables[len(c.tables)-1]
	inLake, err := c.look(ctx, d.old, calls, date, wanted)
	if err != nil {
		return nil, err
	}
	editions, err := c.editions(d.old[calls], calls, works, inLake)
	if err != nil {
		return nil, err
	}
	same, err := c.sameContent(d.old[calls], calls, works, inLake)
	if err != nil {
		return nil, err
	}
	for _, w := range works {
		w.result.Version = inLake[w.at.key].version
		if same[w.at.key] {
			w.settle(Unchanged, nil)
			continue
		}
		c.compare(d, w, inLake, editions)
	}
	if !d.isNew() {
		return nil, nil
	}
	d.heads[calls] = inLake
	for _, t := range c.tables[:len(c.tables)-1] {
		if d.heads[t], err = c.look(ctx, d.old, t, date, wanted); err != nil {
			return nil, err
		}
	}
	if err := c.replace(d, d.heads); err != nil || !d.isNew() {
		return nil, err
	}
	return d, nil
}

// isNew reports whether rows of the date change.
func (d *day) isNew() bool { return len(d.adds) > 0 || d.takesOut }

// look opens an object, and looks up the calls in it.
func (c *commit) look(ctx context.Context, old sources, t *table, date string, wanted map[callKey]start) (heads map[callKey]head, err error) {
	e, err := openExisting(ctx, c.store, t, date)
	if err != nil || e == nil {
		return nil, err
	}
	old[t] = e
	name := c.store.describe(objectKey(t.name, date))
	defer recoverBroken(name, &err)
	if heads, err = e.heads(wanted); err != nil {
		return nil, fmt.Errorf("%w: reading %s: %w", ErrStorage, name, err)
	}
	return heads, nil
}

// editions looks up what the lake has of calls in the version that is to be
// put into it.
func (c *commit) editions(calls *existing, t *table, works []*work, inLake map[callKey]head) (found map[callKey]edition, err error) {
	same := map[callKey]*work{}
	for _, w := range works {
		if h, known := inLake[w.at.key]; known && h.version == w.Version && !c.rebuild && !c.log {
			same[w.at.key] = w
		}
	}
	if len(same) == 0 {
		return nil, nil
	}
	name := c.store.describe(objectKey(t.name, works[0].date))
	defer recoverBroken(name, &err)
	if found, err = calls.editions(t, same); err != nil {
		return nil, fmt.Errorf("%w: reading %s: %w", ErrStorage, name, err)
	}
	return found, nil
}

// compare decides about one change by the version that the lake has. Where this
// commit has put rows beside a version that another writer then published
// first, they are taken out again.
func (c *commit) compare(d *day, w *work, inLake map[callKey]head, editions map[callKey]edition) {
	h, known := inLake[w.at.key]
	switch {
	case known && h.version == w.Version && (c.rebuild || c.prevails(w, editions[w.at.key])):
		d.adds = append(d.adds, w)
	case known && h.version == w.Version:
		w.settle(Unchanged, nil)
	case known && h.version > w.Version:
		w.settle(Older, nil)
		if w.tried {
			d.upTo[w.at.key], d.takesOut = h.version-1, true
		}
	case w.elsewhere:
		w.settle(Older, nil)
	default:
		d.adds = append(d.adds, w)
	}
}

// prevails compares a call with what the lake has of the same version.
func (c *commit) prevails(w *work, there edition) bool {
	rows, err := w.flatten(c.tables)
	if err != nil {
		return false // the lake has the call; that another copy is bad is no loss
	}
	order := editionOf(&rows.Call).compare(there)
	w.result.Differs = w.result.Differs || order != 0
	// Rows that were put beside those of another writer may not stay there.
	return order > 0 || order != 0 && w.tried
}

// replace notes which calls have old rows in some table. Those whose start has
// moved within the date are flattened before the merge does it: the merge may
// come to their old rows first, and they may go only if there are new ones.
func (c *commit) replace(d *day, heads map[*table]map[callKey]head) error {
	adds := d.adds[:0:0]
	for _, w := range d.adds {
		old, moved := false, false
		for _, found := range heads {
			h, known := found[w.at.key]
			old, moved = old || known, moved || h.moved
		}
		if moved {
			_, err := w.flatten(c.tables)
			if errors.Is(err, ErrStorage) {
				return fmt.Errorf("call %s: %w", w.CallID, err)
			}
			if err != nil {
				w.settle(Failed, err)
				continue
			}
		}
		if old {
			d.upTo[w.at.key] = w.Version
		}
		w.proven = moved
		adds = append(adds, w)
	}
	d.adds = adds
	return nil
}
