package jobs

import (
	"context"
	"errors"

	"etl/load"
	"etl/load/rawfile"
	"etl/schemas"
	"etl/transform"
)

// archiveLeftOut keeps the records of calls that were fetched and have not
// changed the tables, if the archive lacks them: those that can't be flattened,
// for an etl that can, those of a lower version than the lake has, and for a
// repair of the archive those that the lake has.
func (c *collector) archiveLeftOut(ctx context.Context, batch *gathering, receipt load.Receipt) error {
	byDate := map[string][]load.Change{}
	for i, change := range batch.Changes() {
		switch outcome := receipt.Results[i].Outcome; {
		case outcome == load.Failed && !readable(change):
			// Nobody could read an object that has it.
		case outcome == load.Failed, outcome == load.Older, outcome == load.Unchanged && c.run.archive:
			date := schemas.CallDate(change.Start)
			byDate[date] = append(byDate[date], change)
		}
	}
	var absent []load.Change
	for date, changes := range byDate {
		lacking, err := c.notArchived(ctx, date, changes)
		if err != nil {
			return err
		}
		absent = append(absent, lacking...)
	}
	if len(absent) == 0 {
		return nil
	}
	archived, err := c.run.Lake.Archive(ctx, batch.name+"-rest", absent)
	c.report.received(archived)
	return err
}

// readable reports whether a call's record can be read as far as who reads the
// archive does.
func readable(change load.Change) bool {
	record, err := change.Record(nil)
	if err == nil {
		_, err = transform.Key(string(record), change.TenantID)
	}
	return err == nil
}

// notArchived returns the changes whose version the archive of a date lacks.
func (c *collector) notArchived(ctx context.Context, date string, changes []load.Change) (absent []load.Change, err error) {
	objects := map[string][]string{}
	if err := keysByDate(objects, c.run.Lake.RawObjects(ctx, date, date)); err != nil {
		return nil, err
	}
	source, err := newDateSource(ctx, c.run.Lake, objects[date], nil, rawfile.NewCache())
	if errors.Is(err, load.ErrStorage) && ctx.Err() == nil {
		return changes, nil // it can't be read; a version more does no harm
	}
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, source.close()) }()
	for _, change := range changes {
		if p := source.picks[callID{change.TenantID, change.CallID}]; p == nil || !p.has(change.Version) {
			absent = append(absent, change)
		}
	}
	return absent, nil
}
