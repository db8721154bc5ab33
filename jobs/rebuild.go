package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"etl/extract"
	"etl/load"
	"etl/load/rawfile"
	"etl/transform"
)

// Dates are committed together: the next is merged while one closes its tables,
// and what a small date takes is mostly waiting for the storage. So many, and
// of so many bytes of records, which takes about a second.
const (
	datesAtOnce = 8
	bytesAtOnce = 256 << 20
)

// archives are those of calls and of logs; *load.Lake has them.
type archives interface {
	archive
	logArchive
}

// rebuilder puts archived calls, and rows of logs, into a lake.
type rebuilder struct {
	from       archives
	into       lake
	inPlace    bool // into has the archive, so that another run can go on
	run        string
	batchBytes int64
	report     *Report
	log        *slog.Logger
	progress   func(done int64)

	cache   *rawfile.Cache
	commits int
	done    int64
	ready   []*dateBatch // dates to be committed together
}

// dateBatch is what was gathered of a date.
type dateBatch struct {
	gathering
	date   string
	source *dateSource // its calls are read from it when they are committed
}

// dates rebuilds dates, given by the objects of the archive that hold them. A
// date that can't be rebuilt doesn't keep the others from it.
func (r *rebuilder) dates(ctx context.Context, objects map[string][]string, only map[string]bool) error {
	r.cache = rawfile.NewCache()
	var all []error
	for _, date := range slices.Sorted(maps.Keys(objects)) {
		if err := r.date(ctx, date, objects[date], only); err != nil {
			all = append(all, fmt.Errorf("date %s: %w", date, err))
		}
		if len(r.ready) >= datesAtOnce || r.readyBytes() >= bytesAtOnce {
			all = append(all, r.commitReady(ctx))
		}
		if ctx.Err() != nil {
			break
		}
	}
	return errors.Join(append(all, r.commitReady(ctx))...)
}

// readyBytes is the size of the records of the dates that are ready.
func (r *rebuilder) readyBytes() (n int64) {
	for _, b := range r.ready {
		for _, change := range b.Changes() {
			n += change.Bytes
		}
	}
	return n
}

// date gathers the calls of a date, and commits all but the last batch.
func (r *rebuilder) date(ctx context.Context, date string, objects []string, only map[string]bool) (err error) {
	source, err := newDateSource(ctx, r.from, objects, only, r.cache)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, source.close())
		}
	}()
	batch := &dateBatch{date: date, source: source}
	for e, err := range source.newest(ctx) {
		if err != nil {
			return err
		}
		r.add(batch, e)
		if batch.Bytes() >= r.batchBytes {
			if err := r.commit(ctx, batch); err != nil {
				return err
			}
			batch = &dateBatch{date: date, source: source}
		}
	}
	for e, err := range source.contested(ctx) {
		if err != nil {
			return err
		}
		r.add(batch, e)
	}
	r.ready = append(r.ready, batch)
	return nil
}

func (r *rebuilder) add(batch *dateBatch, e entry) {
	f := fetched{ref: extract.Ref{ID: e.key.CallID}, notes: new(transform.Notes)}
	if e.key.CallStartDateTime != nil {
		f.ref.Start = time.UnixMicro(*e.key.CallStartDateTime)
	}
	batch.calls = append(batch.calls, f)
	archived := ""
	if r.inPlace {
		archived = e.object
	}
	batch.source.addTo(&batch.Batch, e, archived, f.notes)
}

// commitReady commits what is left of dates, together, or, where that fails,
// each by itself.
func (r *rebuilder) commitReady(ctx context.Context) error {
	ready := r.ready
	r.ready = nil
	var all []error
	if len(ready) == 1 || r.commit(ctx, ready...) != nil {
		for _, b := range ready {
			if err := r.commit(ctx, b); err != nil {
				all = append(all, fmt.Errorf("date %s: %w", b.date, err))
			}
		}
	}
	for _, b := range ready {
		all = append(all, b.source.close())
	}
	return errors.Join(all...)
}

// commit puts the calls gathered into the lake and accounts for them; for those
// of several dates only if they are all put there.
func (r *rebuilder) commit(ctx context.Context, batches ...*dateBatch) error {
	var changes []load.Change
	var calls []fetched
	for _, b := range batches {
		changes, calls = append(changes, b.Changes()...), append(calls, b.calls...)
	}
	if len(changes) == 0 {
		return nil
	}
	r.commits++
	began := time.Now()
	receipt, err := r.into.Rebuild(ctx, commitName(r.run, r.commits), changes)
	r.report.received(receipt)
	if err != nil && len(batches) > 1 {
		return err
	}
	for i, call := range calls {
		switch receipt.Results[i].Outcome {
		case load.Duplicate:
		case load.Loaded:
			r.report.count(Loaded)
			add(r.report.UnknownProperties, call.notes.Unknown)
			add(r.report.Anomalies, call.notes.Anomalies)
		case load.Unchanged, load.Older:
			r.report.count(Unchanged)
		default:
			reason := reasonBadRecord
			if err != nil {
				reason = reasonStorage
			}
			r.report.name(call.ref, Failed, reason, 0)
		}
	}
	r.done += int64(len(calls))
	if r.progress != nil {
		r.progress(r.done)
	}
	r.log.Info("batch rebuilt", "calls", len(calls), "objects", receipt.Objects, "bytes", receipt.Bytes, "dur", time.Since(began).Round(time.Millisecond).String())
	return err
}

// logDates rebuilds dates of a log, given by the objects of its archive that
// hold them, as dates does with those of calls.
func (r *rebuilder) logDates(ctx context.Context, l callLog, objects map[string][]string) error {
	var all []error
	for _, date := range slices.Sorted(maps.Keys(objects)) {
		err := l.batches(ctx, r.from, objects[date], r.inPlace, r.batchBytes, func(rows []load.Change, notes []*transform.Notes) error {
			r.commits++
			began := time.Now()
			receipt, err := r.into.RebuildLog(ctx, l.table, fmt.Sprintf("%s-%s-%04d", r.run, l.table, r.commits), rows)
			for i, result := range receipt.Results {
				if result.Outcome == load.Loaded {
					add(r.report.UnknownProperties, notes[i].Unknown)
					add(r.report.Anomalies, notes[i].Anomalies)
				}
			}
			r.report.received(receipt)
			r.log.Info("rows of a log rebuilt", "table", l.table, "rows", len(rows), "objects", receipt.Objects, "bytes", receipt.Bytes, "dur", time.Since(began).Round(time.Millisecond).String())
			return err
		})
		if err != nil {
			all = append(all, fmt.Errorf("%s: date %s: %w", l.table, date, err))
		}
		if ctx.Err() != nil {
			break
		}
	}
	return errors.Join(all...)
}
