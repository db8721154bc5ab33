package load

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	_ "github.com/duckdb/duckdb-go/v2"

	"etl/schemas"
)

func duck(t testing.TB) *sql.DB {
	t.Helper()
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// glob is the lake's contract with readers.
func (p place) glob(table string) string {
	return filepath.Join(p.dir, table, "call_date=*", "part-*.parquet")
}

// read returns the rows of a table as another reader sees them, and their
// dates.
func (p place) read(t testing.TB, db *sql.DB, table string) (rows [][]any, dates []string) {
	t.Helper()
	if found, err := filepath.Glob(p.glob(table)); err != nil || len(found) == 0 {
		return nil, nil
	}
	result, err := db.Query(fmt.Sprintf(`SELECT call_date::VARCHAR, * EXCLUDE (call_date, file_row_number)
		FROM read_parquet('%s', hive_partitioning=true, union_by_name=true, file_row_number=true)
		ORDER BY call_date, file_row_number`, p.glob(table)))
	if err != nil {
		t.Fatal(err)
	}
	defer result.Close()
	names, err := result.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for result.Next() {
		values := make([]any, len(names))
		pointers := make([]any, len(names))
		for i := range values {
			pointers[i] = &values[i]
		}
		if err := result.Scan(pointers...); err != nil {
			t.Fatal(err)
		}
		rows, dates = append(rows, values[1:]), append(dates, values[0].(string))
	}
	if err := result.Err(); err != nil {
		t.Fatal(err)
	}
	return rows, dates
}

// asRead is what a reader should see of a row struct.
func asRead(v reflect.Value, tag string) any {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return nil
		}
		return asRead(v.Elem(), tag)
	case reflect.Slice:
		if v.IsNil() {
			return nil
		}
		list := make([]any, v.Len())
		for i := range list {
			list[i] = asRead(v.Index(i), "")
		}
		return list
	case reflect.Struct:
		fields := map[string]any{}
		for i := range v.NumField() {
			tag := v.Type().Field(i).Tag.Get("parquet")
			name, _, _ := strings.Cut(tag, ",")
			fields[name] = asRead(v.Field(i), tag)
		}
		return fields
	case reflect.Int64:
		if strings.Contains(tag, "timestamp") {
			return time.UnixMicro(v.Int()).UTC()
		}
	}
	return v.Interface()
}

func columnsOf(v reflect.Value) (names []string, values []any) {
	for i := range v.NumField() {
		field := v.Type().Field(i)
		if field.Anonymous {
			n, x := columnsOf(v.Field(i))
			names, values = append(names, n...), append(values, x...)
			continue
		}
		tag := field.Tag.Get("parquet")
		name, _, _ := strings.Cut(tag, ",")
		names, values = append(names, name), append(values, asRead(v.Field(i), tag))
	}
	return names, values
}

// check compares the whole lake with the model, value by value, in order.
func (p place) check(t testing.TB, want model) {
	t.Helper()
	db := duck(t)
	for _, table := range newTables(newCodec()) {
		rows, dates := p.read(t, db, table.name)
		expected := want.rows(table)
		if len(rows) != len(expected) {
			t.Fatalf("%s has %d rows, want %d", table.name, len(rows), len(expected))
		}
		for i, row := range rows {
			names, values := columnsOf(expected[i])
			if len(row) != len(values) {
				t.Fatalf("%s has %d columns, want %d", table.name, len(row), len(values))
			}
			for j := range values {
				got := row[j]
				if at, ok := got.(time.Time); ok {
					got = at.UTC()
				}
				if !reflect.DeepEqual(got, values[j]) {
					t.Fatalf("%s row %d column %s is %#v, want %#v", table.name, i, names[j], got, values[j])
				}
			}
			start := expected[i].Field(0).Interface().(schemas.CallKey).CallStartDateTime
			if date := schemas.CallDate(start); dates[i] != date {
				t.Fatalf("%s row %d is at date %s, want %s", table.name, i, dates[i], date)
			}
		}
	}
	p.checkLayout(t)
}

// checkLayout sees that there is nothing but what the contract allows, and no
// folder or object without rows.
func (p place) checkLayout(t testing.TB) {
	t.Helper()
	for _, table := range newTables(newCodec()) {
		err := filepath.Walk(filepath.Join(p.dir, table.name), func(name string, info os.FileInfo, err error) error {
			if err != nil || info.IsDir() {
				return err
			}
			if ok, _ := filepath.Match(p.glob(table.name), name); !ok {
				t.Errorf("%s does not belong there", name)
			}
			f, err := os.Open(name)
			if err != nil {
				return err
			}
			defer f.Close()
			file, err := openParquet(f, info.Size())
			if err != nil {
				return err
			}
			if file.NumRows() == 0 {
				t.Errorf("%s has no rows", name)
			}
			return nil
		})
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
}
