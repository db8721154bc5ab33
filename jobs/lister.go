package jobs

import (
	"context"
	"errors"
	"slices"
	"time"

	"etl/extract"
)

const (
	// sliceCalls is how many calls a slice should have: 50 pages, which take
	// 25 s by Graph's limits. One with more than cutCalls is cut.
	sliceCalls = 3_000
	cutCalls   = 2 * sliceCalls
	// A slice is no narrower than this; and the first that wide.
	narrowestSlice = time.Minute
	firstSlice     = time.Hour
	// mostFailures is how many lists may fail in a row before a run lists no more.
	mostFailures = 3
	// A span is doubted if the lake knows of so many calls and Graph lists
	// less than a tenth of them; what was doubted is believed if another run
	// sees the same that much later.
	fewestToDoubt = 20
	doubtFor      = time.Hour
)

// sourceList is the source of calls that were found by listing.
const sourceList = "list"

// Anomalies of lists.
const (
	anomalyOutside     = "listed_outside_filter" // calls that were not asked for
	anomalyNoStart     = "listed_without_start"
	anomalyOddStart    = "listed_with_odd_start" // older than Graph keeps calls, or in the future
	anomalyListedOlder = "listed_older_version"  // than the lake has
	anomalyListedTwice = "listed_twice"
	reasonDoubtful     = extract.Reason("doubtful")   // Graph listed too few calls to be believed
	reasonNotListed    = extract.Reason("not_listed") // the run ended before
)

// slice is a span that was listed at once.
type slice struct {
	Span
	calls    int           // that were listed
	refs     []extract.Ref // of those that are new or changed, oldest start first
	expected int           // if more than 0: so many calls could be expected, and far fewer were listed
	doubtful []Span        // where that is not believed yet
	err      error         // why it is not whole
	cut      bool          // it has too many calls, and is listed again in parts

	open   int  // calls handed over that are not known to be in the lake
	handed bool // all calls have been handed over
}

// whole reports whether the slice was listed to its last page.
func (s *slice) whole() bool { return s.err == nil && !s.cut }

// lister lists spans slice by slice.
type lister struct {
	graph    Graph
	index    *index
	coverage Coverage // at the start of the run
	now      time.Time
	window   Span
	width    time.Duration // of the next slice
	clocked  bool          // an answer has shown Graph's time
	counts   Listing
	odd      map[string]int64
}

// errClock says that Graph's time is not the one that was planned with.
var errClock = errors.New("the clock was corrected by Graph's")

// clockTolerance is how far a plan may be off Graph's time.
const clockTolerance = 5 * time.Minute

// list lists what is planned, and hands over every slice. Its error is one for
// the whole run.
func (l *lister) list(ctx context.Context, plan []Span, hand func(*slice) error) error {
	failures := 0
	for _, span := range plan {
		for !span.empty() {
			s, err := l.slice(ctx, l.next(span))
			if err == nil && s.err == nil && !l.clocked {
				l.clocked = true
				if l.graph.Now().Sub(l.now).Abs() > clockTolerance {
					return errClock
				}
			}
			if err == nil {
				err = hand(s)
			}
			if err != nil {
				return err
			}
			l.adapt(s)
			failures++
			if s.err == nil {
				failures = 0
			}
			if failures == mostFailures {
				return nil
			}
			if !s.cut {
				span.From = s.Until
			}
		}
	}
	return nil
}

// next returns the next slice of a span. No rest is left that is not worth a
// list of its own.
func (l *lister) next(span Span) Span {
	until := span.From.Add(l.width)
	if span.Until.Sub(until) < l.width/4 {
		until = span.Until
	}
	return Span{span.From, until}
}

// adapt chooses the width of the next slice by what the last one had.
func (l *lister) adapt(s *slice) {
	switch {
	case s.err != nil:
	case s.cut:
		l.width /= 4
	case s.calls <= sliceCalls/2:
		l.width *= 2
	case s.calls > sliceCalls*3/2:
		l.width /= 2
	}
	l.width = min(max(l.width, narrowestSlice), 24*time.Hour).Truncate(time.Second)
}

// slice lists a slice, and compares it with the lake. What was listed before a
// failure counts, too.
func (l *lister) slice(ctx context.Context, span Span) (*slice, error) {
	s := &slice{Span: span}
	calls := map[string]extract.Listed{}
	l.counts.Slices++
	for call, err := range l.graph.List(ctx, span.From, span.Until) {
		var failure *extract.Failure
		if errors.As(err, &failure) {
			s.err = err
			break
		}
		if err != nil {
			return nil, err
		}
		if !l.wanted(span, call) {
			continue
		}
		if other, again := calls[call.ID]; again {
			l.odd[anomalyListedTwice]++
			if other.Version > call.Version {
				call = other
			}
		}
		calls[call.ID] = call
		if len(calls) > cutCalls && span.length() > narrowestSlice {
			s.cut = true
			break
		}
	}
	if s.cut {
		return s, nil
	}
	s.calls = len(calls)
	l.counts.Listed += int64(s.calls)
	if err := l.compare(ctx, s, calls); err != nil {
		return nil, err
	}
	if s.err != nil {
		return s, nil
	}
	return s, l.weigh(ctx, s)
}

// wanted reports whether a listed call is of the slice. A server that ignores
// the filter lists calls of other slices, too, which come with those. Calls of
// no slice, with no start or an impossible one, are taken when they are met.
func (l *lister) wanted(span Span, call extract.Listed) bool {
	switch {
	case span.holds(call.Start):
		return true
	case call.Start.IsZero():
		l.odd[anomalyNoStart]++
		return true
	case call.Start.After(l.now), call.Start.Before(l.now.Add(-retention - 24*time.Hour)):
		l.odd[anomalyOddStart]++
		return true
	}
	l.odd[anomalyOutside]++
	return false
}

// compare finds the calls that the lake does not have in the version listed.
func (l *lister) compare(ctx context.Context, s *slice, calls map[string]extract.Listed) error {
	for _, call := range calls {
		have, found, err := l.index.find(ctx, call)
		if err != nil {
			return err
		}
		switch {
		case !found:
			l.counts.New++
		case call.Version != 0 && call.Version < have.version:
			l.odd[anomalyListedOlder]++
			continue
		case call.Version > have.version, modifiedSince(call.LastModified, have.modified):
			l.counts.Changed++
		default:
			continue
		}
		s.refs = append(s.refs, extract.Ref{ID: call.ID, Start: call.Start, End: call.End, Source: sourceList})
	}
	slices.SortFunc(s.refs, func(a, b extract.Ref) int { return a.Start.Compare(b.Start) })
	return nil
}

// modifiedSince compares by seconds, since a list may have no finer times.
func modifiedSince(listed, held time.Time) bool {
	return !listed.IsZero() && !held.IsZero() && listed.Unix() > held.Unix()
}

// weigh compares how many calls were listed with how many the lake has of the
// same span, or where it has few, of the span a week before. An empty list is
// no proof that there are no calls.
func (l *lister) weigh(ctx context.Context, s *slice) error {
	expected, err := l.index.count(ctx, s.Span)
	if err == nil && expected < fewestToDoubt {
		var weekBefore int
		weekBefore, err = l.index.count(ctx, s.shift(-7*24*time.Hour))
		expected = max(expected, weekBefore)
	}
	if err != nil {
		return err
	}
	if expected >= fewestToDoubt && s.calls*10 < expected {
		s.expected = expected
		s.doubtful = l.coverage.undoubted(s.Span, l.now.Add(-doubtFor))
	}
	return nil
}
