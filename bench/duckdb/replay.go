// Package duckdb does with DuckDB what etl replay does: it reads call records
// from a raw archive, flattens them to the six tables of a lake, and writes
// those sorted, as Parquet packed by zstd and partitioned by date. It also
// tells whether two lakes are equal.
//
// It is a yardstick of speed, so it is written for speed: the schema is given
// and not inferred; the records are read once, into a temporary table; and each
// table is copied out of what is unnested from that, which took less time and
// memory than to keep every level in a table of its own. The columns are
// derived from internal/model by the naming rule.
package duckdb

import (
	"context"
	"database/sql"
	"fmt"
)

// Replay makes the tables in the folder into, which is there, of the archive
// of the lake, whose largest call record has so many bytes.
func Replay(ctx context.Context, lake, into string, largest int64, threads int) error {
	db, err := open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	// What is read need not keep its order, as tables are sorted when copied.
	settings := []string{fmt.Sprintf("SET threads = %d", threads), "SET preserve_insertion_order = false"}
	return run(ctx, db, append(settings, statements(lake, into, largest)...)...)
}

// Version returns DuckDB's version.
func Version(ctx context.Context) (version string, err error) {
	db, err := open(ctx)
	if err != nil {
		return "", err
	}
	defer db.Close()
	return version, db.QueryRowContext(ctx, "SELECT version()").Scan(&version)
}

// open opens a database in memory. Its settings hold for all queries, as there
// is one connection.
func open(ctx context.Context) (*sql.DB, error) {
	db, err := sql.Open("duckdb", "")
	if err != nil {
		return nil, fmt.Errorf("opening DuckDB: %w", err)
	}
	db.SetMaxOpenConns(1)
	return db, run(ctx, db, "SET TimeZone = 'UTC'")
}

func run(ctx context.Context, db *sql.DB, statements ...string) error {
	for _, s := range statements {
		if _, err := db.ExecContext(ctx, s); err != nil {
			return fmt.Errorf("running %.200s: %w", s, err)
		}
	}
	return nil
}
