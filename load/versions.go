package load

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"time"

	"github.com/parquet-go/parquet-go"
)

// Version is what the lake has of a call. Times are in UTC, and zero where the
// record has none.
type Version struct {
	TenantID, CallID string
	Version          int64
	Start, End       time.Time
	LastModified     time.Time // when Graph wrote this version
	FetchedAt        time.Time // when it was fetched from Graph
}

// Versions yields the calls of a date, YYYY-MM-DD or schemas.NoStartDate, in
// the order of their starts. Only the columns that a Version is made of are
// read, and memory does not grow with the number of calls. An error is the
// last that is yielded; it wraps ErrStorage, ErrNewerFormat or the cause of
// ctx.
func (l *Lake) Versions(ctx context.Context, date string) iter.Seq2[Version, error] {
	return func(yield func(Version, error) bool) {
		err := l.versions(ctx, date, yield)
		if err == nil || errors.Is(err, errEnough) {
			return
		}
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		yield(Version{}, fmt.Errorf("looking up the calls of %s: %w", date, err))
	}
}

// errEnough says that the consumer wants no more.
var errEnough = errors.New("enough")

// versionColumns are what a Version is made of: the columns that lead every
// row, and three times.
var versionColumns = []string{tenantColumn, callIDColumn, versionColumn, startColumn, "end_date_time", "last_modified_date_time", "fetched_at"}

func (l *Lake) versions(ctx context.Context, date string, yield func(Version, error) bool) (err error) {
	calls := l.tables[len(l.tables)-1]
	e, err := openExisting(ctx, l.store, calls, date)
	if err != nil || e == nil {
		return err
	}
	defer func() { err = errors.Join(err, e.close()) }()
	r := &versionReader{file: e.file, columns: e.columnsNamed(calls, versionColumns)}
	defer r.close()
	for {
		v, more, err := r.next()
		name := l.store.describe(objectKey(calls.name, date))
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			return fmt.Errorf("%w: reading %s: %w", ErrStorage, name, err)
		case !more:
			return nil
		case !yield(v, nil):
			return errEnough
		}
	}
}

// columnsNamed returns where the table's columns are in the file, -1 for one
// that it does not have yet.
func (e *existing) columnsNamed(t *table, names []string) []int {
	columns := make([]int, len(names))
	for i, name := range names {
		place := slices.IndexFunc(t.cells, func(c cell) bool { return c.name == name })
		columns[i] = e.columns.sources[place].column
	}
	return columns
}

// versionReader reads the versions in an object, row group by row group.
type versionReader struct {
	file    *parquet.File
	columns []int
	group   int             // the next one
	left    int64           // rows of the group being read
	readers []*columnReader // nil for a column that the file does not have
	closers []io.Closer
	row     []parquet.Value
}

// next returns the next row, or false at the end.
func (r *versionReader) next() (v Version, more bool, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("broken Parquet: panic: %v", p)
		}
	}()
	for r.left == 0 {
		groups := r.file.RowGroups()
		if r.group == len(groups) {
			return v, false, nil
		}
		r.open(groups[r.group])
		r.group++
	}
	r.left--
	for i, column := range r.readers {
		if column == nil {
			continue
		}
		if r.row[i], err = column.next(); err != nil {
			return v, false, fmt.Errorf("reading column %s: %w", versionColumns[i], err)
		}
	}
	if !leads(r.row) {
		return v, false, errors.New("broken Parquet: a row does not begin with the call's columns")
	}
	key, times := keyOf(r.row[tenantPlace], r.row[callIDPlace]), r.row[startPlace:]
	return Version{
		TenantID: key.tenant, CallID: key.call, Version: r.row[versionPlace].Int64(),
		Start: timeOf(times[0]), End: timeOf(times[1]), LastModified: timeOf(times[2]), FetchedAt: timeOf(times[3]),
	}, true, nil
}

// open goes on to a row group.
func (r *versionReader) open(group parquet.RowGroup) {
	r.close()
	r.left = group.NumRows()
	r.row = make([]parquet.Value, len(r.columns))
	r.readers = make([]*columnReader, len(r.columns))
	for i, column := range r.columns {
		if column >= 0 {
			values := parquet.NewColumnChunkValueReader(group.ColumnChunks()[column])
			r.readers[i], r.closers = &columnReader{values: values}, append(r.closers, values)
		}
	}
}

func (r *versionReader) close() {
	for _, c := range r.closers {
		c.Close()
	}
	r.closers = nil
}

// timeOf is the time in a column of microseconds since 1970. One of another
// type, which only a broken file has, is none.
func timeOf(v parquet.Value) time.Time {
	if v.Kind() != parquet.Int64 {
		return time.Time{}
	}
	return time.UnixMicro(v.Int64()).UTC()
}
