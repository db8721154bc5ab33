package duckdb

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"etl/schemas"
)

// Digest says what the tables of a lake hold. Lakes with equal digests have
// equal rows.
type Digest map[string]TableDigest // by table

// TableDigest says what a table holds.
type TableDigest struct {
	Rows     int64
	Unsorted int64 // rows whose call begins before that of the row before it, and the like
	// Columns has the type of each and a number that depends on every value and
	// on the row that it is in, but not on the order of rows.
	Columns map[string]string
}

// Tables are the tables of call records, which those of Graph's logs are not.
func Tables() []schemas.Table {
	return slices.DeleteFunc(schemas.Tables(), func(t schemas.Table) bool { return schemas.IsLog(t.Name) })
}

// Differences names what two lakes differ in.
func (d Digest) Differences(want Digest) []string {
	var all []string
	for _, t := range Tables() {
		got, want := d[t.Name], want[t.Name]
		if got.Rows != want.Rows {
			all = append(all, fmt.Sprintf("%s has %d rows, want %d", t.Name, got.Rows, want.Rows))
			continue
		}
		for _, c := range t.Columns {
			if got.Columns[c.Name] != want.Columns[c.Name] {
				all = append(all, fmt.Sprintf("%s.%s differs: %s, want %s", t.Name, c.Name, got.Columns[c.Name], want.Columns[c.Name]))
			}
		}
	}
	return all
}

// DigestOf reads all tables of a lake. It fails where a table lacks a column
// or has one too many, or a row is not under the date of its call.
func DigestOf(ctx context.Context, lake string) (Digest, error) {
	db, err := open(ctx)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	d := Digest{}
	for _, t := range Tables() {
		if d[t.Name], err = digestTable(ctx, db, lake, t); err != nil {
			return nil, fmt.Errorf("reading %s in %s: %w", t.Name, lake, err)
		}
	}
	return d, nil
}

func digestTable(ctx context.Context, db *sql.DB, lake string, t schemas.Table) (TableDigest, error) {
	source := fmt.Sprintf("read_parquet(%s, hive_partitioning = true, union_by_name = true, filename = true, file_row_number = true)",
		text(filepath.Join(lake, t.Name, "call_date=*", "*.parquet")))
	types, err := columnTypes(ctx, db, source)
	if err != nil {
		return TableDigest{}, err
	}
	order := []string{"call_id", "tenant_id"}
	sums := []string{"count(*)::VARCHAR"}
	for _, c := range t.Columns {
		if types[c.Name] == "" {
			return TableDigest{}, fmt.Errorf("there is no column %s", c.Name)
		}
		if strings.HasSuffix(c.Name, "_ordinal") {
			order = append(order, c.Name)
		}
		value := quoted(c.Name)
		if c.Unit == "JSON" {
			value = "json(" + value + ")" // a string may be written with more or fewer escapes
		}
		sums = append(sums, fmt.Sprintf("sum(hash(place_hash, %s))::VARCHAR", value))
	}
	if len(types) != len(t.Columns) {
		return TableDigest{}, fmt.Errorf("there are %d columns, want %d", len(types), len(t.Columns))
	}
	d := TableDigest{Columns: map[string]string{}}
	source = fmt.Sprintf("(SELECT *, row(%s) AS place, hash(place) AS place_hash FROM %s)", strings.Join(order, ", "), source)
	var misplaced int64
	err = db.QueryRowContext(ctx, `SELECT count(*) FILTER (call_date <> start::DATE), count(*) FILTER (coalesce(start < start_before, false) OR start = start_before AND place < before)
		FROM (SELECT call_date, call_start_date_time AS start, place, lag(start) OVER w AS start_before, lag(place) OVER w AS before
			FROM `+source+` WINDOW w AS (PARTITION BY filename ORDER BY file_row_number))`).Scan(&misplaced, &d.Unsorted)
	if err != nil {
		return TableDigest{}, err
	}
	if misplaced > 0 {
		return TableDigest{}, fmt.Errorf("%d rows are under another date than their call's", misplaced)
	}
	values := make([]sql.NullString, len(sums))
	targets := make([]any, len(sums))
	for i := range values {
		targets[i] = &values[i]
	}
	if err := db.QueryRowContext(ctx, "SELECT "+strings.Join(sums, ", ")+" FROM "+source).Scan(targets...); err != nil {
		return TableDigest{}, err
	}
	for i, c := range t.Columns {
		d.Columns[c.Name] = types[c.Name] + " " + values[i+1].String
	}
	d.Rows, err = strconv.ParseInt(values[0].String, 10, 64)
	return d, err
}

// columnTypes returns the types of the columns in the files.
func columnTypes(ctx context.Context, db *sql.DB, source string) (map[string]string, error) {
	result, err := db.QueryContext(ctx, "SELECT column_name, column_type FROM (DESCRIBE FROM "+source+")")
	if err != nil {
		return nil, err
	}
	defer result.Close()
	types := map[string]string{}
	for result.Next() {
		var name, typ string
		if err := result.Scan(&name, &typ); err != nil {
			return nil, err
		}
		if !slices.Contains([]string{"call_date", "filename", "file_row_number"}, name) {
			types[name] = typ
		}
	}
	return types, result.Err()
}
