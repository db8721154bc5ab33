package jobs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"etl/load"
	"etl/schemas"
	"etl/transform"
)

// logOfKey returns the table of the log that an object of the lake belongs to,
// in the table itself or in its archive; "" where it belongs to calls.
func logOfKey(key string) string {
	if folder, _, _ := strings.Cut(key, "/"); schemas.IsLog(folder) {
		return folder
	}
	return load.LogOfArchive(key)
}

// logDate looks through a date of a log, whose archive has the given objects.
func (p *auditPass) logDate(ctx context.Context, l callLog, date string, objects []string) error {
	in, err := p.Lake.InspectLog(ctx, l.table, date)
	if err != nil {
		return err
	}
	p.found = append(p.found, flawed(date, in.Flaws)...)
	p.compareReports(date, in.Objects)
	if !p.logArchived(l.table) {
		return nil // the lake keeps none
	}
	archived, err := newestLogRows(ctx, p.Lake, objects)
	if damaged := (*damagedRaw)(nil); errors.As(err, &damaged) && ctx.Err() == nil {
		p.find(Finding{Kind: findingRawDamaged, Object: damaged.object, Date: date, Detail: err.Error(), log: l.table})
		return nil
	}
	if err != nil {
		return err
	}
	inTable := map[callID]bool{}
	for _, row := range in.Calls {
		id := callID{row.TenantID, row.CallID}
		inTable[id] = true
		_, ok := archived[id]
		if own := schemas.CallDate(row.Start); own != date {
			// A row in the wrong place is in the archive of its own date.
			ofDate, err := newestLogRows(ctx, p.Lake, p.logDates[l.table][own])
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			_, ok = ofDate[id]
			ok = ok && err == nil
		}
		if !ok {
			p.find(Finding{Kind: findingNotInRaw, TenantID: id.tenant, CallID: id.call, Date: date, Detail: "the archive of " + l.table + " lacks the row", log: l.table})
		}
	}
	if slices.ContainsFunc(in.Flaws, func(f load.Flaw) bool { return f.Kind == load.FlawDamaged }) {
		return nil // what can be said of the rest is of no use
	}
	return l.batches(ctx, p.Lake, objects, true, auditBytes, func(rows []load.Change, _ []*transform.Notes) error {
		return p.compareLog(ctx, l, date, rows, inTable)
	})
}

// logArchived reports whether a log has an archive.
func (p *auditPass) logArchived(table string) bool {
	for _, objects := range p.logDates[table] {
		if len(objects) > 0 {
			return true
		}
	}
	return false
}

// compareLog compares rows of the archive with those in the table. A row that
// has moved to another date keeps its old content in the archive of this one.
func (p *auditPass) compareLog(ctx context.Context, l callLog, date string, rows []load.Change, inTable map[callID]bool) error {
	var there, absent []load.Change
	for _, row := range rows {
		if inTable[callID{row.TenantID, row.CallID}] {
			there = append(there, row)
		} else {
			absent = append(absent, row)
		}
	}
	held, err := p.Lake.HoldsLog(ctx, l.table, absent)
	if err != nil && !errors.Is(err, load.ErrDamaged) { // of a neighbouring date, where it is said
		return err
	}
	for i, row := range absent {
		if err == nil && !held[i] {
			p.find(Finding{Kind: findingNotLoaded, TenantID: row.TenantID, CallID: row.CallID, Date: date, Detail: fmt.Sprintf("the archive has the row, and %s lacks it", l.table), log: l.table})
		}
	}
	flaws, err := p.Lake.CompareLog(ctx, l.table, there)
	for _, f := range flawed(date, flaws) {
		f.log = l.table
		p.find(f)
	}
	return err
}
