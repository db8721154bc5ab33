package report

import "time"

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
