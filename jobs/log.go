package jobs

import (
	"cmp"
	"time"

	"etl/extract"
	"etl/schemas"
	"etl/transform"
)

// callLog is a log that Graph keeps of calls over the telephone network, apart
// from call records, and how its rows become those of a table.
type callLog struct {
	table   string
	log     extract.Log
	callID  string // the column with the id of the call record, where there is one
	flatten func(record string, origin transform.Origin) (*schemas.Rows, transform.Notes, error)
}

func callLogs() []callLog {
	return []callLog{
		{schemas.PstnCalls, extract.PstnLog, "call_id", transform.PstnCall},
		{schemas.DirectRoutingCalls, extract.DirectRoutingLog, "correlation_id", transform.DirectRoutingCall},
	}
}

const (
	// logRetention is how far back a log is read. Graph documents no more than
	// that a request may span 90 days.
	logRetention = 90 * 24 * time.Hour
	// logDelay is how long after a call its row may take to appear.
	logDelay = 48 * time.Hour
)

// Logs says how a run keeps the logs of calls over the telephone network: PSTN
// and Direct Routing. The zero value of a field means its default. Dates are
// listed whole, up to now.
type Logs struct {
	// Since and Until bound the starts of the calls: by default the last 90
	// days, up to now.
	Since, Until time.Time
	// HotWindow is what every run lists, back from now, 72 hours by default:
	// rows appear a day or two after their call.
	HotWindow time.Duration
	// FullEvery is how old the listing of any other date may become, 20 hours
	// by default, so that a daily run renews all.
	FullEvery time.Duration
}

// window returns the starts of the calls that a run is about.
func (l *Logs) window(now time.Time) Span {
	w := Span{latest(l.Since, now.Add(-logRetention)), now}
	if !l.Until.IsZero() {
		w.Until = earliest(l.Until, now)
	}
	w = wholeDates(w)
	w.Until = earliest(w.Until, now.UTC())
	return w
}

// plan returns the spans to list, in the order in which they are listed: what
// never was, the hot window, and what was listed too long ago, each from the
// oldest date on.
func (l *Logs) plan(c Coverage, now time.Time) []Span {
	window := l.window(now)
	hot := Span{latest(window.From, now.Add(-cmp.Or(l.HotWindow, 72*time.Hour)).Truncate(wholeDay)), window.Until}
	cold := Span{window.From, earliest(hot.From, window.Until)}
	never := wholeSpans(c.Gaps(cold, time.Time{}))
	stale := without(wholeSpans(c.Gaps(cold, now.Add(-cmp.Or(l.FullEvery, 20*time.Hour)))), never)
	plan := never
	if !hot.empty() {
		plan = append(plan, hot)
	}
	return append(plan, stale...)
}

// wholeDates widens a span to whole dates.
func wholeDates(s Span) Span {
	if s.empty() {
		return s
	}
	until := s.Until.UTC().Truncate(wholeDay)
	if until.Before(s.Until) {
		until = until.Add(wholeDay)
	}
	return Span{s.From.UTC().Truncate(wholeDay), until}
}

const wholeDay = 24 * time.Hour

// wholeSpans widens spans, which are in order, to whole dates, each of them
// once.
func wholeSpans(spans []Span) (whole []Span) {
	for _, s := range spans {
		whole = append(whole, without([]Span{wholeDates(s)}, whole)...)
	}
	return whole
}
