package load

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"etl/schemas"
)

// elsewhere is where a commit's calls are besides their own dates, by date.
type elsewhere map[string]map[callKey]*work

// survey looks for the commit's calls in other dates. A newer version may
// start on the other side of midnight, or be the first with a start.
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
		if h.version > w.Version {
			w.elsewhere = true
			continue
		}
		if c.elsewhere[date] == nil {
			c.elsewhere[date] = map[callKey]*work{}
		}
		c.elsewhere[date][w.at.key] = w
	}
	return nil
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
	stage := func(date string) (*day, error) { return c.stageDrops(ctx, date, c.elsewhere[date]) }
	return c.untilPublished(ctx, slices.Sorted(maps.Keys(c.elsewhere)), stage)
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

// stageDrops takes calls out of a date.
func (c *commit) stageDrops(ctx context.Context, date string, calls map[callKey]*work) (d *day, err error) {
	old := sources{}
	defer func() { err = errors.Join(err, old.close()) }()
	for _, t := range c.tables {
		if _, err := c.look(ctx, old, t, date, nil); err != nil {
			return nil, err
		}
	}
	d = &day{date: date, upTo: map[callKey]int64{}, takesOut: true, drops: slices.Collect(maps.Values(calls))}
	for call, w := range calls {
		d.upTo[call] = w.Version
	}
	return d, c.stage(ctx, d, old, nil)
}
