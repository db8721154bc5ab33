package main

import (
	"fmt"
	"maps"
	"slices"

	"github.com/alecthomas/kong"
)

const description = `Keeps Microsoft Teams call records: takes them from Microsoft Graph, which forgets them after 30 days, and writes partitioned Parquet to a folder or to S3-compatible storage, for DuckDB, Athena, Trino and Spark.`

// more is what etl --help says beside commands and flags.
const more = `
Examples:
  etl demo                                     a simulated tenant, into ./lake
  etl sync --lake s3://calls/teams             every hour from cron; see etl status
  etl run --ids ids.txt --lake s3://calls/teams
  etl run 0b6f4d2e-… 5d1c7a90-…                single calls, into ./lake
  etl run --ids - --output json < ids.csv      from a pipe, report on standard output
  etl sql duckdb > lake.sql                    views of ./lake, for duckdb -init lake.sql
  etl sql athena --apply --lake s3://…         tables and views in AWS Glue; --plan only shows them
  etl report --from 30d --out report.html      how the calls of ./lake went, as one page

Every flag has a variable and a name in --config: --graph-url is ETL_GRAPH_URL
and graph-url. The command line comes first, then the variables, then the file.

Signing in to Entra ID, as an app with the permission CallRecords.Read.All:
  AZURE_TENANT_ID, AZURE_CLIENT_ID             and one of
    AZURE_CLIENT_SECRET
    AZURE_CLIENT_CERTIFICATE_PATH              PEM or PFX; AZURE_CLIENT_CERTIFICATE_PASSWORD
    AZURE_FEDERATED_TOKEN_FILE                 workload identity
    none of them                               the machine's managed identity
etl listen: ETL_CLIENT_STATE                   the secret that Graph's notifications must have
S3: AWS_REGION, AWS_PROFILE, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, roles, and
  AWS_ENDPOINT_URL_S3                          for storage other than AWS
etl sync: OTEL_EXPORTER_OTLP_ENDPOINT          a collector of OpenTelemetry that metrics go to

Exit codes:
    0  every call asked for is in the lake
    1  something unexpected
    2  usage or configuration
    3  done, but some calls are pending or failed, or an audit has found something;
       the report names them
    4  a call was lost, or will be within 72 hours
   10  sign-in or permission refused
   11  another run holds the lock of the lake
   12  the lake, or AWS Glue, can't be read or written
   13  the lake was written by a newer version of etl
   14  the clock is wrong
  130  interrupted
`

// help prints kong's help, and for etl itself the rest.
func help(options kong.HelpOptions, ctx *kong.Context) error {
	if err := kong.DefaultHelpPrinter(options, ctx); err != nil {
		return err
	}
	_, err := fmt.Fprint(ctx.Stdout, more)
	return err
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
