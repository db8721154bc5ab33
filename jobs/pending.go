package jobs

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"

	"etl/extract"
)

// PendingCall is a call that was asked for and is not in the lake: an entry of
// _state/pending.json. It is a contract with operators.
type PendingCall struct {
	Reason        string     `json:"reason"`
	Source        string     `json:"source,omitempty"` // list, or the inbox with the name of the file
	FirstSeen     time.Time  `json:"first_seen"`
	LastTry       time.Time  `json:"last_try"`
	Attempts      int        `json:"attempts"` // requests sent for it, over all runs
	LastError     string     `json:"last_error,omitempty"`
	StartDateTime *time.Time `json:"start_date_time"` // null where it is not known
	EndDateTime   *time.Time `json:"end_date_time,omitempty"`
	HoursLeft     *float64   `json:"hours_left"` // until Graph forgets it, as of the last try
}

// LostCall is a call that Graph has forgotten and the lake never had: an entry
// of _state/lost.json.
type LostCall struct {
	FirstSeen     time.Time  `json:"first_seen"`
	FoundLost     time.Time  `json:"found_lost"`
	StartDateTime *time.Time `json:"start_date_time"`
}

// The names of the records.
const (
	pendingRecord = "pending"
	lostRecord    = "lost"
)

// Deadline returns when Graph forgets the call. Of a call whose start is not
// known it is the latest possible: the call was there when it was first seen.
func (p PendingCall) Deadline() time.Time {
	if p.StartDateTime != nil {
		return p.StartDateTime.Add(retention)
	}
	return p.FirstSeen.Add(retention)
}

// ReadPending returns the calls that the lake still waits for, by id.
func ReadPending(ctx context.Context, lake states) (map[string]PendingCall, error) {
	pending, _, err := readRecord[map[string]PendingCall](ctx, lake, pendingRecord)
	if pending == nil {
		pending = map[string]PendingCall{}
	}
	return pending, err
}

// PendingExitCode returns the exit code that pending calls stand for.
func PendingExitCode(pending map[string]PendingCall, now time.Time) int {
	code := ExitLoaded
	for _, p := range pending {
		if p.StartDateTime != nil && p.Deadline().Sub(now) < atRisk {
			return ExitLost
		}
		code = ExitIncomplete
	}
	return code
}

// ReadLost returns the calls that are lost, by id.
func ReadLost(ctx context.Context, lake states) (map[string]LostCall, error) {
	lost, _, err := readRecord[map[string]LostCall](ctx, lake, lostRecord)
	if lost == nil {
		lost = map[string]LostCall{}
	}
	return lost, err
}

// ByDeadline returns pending calls in the order in which Graph forgets them.
func ByDeadline(pending map[string]PendingCall) []extract.Ref {
	var refs []extract.Ref
	for id, p := range pending {
		refs = append(refs, extract.Ref{ID: id, Start: known(p.StartDateTime), End: known(p.EndDateTime), Source: p.Source})
	}
	slices.SortFunc(refs, func(a, b extract.Ref) int {
		return cmp.Or(pending[a.ID].Deadline().Compare(pending[b.ID].Deadline()), cmp.Compare(a.ID, b.ID))
	})
	return refs
}

func known(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

func unlessZero(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// waiting is what a run knows of the pending calls: those of earlier runs, and
// what has become of them and of its own.
type waiting struct {
	before  map[string]PendingCall
	settled map[string]bool        // in the lake, lost or unusable: no longer pending
	tried   map[string]PendingCall // pending after this run
	lost    map[string]LostCall
}

func newWaiting(before map[string]PendingCall) *waiting {
	return &waiting{before: before, settled: map[string]bool{}, tried: map[string]PendingCall{}, lost: map[string]LostCall{}}
}

// adopt makes a call pending that a dead run may have left in pieces.
func (w *waiting) adopt(ref extract.Ref, reason extract.Reason, now time.Time) {
	if _, ok := w.before[ref.ID]; ok {
		return
	}
	w.wait(ref, reason, 0, nil, now)
	w.before[ref.ID] = w.tried[ref.ID]
}

// tooLate reports whether a call that Graph does not have can't come any more:
// it is asked for since longer than Graph keeps calls.
func (w *waiting) tooLate(id string, now time.Time) bool {
	p, ok := w.before[id]
	return ok && now.After(p.Deadline())
}

// settle notes that a call need not be waited for any more.
func (w *waiting) settle(id string) {
	delete(w.tried, id)
	if _, ok := w.before[id]; ok {
		w.settled[id] = true
	}
}

// wait notes a call that is pending.
func (w *waiting) wait(ref extract.Ref, reason extract.Reason, attempts int, err error, now time.Time) {
	p := PendingCall{Reason: string(reason), Source: printable(ref.Source, 2*maxID), FirstSeen: now.UTC(), LastTry: now.UTC(), Attempts: attempts, StartDateTime: unlessZero(ref.Start), EndDateTime: unlessZero(ref.End)}
	if err != nil {
		p.LastError = printable(err.Error(), 500)
	}
	if earlier, ok := w.before[ref.ID]; ok {
		p.FirstSeen = earlier.FirstSeen
		p.Attempts += earlier.Attempts
		p.StartDateTime = cmp.Or(p.StartDateTime, earlier.StartDateTime)
		p.EndDateTime = cmp.Or(p.EndDateTime, earlier.EndDateTime)
		p.Source = cmp.Or(earlier.Source, p.Source)
		if attempts == 0 { // not tried: what was known stays known
			p.Reason, p.LastTry, p.LastError = earlier.Reason, earlier.LastTry, earlier.LastError
		}
	}
	if p.StartDateTime != nil {
		hours := math.Round(p.Deadline().Sub(now).Hours()*10) / 10
		p.HoursLeft = &hours
	}
	w.tried[ref.ID] = p
}

// lose notes a call that is lost.
func (w *waiting) lose(ref extract.Ref, now time.Time) {
	first := now.UTC()
	if earlier, ok := w.before[ref.ID]; ok {
		first = earlier.FirstSeen
	}
	w.settle(ref.ID)
	w.lost[ref.ID] = LostCall{FirstSeen: first, FoundLost: now.UTC(), StartDateTime: unlessZero(ref.Start)}
}

// keep brings the records of the lake up to date.
func (w *waiting) keep(ctx context.Context, lake states) error {
	err := editRecord(ctx, lake, lostRecord, func(lost *map[string]LostCall) (changed bool) {
		for id, call := range w.lost {
			if _, ok := (*lost)[id]; !ok {
				put(lost, id, call)
				changed = true
			}
		}
		return changed
	})
	if err != nil {
		return err
	}
	return editRecord(ctx, lake, pendingRecord, func(pending *map[string]PendingCall) (changed bool) {
		for id := range w.settled {
			if _, ok := (*pending)[id]; ok {
				delete(*pending, id)
				changed = true
			}
		}
		for id, call := range w.tried {
			put(pending, id, call)
			changed = true
		}
		return changed
	})
}

// put puts a call into a record that may not exist yet.
func put[T any](record *map[string]T, id string, call T) {
	if *record == nil {
		*record = map[string]T{}
	}
	(*record)[id] = call
}
