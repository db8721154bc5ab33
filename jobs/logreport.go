package jobs

import (
	"maps"
	"slices"
	"time"
)

// LogReport says what a run has found in a log: a member of its report.
type LogReport struct {
	// Refused says why Graph does not give the log. That keeps no call from
	// being loaded, and is no reason for another exit code.
	Refused string `json:"refused,omitempty"`
	Slices  int64  `json:"slices"` // lists that were asked for
	Listed  int64  `json:"listed"` // rows that Graph listed
	Loaded  int64  `json:"loaded"` // of these, those that were new or had changed
	// IDs is how many ids of call records were asked for because nothing but a
	// row had them: the lake lacked them, and Graph did not list them.
	IDs        int64       `json:"ids"`
	UnknownIDs int64       `json:"unknown_ids"` // of these, those of which Graph has no record
	BadRows    []BadLogRow `json:"bad_rows"`    // the first 100 of this run

	// Uncovered are call starts of the run's window that are not known to be
	// listed whole, up to 48 hours ago: rows may be missing there.
	Uncovered []Gap `json:"uncovered"`
	// Lost are call starts that are past the 90 days for which a log is read
	// without their having been listed whole.
	Lost []Span `json:"lost"`

	atRisk bool // some of what is uncovered will be lost within 72 hours
}

// BadLogRow is a row that the table has not, or not in its place. It is in the
// archive as it was sent.
type BadLogRow struct {
	ID     string `json:"id,omitempty"`
	Date   string `json:"date"` // of the archive's object
	Reason string `json:"reason"`
}

// Reasons of bad rows.
const (
	badLogNoID    = "no_id"      // nothing could key it: only the archive has it
	badLogNoStart = "no_start"   // it is under the date 0001-01-01
	badLogRecord  = "bad_record" // it can't be flattened: only the archive has it
)

// mostBadRows is how many bad rows a report names; it counts all.
const mostBadRows = 100

// Anomalies of logs.
const (
	anomalyLogNoID      = "log_row_without_id"
	anomalyLogBadRecord = "log_bad_record"
	anomalyLogTwice     = "log_row_twice" // a row twice in one list, with other content: the later one is kept
)

// exitCode returns the exit code that the log stands for.
func (l *LogReport) exitCode() int {
	switch {
	case len(l.Lost) > 0 || l.atRisk:
		return ExitLost
	case len(l.Uncovered) > 0:
		return ExitIncomplete
	}
	return ExitLoaded
}

// LogCoverage says which call starts of a log have been listed whole, and when:
// _state/<table>.json. It is a contract with operators.
type LogCoverage struct {
	Coverage
	// Refused says why Graph did not give the log when it was asked for last,
	// RefusedAt.
	Refused   string     `json:"refused,omitempty"`
	RefusedAt *time.Time `json:"refused_at,omitempty"`
	// AskedUntil: the ids of call records in rows that were fetched up to then
	// have been asked for. Unasked are dates with rows of which that is not so.
	AskedUntil *time.Time `json:"asked_until"`
	Unasked    []string   `json:"unasked,omitempty"`
}

// owe notes dates with rows whose ids are still to be asked for.
func (c *LogCoverage) owe(dates map[string]bool) {
	c.Unasked = append(c.Unasked, slices.Collect(maps.Keys(dates))...)
	slices.Sort(c.Unasked)
	c.Unasked = slices.Compact(c.Unasked)
}

// cover notes that a span of dates was listed whole. Rows of the last two days
// before that may appear later.
func (c *LogCoverage) cover(s Span, at time.Time) {
	s.Until = earliest(s.Until, at.Add(-logDelay))
	if !s.empty() {
		c.list(s, at)
		c.join(at.Add(-logRetention))
	}
}

// logGaps returns what of a window is not covered at the end of a run.
func logGaps(c Coverage, window Span, now time.Time, failed []*slice) []Gap {
	window.Until = earliest(window.Until, now.Add(-logDelay))
	return gaps(c, window, now, failed)
}
