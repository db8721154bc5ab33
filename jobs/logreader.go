package jobs

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"log/slog"
	"slices"
	"time"

	"etl/extract"
	"etl/load"
	"etl/schemas"
)

// Sizes of what is listed of a log at once.
const (
	firstLogSlice = 7 * wholeDay
	// A slice should have so many rows: 20 pages, which take half a minute by
	// Graph's limits.
	logSliceRows = 20_000
	// logBatchBytes is how many bytes of packed rows are committed at once.
	logBatchBytes = 8 << 20
)

// logReader keeps one log.
type logReader struct {
	callLog
	logs      *Logs
	lake      logLake
	warn      *slog.Logger
	graph     Graph
	collector *collector
	coverage  LogCoverage // at the start of the run, with what it has listed
	report    *LogReport

	seed    maphash.Seed
	width   time.Duration // of the next slice
	clocked bool          // an answer has shown Graph's time
	now     time.Time     // of the plan
	commits int
	failed  []*slice
	due     map[string]bool // dates with rows whose ids are to be asked for
	newest  int64           // fetch of a row in the lake, in microseconds since 1970
	asked   bool            // all ids were handed over
}

// read lists what is due. Its error is one for the whole run.
func (r *logReader) read(listing, committing context.Context) error {
	for {
		r.now = r.graph.Now().Truncate(time.Second)
		err := r.list(listing, committing, r.logs.plan(r.coverage.Coverage, r.now))
		switch {
		case errors.Is(err, errClock):
			continue
		case listing.Err() != nil && !errors.Is(err, load.ErrStorage):
			return nil // the run ends, for a reason of its own
		case err != nil:
			return fmt.Errorf("keeping %s: %w", r.table, err)
		}
		return nil
	}
}

func (r *logReader) list(listing, committing context.Context, plan []Span) error {
	failures := 0
	for _, span := range plan {
		for !span.empty() {
			s := &slice{Span: Span{span.From, earliest(span.Until, span.From.Add(r.width))}}
			if err := r.slice(listing, committing, s); err != nil {
				return err
			}
			if r.report.Refused != "" {
				return nil
			}
			failures++
			if s.err == nil {
				failures = 0
			} else if r.failed = append(r.failed, s); failures == mostFailures {
				return nil
			}
			if s.err == nil && !r.clocked {
				r.clocked = true
				if r.graph.Now().Sub(r.now).Abs() > clockTolerance {
					return errClock
				}
			}
			switch {
			case s.calls > 2*logSliceRows:
				r.width = max(r.width/2, wholeDay).Truncate(wholeDay)
			case s.err == nil && s.calls < logSliceRows/2:
				r.width = min(2*r.width, extract.MaxLogSpan)
			}
			span.From = s.Until
		}
	}
	return nil
}

// slice lists a slice and commits its rows; what was listed before a failure
// counts, too.
func (r *logReader) slice(listing, committing context.Context, s *slice) error {
	r.report.Slices++
	at := r.graph.Now()
	batch, met := r.newBatch(at), map[string]metRow{}
	for row, err := range r.graph.ListLog(listing, r.log, s.From, s.Until) {
		var failure *extract.Failure
		switch {
		case errors.As(err, &failure):
			s.err = err
		case err != nil:
			if failed := r.commit(committing, batch); failed != nil {
				return failed
			}
			return err
		default:
			s.calls++
			batch.add(row, met)
		}
		if batch.Bytes() >= logBatchBytes {
			if err := r.commit(committing, batch); err != nil {
				return err
			}
			batch = r.newBatch(at)
		}
	}
	if err := r.commit(committing, batch); err != nil {
		return err
	}
	r.report.Listed += int64(s.calls)
	failure := (*extract.Failure)(nil)
	switch {
	case errors.As(s.err, &failure) && failure.Reason == extract.ReasonForbidden:
		r.report.Refused = printable(s.err.Error(), 500)
		r.warn.Warn("a log is not kept: Graph does not permit it; calls are loaded all the same", "table", r.table, "error", s.err)
	case s.err != nil:
		r.warn.Warn("log not listed whole", "table", r.table, "from", s.From, "until", s.Until, "listed", s.calls, "error", s.err)
	default:
		// By the plan's time, so that spans listed by one run can be joined.
		r.coverage.cover(s.Span, r.now)
		return r.keep(committing, func(c *LogCoverage) {
			c.cover(s.Span, r.now)
			c.owe(r.due)
		})
	}
	return nil
}

// keep changes the coverage in the lake.
func (r *logReader) keep(ctx context.Context, change func(*LogCoverage)) error {
	err := editRecord(ctx, r.lake, r.table, func(c *LogCoverage) bool {
		change(c)
		return true
	})
	if err != nil {
		return fmt.Errorf("keeping the coverage: %w", err)
	}
	return nil
}

// askedUntil is the fetch, in microseconds since 1970, of the newest rows whose
// ids have been asked for.
func (r *logReader) askedUntil() int64 {
	if r.coverage.AskedUntil == nil {
		return 0
	}
	return r.coverage.AskedUntil.UnixMicro()
}

// refs yields the calls of rows that were fetched since ids were asked for last,
// unless the lake has them or Graph can't have them any more. It reports whether
// more are wanted.
func (r *logReader) refs(ctx context.Context, tenantID string, yield func(extract.Ref, error) bool) bool {
	index := newIndex(r.lakeVersions(), tenantID)
	forgotten := r.graph.Now().Add(-retention)
	due := make([]string, 0, len(r.due))
	for date := range r.due {
		due = append(due, date)
	}
	slices.Sort(due)
	for _, date := range due {
		if date != schemas.NoStartDate && date < dateOf(forgotten) {
			continue
		}
		for call, err := range r.lake.LogCalls(ctx, r.table, r.callID, date) {
			if err != nil {
				return yield(extract.Ref{}, err)
			}
			if call.TenantID != tenantID || call.FetchedAt <= r.askedUntil() || !extract.IsGUID(call.CallID) || !call.Start.IsZero() && call.Start.Before(forgotten) {
				continue
			}
			_, held, err := index.find(ctx, extract.Listed{ID: call.CallID, Start: call.Start})
			if err != nil {
				return yield(extract.Ref{}, err)
			}
			if held {
				continue
			}
			if !yield(extract.Ref{ID: call.CallID, Start: call.Start, Source: r.table}, nil) {
				return false
			}
		}
	}
	r.asked = true
	return true
}

// lakeVersions is the lake as it tells which calls it has.
func (r *logReader) lakeVersions() versions { return r.collector.run.Lake }

// settle accounts for the log at the end of a run, and brings its coverage up
// to date.
func (r *logReader) settle(ctx context.Context, now time.Time) error {
	if r.report.Refused == "" {
		listed := now
		if r.clocked {
			listed = r.now
		}
		r.report.Uncovered = logGaps(r.coverage.Coverage, r.logs.window(listed), listed, r.failed)
	}
	if r.report.Slices == 0 {
		return nil // Graph was not asked
	}
	return r.keep(ctx, func(c *LogCoverage) {
		ended := now.UTC()
		c.LastRun = &ended
		c.Refused, c.RefusedAt = r.report.Refused, nil
		if c.Refused != "" {
			c.RefusedAt = &ended
			return
		}
		if !r.clocked {
			return // it has not answered: its time is not known
		}
		r.report.Lost = append([]Span{}, c.age(now, logRetention)...)
		for _, gap := range r.report.Uncovered {
			// Of what was never listed before the first time nobody relies.
			known := len(c.Listed) > 0 && gap.From.After(c.Listed[0].From)
			r.report.atRisk = r.report.atRisk || known && !gap.ListedBefore && gap.From.Add(logRetention).Sub(now) < atRisk
		}
		if len(r.report.Uncovered) == 0 {
			c.LastSuccess = &ended
		}
		if !r.asked {
			c.owe(r.due)
			return
		}
		c.Unasked = slices.DeleteFunc(c.Unasked, func(date string) bool { return r.due[date] })
		if until := time.UnixMicro(max(r.newest, r.askedUntil())).UTC(); r.newest > 0 {
			c.AskedUntil = &until
		}
	})
}
