package jobs

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"etl/extract"
	"etl/load"
)

// rebuilt is a lake that is put in order from its archive; *load.Lake is it.
type rebuilt interface {
	archive
	Inspect(ctx context.Context, date string) (*load.Inspected, error)
	Rebuild(ctx context.Context, name string, changes []load.Change) (load.Receipt, error)
	Unfinished(ctx context.Context) ([]load.Unfinished, error)
	Finished(ctx context.Context, commit string) error
	InspectLog(ctx context.Context, table, date string) (*load.Inspected, error)
	RebuildLog(ctx context.Context, table, name string, rows []load.Change) (load.Receipt, error)
}

const (
	// anomalyUnfinished counts commits of dead runs that this one completed.
	anomalyUnfinished = "unfinished_commit"
	// reasonUnfinished: a run died while it published the call.
	reasonUnfinished extract.Reason = "unfinished"
)

// finishCommits completes the commits of dead runs: from the archive, and for
// lakes without one by waiting for the calls, which are then fetched again.
// What can't be completed is left for the next run, and keeps no call from
// being loaded.
func (r Run) finishCommits(ctx context.Context, report *Report, w *waiting) error {
	unfinished, err := r.Lake.Unfinished(ctx)
	for i, u := range unfinished {
		r.Log.Warn("completing a commit that was not finished", "commit", u.Commit, "raw", len(u.Raw), "calls", len(u.Calls))
		if failure := r.finishCommit(ctx, u, fmt.Sprintf("%s-u%d", report.Run, i+1), report, w); failure != nil {
			err = errors.Join(err, fmt.Errorf("completing commit %s: %w", u.Commit, failure))
			continue
		}
		report.Anomalies[anomalyUnfinished]++
	}
	return err
}

func (r Run) finishCommit(ctx context.Context, u load.Unfinished, name string, report *Report, w *waiting) error {
	if err := r.rebuildFrom(ctx, u.Raw, name, report); err != nil {
		return err
	}
	if len(u.Calls) > 0 {
		for _, call := range u.Calls {
			w.adopt(extract.Ref{ID: call.ID, Start: known(call.StartDateTime)}, reasonUnfinished, time.Now())
		}
		if err := w.keep(ctx, r.Lake); err != nil {
			return err
		}
	}
	return r.Lake.Finished(ctx, u.Commit)
}

// rebuildFrom rebuilds the calls, and the dates of logs, that some objects of
// the archives hold.
func (r Run) rebuildFrom(ctx context.Context, objects []string, name string, report *Report) error {
	raw := map[string][]string{} // by table of a log; "" for calls
	for _, key := range objects {
		table := load.LogOfArchive(key)
		raw[table] = append(raw[table], key)
	}
	if err := r.rebuildCallsFrom(ctx, raw[""], name, report); err != nil {
		return err
	}
	for _, l := range callLogs() {
		if err := r.rebuildLogFrom(ctx, l, raw[l.table], name, report); err != nil {
			return err
		}
	}
	return nil
}

// rebuildCallsFrom rebuilds calls with all that the archive has of them: a later
// run may have brought more.
func (r Run) rebuildCallsFrom(ctx context.Context, objects []string, name string, report *Report) error {
	only := map[string]bool{}
	for _, key := range objects {
		only[key] = true
	}
	return r.rebuildDatesOf(objects, name, report, datesInArchive{
		list:    func(date string) iter.Seq2[load.RawObject, error] { return r.Lake.RawObjects(ctx, date, date) },
		rebuild: func(b *rebuilder, dates map[string][]string) error { return b.dates(ctx, dates, only) },
		inspect: func(date string) (*load.Inspected, error) { return r.Lake.Inspect(ctx, date) },
	})
}

// rebuildLogFrom rebuilds the dates of a log of which some objects of its
// archive are.
func (r Run) rebuildLogFrom(ctx context.Context, l callLog, objects []string, name string, report *Report) error {
	return r.rebuildDatesOf(objects, name, report, datesInArchive{
		list:    func(date string) iter.Seq2[load.RawObject, error] { return r.Lake.LogObjects(ctx, l.table, date, date) },
		rebuild: func(b *rebuilder, dates map[string][]string) error { return b.logDates(ctx, l, dates) },
		inspect: func(date string) (*load.Inspected, error) { return r.Lake.InspectLog(ctx, l.table, date) },
	})
}

// datesInArchive is how dates of calls, or of a log, are rebuilt.
type datesInArchive struct {
	list    func(date string) iter.Seq2[load.RawObject, error]
	rebuild func(b *rebuilder, objects map[string][]string) error
	inspect func(date string) (*load.Inspected, error)
}

// rebuildDatesOf rebuilds the dates that some objects of an archive are of.
func (r Run) rebuildDatesOf(objects []string, name string, report *Report, in datesInArchive) error {
	dates := map[string][]string{}
	for _, key := range objects {
		dates[dateInKey(key)] = nil
	}
	for date := range dates {
		if err := keysByDate(dates, in.list(date)); err != nil {
			return err
		}
	}
	// The run's accounts are of the calls that it was asked for.
	rebuild := rebuilder{from: r.Lake, into: r.Lake, inPlace: true, run: name, batchBytes: r.batchBytes(), report: newReport("", time.Now()), log: r.Log}
	err := in.rebuild(&rebuild, dates)
	report.wrote(rebuild.report)
	// The dead run has left no report of what it had published.
	for date := range dates {
		inspected, inspectErr := in.inspect(date)
		if inspectErr != nil {
			return errors.Join(err, inspectErr)
		}
		report.Objects = append(report.Objects, inspected.Objects...)
	}
	if err == nil && rebuild.report.Failed > 0 {
		err = fmt.Errorf("%d of its calls can't be flattened", rebuild.report.Failed)
	}
	return err
}
