package jobs

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/maphash"
	"strings"
	"time"

	"etl/load"
	"etl/schemas"
	"etl/transform"
)

// logBatch is rows on their way into the lake.
type logBatch struct {
	load.Batch
	reader *logReader
	at     time.Time
	notes  []*transform.Notes
	bad    []badRow
}

// badRow is a row that the table can't have, for the archive.
type badRow struct {
	BadLogRow
	load.Change
}

// metRow is a row that a slice has had already.
type metRow struct {
	hash  uint64 // of its text
	times int64  // with other texts
}

func (r *logReader) newBatch(at time.Time) *logBatch { return &logBatch{reader: r, at: at} }

// add adds a row as Graph sent it.
func (b *logBatch) add(row string, met map[string]metRow) {
	r := b.reader
	fetchedAt := b.at.UnixMicro()
	id, start, err := transform.LogKey(row)
	if err != nil {
		b.reject(row, start, err)
		return
	}
	hash := maphash.String(r.seed, row)
	before, again := met[id]
	switch {
	case again && before.hash == hash:
		return // pages overlap
	case again:
		// Of two contents that which came later counts, as if fetched later.
		before.times++
		fetchedAt += before.times
	}
	met[id] = metRow{hash, before.times}
	if again {
		r.collector.odd(anomalyLogTwice, 1)
	}
	if start == nil {
		r.name(BadLogRow{ID: printable(id, maxID), Date: schemas.NoStartDate, Reason: badLogNoStart})
	}
	notes := new(transform.Notes)
	b.notes = append(b.notes, notes)
	origin := transform.Origin{TenantID: r.collector.tenantID, FetchedAt: fetchedAt}
	change := load.Change{TenantID: origin.TenantID, CallID: id, Version: fetchedAt, Start: start, FetchedAt: fetchedAt}
	b.Add(change, []byte(row), func(record string) (rows *schemas.Rows, err error) {
		rows, *notes, err = r.flatten(record, origin)
		return rows, err
	})
}

// reject notes a row that nothing can key. In the archive it has a place by its
// content.
func (b *logBatch) reject(row string, start *int64, err error) {
	r := b.reader
	reason := BadLogRow{Date: schemas.CallDate(start), Reason: badLogRecord}
	if errors.Is(err, transform.ErrNoID) {
		reason.Reason = badLogNoID
	}
	sum := sha256.Sum256([]byte(row))
	text := strings.Clone(row)
	b.bad = append(b.bad, badRow{reason, load.Change{
		TenantID: r.collector.tenantID, CallID: hex.EncodeToString(sum[:]), Start: start, FetchedAt: b.at.UnixMicro(), Bytes: int64(len(text)),
		Rows:   func() (*schemas.Rows, error) { return nil, err },
		Record: func(to []byte) ([]byte, error) { return append(to, text...), nil },
	}})
}

// name names a bad row in the report.
func (r *logReader) name(row BadLogRow) {
	if len(r.report.BadRows) < mostBadRows {
		r.report.BadRows = append(r.report.BadRows, row)
	}
	switch row.Reason {
	case badLogNoID:
		r.collector.odd(anomalyLogNoID, 1)
	case badLogRecord:
		r.collector.odd(anomalyLogBadRecord, 1)
	}
}

// commit puts rows into the lake, and accounts for them.
func (r *logReader) commit(ctx context.Context, batch *logBatch) error {
	changes := batch.Changes()
	if len(changes) == 0 && len(batch.bad) == 0 {
		return nil
	}
	began := time.Now()
	r.commits++
	name := fmt.Sprintf("%s-%s-%04d", r.collector.report.Run, r.table, r.commits)
	receipt, err := load.Receipt{}, error(nil)
	if len(changes) > 0 {
		receipt, err = r.lake.CommitLog(ctx, r.table, name, changes)
	}
	bad := batch.bad
	for i, result := range receipt.Results {
		switch {
		case result.Outcome == load.Loaded:
			r.report.Loaded++
			r.collector.noted(batch.notes[i])
		case result.Outcome == load.Failed && err == nil:
			bad = append(bad, badRow{BadLogRow{printable(result.CallID, maxID), schemas.CallDate(changes[i].Start), badLogRecord}, changes[i]})
		case result.Outcome == load.Older:
			bad = append(bad, badRow{Change: changes[i]}) // not bad, but in no table
		}
		r.newest = max(r.newest, result.Version)
		if result.Version > r.askedUntil() {
			r.due[schemas.CallDate(changes[i].Start)] = true
		}
	}
	r.collector.received(ctx, receipt)
	if err != nil {
		return err
	}
	if err := r.archive(ctx, name+"-rest", bad); err != nil {
		return err
	}
	r.warn.Info("rows of a log committed", "table", r.table, "rows", len(changes), "objects", receipt.Objects, "bytes", receipt.Bytes, "dur", time.Since(began).Round(time.Millisecond).String())
	return nil
}

// archive keeps rows that the table doesn't have, if the archive lacks them.
func (r *logReader) archive(ctx context.Context, name string, bad []badRow) error {
	byDate := map[string][]load.Change{}
	for _, row := range bad {
		if row.Reason != "" {
			r.name(row.BadLogRow)
		}
		date := schemas.CallDate(row.Start)
		byDate[date] = append(byDate[date], row.Change)
	}
	var absent []load.Change
	for date, rows := range byDate {
		lacking, err := notInLogArchive(ctx, r.lake, r.table, date, rows)
		if err != nil {
			return err
		}
		absent = append(absent, lacking...)
	}
	receipt, err := r.lake.ArchiveLog(ctx, r.table, name, absent)
	r.collector.received(ctx, receipt)
	return err
}
