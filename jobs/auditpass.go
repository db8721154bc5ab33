package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/maphash"
	"iter"
	"maps"
	"slices"
	"time"

	"etl/load"
	"etl/load/rawfile"
	"etl/schemas"
	"etl/transform"
)

// audited is a lake that can be audited; *load.Lake is it.
type audited interface {
	lake
	TableObjects(ctx context.Context) iter.Seq2[load.TableObject, error]
	Compare(ctx context.Context, changes []load.Change) ([]load.Flaw, error)
	HoldsLog(ctx context.Context, table string, rows []load.Change) ([]bool, error)
	CompareLog(ctx context.Context, table string, rows []load.Change) ([]load.Flaw, error)
	Runs(ctx context.Context, yield func(name string, report []byte) error) error
	SetAside(ctx context.Context, key string) (kept string, err error)
}

// auditPass is one look through a lake. Of all dates but the one at hand only
// hashes of the calls are held.
type auditPass struct {
	Audit
	report *Report
	found  []Finding
	// unreported are the objects of such findings: a repair that finds nothing
	// else wrong with them reports them.
	unreported []load.Published

	dates    map[string][]string            // with the archive's objects
	logDates map[string]map[string][]string // the same of logs, by table
	archived bool                           // there is an archive
	reported map[string]*reportedObject
	seen     map[uint64]string // the date of each call met, by hash
}

// reportedObject is what run reports tell of an object.
type reportedObject struct {
	digests map[string]bool // that it has had
	removed bool            // the last report says so
	exists  bool
}

func (p *auditPass) find(f Finding) { p.found = append(p.found, f) }

// commits looks for commits that nobody has finished.
func (p *auditPass) commits(ctx context.Context) error {
	unfinished, err := p.Lake.Unfinished(ctx)
	for _, u := range unfinished {
		p.find(Finding{Kind: findingUnfinished, Object: "_state/commits/" + u.Commit + ".json", Detail: "a run died while it published this commit, or is at it; the next etl run or sync completes it"})
	}
	return err
}

// reports reads which objects the run reports tell of.
func (p *auditPass) reports(ctx context.Context) error {
	return p.Lake.Runs(ctx, func(name string, text []byte) error {
		var report struct {
			Objects []load.Published `json:"objects"`
		}
		if err := json.Unmarshal(text, &report); err != nil {
			p.find(Finding{Kind: load.FlawDamaged, Object: name, Detail: "the run report can't be read: " + err.Error()})
			return nil
		}
		for _, o := range report.Objects {
			known := p.reported[o.Key]
			if known == nil {
				known = &reportedObject{digests: map[string]bool{}}
				p.reported[o.Key] = known
			}
			known.digests[o.SHA256], known.removed = true, o.SHA256 == ""
		}
		return nil
	})
}

// objects lists what there is.
func (p *auditPass) objects(ctx context.Context) error {
	for o, err := range p.Lake.TableObjects(ctx) {
		switch {
		case err != nil:
			return err
		case o.Date == "":
			p.find(Finding{Kind: findingForeign, Object: o.Key, Detail: "readers of the table may take it for etl's; move it elsewhere"})
		case p.due(o.Date):
			dates := p.datesOf(o.Table)
			dates[o.Date] = append(dates[o.Date], []string{}...)
		}
		if known := p.reported[o.Key]; known != nil {
			known.exists = true
		}
	}
	if err := p.rawObjects(p.dates, p.Lake.RawObjects(ctx, p.Since, p.Until)); err != nil {
		return err
	}
	for _, l := range callLogs() {
		if err := p.rawObjects(p.datesOf(l.table), p.Lake.LogObjects(ctx, l.table, p.Since, p.Until)); err != nil {
			return err
		}
	}
	for _, objects := range p.dates {
		p.archived = p.archived || len(objects) > 0
	}
	for key, known := range p.reported {
		if date := dateInKey(key); !known.exists && !known.removed && p.due(date) {
			p.find(Finding{Kind: findingMissing, Object: key, Date: date, log: logOfKey(key), Detail: "a run report says that it was written, and it is gone"})
		}
	}
	return nil
}

// datesOf returns the dates of a table, all those of calls in one.
func (p *auditPass) datesOf(table string) map[string][]string {
	if !schemas.IsLog(table) {
		return p.dates
	}
	if p.logDates[table] == nil {
		p.logDates[table] = map[string][]string{}
	}
	return p.logDates[table]
}

// rawObjects adds objects of an archive to the dates that they are of.
func (p *auditPass) rawObjects(dates map[string][]string, objects iter.Seq2[load.RawObject, error]) error {
	for o, err := range objects {
		if err != nil {
			return err
		}
		dates[o.Date] = append(dates[o.Date], o.Key)
		if known := p.reported[o.Key]; known != nil {
			known.exists = true
		}
	}
	return nil
}

func (p *auditPass) due(date string) bool {
	return date >= p.Since && (p.Until == "" || date <= p.Until)
}

// tables looks through the dates.
func (p *auditPass) tables(ctx context.Context) error {
	for _, date := range slices.Sorted(maps.Keys(p.dates)) {
		if err := p.date(ctx, date); err != nil {
			return fmt.Errorf("date %s: %w", date, err)
		}
	}
	for _, l := range callLogs() {
		dates := p.logDates[l.table]
		for _, date := range slices.Sorted(maps.Keys(dates)) {
			if err := p.logDate(ctx, l, date, dates[date]); err != nil {
				return fmt.Errorf("%s: date %s: %w", l.table, date, err)
			}
		}
	}
	return nil
}

func (p *auditPass) date(ctx context.Context, date string) error {
	in, err := p.Lake.Inspect(ctx, date)
	if err != nil {
		return err
	}
	p.found = append(p.found, flawed(date, in.Flaws)...)
	p.compareReports(date, in.Objects)
	for _, call := range in.Calls {
		p.report.count(Unchanged)
		hash := maphash.Comparable(auditSeed, callID{call.TenantID, call.CallID})
		if other, again := p.seen[hash]; again {
			p.find(Finding{Kind: findingTwice, TenantID: call.TenantID, CallID: call.CallID, Date: date, Detail: "the call is also under " + other})
		}
		p.seen[hash] = date
	}
	if !p.archived {
		return nil // the lake keeps none
	}
	return p.raw(ctx, date, in)
}

// compareReports looks for objects of a date of which no run report tells.
func (p *auditPass) compareReports(date string, objects []load.Published) {
	for _, o := range objects {
		if known := p.reported[o.Key]; known == nil || !known.digests[o.SHA256] {
			p.find(Finding{Kind: findingUnreported, Object: o.Key, Date: date, log: logOfKey(o.Key), Detail: "no run report tells of these bytes: SHA-256 " + o.SHA256})
			p.unreported = append(p.unreported, o)
		}
	}
}

var auditSeed = maphash.MakeSeed()

// raw compares a date with the archive.
func (p *auditPass) raw(ctx context.Context, date string, in *load.Inspected) (err error) {
	source, err := newDateSource(ctx, p.Lake, p.dates[date], nil, rawfile.NewCache())
	if err == nil {
		defer func() { err = errors.Join(err, source.close()) }()
		err = source.verify(ctx)
	}
	if err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		f := Finding{Kind: findingRawDamaged, Date: date, Detail: err.Error()}
		if damaged := (*damagedRaw)(nil); errors.As(err, &damaged) {
			f.Object = damaged.object
		}
		p.find(f)
		return nil
	}
	inTables := map[callID]int64{}
	for _, call := range in.Calls {
		id := callID{call.TenantID, call.CallID}
		inTables[id] = call.Version
		if pick := source.picks[id]; pick == nil || !pick.has(call.Version) {
			f := Finding{Kind: findingNotInRaw, TenantID: id.tenant, CallID: id.call, Date: date, Detail: fmt.Sprintf("the archive of the date lacks version %d", call.Version)}
			if call.Start != nil {
				f.start = time.UnixMicro(*call.Start)
			}
			p.find(f)
		}
	}
	var absent []load.Change
	for id, pick := range source.picks {
		switch version, ok := inTables[id]; {
		case !ok:
			absent = append(absent, load.Change{TenantID: id.tenant, CallID: id.call, Version: pick.version, Start: pick.start})
		case pick.version > version:
			p.find(Finding{Kind: findingNotLoaded, TenantID: id.tenant, CallID: id.call, Date: date, Detail: fmt.Sprintf("the archive has version %d, and the tables have %d", pick.version, version)})
		}
	}
	if slices.ContainsFunc(in.Flaws, func(f load.Flaw) bool { return f.Kind == load.FlawDamaged }) {
		return nil // what can be said of the rest is of no use
	}
	if err := p.notLoaded(ctx, date, absent); err != nil {
		return err
	}
	return p.compare(ctx, date, source, inTables)
}

// notLoaded looks for archived calls that the tables lack. A call that has
// moved to another date keeps its old versions in the archive of this one.
func (p *auditPass) notLoaded(ctx context.Context, date string, absent []load.Change) error {
	held, err := p.Lake.Holds(ctx, absent)
	if errors.Is(err, load.ErrDamaged) {
		return nil // a neighbouring date, where it is said
	}
	if err != nil {
		return err
	}
	for i, call := range absent {
		if !held[i] {
			p.find(Finding{Kind: findingNotLoaded, TenantID: call.TenantID, CallID: call.CallID, Date: date, Detail: fmt.Sprintf("the archive has version %d, and the tables lack the call", call.Version)})
		}
	}
	return nil
}

// compare compares every row with what the archived record has.
func (p *auditPass) compare(ctx context.Context, date string, source *dateSource, inTables map[callID]int64) error {
	var batch load.Batch
	known := map[[2]string]bool{} // what is said already
	for _, f := range p.found {
		known[[2]string{f.Object, f.CallID}] = true
	}
	settle := func() error {
		flaws, err := p.Lake.Compare(ctx, batch.Changes())
		for _, f := range flawed(date, flaws) {
			if !known[[2]string{f.Object, f.CallID}] {
				p.find(f)
			}
		}
		batch = load.Batch{}
		return err
	}
	for e, err := range source.newest(ctx) {
		if err != nil {
			return err
		}
		id := callID{e.key.TenantID, e.key.CallID}
		if version, ok := inTables[id]; !ok || version != e.key.CallVersion {
			continue
		}
		source.addTo(&batch, e, "", new(transform.Notes))
		if batch.Bytes() >= auditBytes {
			if err := settle(); err != nil {
				return err
			}
		}
	}
	return settle()
}

// auditBytes is how many bytes of packed calls are compared at once.
const auditBytes = 64 << 20

// source compares the lake with what Graph lists.
func (p *auditPass) source(ctx context.Context, graph Graph, tenantID string) error {
	pending, err := ReadPending(ctx, p.Lake)
	if err != nil {
		return err
	}
	lost, err := ReadLost(ctx, p.Lake)
	if err != nil {
		return err
	}
	now := graph.Now()
	l := &lister{graph: graph, index: newIndex(p.Lake, tenantID), now: now, window: (&Sync{}).window(now), width: firstSlice, clocked: true, odd: map[string]int64{}}
	return l.list(ctx, byDate([]Span{l.window}), func(s *slice) error {
		if !s.cut && !s.whole() {
			detail := fmt.Sprintf("Graph lists only %d of about %d calls that started from %s until %s", s.calls, s.expected, s.From.Format(time.RFC3339), s.Until.Format(time.RFC3339))
			if s.err != nil {
				detail = s.err.Error()
			}
			p.find(Finding{Kind: findingNotListed, Date: s.From.Format(time.DateOnly), Detail: detail})
		}
		for _, ref := range s.refs {
			if _, waits := pending[ref.ID]; waits {
				continue
			}
			if _, gone := lost[ref.ID]; gone {
				continue
			}
			p.find(Finding{
				Kind: findingSource, TenantID: tenantID, CallID: ref.ID, Date: dateOf(ref.Start), start: ref.Start,
				Detail: "Graph lists a version that the lake doesn't have: run etl sync",
			})
		}
		return nil
	})
}
