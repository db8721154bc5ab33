package report

import (
	"maps"
	"slices"
	"time"
)

// Completeness is what is known of calls of the period that the lake lacks.
type Completeness struct {
	LastSync, LastSuccess *time.Time // nil: never
	// Listed tells whether a sync has ever listed what Graph has. Without that
	// nobody can know of calls that the lake lacks.
	Listed    bool
	Uncovered []Span         // starts that were not listed whole
	Lost      []Span         // the same, and Graph has forgotten them
	Doubtful  []Span         // starts of which Graph listed too few calls to be believed
	Pending   map[string]int // calls by reason
	LostCalls int            // calls that Graph forgot before they could be fetched
}

// Span is a range of call starts; Until does not belong to it.
type Span struct{ From, Until time.Time }

// missing tells whether calls of the period are known to be missing.
func (c Completeness) missing() bool {
	return len(c.Uncovered)+len(c.Lost)+len(c.Doubtful)+len(c.Pending)+c.LostCalls > 0
}

func (c *contents) completeTile() tile {
	switch {
	case c.Completeness.missing():
		return tile{"Completeness", "incomplete", "see below what is missing", "over", ""}
	case !c.Completeness.Listed:
		return tile{"Completeness", "unknown", "no sync has listed the calls", "", ""}
	}
	return tile{"Completeness", "complete", "all calls that Graph lists", "within", ""}
}

// completeness says what the lake lacks of the period.
func (c *contents) completeness() section {
	k := c.Completeness
	t := &table{Name: "completeness", Title: "What is missing", Head: []column{{"what", "What", false}, {"from", "From (UTC)", false}, {"until", "Until (UTC)", false}, {"calls", "Calls", true}, {"reason", "Reason", false}}}
	empty := cell{}
	for _, spans := range []struct {
		what, text string
		of         []Span
	}{
		{"lost_span", "lost: never listed whole, and forgotten by Graph", k.Lost},
		{"uncovered_span", "not listed whole yet", k.Uncovered},
		{"doubtful_span", "listed, but with too few calls to be believed", k.Doubtful},
	} {
		for _, s := range spans.of {
			t.Rows = append(t.Rows, row{named(spans.what, spans.text), momentCell(s.From.UnixMicro()), momentCell(s.Until.UnixMicro()), nothing, empty})
		}
	}
	if k.LostCalls > 0 {
		t.Rows = append(t.Rows, row{named("lost_calls", "lost: Graph forgot them before they could be fetched"), empty, empty, count(int64(k.LostCalls)), empty})
	}
	for _, reason := range slices.Sorted(maps.Keys(k.Pending)) {
		t.Rows = append(t.Rows, row{named("pending_calls", "pending, tried again by the next run"), empty, empty, count(int64(k.Pending[reason])), words(reason)})
	}
	last := "No sync has run on this lake."
	if k.LastSync != nil {
		last = "The last sync ended on " + moment(*k.LastSync) + " UTC"
		if k.LastSuccess != nil {
			last += ", the last one with nothing left open on " + moment(*k.LastSuccess) + " UTC"
		}
		last += "."
	}
	t.Empty = "Nothing is known to be missing."
	if !k.Listed {
		last += " What Graph has was never listed, so calls may be missing that nobody knows of."
	}
	return section{ID: "completeness", Title: "Completeness", Lead: last, Tables: []*table{t}}
}
