package jobs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"slices"
	"sync"
	"time"

	"etl/extract"
)

// discovery is the listing of a run. One goroutine lists ahead of the calls
// that are handed over to be fetched, by few slices.
type discovery struct {
	sync     *Sync
	lake     lake
	log      *slog.Logger
	coverage Coverage // at the start of the run

	found   chan *slice
	stopped chan struct{} // closed when nothing is listed any more
	lister  *lister       // the lister's alone until then
	failure error         // likewise

	mu     sync.Mutex
	slices []*slice          // in the order of their listing
	owner  map[string]*slice // of calls handed over that are not known to be in the lake
	kept   time.Time         // when the coverage was written last
}

// keepEvery is how often the coverage is written while nothing is loaded.
const keepEvery = time.Minute

func newDiscovery(r *Run, c Coverage) *discovery {
	d := &discovery{
		sync: r.Sync, lake: r.Lake, log: r.Log, coverage: c,
		found: make(chan *slice, 1), stopped: make(chan struct{}), owner: map[string]*slice{}, kept: time.Now(),
	}
	r.Lake = watchedLake{r.Lake, d}
	return d
}

// refs yields the calls to fetch, as they are found.
func (d *discovery) refs(ctx context.Context, graph Graph, tenantID string) iter.Seq2[extract.Ref, error] {
	d.lister = &lister{graph: graph, index: newIndex(d.lake, tenantID), coverage: d.coverage, width: firstSlice, odd: map[string]int64{}}
	go func() {
		defer close(d.stopped)
		defer close(d.found)
		d.failure = d.list(ctx)
	}()
	return func(yield func(extract.Ref, error) bool) {
		for s := range d.found {
			d.watch(s)
			for _, ref := range s.refs {
				if ctx.Err() != nil || !yield(ref, nil) {
					return
				}
			}
			d.handOver(ctx, s)
		}
		<-d.stopped
		if d.failure != nil && ctx.Err() == nil {
			yield(extract.Ref{}, d.failure)
		}
	}
}

// list lists what is due. If Graph's first answer shows that the machine's
// clock is wrong, it plans again.
func (d *discovery) list(ctx context.Context) error {
	hand := func(s *slice) error {
		select {
		case d.found <- s:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	for {
		l := d.lister
		l.now = l.graph.Now().Truncate(time.Second)
		l.window = d.sync.window(l.now)
		err := l.list(ctx, d.sync.plan(d.coverage, l.now), hand)
		if !errors.Is(err, errClock) {
			return err
		}
	}
}

// watch notes which calls a slice waits for.
func (d *discovery) watch(s *slice) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.slices = append(d.slices, s)
	s.open = len(s.refs)
	for _, ref := range s.refs {
		d.owner[ref.ID] = s
	}
	switch {
	case s.err != nil:
		d.log.Warn("calls not listed whole", "from", s.From, "until", s.Until, "listed", s.calls, "error", s.err)
	case len(s.doubtful) > 0:
		d.log.Warn("far fewer calls are listed than expected; this is believed if a later run sees the same", "from", s.From, "until", s.Until, "listed", s.calls, "expected", s.expected)
	}
}

// handOver notes that all calls of a slice have been handed over.
func (d *discovery) handOver(ctx context.Context, s *slice) {
	d.mu.Lock()
	s.handed, s.refs = true, nil
	due := time.Since(d.kept) >= keepEvery
	d.mu.Unlock()
	if due {
		d.keepLoaded(ctx)
	}
}

// add brings a coverage up to date.
func (d *discovery) add(c *Coverage, slices []*slice, listedAt time.Time) {
	for _, s := range slices {
		if !s.whole() {
			continue
		}
		for _, part := range without([]Span{s.Span}, s.doubtful) {
			c.list(part, listedAt)
		}
		for _, part := range s.doubtful {
			c.doubt(DoubtfulSpan{part, listedAt, s.calls, s.expected})
		}
		if s.expected == 0 {
			c.believe(s.Span)
		}
	}
	c.join(listedAt.Add(-retention))
}

// settle accounts for the listing at the end of a run, when every call that
// was handed over is in the lake or in the pending list. A run that had no
// answer from Graph does not know the time, and so not what is lost.
func (d *discovery) settle(ctx context.Context, report *Report, now time.Time, failure error) error {
	report.Listing = &Listing{Uncovered: []Gap{}, Lost: []Span{}}
	if d.lister == nil {
		report.Listing.Uncovered = gaps(d.coverage, d.sync.window(now), now, nil)
		return nil
	}
	<-d.stopped
	d.mu.Lock()
	handed := slices.DeleteFunc(slices.Clone(d.slices), func(s *slice) bool { return !s.handed })
	d.mu.Unlock()
	l := d.lister
	*report.Listing = l.counts
	add(report.Anomalies, l.odd)
	if !l.clocked {
		report.Listing.Uncovered, report.Listing.Lost = gaps(d.coverage, d.sync.window(now), now, handed), []Span{}
		return nil
	}
	err := editRecord(ctx, d.lake, coverageRecord, func(c *Coverage) bool {
		d.add(c, handed, l.now)
		report.Listing.Lost = append([]Span{}, c.age(now, retention)...)
		report.Listing.Uncovered = gaps(*c, l.window.within(Span{now.Add(-retention), l.now}), l.now, handed)
		ended := now.UTC()
		c.LastRun = &ended
		if exitCode(report, failure, now) == ExitLoaded {
			c.LastSuccess = &ended
		}
		return true
	})
	if err != nil {
		return fmt.Errorf("keeping the coverage: %w", err)
	}
	return nil
}

// gaps returns what of a window is not covered at the end of a run: slices that
// failed or are doubtful, and what no run has listed.
func gaps(c Coverage, window Span, now time.Time, listed []*slice) []Gap {
	window.Until = earliest(window.Until, now.Add(-availableAfter))
	all := []Gap{}
	known := []Span{}
	note := func(s Span, reason extract.Reason) {
		all = append(all, Gap{s, string(reason), len(c.Gaps(s.within(window), time.Time{})) == 0})
		known = append(known, s)
	}
	for _, s := range listed {
		if failure := (*extract.Failure)(nil); errors.As(s.err, &failure) {
			note(s.Span, failure.Reason)
		}
		for _, part := range s.doubtful {
			if part = part.within(window); !part.empty() {
				note(part, reasonDoubtful)
			}
		}
	}
	for _, s := range without(c.Gaps(window, time.Time{}), known) {
		all = append(all, Gap{s, string(reasonNotListed), false})
	}
	slices.SortFunc(all, func(a, b Gap) int { return cmp.Or(a.From.Compare(b.From), a.Until.Compare(b.Until)) })
	return all
}
