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
	"etl/transform"
)

// rebuilder puts archived calls into a lake.
type rebuilder struct {
	from       archive
	into       lake
	inPlace    bool // into has the archive, so that another run can go on
	run        string
	batchBytes int64
	report     *Report
	log        *slog.Logger
	progress   func(done int64)

	commits int
	done    int64
	batch   *gathering
}

// dates rebuilds dates, given by the objects of the archive that hold them. A
// date that can't be rebuilt doesn't keep the others from it.
func (r *rebuilder) dates(ctx context.Context, objects map[string][]string, only map[string]bool) error {
	var all []error
	for _, date := range slices.Sorted(maps.Keys(objects)) {
		err := r.date(ctx, objects[date], only)
		if err == nil {
			continue
		}
		r.batch = nil
		all = append(all, fmt.Errorf("date %s: %w", date, err))
		if ctx.Err() != nil {
			break
		}
	}
	return errors.Join(all...)
}

func (r *rebuilder) date(ctx context.Context, objects []string, only map[string]bool) (err error) {
	source, err := newDateSource(ctx, r.from, objects, only)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, source.close()) }()
	for e, err := range source.newest(ctx) {
		if err != nil {
			return err
		}
		r.add(source, e)
		if r.batch.Bytes() >= r.batchBytes {
			if err := r.commit(ctx); err != nil {
				return err
			}
		}
	}
	if err := r.commit(ctx); err != nil {
		return err
	}
	for e, err := range source.contested(ctx) {
		if err != nil {
			return err
		}
		r.add(source, e)
	}
	return r.commit(ctx)
}

func (r *rebuilder) add(source *dateSource, e entry) {
	if r.batch == nil {
		r.commits++
		r.batch = &gathering{name: commitName(r.run, r.commits)}
	}
	f := fetched{ref: extract.Ref{ID: e.key.CallID}, notes: new(transform.Notes)}
	if e.key.CallStartDateTime != nil {
		f.ref.Start = time.UnixMicro(*e.key.CallStartDateTime)
	}
	r.batch.calls = append(r.batch.calls, f)
	archived := ""
	if r.inPlace {
		archived = e.object
	}
	source.addTo(&r.batch.Batch, e, archived, f.notes)
}

// commit puts the calls gathered into the lake and accounts for them.
func (r *rebuilder) commit(ctx context.Context) error {
	if r.batch == nil {
		return nil
	}
	batch := r.batch
	r.batch = nil
	began := time.Now()
	receipt, err := r.into.Rebuild(ctx, batch.name, batch.Changes())
	for i, call := range batch.calls {
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
	r.report.received(receipt)
	r.done += int64(len(batch.calls))
	if r.progress != nil {
		r.progress(r.done)
	}
	r.log.Info("batch rebuilt", "calls", len(batch.calls), "objects", receipt.Objects, "bytes", receipt.Bytes, "dur", time.Since(began).Round(time.Millisecond).String())
	return err
}
