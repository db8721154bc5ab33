package jobs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"etl/extract"
	"etl/load"
	"etl/schemas"
	"etl/transform"
)

// Reasons of calls that nothing but the run's end kept from being loaded.
const (
	reasonDeadline    extract.Reason = "run_deadline" // the run's deadline passed first
	reasonInterrupted extract.Reason = "interrupted"  // a signal stopped the run
	reasonStopped     extract.Reason = "stopped"      // an error stopped the run
	reasonStorage     extract.Reason = "storage"      // it was fetched, but the lake could not be written
	reasonBadRecord   extract.Reason = "bad_record"   // its record can't be flattened
)

// collector gathers what a pull brings, commits it in batches, and keeps the
// accounts. One batch is committed while the next is gathered.
type collector struct {
	run      Run
	graph    Graph
	tenantID string
	report   *Report
	waiting  *waiting
	batches  chan *gathering
	done     chan struct{}

	flattener transform.Flattener

	current *gathering // this and what follows are touched by take only
	commits int
	taken   int64

	mu      sync.Mutex // guards the report and what follows
	expired []fetched  // calls that Graph has forgotten; the lake may have them
	failure error      // of a commit
}

// Kinds of anomalies that show when a call comes to the lake.
const (
	anomalyOlderVersion = "older_version" // Graph sent a lower version than the lake has
	anomalySameVersion  = "same_version"  // Graph sent the version that the lake has, with other content
)

// batchAge is how long calls may wait for their commit: what a run that is
// killed has fetched for nothing.
const batchAge = 5 * time.Minute

// gathering is a batch with what the report will say of its calls.
type gathering struct {
	load.Batch
	name  string // of its commit
	began time.Time
	calls []fetched
}

// fetched is a call that Graph has answered for.
type fetched struct {
	ref      extract.Ref
	attempts int
	notes    *transform.Notes // of the rows that were made of it last
	odd      map[string]int   // anomalies met while fetching
}

func newCollector(run Run, graph Graph, tenantID string, report *Report, w *waiting) *collector {
	return &collector{
		run: run, graph: graph, tenantID: tenantID, report: report, waiting: w,
		batches: make(chan *gathering), done: make(chan struct{}),
		current: &gathering{name: commitName(report.Run, 1), began: time.Now()}, commits: 1,
	}
}

// commitName names the commits of a run in the order of their names.
func commitName(run string, n int) string {
	if n == 1 {
		return run
	}
	return fmt.Sprintf("%s-%04d", run, n)
}

// begin makes the collector commit batches until end.
func (c *collector) begin(ctx context.Context) {
	go func() {
		defer close(c.done)
		for batch := range c.batches {
			c.commit(ctx, batch)
		}
	}()
}

// take accounts for a result of the pull. Its error, which stops the pull, is
// that of a commit.
func (c *collector) take(result extract.Result) error {
	if schemas.IsLog(result.Ref.Source) {
		c.run.logbook.of(result.Ref.Source).IDs++
	}
	if result.Call == nil {
		c.giveUp(result)
	} else {
		c.gather(result)
		if c.current.Bytes() >= c.run.batchBytes() || time.Since(c.current.began) >= batchAge {
			c.batches <- c.current
			c.commits++
			c.current = &gathering{name: commitName(c.report.Run, c.commits), began: time.Now()}
		}
	}
	c.taken++
	if c.run.Progress != nil {
		c.run.Progress(Progress{Done: c.taken, Waited: c.graph.Stats().Waited / time.Duration(c.run.Pull.Workers())})
	}
	return c.failed()
}

// gather adds a call to the batch.
func (c *collector) gather(result extract.Result) {
	call := result.Call
	defer call.Release()
	key, err := transform.Key(call.Key, c.tenantID)
	if err != nil {
		c.name(result.Ref, Pending, reasonBadRecord, result.Attempts, err)
		return
	}
	f := fetched{ref: extract.Ref{ID: result.Ref.ID, Start: call.Start, End: call.End, Source: result.Ref.Source}, attempts: result.Attempts, notes: new(transform.Notes), odd: call.Anomalies}
	c.current.calls = append(c.current.calls, f)
	change := load.Change{TenantID: key.TenantID, CallID: key.CallID, Version: key.CallVersion, Start: key.CallStartDateTime, FetchedAt: call.FetchedAt.UnixMicro()}
	origin := transform.Origin{TenantID: c.tenantID, FetchedAt: change.FetchedAt}
	c.current.Add(change, call.Record, func(record string) (rows *schemas.Rows, err error) {
		rows, *f.notes, err = c.flattener.Flatten(record, origin)
		return rows, err
	})
}

// micros returns a time as the lake has it; nil for none.
func micros(t time.Time) *int64 {
	if t.IsZero() {
		return nil
	}
	n := t.UnixMicro()
	return &n
}

// giveUp accounts for a call that could not be fetched.
func (c *collector) giveUp(result extract.Result) {
	var failure *extract.Failure
	outcome, reason := Pending, reasonStopped
	switch {
	case errors.As(result.Err, &failure):
		reason = failure.Reason
		if reason == extract.ReasonBadID {
			outcome = Failed
		}
	case errors.Is(result.Err, ErrInterrupted):
		reason = reasonInterrupted
	case errors.Is(result.Err, errDeadline):
		reason = reasonDeadline
	}
	if reason == extract.ReasonNotFound && c.waiting.tooLate(result.Ref.ID, c.graph.Now()) {
		reason = extract.ReasonExpired
	}
	if schemas.IsLog(result.Ref.Source) && unknownToGraph(reason) {
		c.forget(result.Ref)
		return
	}
	if reason == extract.ReasonExpired {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.expired = append(c.expired, fetched{ref: result.Ref, attempts: result.Attempts})
		return
	}
	c.name(result.Ref, outcome, reason, result.Attempts, result.Err)
}

// unknownToGraph reports whether Graph's answer says that it has no record of a
// call by an id, or that the id is none.
func unknownToGraph(reason extract.Reason) bool {
	switch reason {
	case extract.ReasonNotFound, extract.ReasonNotYet, extract.ReasonExpired, "http_400":
		return true
	}
	return false
}

// forget lets go of an id that only a log has: its rows need not be of a call
// of which there is a record. It is none of the calls that the run accounts for.
func (c *collector) forget(ref extract.Ref) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waiting.settle(ref.ID)
	c.run.logbook.of(ref.Source).UnknownIDs++
}

// odd counts an anomaly.
func (c *collector) odd(kind string, n int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.report.Anomalies[kind] += n
}

// noted adds what was odd about rows that are in the lake now.
func (c *collector) noted(notes *transform.Notes) {
	c.mu.Lock()
	defer c.mu.Unlock()
	add(c.report.UnknownProperties, notes.Unknown)
	add(c.report.Anomalies, notes.Anomalies)
}

// received accounts for what a commit of a log has written.
func (c *collector) received(ctx context.Context, receipt load.Receipt) {
	if receipt.Objects == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.report.received(receipt)
	c.keepSoFar(ctx)
}

// name reports a call that is not loaded.
func (c *collector) name(ref extract.Ref, outcome Outcome, reason extract.Reason, attempts int, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.report.name(ref, outcome, reason, attempts)
	if outcome == Pending {
		c.waiting.wait(ref, reason, attempts, err, c.graph.Now())
	} else {
		c.waiting.settle(ref.ID)
	}
	if failure := (*extract.Failure)(nil); !errors.As(err, &failure) && reason != reasonBadRecord {
		return // the run says once why it stopped
	}
	c.run.Log.Warn("call not loaded", "call", printable(ref.ID, maxID), "outcome", outcome, "reason", reason, "error", err)
}

// failed returns why committing has failed, if it has: the lake is not tried
// again in this run.
func (c *collector) failed() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.failure
}

// commit puts a batch into the lake and accounts for its calls.
func (c *collector) commit(ctx context.Context, batch *gathering) {
	began := time.Now()
	receipt, err := load.Receipt{Results: make([]load.Result, len(batch.calls))}, c.failed()
	if err == nil {
		receipt, err = c.run.Lake.Commit(ctx, batch.name, batch.Changes())
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.failure = err
	for i, call := range batch.calls {
		add(c.report.Anomalies, call.odd)
		result := receipt.Results[i]
		if result.Differs {
			c.report.Anomalies[anomalySameVersion]++
		}
		switch result.Outcome {
		case load.Loaded:
			c.report.count(Loaded)
			c.waiting.settle(call.ref.ID)
			add(c.report.UnknownProperties, call.notes.Unknown)
			add(c.report.Anomalies, call.notes.Anomalies)
		case load.Unchanged, load.Duplicate:
			c.report.count(Unchanged)
			c.waiting.settle(call.ref.ID)
		case load.Older:
			c.report.count(Unchanged)
			c.waiting.settle(call.ref.ID)
			c.report.Anomalies[anomalyOlderVersion]++
		default:
			reason := reasonBadRecord
			if err != nil {
				reason = reasonStorage
			}
			c.report.name(call.ref, Pending, reason, call.attempts)
			c.waiting.wait(call.ref, reason, call.attempts, cmp.Or(result.Err, err), c.graph.Now())
		}
	}
	c.report.received(receipt)
	if err == nil {
		c.failure = c.archiveLeftOut(ctx, batch, receipt)
		c.keepSoFar(ctx)
	}
	c.run.Log.Info("batch committed", "calls", len(batch.calls), "objects", receipt.Objects, "bytes", receipt.Bytes, "dur", time.Since(began).Round(time.Millisecond).String())
}

// keepSoFar writes the report as it is, for the case that the run is killed.
func (c *collector) keepSoFar(ctx context.Context) {
	soFar := *c.report
	soFar.finish(time.Now(), errNotEnded)
	if err := c.run.Lake.WriteRun(ctx, soFar.Run, soFar.JSON()); err != nil {
		c.run.Log.Warn("run report not kept yet", "error", err)
	}
}

// errNotEnded is in the reports of runs that were killed.
var errNotEnded = errors.New("the run goes on, or was killed")

// settleExpired tells the calls that are lost from those that Graph has
// forgotten but the lake has.
func (c *collector) settleExpired(ctx context.Context) error {
	if len(c.expired) == 0 {
		return nil
	}
	asked := make([]load.Change, len(c.expired))
	for i, call := range c.expired {
		asked[i] = load.Change{TenantID: c.tenantID, CallID: call.ref.ID, Start: micros(call.ref.Start)}
	}
	held, err := c.run.Lake.Holds(ctx, asked)
	for i, call := range c.expired {
		switch {
		case err != nil:
			c.report.name(call.ref, Pending, reasonStorage, call.attempts)
			c.waiting.wait(call.ref, reasonStorage, call.attempts, err, c.graph.Now())
		case held[i]:
			c.report.count(Unchanged)
			c.waiting.settle(call.ref.ID)
		default:
			c.report.name(call.ref, Lost, extract.ReasonExpired, call.attempts)
			c.waiting.lose(call.ref, c.graph.Now())
		}
	}
	return err
}

// end commits what is left and returns the error of the commits, if any.
func (c *collector) end() error {
	if len(c.current.calls) > 0 {
		c.batches <- c.current
	}
	close(c.batches)
	<-c.done
	return c.failed()
}
