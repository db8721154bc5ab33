package load

import (
	"context"
	"errors"
	"maps"
	"slices"

	"etl/schemas"
)

// Holds reports which of the calls the lake has, at whatever version. Of the
// changes the tenant, the id and the start count; a call is looked for where
// Commit would look for it. Errors wrap ErrStorage or ErrNewerFormat.
func (l *Lake) Holds(ctx context.Context, calls []Change) ([]bool, error) {
	return l.holds(ctx, l.tables, calls)
}

// HoldsLog reports which rows of a log its table has, as Holds does of calls.
func (l *Lake) HoldsLog(ctx context.Context, log string, rows []Change) ([]bool, error) {
	return l.holds(ctx, []*table{l.logs[log]}, rows)
}

func (l *Lake) holds(ctx context.Context, tables []*table, calls []Change) ([]bool, error) {
	held := make([]bool, len(calls))
	byDate := map[string][]int{}
	for i, call := range calls {
		date := schemas.CallDate(call.Start)
		for _, d := range append(otherDates(&work{Change: call, date: date}), date) {
			byDate[d] = append(byDate[d], i)
		}
	}
	c := &commit{store: l.store, tables: tables}
	for _, date := range slices.Sorted(maps.Keys(byDate)) {
		if err := c.hold(ctx, date, calls, byDate[date], held); err != nil {
			return nil, err
		}
	}
	return held, nil
}

// hold looks some of the calls up in a date.
func (c *commit) hold(ctx context.Context, date string, calls []Change, asked []int, held []bool) (err error) {
	wanted := map[callKey]start{}
	for _, i := range asked {
		wanted[callKey{calls[i].TenantID, calls[i].CallID}] = startAt(calls[i].Start)
	}
	old := sources{}
	defer func() { err = errors.Join(err, old.close()) }()
	there, err := c.look(ctx, old, c.tables[len(c.tables)-1], date, wanted)
	if err != nil {
		return err
	}
	for _, i := range asked {
		if _, found := there[callKey{calls[i].TenantID, calls[i].CallID}]; found {
			held[i] = true
		}
	}
	return nil
}
