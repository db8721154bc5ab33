package jobs

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"etl/load"
	"etl/report"
	"etl/schemas"
	"etl/views"
)

// Quality counts how the calls of a period went.
type Quality struct {
	Lake      *load.Lake
	From, To  time.Time // dates, both of which belong to the period
	Rules     views.RuleSet
	Buildings []schemas.Building
}

// countedAtOnce bounds the memory: each date has four objects open.
const countedAtOnce = 2

// Do reads the lake. Errors wrap load.ErrStorage, load.ErrNewerFormat or the
// cause of ctx.
func (q Quality) Do(ctx context.Context) (*report.Facts, error) {
	judge, places := q.Rules.Judge(), report.NewPlaces(q.Buildings)
	facts := report.NewFacts()
	var adding sync.Mutex
	work, working := errgroup.WithContext(ctx)
	work.SetLimit(countedAtOnce)
	for date := q.From; !date.After(q.To) && working.Err() == nil; date = date.AddDate(0, 0, 1) {
		work.Go(func() error {
			of, err := q.count(working, date, judge, places)
			if err != nil {
				return fmt.Errorf("counting the calls of %s: %w", dateOf(date), err)
			}
			adding.Lock()
			defer adding.Unlock()
			facts.Add(of)
			return nil
		})
	}
	if err := work.Wait(); err != nil {
		return nil, err
	}
	return facts, context.Cause(ctx) // which may have kept dates from being begun
}

// mostTries is how often a date is read while other runs replace its objects.
const mostTries = 5

func (q Quality) count(ctx context.Context, date time.Time, judge *views.Judge, places *report.Places) (*report.Facts, error) {
	for try := 1; ; try++ {
		facts, err := q.countOnce(ctx, date, judge, places)
		if !errors.Is(err, load.ErrConflict) {
			return facts, err
		}
		if try == mostTries {
			return nil, fmt.Errorf("%w: %w; try again when nothing writes to the lake", load.ErrStorage, err)
		}
	}
}

func (q Quality) countOnce(ctx context.Context, date time.Time, judge *views.Judge, places *report.Places) (facts *report.Facts, err error) {
	var tables report.Tables
	for _, table := range []struct {
		name string
		rows **load.Rows
	}{
		{schemas.Calls, &tables.Calls}, {schemas.Sessions, &tables.Sessions}, {schemas.Segments, &tables.Segments}, {schemas.Streams, &tables.Streams},
	} {
		var rows *load.Rows
		if rows, err = q.Lake.Rows(ctx, table.name, dateOf(date), report.Columns(table.name, judge)...); err != nil {
			return nil, err
		}
		*table.rows = rows
		defer func() { err = errors.Join(err, rows.Close()) }()
	}
	return report.Count(date, tables, judge, places)
}

// ReadCompleteness returns what is known of calls of a period, whose last date
// belongs to it, that the lake lacks.
func ReadCompleteness(ctx context.Context, lake states, from, to, now time.Time) (report.Completeness, error) {
	var c report.Completeness
	coverage, err := ReadCoverage(ctx, lake)
	if err != nil {
		return c, err
	}
	pending, err := ReadPending(ctx, lake)
	if err != nil {
		return c, err
	}
	lost, err := ReadLost(ctx, lake)
	if err != nil {
		return c, err
	}
	period := Span{from, to.AddDate(0, 0, 1)}
	within := func(start *time.Time) bool { return start == nil || period.holds(*start) }
	add := func(to *[]report.Span, s Span) {
		if s = s.within(period); !s.empty() {
			*to = append(*to, report.Span(s))
		}
	}
	c = report.Completeness{LastSync: coverage.LastRun, LastSuccess: coverage.LastSuccess, Listed: len(coverage.Listed) > 0, Pending: map[string]int{}}
	if c.Listed {
		for _, gap := range coverage.Gaps(period.within(Span{period.From, coverage.due(now)}), time.Time{}) {
			add(&c.Uncovered, gap)
		}
	}
	for _, l := range coverage.Lost {
		add(&c.Lost, l.Span)
	}
	for _, d := range coverage.Doubtful {
		add(&c.Doubtful, d.Span)
	}
	for _, p := range pending {
		if within(p.StartDateTime) {
			c.Pending[p.Reason]++
		}
	}
	for _, l := range lost {
		if within(l.StartDateTime) {
			c.LostCalls++
		}
	}
	return c, nil
}
