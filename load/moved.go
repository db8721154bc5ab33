package load

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"etl/schemas"
)

// elsewhere is where a commit's calls must not be, by date.
type elsewhere map[string]map[callKey]*work

// survey looks for the commit's calls in other dates, and notes where they are
// to be taken out. A newer version may start on the other side of midnight, or
// be the first with a start.
func (c *commit) survey(ctx context.Context) error {
	asked := map[string][]*work{}
	for _, works := range c.byDate {
		for _, w := range works {
			for _, date := range otherDates(w) {
				asked[date] = append(asked[date], w)
			}
		}
	}
	c.elsewhere = elsewhere{}
	for _, date := range slices.Sorted(maps.Keys(asked)) {
		if err := c.surveyDate(ctx, date, asked[date]); err != nil {
			return err
		}
	}
	return nil
}

func (c *commit) surveyDate(ctx context.Context, date string, works []*work) (err error) {
	wanted := map[callKey]start{}
	for _, w := range works {
		wanted[w.at.key] = w.at.start
	}
	old := sources{}
	defer func() { err = errors.Join(err, old.close()) }()
	there, err := c.look(ctx, old, c.tables[len(c.tables)-1], date, wanted)
	if err != nil {
		return err
	}
	for _, w := range works {
		h, found := there[w.at.key]
		if !found {
			continue
		}
		date := date
		// Of equal versions that of the later date stays, whoever looks.
		if h.version > w.Version || h.version == w.Version && date > w.date {
			w.elsewhere = true
			date = w.date
		}
		c.elsewhere.note(date, w)
	}
	return nil
}

// note says that the change's call goes from a date, up to its version.
func (e elsewhere) note(date string, w *work) {
	if e[date] == nil {
		e[date] = map[callKey]*work{}
	}
	e[date][w.at.key] = w
}

// dropMoved takes calls that are in the lake at their date out of those where
// they were before. In between they are there twice: better than not at all.
// Their rows in calls go last: by those they are found if the run dies.
func (c *commit) dropMoved(ctx context.Context) error {
	arrived := map[callKey]bool{}
	for _, works := range c.byDate {
		for _, w := range works {
			arrived[w.at.key] = w.result.Outcome == Loaded || w.result.Outcome == Unchanged
		}
	}
	for date, calls := range c.elsewhere {
		maps.DeleteFunc(calls, func(call callKey, _ *work) bool { return !arrived[call] })
		if len(calls) == 0 {
			delete(c.elsewhere, date)
		}
	}
	prepare := func(ctx context.Context, date string) (*day, error) {
		return c.prepareDrops(ctx, date, c.elsewhere[date])
	}
	return c.untilPublished(ctx, slices.Sorted(maps.Keys(c.elsewhere)), prepare)
}

// otherDates are where an earlier version of the call may be.
func otherDates(w *work) []string {
	if w.Start == nil {
		return nil
	}
	var dates []string
	for _, by := range []time.Duration{-24 * time.Hour, 24 * time.Hour} {
		at := *w.Start + by.Microseconds()
		dates = append(dates, schemas.CallDate(&at))
	}
	dates = append(dates, schemas.NoStartDate)
	return slices.DeleteFunc(slices.Compact(dates), func(date string) bool { return date == w.date })
}

// prepareDrops opens the objects that calls are to be taken out of.
func (c *commit) prepareDrops(ctx context.Context, date string, calls map[callKey]*work) (*day, error) {
	d := &day{date: date, upTo: map[callKey]int64{}, takesOut: true, drops: slices.Collect(maps.Values(calls)), old: sources{}}
	for _, t := range c.tables {
		if _, err := c.look(ctx, d.old, t, date, nil); err != nil {
			return nil, errors.Join(err, d.old.close())
		}
	}
	for call, w := range calls {
		d.upTo[call] = w.Version
	}
	return d, nil
}
