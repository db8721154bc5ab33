package load

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"iter"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"

	"etl/schemas"
)

// A log's table is one whose rows are calls of their own, so to say: with the
// id of the row for that of the call, the time of the fetch for the version,
// and no children. A content that is fetched again is no new version of it.

// newLogTables returns the tables of the logs, by name.
func newLogTables(codec compress.Codec) map[string]*table {
	return map[string]*table{
		schemas.PstnCalls: newLogTable(schemas.PstnCalls, codec, func(r *schemas.Rows) []schemas.PstnCall { return r.PstnCalls }),
		schemas.DirectRoutingCalls: newLogTable(schemas.DirectRoutingCalls, codec, func(r *schemas.Rows) []schemas.DirectRoutingCall {
			return r.DirectRoutingCalls
		}),
	}
}

func newLogTable[T any](name string, codec compress.Codec, rowsOf func(*schemas.Rows) []T) *table {
	t := newTable(name, codec, rowsOf)
	t.keyOf = func(row reflect.Value) rowKey {
		key := row.Field(0).Addr().Interface().(*schemas.LogKey)
		return rowKey{key.TenantID, key.ID, key.FetchedAt, key.StartDateTime}
	}
	return t
}

// archiveOfLog is where the rows of a log are kept as Graph sent them. It is
// not below raw/, whose objects readers take for call records.
func archiveOfLog(table string) archive { return archive{rawFolder + "_" + table, "row"} }

// CommitLog puts rows of a log into its table, as Commit does with calls. A row
// that the lake has with the same content is Unchanged, whenever it was
// fetched; of other contents that which was fetched later is kept. Rows that
// change the table are archived below raw_<table>/.
func (l *Lake) CommitLog(ctx context.Context, table, name string, rows []Change) (Receipt, error) {
	if l.noRaw {
		// There would be nothing to complete the commit from: what a dead run
		// has begun is whole when the log is listed again.
		rows = slices.Clone(rows)
		for i := range rows {
			rows[i].Record = nil
		}
	}
	return l.commitLog(ctx, table, &commit{name: name, noRaw: l.noRaw}, rows)
}

// RebuildLog is CommitLog with rows that are in the archive already: those that
// the lake has from the same fetch are replaced, too.
func (l *Lake) RebuildLog(ctx context.Context, table, name string, rows []Change) (Receipt, error) {
	return l.commitLog(ctx, table, &commit{name: name, noRaw: true, rebuild: true}, rows)
}

func (l *Lake) commitLog(ctx context.Context, name string, c *commit, rows []Change) (Receipt, error) {
	t := l.logs[name]
	if t == nil {
		return Receipt{}, fmt.Errorf("committing rows of a log: there is no log %q", name)
	}
	c.log, c.archive, c.tables = true, archiveOfLog(name), []*table{t}
	return l.commit(ctx, c, rows)
}

// ArchiveLog adds rows to the archive of a log that are not to be put into its
// table; see Archive.
func (l *Lake) ArchiveLog(ctx context.Context, table, name string, rows []Change) (Receipt, error) {
	return l.archiveOnly(ctx, archiveOfLog(table), name, rows)
}

// LogObjects lists the objects of the archive of a log, as RawObjects does with
// that of calls. Their lines are {"tenant_id", "fetched_at", "row"}.
func (l *Lake) LogObjects(ctx context.Context, table, from, until string) iter.Seq2[RawObject, error] {
	return l.rawObjects(ctx, archiveOfLog(table).folder, from, until)
}

// LogOfArchive returns the table whose rows an object of an archive holds; ""
// where it holds call records.
func LogOfArchive(key string) string {
	for _, t := range schemas.Tables() {
		if schemas.IsLog(t.Name) && strings.HasPrefix(key, archiveOfLog(t.Name).folder+"/") {
			return t.Name
		}
	}
	return ""
}

// InspectLog reads the keys of all rows that a log's table has of a date, and
// says what must not be: rows twice, out of order or on the wrong date, or an
// object that can't be read. The rows are the Calls of the result. Errors are
// those of Inspect.
func (l *Lake) InspectLog(ctx context.Context, table, date string) (*Inspected, error) {
	in := &inspection{lake: l, date: date, result: new(Inspected), blind: true, log: true}
	return in.result, in.table(ctx, l.logs[table])
}

// CompareLog says which rows of a log differ in the lake from those given, as
// Compare does of calls. The times of the fetch don't count.
func (l *Lake) CompareLog(ctx context.Context, log string, rows []Change) ([]Flaw, error) {
	return l.compare(ctx, &comparison{tables: []*table{l.logs[log]}, log: true}, rows)
}

// LogCall is what a row of a log says of its call.
type LogCall struct {
	TenantID  string
	CallID    string    // "" where the row has none
	Start     time.Time // zero where the row has none
	FetchedAt int64     // of the row, in microseconds since 1970
}

// LogCalls yields the calls of the rows that a log's table has of a date, one
// for each row, from the column given. An error is the last that is yielded; it
// wraps ErrStorage, ErrNewerFormat or the cause of ctx.
func (l *Lake) LogCalls(ctx context.Context, table, column, date string) iter.Seq2[LogCall, error] {
	return rowsAs(ctx, l.store, l.logs[table], date, []string{column}, "the calls that "+table+" has", func(row []parquet.Value) LogCall {
		call := LogCall{TenantID: string(row[tenantPlace].ByteArray()), Start: timeOf(row[startPlace]), FetchedAt: row[versionPlace].Int64()}
		if id := row[startPlace+1]; id.Kind() == parquet.ByteArray {
			call.CallID = string(id.ByteArray())
		}
		return call
	})
}

// sameContent finds the rows of a log that the lake has with the content that
// is to be put into it.
func (c *commit) sameContent(e *existing, t *table, works []*work, inLake map[callKey]head) (same map[callKey]bool, err error) {
	if !c.log || e == nil {
		return nil, nil
	}
	h := comparison{seed: maphash.MakeSeed(), log: true}
	want := map[callKey]rowsHash{}
	for _, w := range works {
		if there, known := inLake[w.at.key]; !known || there.version == w.Version {
			continue
		}
		rows, err := w.flatten(c.tables)
		if err != nil {
			continue // the merge says so
		}
		var hash rowsHash
		for i, all := 0, t.rowsOf(rows); i < all.Len(); i++ {
			h.add(&hash, t.layout.AppendRow(nil, all, i))
		}
		want[w.at.key] = hash
	}
	if len(want) == 0 {
		return nil, nil
	}
	name := c.store.describe(objectKey(t.name, works[0].date))
	defer recoverBroken(name, &err)
	same = map[callKey]bool{}
	rows := newRowSource(e.file, e.columns)
	defer func() { err = errors.Join(err, rows.close()) }()
	for {
		if err := rows.fill(); err != nil {
			return nil, fmt.Errorf("%w: reading %s: %w", ErrStorage, name, err)
		}
		if len(rows.batch) == 0 {
			return same, nil
		}
		for _, row := range rows.batch {
			if !leads(row) {
				return nil, fmt.Errorf("%w: %s: broken Parquet: a row does not begin with the columns of its key", ErrStorage, name)
			}
			key := keyOf(row[tenantPlace], row[callIDPlace])
			if wanted, asked := want[key]; asked {
				var have rowsHash
				h.add(&have, row)
				same[key] = have == wanted
			}
		}
	}
}
