package views

import (
	"fmt"
	"strings"
	"time"
)

// Dialect is an SQL dialect, and the engine's way to find files.
type Dialect string

// The dialects.
const (
	DuckDB Dialect = "duckdb"
	Athena Dialect = "athena"
	Trino  Dialect = "trino"
	Spark  Dialect = "spark"
)

// Dialects returns all dialects.
func Dialects() []Dialect { return []Dialect{DuckDB, Athena, Trino, Spark} }

// Lake says where a lake is and under which names its tables are to appear.
type Lake struct {
	// Location is s3://bucket/prefix, or the absolute path of a folder.
	Location string
	// Endpoint is the URL of an S3-compatible store, empty for AWS.
	Endpoint string
	// Region is the store's region; empty leaves it to the engine.
	Region string
	// Database holds the tables, but for DuckDB, where the open one does.
	Database string
	// Catalog is Trino's name for the Hive connector.
	Catalog string
	// Since is the first date, as YYYY-MM-DD, at which Athena and Trino look
	// for objects.
	Since string
}

// FirstDate is the date before which no call record is known to have been:
// the least that Since needs to be.
const FirstDate = "2020-01-01"

// Script returns the statements, with what a reader must know of them ahead.
// It fails where the dialect can't read such a lake or a name is not one.
func Script(d Dialect, lake Lake) (string, error) {
	statements, err := Statements(d, lake)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for line := range strings.SplitSeq(headers[d], "\n") {
		fmt.Fprintf(&b, "-- %s\n", line)
	}
	for _, s := range statements {
		fmt.Fprintf(&b, "\n%s;\n", s)
	}
	return b.String(), nil
}

// Statements returns the statements that make the tables and views anew, in
// their order, without semicolons.
func Statements(d Dialect, lake Lake) ([]string, error) {
	e, err := newEngine(d, lake)
	if err != nil {
		return nil, err
	}
	statements := e.opening()
	for _, table := range storedTables() {
		statements = append(statements, e.table(table)...)
	}
	for _, view := range Views() {
		body, err := view.body(e)
		if err != nil {
			return nil, err
		}
		statements = append(statements, e.view(view, body)...)
	}
	return statements, nil
}

// engine is what differs between the dialects.
type engine interface {
	// opening returns the statements that go before those of the tables.
	opening() []string
	// table returns the statements that define a table of the lake.
	table(storedTable) []string
	// view returns the statements that define a view.
	view(v View, body string) []string
	// relation is how a query names a table or view.
	relation(name string) string
	// millis is the time between two timestamps in ms, as a double.
	millis(from, to string) string
	// median is an aggregate; engines without an exact one approximate it.
	median(x string) string
	// ticked is the list of the names that are true in a JSON object.
	ticked(object string) string
}

// headers are what the dialects' scripts begin with.
var headers = map[Dialect]string{
	DuckDB: "Tables and views of a lake of Teams call records, for DuckDB 1.4 or later. Read it in every session:\n" +
		"  duckdb -init lake.sql\n" +
		"or once into a database file; a table that had no object then is found there once it has some.",
	Athena: "Tables and views of a lake of Teams call records, for Athena (engine version 3). Run one statement at a time.\n" +
		"The tables are external: dropping one leaves the objects alone. Dates before the range in projection.call_date.range\n" +
		"stay unseen, those of calls without a readable start (0001-01-01) among them.",
	Trino: "Tables and views of a lake of Teams call records, for Trino's Hive connector.\n" +
		"The tables are external: dropping one leaves the objects alone. Dates before partition_projection_range\n" +
		"stay unseen, those of calls without a readable start (0001-01-01) among them.",
	Spark: "Tables and views of a lake of Teams call records, for Spark SQL 3.5 or later.\n" +
		"The tables are external: dropping one leaves the objects alone. Run MSCK REPAIR TABLE after a load: it finds new dates.",
}

func newEngine(d Dialect, lake Lake) (engine, error) {
	lake.Location = strings.TrimRight(lake.Location, "/")
	isS3 := strings.HasPrefix(lake.Location, "s3://")
	if _, err := time.Parse(time.DateOnly, lake.Since); err != nil {
		return nil, fmt.Errorf("rendering SQL: %q is no date of the form YYYY-MM-DD", lake.Since)
	}
	for _, name := range []string{lake.Database, lake.Catalog} {
		if name == "" || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" {
			return nil, fmt.Errorf("rendering SQL: %q can't be the name of a database or catalog: lower-case letters, digits and _ are allowed", name)
		}
	}
	switch d {
	case DuckDB:
		return duckDB{lake, isS3}, nil
	case Athena:
		if !isS3 {
			return nil, fmt.Errorf("rendering SQL: Athena reads S3 only, and the lake is in the folder %s", lake.Location)
		}
		return athena{lake}, nil
	case Trino:
		return trino{lake, isS3}, nil
	case Spark:
		return spark{lake, isS3}, nil
	}
	return nil, fmt.Errorf("rendering SQL: %q is no known dialect", d)
}
