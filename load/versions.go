package load

import (
	"context"
	"errors"
	"fmt"
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
	calls := l.tables[len(l.tables)-1]
	return rowsAs(ctx, l.store, calls, date, versionTimes, "the calls", versionIn)
}

// versionTimes are the columns of a Version beside those that lead every row.
var versionTimes = []string{"end_date_time", "last_modified_date_time", "fetched_at"}

// rowsAs yields what is made of each row that a table has of a date: of the
// columns that lead every row, and the others given after them. An error tells
// what was looked up.
func rowsAs[T any](ctx context.Context, s store, t *table, date string, columns []string, what string, of func(row []parquet.Value) T) iter.Seq2[T, error] {
	read := func(yield func(T, error) bool) (err error) {
		e, err := openExisting(ctx, s, t, date)
		if err != nil || e == nil {
			return err
		}
		enough := false
		defer func() {
			if err = errors.Join(err, e.close()); enough {
				err = nil // nobody asks any more
			}
		}()
		places := slices.Clone(leadingPlaces)
		for _, name := range columns {
			place, _ := t.place(name)
			places = append(places, place)
		}
		rows := e.columnRows(places)
		defer rows.close()
		for {
			row, err := rows.next()
			switch {
			case ctx.Err() != nil:
				return ctx.Err()
			case err != nil:
				return fmt.Errorf("%w: reading %s: %w", ErrStorage, s.describe(objectKey(t.name, date)), err)
			case row == nil:
				return nil
			}
			if enough = !yield(of(row), nil); enough {
				return nil
			}
		}
	}
	return func(yield func(T, error) bool) {
		err := read(yield)
		if err == nil {
			return
		}
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		var none T
		yield(none, fmt.Errorf("looking up %s of %s: %w", what, date, err))
	}
}

// versionIn reads the values of the leading columns and versionTimes.
func versionIn(row []parquet.Value) Version {
	key, times := keyOf(row[tenantPlace], row[callIDPlace]), row[startPlace:]
	return Version{
		TenantID: key.tenant, CallID: key.call, Version: row[versionPlace].Int64(),
		Start: timeOf(times[0]), End: timeOf(times[1]), LastModified: timeOf(times[2]), FetchedAt: timeOf(times[3]),
	}
}

// timeOf is the time in a column of microseconds since 1970. One of another
// type, which only a broken file has, is none.
func timeOf(v parquet.Value) time.Time {
	if v.Kind() != parquet.Int64 {
		return time.Time{}
	}
	return time.UnixMicro(v.Int64()).UTC()
}
