package jobs

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"etl/extract"
	"etl/load"
)

// repairing puts right what an audit has found.
type repairing struct {
	Audit
	report *Report
}

func (r *repairing) run(ctx context.Context, graph Graph, tenantID string, found []Finding) error {
	rebuild, lacking := map[string]bool{}, map[string]bool{} // dates
	logs := map[string]map[string]bool{}                     // dates of logs to rebuild, by table
	fetch := map[string]extract.Ref{}
	for _, f := range found {
		if f.Kind == findingNotInRaw || f.Kind == findingRawDamaged {
			lacking[f.log+f.Date] = true
		}
	}
	for _, f := range found {
		switch f.Kind {
		case load.FlawDamaged:
			if f.Date == "" {
				continue // a run report
			}
			if err := r.setAside(ctx, f.Object); err != nil {
				return err
			}
		case load.FlawOrder, load.FlawPartition:
			// Such an object can't be merged into. It goes only if the archive
			// has everything that is in it.
			if lacking[f.log+f.Date] {
				continue
			}
			if err := r.setAside(ctx, f.Object); err != nil {
				return err
			}
		case findingNotInRaw, findingSource:
			if f.log != "" {
				continue // Graph gives no single rows
			}
			fetch[f.CallID] = extract.Ref{ID: f.CallID, Start: f.start}
		case load.FlawOrphan:
			if lacking[f.Date] {
				fetch[f.CallID] = extract.Ref{ID: f.CallID}
			}
		case findingRawDamaged, findingForeign, findingUnreported, findingUnfinished, findingNotListed:
			continue
		}
		if f.log == "" {
			rebuild[f.Date] = true
			continue
		}
		if logs[f.log] == nil {
			logs[f.log] = map[string]bool{}
		}
		logs[f.log][f.Date] = true
	}
	if err := r.fetch(ctx, graph, tenantID, slices.Collect(maps.Values(fetch)), found); err != nil {
		return err
	}
	for _, l := range callLogs() {
		if err := r.rebuildLog(ctx, l, logs[l.table]); err != nil {
			return err
		}
	}
	return r.rebuild(ctx, rebuild)
}

// setAsideRaw sets damaged objects of the archive aside, if Graph may still
// have what is in them, and looks again what the archive then lacks.
func (r *repairing) setAsideRaw(ctx context.Context, graph Graph, tenantID string, found []Finding) ([]Finding, error) {
	for graph != nil {
		aside := false
		for _, f := range found {
			if f.Kind == findingRawDamaged && f.Object != "" && f.log == "" {
				aside = true
				if err := r.setAside(ctx, f.Object); err != nil {
					return found, err
				}
			}
		}
		if !aside {
			break
		}
		p, err := r.pass(ctx, graph, tenantID, newReport("", time.Now()))
		if err != nil {
			return found, err
		}
		found = p.found
	}
	return found, nil
}

func (r *repairing) setAside(ctx context.Context, key string) error {
	kept, err := r.Lake.SetAside(ctx, key)
	if err == nil {
		r.Log.Warn("object set aside", "object", key, "kept", kept)
		r.report.Objects = append(r.report.Objects, load.Published{Key: key})
	}
	return err
}

// rebuild rebuilds dates from the archive.
func (r *repairing) rebuild(ctx context.Context, dates map[string]bool) error {
	list := func(date string) iter.Seq2[load.RawObject, error] { return r.Lake.RawObjects(ctx, date, date) }
	return r.rebuilding(dates, list, func(b *rebuilder, objects map[string][]string) error { return b.dates(ctx, objects, nil) })
}

// rebuildLog rebuilds dates of a log from its archive.
func (r *repairing) rebuildLog(ctx context.Context, l callLog, dates map[string]bool) error {
	list := func(date string) iter.Seq2[load.RawObject, error] { return r.Lake.LogObjects(ctx, l.table, date, date) }
	return r.rebuilding(dates, list, func(b *rebuilder, objects map[string][]string) error { return b.logDates(ctx, l, objects) })
}

func (r *repairing) rebuilding(dates map[string]bool, list func(date string) iter.Seq2[load.RawObject, error], do func(*rebuilder, map[string][]string) error) error {
	objects := map[string][]string{}
	for date := range dates {
		if err := keysByDate(objects, list(date)); err != nil {
			return err
		}
	}
	accounts := newReport("", r.report.StartedAt)
	err := do(&rebuilder{from: r.Lake, into: r.Lake, inPlace: true, run: r.report.Run, batchBytes: auditBytes, report: accounts, log: r.Log}, objects)
	r.report.wrote(accounts)
	return err
}

// fetch completes unfinished commits, and loads calls from Graph.
func (r *repairing) fetch(ctx context.Context, graph Graph, tenantID string, refs []extract.Ref, found []Finding) error {
	unfinished := slices.ContainsFunc(found, func(f Finding) bool { return f.Kind == findingUnfinished })
	if len(refs) == 0 && !unfinished {
		return nil
	}
	run := Run{Lake: r.Lake, Log: r.Log, Pull: r.Pull, Command: "audit", archive: true}
	accounts := newReport("audit", r.report.StartedAt)
	accounts.Run = r.report.Run + "-fetch"
	if graph == nil {
		w := newWaiting(map[string]PendingCall{})
		err := run.finishCommits(ctx, accounts, w)
		r.report.wrote(accounts)
		if err == nil && len(refs) > 0 {
			r.Log.Warn("calls not fetched: without --source an audit does not ask Graph", "calls", len(refs))
		}
		return err
	}
	run.Connect = func(context.Context) (Graph, string, error) { return graph, tenantID, nil }
	run.IDs = func(yield func(extract.Ref, error) bool) {
		for _, ref := range refs {
			if !yield(ref, nil) {
				return
			}
		}
	}
	_, err := run.afterLock(ctx, accounts)
	r.report.wrote(accounts)
	if err != nil {
		return fmt.Errorf("fetching calls: %w", err)
	}
	return nil
}

// dateInKey is the date in an object's key, "" without one.
func dateInKey(key string) string {
	_, rest, _ := strings.Cut(key, "/call_date=")
	date, _, _ := strings.Cut(rest, "/")
	return date
}
