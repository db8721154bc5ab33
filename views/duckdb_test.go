//go:build cgo

package views_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"etl/internal/oracle"
	"etl/schemas"
	"etl/views"
)

// TestTablesInDuckDB compares the tables with the naive flattening.
func TestTablesInDuckDB(t *testing.T) {
	lake := theLake(t)
	db := duckDB(t, lake.dir)
	got := oracle.Tables{}
	for name := range lake.tables {
		got[name] = query(t, db, "SELECT * EXCLUDE call_date FROM "+name)
	}
	oracle.Sort(got)
	for _, difference := range oracle.Differences(got, lake.tables) {
		t.Error(difference)
	}
	undated := query(t, db, "SELECT count(*) AS n FROM calls WHERE call_date <> cast(call_start_date_time AS date)")
	if undated[0]["n"] != int64(0) {
		t.Errorf("%v calls are under another date than that of their start", undated[0]["n"])
	}
}

// constant are the views that have the same rows over any lake.
var constant = []string{"quality_rules", "quality_targets"}

// TestTablesWithoutObjects asks a lake that has nothing, and then one that
// lacks some tables, some columns, and then no longer does.
func TestTablesWithoutObjects(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "o'neil [a]*?")
	db := duckDB(t, dir)
	for _, relation := range relations() {
		if n := count(t, db, relation); n != 0 && !slices.Contains(constant, relation) {
			t.Errorf("%s of an empty lake has %d rows", relation, n)
		}
	}
	lake := theLake(t)
	for _, decoy := range []string{"o'neil a*?", "o'neil [a]x?", "o'neil [a]*x"} {
		if err := os.CopyFS(filepath.Join(filepath.Dir(dir), decoy), os.DirFS(lake.dir)); err != nil {
			t.Fatal(err)
		}
	}
	for _, table := range []string{"calls", "sessions"} {
		if err := os.CopyFS(filepath.Join(dir, table), os.DirFS(filepath.Join(lake.dir, table))); err != nil {
			t.Fatal(err)
		}
	}
	script, err := views.Script(views.DuckDB, named(views.Lake{Location: dir}))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), script); err != nil {
		t.Fatal(err)
	}
	for relation, want := range map[string]int{
		"calls": len(lake.tables["calls"]), "sessions": len(lake.tables["sessions"]), "streams": 0, "stream_facts": 0, "call_quality": len(lake.tables["calls"]),
	} {
		if n := count(t, db, relation); n != want {
			t.Errorf("%s has %d rows, want %d", relation, n, want)
		}
	}
}

// TestViewsInADatabaseFile asks views that another session has made, before
// there was an object.
func TestViewsInADatabaseFile(t *testing.T) {
	lake := theLake(t)
	dir := filepath.Join(t.TempDir(), "lake")
	file := filepath.Join(t.TempDir(), "teams.duckdb")
	script, err := views.Script(views.DuckDB, named(views.Lake{Location: dir}))
	if err != nil {
		t.Fatal(err)
	}
	open := func() *sql.DB {
		db, err := sql.Open("duckdb", file)
		if err != nil {
			t.Fatal(err)
		}
		db.SetMaxOpenConns(1)
		return db
	}
	db := open()
	if _, err := db.ExecContext(t.Context(), script); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(dir, os.DirFS(lake.dir)); err != nil {
		t.Fatal(err)
	}
	db = open()
	defer db.Close()
	if n, want := count(t, db, "stream_quality"), len(lake.tables["streams"]); n != want {
		t.Errorf("stream_quality has %d rows, want %d", n, want)
	}
	// A table that is gone must be an error, and not one without rows.
	if err := os.RemoveAll(filepath.Join(dir, "streams")); err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), "FROM streams"); err == nil || !strings.Contains(err.Error(), "No files found") {
		t.Errorf("streams without objects: error %v", err)
	}
}

// TestOldObjects reads an object that lacks columns of today and has one of
// tomorrow, first alone and then beside one of today.
func TestOldObjects(t *testing.T) {
	lake := theLake(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "calls", "call_date=2026-11-18", "part-0.parquet")
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	db := duckDB(t, dir)
	copied := "COPY (SELECT * EXCLUDE (fetched_at, organizer_id), 1 AS novelty FROM '" + objects(t, lake.dir, "calls")[0] + "') TO '" + file + "'"
	if _, err := db.ExecContext(t.Context(), copied); err != nil {
		t.Fatal(err)
	}
	rows := query(t, duckDB(t, dir), "FROM calls")
	if len(rows) == 0 || rows[0]["organizer_id"] != nil || rows[0]["fetched_at"] != nil || rows[0]["call_id"] == nil {
		t.Errorf("%d rows, the first of which is %v", len(rows), rows)
	}
	if _, there := rows[0]["novelty"]; there || len(rows[0]) != len(schemas.Tables()[0].Columns)+1 {
		t.Errorf("calls has %d columns", len(rows[0]))
	}
	today := filepath.Join(dir, "calls", "call_date=2026-11-19", "part-0.parquet")
	if err := os.MkdirAll(filepath.Dir(today), 0o755); err != nil {
		t.Fatal(err)
	}
	copyObject(t, objects(t, lake.dir, "calls")[1], today)
	if n := count(t, duckDB(t, dir), "calls WHERE organizer_id IS NOT NULL"); n == 0 {
		t.Error("columns that the oldest object lacks are lost")
	}
}

// TestDatesPrune shows that a query for a date opens no object of another.
func TestDatesPrune(t *testing.T) {
	lake := theLake(t)
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "streams"), os.DirFS(filepath.Join(lake.dir, "streams"))); err != nil {
		t.Fatal(err)
	}
	plan := query(t, duckDB(t, dir), "EXPLAIN SELECT max(average_jitter_ms) FROM streams WHERE call_date = DATE '2026-11-18'")
	text, _ := plan[0]["explain_value"].(string)
	if !strings.Contains(text, "Scanning Files: 1/2") {
		t.Errorf("the plan does not leave the other date out:\n%s", text)
	}
}

func TestColumnComments(t *testing.T) {
	db := duckDB(t, t.TempDir())
	got := map[any]any{}
	for _, row := range query(t, db, "SELECT table_name || '.' || column_name AS name, comment FROM duckdb_columns() WHERE comment IS NOT NULL") {
		got[row["name"]] = row["comment"]
	}
	columns := len(schemas.BuildingTable().Columns)
	for _, table := range schemas.Tables() {
		columns += len(table.Columns) + 1
	}
	if len(got) != columns || got["streams.average_jitter_ms"] != "mean jitter as RFC 3550 defines it [ms]" || got["media.call_date"] == nil {
		t.Errorf("%d columns have comments, want %d: %v", len(got), columns, got["streams.average_jitter_ms"])
	}
	views := query(t, db, "SELECT view_name FROM duckdb_views() WHERE NOT internal AND comment IS NULL")
	if len(views) > 0 {
		t.Errorf("views without comment: %v", views)
	}
}
