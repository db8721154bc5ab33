package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"etl/jobs"
	"etl/views"
)

// sqlCommand is etl sql.
type sqlCommand struct {
	Dialect string `arg:"" help:"For which engine: duckdb, athena, trino or spark." enum:"duckdb,athena,trino,spark"`
	lakeFlags
	Apply     bool   `help:"Make the tables and views in AWS Glue, Athena's catalogue, in place of printing them." xor:"apply" group:"SQL"`
	Plan      bool   `help:"Only show what --apply would do." xor:"apply" group:"SQL"`
	Database  string `help:"Database (schema) of the tables, but for DuckDB." default:"teams" group:"SQL"`
	Catalog   string `help:"Trino's catalog with the Hive connector." default:"hive" group:"SQL"`
	Buildings string `help:"CQD's building file, to publish in the lake first as etl buildings does." placeholder:"FILE" group:"SQL"`
	Since     string `help:"First date that Athena and Trino look at; every date since costs a query a listing." default:"2020-01-01" group:"SQL"`
}

// Run prints the script. It does not look at the lake, unless there are
// buildings to put there.
func (c *sqlCommand) Run(a *app) error {
	location, err := absolute(c.Lake)
	if err != nil {
		return fmt.Errorf("%w: --lake: %w", jobs.ErrUsage, err)
	}
	where := views.Lake{
		Location: location, Endpoint: a.first("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"), Region: a.first("AWS_REGION", "AWS_DEFAULT_REGION"),
		Database: c.Database, Catalog: c.Catalog, Since: c.Since,
	}
	if c.Dialect != string(views.Athena) && (c.Apply || c.Plan) {
		return fmt.Errorf("%w: --apply and --plan are for athena, whose catalogue is AWS Glue", jobs.ErrUsage)
	}
	script, err := views.Script(views.Dialect(c.Dialect), where)
	if err != nil {
		return fmt.Errorf("%w: %w", jobs.ErrUsage, err)
	}
	if c.Plan {
		return c.glue(a, where)
	}
	if c.Buildings != "" {
		done, err := c.publishBuildings(a, c.Buildings)
		if err != nil {
			return err
		}
		a.log.Info("buildings: " + done)
	}
	if c.Apply {
		return c.glue(a, where)
	}
	_, err = fmt.Fprint(a.stdout, script)
	return err
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
