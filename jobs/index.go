package jobs

import (
	"context"
	"iter"
	"slices"
	"time"

	"etl/extract"
	"etl/load"
	"etl/schemas"
)

// versions tells which calls the lake has; *load.Lake is it.
type versions interface {
	Versions(ctx context.Context, date string) iter.Seq2[load.Version, error]
}

// index is what the lake has of the dates around the one being listed. It
// remembers few dates, so that its memory is bounded by those with most calls.
type index struct {
	lake     versions
	tenantID string
	dates    map[string]map[string]held // by date, then by call id
	recent   []string                   // the dates, the one used last at the end
}

// held is what the lake has of a call.
type held struct {
	version         int64
	start, modified time.Time
}

// mostDates holds the date being listed, its neighbours, calls without a
// start, and the date a week before.
const mostDates = 6

func newIndex(lake versions, tenantID string) *index {
	return &index{lake: lake, tenantID: tenantID, dates: map[string]map[string]held{}}
}

// on returns the calls of a date.
func (x *index) on(ctx context.Context, date string) (map[string]held, error) {
	if at := slices.Index(x.recent, date); at >= 0 {
		x.recent = append(slices.Delete(x.recent, at, at+1), date)
		return x.dates[date], nil
	}
	calls := map[string]held{}
	for v, err := range x.lake.Versions(ctx, date) {
		if err != nil {
			return nil, err
		}
		if v.TenantID == x.tenantID {
			calls[v.CallID] = held{v.Version, v.Start, v.LastModified}
		}
	}
	if len(x.recent) == mostDates {
		delete(x.dates, x.recent[0])
		x.recent = slices.Delete(x.recent, 0, 1)
	}
	x.dates[date] = calls
	x.recent = append(x.recent, date)
	return calls, nil
}

// find looks for a listed call where a commit may have put it: on its date; on
// a neighbouring one, if a version had another start; or among those without.
func (x *index) find(ctx context.Context, l extract.Listed) (h held, found bool, err error) {
	dates := []string{schemas.NoStartDate}
	if !l.Start.IsZero() {
		dates = []string{dateOf(l.Start), dateOf(l.Start.Add(-24 * time.Hour)), dateOf(l.Start.Add(24 * time.Hour)), schemas.NoStartDate}
	}
	for _, date := range dates {
		calls, err := x.on(ctx, date)
		if err != nil {
			return held{}, false, err
		}
		if h, found := calls[l.ID]; found {
			return h, true, nil
		}
	}
	return held{}, false, nil
}

// count returns how many calls the lake has with a start in a span, which lies
// in one date.
func (x *index) count(ctx context.Context, s Span) (int, error) {
	calls, err := x.on(ctx, dateOf(s.From))
	if err != nil {
		return 0, err
	}
	n := 0
	for _, h := range calls {
		if s.holds(h.start) {
			n++
		}
	}
	return n, nil
}

func dateOf(t time.Time) string {
	micros := t.UnixMicro()
	return schemas.CallDate(&micros)
}
