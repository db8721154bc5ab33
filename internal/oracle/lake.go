//go:build cgo

package oracle

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"time"

	_ "github.com/duckdb/duckdb-go/v2" // the driver duckdb
)

// names are the tables of a lake.
var names = []string{"calls", "participants", "sessions", "segments", "media", "streams"}

// ReadLake returns the rows of a lake in a folder as DuckDB reads them through
// the public globs, and fails where a row is not under the date of its call.
// The rows are sorted as Sort does.
func ReadLake(ctx context.Context, lake string) (Tables, error) {
	tables, err := readTables(ctx, lake, names, "call_id", "call_start_date_time")
	Sort(tables)
	return tables, err
}

// readTables reads tables whose rows have the id and the start in the given
// columns.
func readTables(ctx context.Context, lake string, names []string, id, start string) (Tables, error) {
	db, err := sql.Open("duckdb", "")
	if err != nil {
		return nil, fmt.Errorf("opening DuckDB: %w", err)
	}
	defer db.Close()
	tables := Tables{}
	for _, name := range names {
		glob := filepath.Join(lake, name, "call_date=*", "part-*.parquet")
		files, err := filepath.Glob(glob)
		if err != nil {
			return nil, fmt.Errorf("looking for %s: %w", glob, err)
		}
		if len(files) == 0 {
			continue
		}
		rows, err := readTable(ctx, db, glob, id, start)
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", glob, err)
		}
		tables[name] = rows
	}
	return tables, nil
}

func readTable(ctx context.Context, db *sql.DB, glob, id, start string) ([]Row, error) {
	result, err := db.QueryContext(ctx, "SELECT * FROM read_parquet(?, hive_partitioning = true, union_by_name = true)", glob)
	if err != nil {
		return nil, err
	}
	defer result.Close()
	columns, err := result.Columns()
	if err != nil {
		return nil, err
	}
	var rows []Row
	for result.Next() {
		values := make([]any, len(columns))
		pointers := make([]any, len(columns))
		for i := range values {
			pointers[i] = &values[i]
		}
		if err := result.Scan(pointers...); err != nil {
			return nil, err
		}
		row := Row{}
		for i, column := range columns {
			row[column] = canonical(values[i])
		}
		date, at := row["call_date"], row[start]
		if want := dateOf(at); date != want {
			return nil, fmt.Errorf("a row of %v, which started at %v, is under the date %v", row[id], at, date)
		}
		delete(row, "call_date")
		rows = append(rows, row)
	}
	return rows, result.Err()
}

func dateOf(start any) any {
	t, ok := start.(time.Time)
	if !ok {
		t = time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return t.Truncate(24 * time.Hour)
}

// canonical makes of DuckDB's values those of Row.
func canonical(v any) any {
	switch v := v.(type) {
	case time.Time:
		return v.UTC()
	case []any:
		for i := range v {
			v[i] = canonical(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = canonical(v[k])
		}
	}
	return v
}

// Sort sorts rows by tenant, call and ordinals.
func Sort(tables Tables) {
	for _, rows := range tables {
		slices.SortFunc(rows, func(a, b Row) int {
			order := cmp.Or(cmp.Compare(a["tenant_id"].(string), b["tenant_id"].(string)), cmp.Compare(a["call_id"].(string), b["call_id"].(string)))
			for _, c := range []string{"participant_ordinal", "session_ordinal", "segment_ordinal", "media_ordinal", "stream_ordinal"} {
				x, _ := a[c].(int64)
				y, _ := b[c].(int64)
				order = cmp.Or(order, cmp.Compare(x, y))
			}
			return order
		})
	}
}

// Differences compares two sets of sorted rows, leaving out some columns, and
// says how they differ, the first few of each table.
func Differences(got, want Tables, except ...string) []string {
	const most = 5
	var all []string
	for _, name := range names {
		if len(got[name]) != len(want[name]) {
			all = append(all, fmt.Sprintf("%s: %d rows, want %d", name, len(got[name]), len(want[name])))
			continue
		}
		said := 0
		for i, row := range got[name] {
			for _, column := range slices.Sorted(maps.Keys(merged(row, want[name][i]))) {
				if slices.Contains(except, column) || reflect.DeepEqual(row[column], want[name][i][column]) {
					continue
				}
				if said++; said <= most {
					all = append(all, fmt.Sprintf("%s: call %v: %s is %#v, want %#v", name, row["call_id"], column, row[column], want[name][i][column]))
				}
			}
		}
	}
	return all
}

func merged(a, b Row) Row {
	m := maps.Clone(a)
	maps.Copy(m, b)
	return m
}

// Objects returns the content of every Parquet object of a lake in a folder,
// by key.
func Objects(lake string) (map[string]string, error) {
	objects := map[string]string{}
	for _, name := range append(slices.Collect(maps.Keys(logTypes())), names...) {
		files, err := filepath.Glob(filepath.Join(lake, name, "*", "*"))
		if err != nil {
			return nil, fmt.Errorf("looking for objects of %s: %w", name, err)
		}
		for _, file := range files {
			content, err := os.ReadFile(file)
			if err != nil {
				return nil, fmt.Errorf("reading an object: %w", err)
			}
			key, err := filepath.Rel(lake, file)
			if err != nil {
				return nil, fmt.Errorf("naming an object: %w", err)
			}
			objects[filepath.ToSlash(key)] = string(content)
		}
	}
	return objects, nil
}
