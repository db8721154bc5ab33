package jobs

import (
	"cmp"
	"slices"
	"time"

	"etl/load"
)

// Finding is a discrepancy that an audit has found. It is a contract with
// operators.
type Finding struct {
	Kind     string `json:"kind"`
	Object   string `json:"object,omitempty"`  // key in the lake
	CallID   string `json:"call_id,omitempty"` // in the table of a log the row's id
	TenantID string `json:"tenant_id,omitempty"`
	Date     string `json:"date,omitempty"` // partition
	Detail   string `json:"detail"`
	Repaired bool   `json:"repaired,omitempty"` // it was there before the repair, and isn't any more

	start time.Time // of the call, where it is known
	log   string    // the table of the log that it is about; "" where it is about calls
}

// Kinds of findings beside the flaws that package load knows.
const (
	findingForeign    = "foreign_object"    // below a table, and not etl's
	findingUnreported = "unreported_object" // no run report tells of it as it is
	findingMissing    = "missing_object"    // a run report tells of it, and it isn't there
	findingUnfinished = "unfinished_commit" // a run died while publishing
	findingTwice      = "call_twice"        // a call under two dates
	findingRawDamaged = "damaged_raw"       // an object of the archive can't be read
	findingNotInRaw   = "not_in_raw"        // the archive lacks a version that the tables have
	findingNotLoaded  = "not_in_tables"     // the archive has a version that the tables lack
	findingSource     = "differs_from_graph"
	findingNotListed  = "not_listed" // Graph's listing of a span can't be relied upon
)

// key identifies a finding between two passes.
func (f Finding) key() [5]string { return [...]string{f.Kind, f.Object, f.TenantID, f.CallID, f.Date} }

func flawed(date string, flaws []load.Flaw) (all []Finding) {
	for _, f := range flaws {
		all = append(all, Finding{Kind: f.Kind, Object: f.Key, TenantID: f.TenantID, CallID: f.CallID, Date: date, Detail: f.Detail, log: logOfKey(f.Key)})
	}
	return all
}

func sortFindings(all []Finding) {
	slices.SortFunc(all, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Date, b.Date), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Object, b.Object), cmp.Compare(a.CallID, b.CallID))
	})
}
