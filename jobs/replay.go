package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// Replay rebuilds tables from the raw archive, without Graph: after an etl that
// flattens better, or into another lake. Calls that the archive doesn't have
// stay as they are.
type Replay struct {
	From archives // the lake whose archives are read
	Into lake     // the lake whose tables are rebuilt; often the same
	// InPlace says that both are the same.
	InPlace bool
	// Since and Until are the first and the last date, as YYYY-MM-DD; "" for
	// no bound.
	Since, Until string
	Log          *slog.Logger
	Progress     func(done int64) // told after every batch; may be nil
	// BatchBytes is how many bytes of packed calls are gathered before they
	// are committed; 64 MiB by default.
	BatchBytes int64
}

// Do runs the job. There is a report also when there is an error.
func (r Replay) Do(ctx context.Context) (report *Report, err error) {
	report = newReport("replay", time.Now())
	unlock, err := r.Into.Lock(ctx)
	if err != nil {
		report.finish(time.Now(), err)
		return report, err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	err = r.rebuild(ctx, report)
	report.finish(time.Now(), err)
	return report, errors.Join(err, keepReport(ctx, r.Into, report))
}

func (r Replay) rebuild(ctx context.Context, report *Report) error {
	objects := map[string][]string{}
	if err := keysByDate(objects, r.From.RawObjects(ctx, r.Since, r.Until)); err != nil {
		return err
	}
	logs := map[string]map[string][]string{} // by table, then by date
	for _, l := range callLogs() {
		dates := map[string][]string{}
		if err := keysByDate(dates, r.From.LogObjects(ctx, l.table, r.Since, r.Until)); err != nil {
			return err
		}
		if len(dates) > 0 {
			logs[l.table] = dates
		}
	}
	if len(objects)+len(logs) == 0 {
		return fmt.Errorf("%w: the raw archive has no calls of these dates", ErrUsage)
	}
	b := rebuilder{
		from: r.From, into: r.Into, inPlace: r.InPlace, run: report.Run, batchBytes: r.BatchBytes,
		report: report, log: r.Log, progress: r.Progress,
	}
	if b.batchBytes == 0 {
		b.batchBytes = 64 << 20
	}
	err := b.dates(ctx, objects, nil)
	for _, l := range callLogs() {
		if ctx.Err() == nil {
			err = errors.Join(err, b.logDates(ctx, l, logs[l.table]))
		}
	}
	return err
}
