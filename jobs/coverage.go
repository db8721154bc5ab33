package jobs

import (
	"context"
	"slices"
	"time"
)

// Coverage says which call starts have been listed whole, and when:
// _state/coverage.json. It is a contract with operators.
type Coverage struct {
	// Listed are the spans that were listed to the last page, with every call
	// of theirs in the lake or pending; in order and without overlap.
	Listed []ListedSpan `json:"listed"`
	// Doubtful are spans of which Graph listed far fewer calls than the lake
	// has of them or than are usual. They count as listed once another run, an
	// hour later at least, has listed as few.
	Doubtful []DoubtfulSpan `json:"doubtful,omitempty"`
	// Lost are spans that Graph has forgotten and that never were listed
	// whole.
	Lost []LostSpan `json:"lost,omitempty"`

	LastRun     *time.Time `json:"last_run"`     // when a sync has ended last
	LastSuccess *time.Time `json:"last_success"` // the same, with exit code 0
}

// ListedSpan is a span that was listed whole.
type ListedSpan struct {
	Span
	ListedAt time.Time `json:"listed_at"`
}

// DoubtfulSpan is a span of which Graph listed too few calls to be believed.
type DoubtfulSpan struct {
	Span
	ListedAt time.Time `json:"listed_at"` // the first time
	Calls    int       `json:"calls"`     // that Graph listed
	Expected int       `json:"expected"`  // that the lake has of the span, or of the one a week before
}

// LostSpan is a span of which calls may be missing for ever.
type LostSpan struct {
	Span
	FoundLost time.Time `json:"found_lost"`
}

const coverageRecord = "coverage"

// availableAfter is how long after its end a call's record may take to appear.
const availableAfter = 150 * time.Minute

// ReadCoverage returns what has been listed.
func ReadCoverage(ctx context.Context, lake states) (Coverage, error) {
	c, _, err := readRecord[Coverage](ctx, lake, coverageRecord)
	return c, err
}

// list notes that a span was listed whole. Of the last hours before that the
// listing proves nothing, since their calls may appear later.
func (c *Coverage) list(s Span, at time.Time) {
	s.Until = earliest(s.Until, at.Add(-availableAfter))
	fresh := []Span{s}
	var kept []ListedSpan
	for _, l := range c.Listed {
		if l.ListedAt.After(at) { // by another run, meanwhile
			fresh = without(fresh, []Span{l.Span})
			kept = append(kept, l)
			continue
		}
		for _, left := range without([]Span{l.Span}, []Span{s}) {
			kept = append(kept, ListedSpan{left, l.ListedAt})
		}
	}
	for _, f := range fresh {
		if !f.empty() {
			kept = append(kept, ListedSpan{Span{f.From.UTC(), f.Until.UTC()}, at.UTC()})
		}
	}
	c.Listed = kept
}

// believe takes away the doubts about a span, of which as many calls were
// listed as can be expected.
func (c *Coverage) believe(s Span) {
	var doubtful []DoubtfulSpan
	for _, d := range c.Doubtful {
		for _, left := range without([]Span{d.Span}, []Span{s}) {
			d.Span = left
			doubtful = append(doubtful, d)
		}
	}
	c.Doubtful = doubtful
}

// doubt notes that a span was listed and is not believed. What was doubted
// before stays as it was then.
func (c *Coverage) doubt(d DoubtfulSpan) {
	for _, left := range without([]Span{d.Span}, spansOf(c.Doubtful, func(d DoubtfulSpan) Span { return d.Span })) {
		c.Doubtful = append(c.Doubtful, DoubtfulSpan{left, d.ListedAt.UTC(), d.Calls, d.Expected})
	}
	slices.SortFunc(c.Doubtful, func(a, b DoubtfulSpan) int { return a.From.Compare(b.From) })
}

// undoubted returns what of a span was not doubted at or before a time.
func (c *Coverage) undoubted(s Span, before time.Time) []Span {
	var earlier []Span
	for _, d := range c.Doubtful {
		if !d.ListedAt.After(before) {
			earlier = append(earlier, d.Span)
		}
	}
	return without([]Span{s}, earlier)
}

// Gaps returns what of a span was not listed whole since a time, in order.
func (c *Coverage) Gaps(within Span, since time.Time) []Span {
	var listed []Span
	for _, l := range c.Listed {
		if !l.ListedAt.Before(since) {
			listed = append(listed, l.Span)
		}
	}
	if within.empty() {
		return nil
	}
	return without([]Span{within}, listed)
}

// age brings the coverage up to a time: it notes what Graph, which keeps what is
// listed for so long, has forgotten since without its having been listed, which
// it returns, and shortens itself.
func (c *Coverage) age(now time.Time, kept time.Duration) (lost []Span) {
	forgotten := now.Add(-kept)
	c.join(forgotten)
	if len(c.Listed) == 0 {
		return nil
	}
	known := spansOf(c.Lost, func(l LostSpan) Span { return l.Span })
	lost = without(c.Gaps(Span{c.Listed[0].From, forgotten}, time.Time{}), known)
	for _, s := range lost {
		c.Lost = append(c.Lost, LostSpan{Span{s.From.UTC(), s.Until.UTC()}, now.UTC()})
	}
	c.Doubtful = slices.DeleteFunc(c.Doubtful, func(d DoubtfulSpan) bool { return !d.Until.After(forgotten) })
	return lost
}

// join puts listed spans together that touch, if they were listed at the same
// time or Graph has forgotten them.
func (c *Coverage) join(forgotten time.Time) {
	slices.SortFunc(c.Listed, func(a, b ListedSpan) int { return a.From.Compare(b.From) })
	var all []ListedSpan
	for _, l := range c.Listed {
		last := len(all) - 1
		if last >= 0 && all[last].Until.Equal(l.From) && (all[last].ListedAt.Equal(l.ListedAt) || !l.Until.After(forgotten)) {
			all[last].Until, all[last].ListedAt = l.Until, earliest(all[last].ListedAt, l.ListedAt)
			continue
		}
		all = append(all, l)
	}
	c.Listed = all
}

func spansOf[T any](items []T, span func(T) Span) []Span {
	var spans []Span
	for _, item := range items {
		spans = append(spans, span(item))
	}
	return spans
}
