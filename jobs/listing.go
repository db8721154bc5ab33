package jobs

import "time"

// Listing says what a run has found by listing calls: a member of its report.
type Listing struct {
	Slices  int64 `json:"slices"` // lists that were asked for
	Listed  int64 `json:"listed"` // calls that Graph listed
	New     int64 `json:"new"`    // of these, those that the lake did not have
	Changed int64 `json:"changed"`
	// Uncovered are call starts of the run's window that are not known to be
	// listed whole, up to 150 minutes ago: calls may be missing there.
	Uncovered []Gap `json:"uncovered"`
	// Lost are call starts that Graph has forgotten since the last run without
	// their having been listed whole.
	Lost []Span `json:"lost"`
}

// Gap is a span that was not listed whole.
type Gap struct {
	Span
	Reason string `json:"reason"` // one of those of calls, doubtful or not_listed
	// ListedBefore says that an earlier run has listed it whole, so that only
	// calls and versions may be missing that came later.
	ListedBefore bool `json:"listed_before"`
}

// exitCode returns the exit code that the listing stands for.
func (l *Listing) exitCode(now time.Time) int {
	if len(l.Lost) > 0 {
		return ExitLost
	}
	for _, gap := range l.Uncovered {
		if !gap.ListedBefore && gap.From.Add(retention).Sub(now) < atRisk {
			return ExitLost
		}
	}
	if len(l.Uncovered) > 0 {
		return ExitIncomplete
	}
	return ExitLoaded
}
