package jobs

import (
	"cmp"
	"time"
)

// Sync says how a run finds calls by listing what Graph has. Of the calls
// listed, those are loaded that the lake does not have in this version. The
// zero value of a field means its default.
type Sync struct {
	// Since and Until bound the starts of the calls: by default all that Graph
	// keeps, 30 days, up to now.
	Since, Until time.Time
	// HotWindow is what every run lists, back from now, 72 hours by default:
	// records appear up to 150 minutes after a call has ended, which may be
	// long after its start, and get newer versions later.
	HotWindow time.Duration
	// FullEvery is how old the listing of any other span may become, 20 hours
	// by default, so that a daily run renews all.
	FullEvery time.Duration
}

// window returns the starts of the calls that a run is about.
func (s *Sync) window(now time.Time) Span {
	w := Span{latest(s.Since, now.Add(-retention)), now}
	if !s.Until.IsZero() {
		w.Until = earliest(s.Until, now)
	}
	return w
}

// plan returns the spans to list, none longer than a date, in the order in
// which they are listed: what never was, oldest first, since Graph may be
// about to forget it; the hot window; and what was listed too long ago.
func (s *Sync) plan(c Coverage, now time.Time) []Span {
	now = now.Truncate(time.Second)
	window := s.window(now)
	hot := Span{latest(window.From, now.Add(-cmp.Or(s.HotWindow, 72*time.Hour))), window.Until}
	cold := Span{window.From, earliest(hot.From, window.Until)}
	never := c.Gaps(cold, time.Time{})
	stale := without(c.Gaps(cold, now.Add(-cmp.Or(s.FullEvery, 20*time.Hour))), never)
	plan := byDate(never)
	if !hot.empty() {
		plan = append(plan, byDate([]Span{hot})...)
	}
	return append(plan, byDate(stale)...)
}
