package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"etl/jobs"
	"etl/views"
)

// sqlCommand is etl sql.
type sqlCommand struct {
	Dialect string `arg:"" help:"For which engine: duckdb, athena, trino or spark." enum:"duckdb,athena,trino,spark"`
	lakeFlags
	Database  string `help:"Database (schema) of the tables, but for DuckDB." default:"teams" group:"SQL"`
	Catalog   string `help:"Trino's catalog with the Hive connector." default:"hive" group:"SQL"`
	Buildings string `help:"CQD's building file (CSV or TSV without a header), to name networks." placeholder:"FILE" group:"SQL"`
	Since     string `help:"First date that Athena and Trino look at; every date since costs a query a listing." default:"2020-01-01" group:"SQL"`
}

// Run prints the script. It does not look at the lake.
func (c *sqlCommand) Run(a *app) error {
	location, err := absolute(c.Lake)
	if err != nil {
		return fmt.Errorf("%w: --lake: %w", jobs.ErrUsage, err)
	}
	buildings, err := c.buildings(a)
	if err != nil {
		return fmt.Errorf("%w: --buildings: %w", jobs.ErrUsage, err)
	}
	script, err := views.Script(views.Dialect(c.Dialect), views.Lake{
		Location: location, Endpoint: a.first("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"), Region: a.first("AWS_REGION", "AWS_DEFAULT_REGION"),
		Database: c.Database, Catalog: c.Catalog, Since: c.Since, Buildings: buildings,
	})
	if err != nil {
		return fmt.Errorf("%w: %w", jobs.ErrUsage, err)
	}
	_, err = fmt.Fprint(a.stdout, script)
	return err
}

// buildings reads the building file, if there is one.
func (c *sqlCommand) buildings(a *app) ([]views.Building, error) {
	if c.Buildings == "" {
		return nil, nil
	}
	file, err := os.Open(c.Buildings)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	buildings, notes, err := views.ReadBuildings(file)
	for _, note := range notes {
		a.log.Warn("buildings overlap", "note", note)
	}
	return buildings, err
}

// absolute returns where a lake is, whatever the working directory.
func absolute(lake string) (string, error) {
	scheme, rest, hasScheme := strings.Cut(lake, "://")
	switch {
	case !hasScheme:
		rest = lake
	case strings.EqualFold(scheme, "s3") && rest != "" && rest[0] != '/':
		return "s3://" + rest, nil
	case !strings.EqualFold(scheme, "file"):
		return "", fmt.Errorf("%q is neither a folder nor s3://bucket/prefix", lake)
	}
	folder, err := filepath.Abs(rest)
	return filepath.ToSlash(folder), err
}

// first returns the first of the variables that is set.
func (a *app) first(names ...string) string {
	for _, name := range names {
		if value := a.getenv(name); value != "" {
			return value
		}
	}
	return ""
}
