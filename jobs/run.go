package jobs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"time"

	"etl/extract"
	"etl/load"
)

// Graph is where calls come from; *extract.Client is it.
type Graph interface {
	Fetch(ctx context.Context, ref extract.Ref) (*extract.Call, error)
	List(ctx context.Context, from, until time.Time) iter.Seq2[extract.Listed, error]
	ListLog(ctx context.Context, log extract.Log, from, until time.Time) iter.Seq2[string, error]
	Now() time.Time
	Stats() extract.Stats
}

// lake is where calls go; *load.Lake is it.
type lake interface {
	states
	versions
	Lock(ctx context.Context) (unlock func() error, err error)
	Holds(ctx context.Context, calls []load.Change) ([]bool, error)
	Commit(ctx context.Context, name string, changes []load.Change) (load.Receipt, error)
	Archive(ctx context.Context, name string, changes []load.Change) (load.Receipt, error)
	rebuilt
	logLake
	WriteRun(ctx context.Context, name string, report []byte) error
}

// Run loads the call records of given ids.
type Run struct {
	// Connect signs in, and returns the tenant's GUID with the Graph it is in.
	Connect  func(ctx context.Context) (graph Graph, tenantID string, err error)
	Lake     lake
	IDs      iter.Seq2[extract.Ref, error]
	Inbox    inboxFiles // holds more ids; nil: none
	Sync     *Sync      // finds more calls by listing; nil: none
	Logs     *Logs      // keeps the logs of calls over the telephone network, too; nil: not
	Pull     extract.Pull
	Deadline time.Duration // of the whole run; 0: none
	Command  string        // as the report names it
	Log      *slog.Logger
	Progress func(Progress) // told after every call; may be nil
	// BatchBytes is how many bytes of packed calls are gathered before they
	// are committed; 36 MiB by default, which is some 4,000 to 20,000 calls.
	BatchBytes int64

	mailroom  *mailroom  // of Inbox, while the run goes
	discovery *discovery // of Sync, likewise
	logbook   *logbook   // of Logs, likewise
	archive   bool       // calls that are in the lake are archived where they aren't yet
}

func (r Run) batchBytes() int64 { return cmp.Or(r.BatchBytes, 36<<20) }

// Progress is how far a run has come.
type Progress struct {
	Done   int64         // calls that were fetched or given up
	Waited time.Duration // for Graph's limits, by the average worker
}

// errDeadline is the cause of a context that the run's deadline has ended.
var errDeadline = errors.New("the run's deadline has passed")

// commitGrace is how long an interrupted run may take to commit what it has
// fetched.
const commitGrace = 20 * time.Second

// Do runs the job. There is a report also when there is an error; its exit
// code says how the run ended.
func (r Run) Do(ctx context.Context) (report *Report, err error) {
	report = newReport(r.Command, time.Now())
	unlock, err := r.Lake.Lock(ctx)
	if err != nil {
		report.finish(time.Now(), err)
		return report, err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	finished, err := r.afterLock(ctx, report)
	report.finish(finished, err)
	return report, errors.Join(err, keepReport(ctx, r.Lake, report))
}

// afterLock completes what dead runs have begun, loads the calls that earlier
// runs have left pending, those nearest to being forgotten first, then those
// that were asked for, and brings the records of pending and lost calls up to
// date.
func (r Run) afterLock(ctx context.Context, report *Report) (finished time.Time, err error) {
	pending, err := ReadPending(ctx, r.Lake)
	if err != nil {
		return time.Now(), err
	}
	if r.Inbox != nil {
		r.mailroom = newMailroom(r.Inbox, r.Log)
	}
	if r.Sync != nil {
		coverage, err := ReadCoverage(ctx, r.Lake)
		if err != nil {
			return time.Now(), err
		}
		r.discovery = newDiscovery(&r, coverage)
	}
	if r.Logs != nil {
		if r.logbook, err = newLogbook(ctx, &r); err != nil {
			return time.Now(), err
		}
	}
	w := newWaiting(pending)
	unfinished := r.finishCommits(ctx, report, w)
	r.IDs = both(ByDeadline(w.before), r.IDs)
	finished, err = r.load(ctx, report, w)
	err = errors.Join(err, unfinished)
	ctx, release := graceful(ctx)
	defer release()
	if keepErr := w.keep(ctx, r.Lake); keepErr != nil {
		return finished, errors.Join(err, fmt.Errorf("keeping the pending calls: %w", keepErr))
	}
	if r.mailroom != nil {
		err = errors.Join(err, r.mailroom.settle(ctx, report))
	}
	if r.logbook != nil {
		err = errors.Join(err, r.logbook.settle(ctx, report, finished, err))
	}
	if r.discovery != nil {
		err = errors.Join(err, r.discovery.settle(ctx, report, finished, err))
	}
	return finished, err
}

// both yields the first calls and then the rest.
func both(first []extract.Ref, rest iter.Seq2[extract.Ref, error]) iter.Seq2[extract.Ref, error] {
	return func(yield func(extract.Ref, error) bool) {
		for _, ref := range first {
			if !yield(ref, nil) {
				return
			}
		}
		if rest != nil {
			rest(yield)
		}
	}
}

// then yields the first calls and then the rest, unless the first end in an
// error.
func then(first, rest iter.Seq2[extract.Ref, error]) iter.Seq2[extract.Ref, error] {
	return func(yield func(extract.Ref, error) bool) {
		for ref, err := range first {
			if !yield(ref, err) || err != nil {
				return
			}
		}
		rest(yield)
	}
}

// load fetches the calls and puts them into the lake. It returns the time, by
// Graph's clock if that was reached.
func (r Run) load(ctx context.Context, report *Report, w *waiting) (time.Time, error) {
	pulling, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	if r.Deadline > 0 {
		defer time.AfterFunc(r.Deadline, func() { stop(errDeadline) }).Stop()
	}
	graph, tenantID, err := r.Connect(pulling)
	if err != nil {
		stop(err) // the pull accounts for the ids
		graph = unreached{}
	}
	ids := r.IDs
	if err == nil && r.mailroom != nil {
		ids = then(ids, r.mailroom.refs(pulling))
	}
	if err == nil && r.discovery != nil {
		ids = then(ids, r.discovery.refs(pulling, graph, tenantID))
	}
	logged := err == nil && r.logbook != nil
	if logged {
		ids = then(ids, r.logbook.refs(pulling, tenantID))
	}
	c := newCollector(r, graph, tenantID, report, w)
	committing, release := graceful(ctx)
	defer release()
	c.begin(committing)
	if logged {
		r.logbook.begin(pulling, committing, graph, c)
	}
	err = r.Pull.Run(pulling, graph, ids, c.take)
	if errors.Is(err, errDeadline) {
		err = nil // what wasn't done by then is pending
	}
	if logged {
		stop(err)
		<-r.logbook.stopped // their requests and rows count, too
	}
	if failure := c.end(); !errors.Is(err, failure) {
		err = errors.Join(err, failure)
	}
	err = errors.Join(err, c.settleExpired(committing))
	report.asked(graph.Stats())
	return graph.Now(), err
}

// unreached stands for a Graph that could not be connected to.
type unreached struct{}

func (unreached) Fetch(ctx context.Context, _ extract.Ref) (*extract.Call, error) {
	return nil, context.Cause(ctx)
}
func (unreached) List(ctx context.Context, _, _ time.Time) iter.Seq2[extract.Listed, error] {
	return func(yield func(extract.Listed, error) bool) { yield(extract.Listed{}, context.Cause(ctx)) }
}
func (unreached) ListLog(ctx context.Context, _ extract.Log, _, _ time.Time) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) { yield("", context.Cause(ctx)) }
}
func (unreached) Now() time.Time       { return time.Now() }
func (unreached) Stats() extract.Stats { return extract.Stats{} }

// keepReport writes the report into the lake.
func keepReport(ctx context.Context, lake lake, report *Report) error {
	ctx, release := graceful(ctx)
	defer release()
	if err := lake.WriteRun(ctx, report.Run, report.JSON()); err != nil {
		if report.ExitCode < ExitSignIn {
			report.ExitCode = ExitCode(err)
		}
		return fmt.Errorf("keeping the run report: %w", err)
	}
	return nil
}

// graceful returns a context that outlives ctx by commitGrace.
func graceful(ctx context.Context) (context.Context, context.CancelFunc) {
	outliving, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		time.AfterFunc(commitGrace, func() { cancel(context.Cause(ctx)) })
	})
	return outliving, func() { stop(); cancel(nil) }
}
