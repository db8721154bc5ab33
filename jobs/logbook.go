package jobs

import (
	"context"
	"errors"
	"hash/maphash"
	"iter"
	"time"

	"golang.org/x/sync/errgroup"

	"etl/extract"
	"etl/load"
)

// logLake is where the rows of logs go; *load.Lake is it.
type logLake interface {
	states
	CommitLog(ctx context.Context, table, name string, rows []load.Change) (load.Receipt, error)
	ArchiveLog(ctx context.Context, table, name string, rows []load.Change) (load.Receipt, error)
	LogCalls(ctx context.Context, table, column, date string) iter.Seq2[load.LogCall, error]
	logArchive
}

// logbook keeps the logs of a run. They are listed beside the calls, and have
// budgets of their own at Graph; what goes wrong with one of them keeps neither
// the other nor a call from being loaded.
type logbook struct {
	readers []*logReader
	stopped chan struct{} // closed when nothing is listed any more
	failure error         // of the lake or of all of Graph; once stopped
}

// newLogbook reads how far the logs were listed.
func newLogbook(ctx context.Context, r *Run) (*logbook, error) {
	b := &logbook{stopped: make(chan struct{})}
	for _, l := range callLogs() {
		c, err := ReadLogCoverage(ctx, r.Lake, l.table)
		if err != nil {
			return nil, err
		}
		reader := &logReader{
			callLog: l, logs: r.Logs, lake: r.Lake, warn: r.Log, coverage: c,
			report: &LogReport{BadRows: []BadLogRow{}, Uncovered: []Gap{}, Lost: []Span{}},
			due:    map[string]bool{}, seed: maphash.MakeSeed(), width: firstLogSlice,
		}
		for _, date := range c.Unasked {
			reader.due[date] = true
		}
		b.readers = append(b.readers, reader)
	}
	return b, nil
}

// ReadLogCoverage returns what has been listed of the log of a table.
func ReadLogCoverage(ctx context.Context, lake states, table string) (LogCoverage, error) {
	c, _, err := readRecord[LogCoverage](ctx, lake, table)
	return c, err
}

// begin lists the logs, while calls are being fetched. Rows go to the lake also
// when listing is interrupted.
func (b *logbook) begin(listing, committing context.Context, graph Graph, c *collector) {
	var group errgroup.Group
	for _, r := range b.readers {
		r.graph, r.collector = graph, c
		group.Go(func() error { return r.read(listing, committing) })
	}
	go func() {
		defer close(b.stopped)
		b.failure = group.Wait()
	}()
}

// refs yields the call records whose ids are in new rows of the logs, and which
// the lake lacks, once the logs are listed.
func (b *logbook) refs(ctx context.Context, tenantID string) iter.Seq2[extract.Ref, error] {
	return func(yield func(extract.Ref, error) bool) {
		<-b.stopped
		for _, r := range b.readers {
			if !r.refs(ctx, tenantID, yield) {
				return
			}
		}
	}
}

// of returns what a run reports of the log that an id is from; of one that it
// does not keep, something that is not reported.
func (b *logbook) of(table string) *LogReport {
	if b != nil {
		for _, r := range b.readers {
			if r.table == table {
				return r.report
			}
		}
	}
	return new(LogReport)
}

// settle accounts for the logs at the end of a run, when every call that was
// handed over is in the lake, pending, or unknown to Graph. failure is why the
// run as a whole has failed, if it has.
func (b *logbook) settle(ctx context.Context, report *Report, now time.Time, failure error) error {
	if report.Logs == nil {
		report.Logs = map[string]*LogReport{}
	}
	var all []error
	if b.readers[0].graph != nil {
		<-b.stopped
		if b.failure != nil && !errors.Is(failure, errors.Unwrap(b.failure)) {
			all = append(all, b.failure)
		}
	}
	for _, r := range b.readers {
		report.Logs[r.table] = r.report
		all = append(all, r.settle(ctx, now))
	}
	return errors.Join(all...)
}
