//go:build cgo

package views_test

import (
	"database/sql"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	_ "github.com/duckdb/duckdb-go/v2"

	"etl/internal/oracle"
	"etl/views"
)

// duckDB returns DuckDB with the tables and views of a lake in a folder.
func duckDB(t *testing.T, dir string) *sql.DB {
	t.Helper()
	return duckDBWith(t, named(views.Lake{Location: dir}))
}

func duckDBWith(t *testing.T, lake views.Lake) *sql.DB {
	t.Helper()
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	db.SetMaxOpenConns(1) // variables are those of a session
	script, err := views.Script(views.DuckDB, lake)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), script); err != nil {
		t.Fatal(err)
	}
	return db
}

// ask returns the columns and the rows of a query.
func ask(t *testing.T, db *sql.DB, text string) (columns []string, rows [][]any) {
	t.Helper()
	result, err := db.QueryContext(t.Context(), text)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	defer result.Close()
	if columns, err = result.Columns(); err != nil {
		t.Fatal(err)
	}
	for result.Next() {
		values := make([]any, len(columns))
		pointers := make([]any, len(columns))
		for i := range values {
			pointers[i] = &values[i]
		}
		if err := result.Scan(pointers...); err != nil {
			t.Fatal(err)
		}
		for i := range values {
			values[i] = plain(values[i])
		}
		rows = append(rows, values)
	}
	if err := result.Err(); err != nil {
		t.Fatal(err)
	}
	return columns, rows
}

// plain makes of DuckDB's values those of oracle.Row.
func plain(v any) any {
	switch v := v.(type) {
	case time.Time:
		return v.UTC()
	case int32:
		return int64(v)
	case *big.Int: // sums of integers
		return v.Int64()
	case []any:
		for i := range v {
			v[i] = plain(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = plain(v[k])
		}
	}
	return v
}

// query returns the rows of a query, by column.
func query(t *testing.T, db *sql.DB, text string) []oracle.Row {
	t.Helper()
	columns, all := ask(t, db, text)
	var rows []oracle.Row
	for _, values := range all {
		row := oracle.Row{}
		for i, column := range columns {
			row[column] = values[i]
		}
		rows = append(rows, row)
	}
	return rows
}

// table returns the rows of a query as text, columns in their order.
func table(t *testing.T, db *sql.DB, text string) string {
	t.Helper()
	_, all := ask(t, db, text)
	var rows []string
	for _, values := range all {
		rows = append(rows, strings.TrimSuffix(fmt.Sprintln(values...), "\n"))
	}
	return strings.Join(rows, "; ")
}

func count(t *testing.T, db *sql.DB, relation string) int {
	t.Helper()
	return int(query(t, db, "SELECT count(*) AS n FROM "+relation)[0]["n"].(int64))
}
