package jobs

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"iter"

	"etl/extract"
	"etl/load"
	"etl/schemas"
	"etl/transform"
)

// logArchive keeps the rows of logs as Graph sent them; *load.Lake is it.
type logArchive interface {
	LogObjects(ctx context.Context, table, from, until string) iter.Seq2[load.RawObject, error]
	OpenRaw(ctx context.Context, key string) (*load.RawFile, error)
}

// logEntry is a row in the archive of a log.
type logEntry struct {
	extract.Archived
	object string
	id     string // "" where the row has none
	start  *int64
}

// logEntries yields the rows in objects of the archive of a log.
func logEntries(ctx context.Context, a logArchive, objects []string) iter.Seq2[logEntry, error] {
	return func(yield func(logEntry, error) bool) {
		for _, object := range objects {
			more, err := readLogObject(ctx, a, object, yield)
			if err != nil {
				yield(logEntry{}, damaged(object, err))
				return
			}
			if !more {
				return
			}
		}
	}
}

func readLogObject(ctx context.Context, a logArchive, object string, yield func(logEntry, error) bool) (more bool, err error) {
	in, err := a.OpenRaw(ctx, object)
	if errors.Is(err, fs.ErrNotExist) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	defer in.Close()
	for archived, err := range extract.ReadLogArchive(in) {
		if err != nil {
			return false, err
		}
		id, start, err := transform.LogKey(archived.Record)
		if err != nil && !errors.Is(err, transform.ErrNoID) {
			return false, err
		}
		if err := context.Cause(ctx); err != nil {
			return false, err
		}
		if !yield(logEntry{archived, object, id, start}, nil) {
			return false, nil
		}
	}
	return true, nil
}

// newestLogRows returns when the content of each row of a date that counts was
// fetched, in microseconds since 1970.
func newestLogRows(ctx context.Context, a logArchive, objects []string) (map[callID]int64, error) {
	newest := map[callID]int64{}
	for e, err := range logEntries(ctx, a, objects) {
		if err != nil {
			return nil, err
		}
		if e.id != "" {
			key := callID{e.TenantID, e.id}
			newest[key] = max(newest[key], e.FetchedAt.UnixMicro())
		}
	}
	return newest, nil
}

// batches hands over the rows of a date's archive that count, in portions of so
// many packed bytes. inPlace says that it is the archive of the lake that the
// rows are for.
func (l callLog) batches(ctx context.Context, a logArchive, objects []string, inPlace bool, most int64, use func(rows []load.Change, notes []*transform.Notes) error) error {
	newest, err := newestLogRows(ctx, a, objects)
	if err != nil {
		return err
	}
	var batch load.Batch
	var notes []*transform.Notes
	flush := func() error {
		rows, of := batch.Changes(), notes
		batch, notes = load.Batch{}, nil
		if len(rows) == 0 {
			return nil
		}
		return use(rows, of)
	}
	for e, err := range logEntries(ctx, a, objects) {
		if err != nil {
			return err
		}
		fetchedAt := e.FetchedAt.UnixMicro()
		if e.id == "" || newest[callID{e.TenantID, e.id}] != fetchedAt {
			continue
		}
		n := new(transform.Notes)
		notes = append(notes, n)
		change := load.Change{TenantID: e.TenantID, CallID: e.id, Version: fetchedAt, FetchedAt: fetchedAt, Start: e.start}
		if inPlace {
			change.Archived = e.object
		}
		origin := transform.Origin{TenantID: e.TenantID, FetchedAt: fetchedAt}
		batch.Add(change, []byte(e.Record), func(record string) (rows *schemas.Rows, err error) {
			rows, *n, err = l.flatten(record, origin)
			return rows, err
		})
		if batch.Bytes() >= most {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}

// notInLogArchive returns the rows that the archive lacks of a date, byte for
// byte.
func notInLogArchive(ctx context.Context, a logArchive, table, date string, rows []load.Change) (absent []load.Change, err error) {
	objects := map[string][]string{}
	if err := keysByDate(objects, a.LogObjects(ctx, table, date, date)); err != nil {
		return nil, err
	}
	held := map[string]bool{}
	for e, err := range logEntries(ctx, a, objects[date]) {
		if damaged := (*damagedRaw)(nil); errors.As(err, &damaged) && ctx.Err() == nil {
			break // a row more does no harm
		}
		if err != nil {
			return nil, err
		}
		held[e.Record] = true
	}
	for _, row := range rows {
		record, err := row.Record(nil)
		if err != nil {
			return nil, err
		}
		if record = oneLine(record); !held[string(record)] {
			held[string(record)] = true
			absent = append(absent, row)
		}
	}
	return absent, nil
}

// oneLine is a record as the archive holds it.
func oneLine(record []byte) []byte {
	return bytes.TrimSpace(bytes.Map(func(r rune) rune {
		if r == '\n' || r == '\r' {
			return ' '
		}
		return r
	}, record))
}
