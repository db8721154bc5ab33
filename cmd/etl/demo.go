package main

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"time"

	"etl/extract"
	"etl/internal/graphsim"
	"etl/jobs"
)

// demoCommand is etl demo.
type demoCommand struct {
	fillFlags
	outputFlags
	tenantFlags
}

// tenantFlags say which simulated tenant it is.
type tenantFlags struct {
	Seed        uint64 `help:"Seed of the simulated tenant; the same seed and date give the same calls." default:"1" group:"Simulated tenant"`
	Days        int    `help:"Dates with calls, up to yesterday." default:"7" group:"Simulated tenant"`
	CallsPerDay int    `help:"Calls of each date." default:"60" group:"Simulated tenant"`
}

// mostDays is as long as Graph keeps calls: it would answer 404 for those of
// earlier dates.
const mostDays = 29

// Run loads the calls of a simulated tenant.
func (c *demoCommand) Run(a *app) error {
	tenant, generator, err := c.tenant()
	if err != nil {
		return err
	}
	server, err := graphsim.Start(graphsim.Options{Tenant: tenant, TenantID: generator.TenantID()})
	if err != nil {
		return fmt.Errorf("starting the simulated tenant: %w", err)
	}
	defer server.Close()
	lake, err := c.open(a)
	if err != nil {
		return err
	}
	defer lake.Close()
	ids := tenant.IDs()
	a.do(jobs.Run{
		Command: "demo", Lake: lake, IDs: refs(ids), Logs: new(jobs.Logs), Log: a.log,
		Connect: func(ctx context.Context) (jobs.Graph, string, error) { return c.connect(ctx, a, server) },
	}, int64(len(ids)), c.Output, c.Lake)
	if a.code == jobs.ExitLoaded && c.Output == "text" {
		_, err = fmt.Fprintf(a.stdout, demoQuery, strings.TrimSuffix(c.Lake, "/"))
	}
	return err
}

const demoQuery = `
Ask it something, with DuckDB (pip install duckdb-cli, or https://duckdb.org):

  duckdb -c "
    SELECT call_date, media_label, count(*) AS streams,
           round(median(average_round_trip_time_ms), 1) AS rtt_ms,
           round(100 * avg(average_packet_loss_rate), 2) AS loss_percent
    FROM read_parquet('%s/streams/call_date=*/part-*.parquet', hive_partitioning = true, union_by_name = true)
    GROUP BY ALL ORDER BY ALL"
`

// connect signs in to the simulated tenant as a real run would.
func (c *demoCommand) connect(ctx context.Context, a *app, server *graphsim.Server) (jobs.Graph, string, error) {
	network := extract.Network{RootCAs: server.CertPool()}
	signIn, err := extract.NewSignIn(extract.SignInConfig{
		AuthorityURL: server.AuthorityURL, GraphURL: server.GraphURL, TenantID: server.TenantID,
		ClientID: server.ClientID, ClientSecret: server.ClientSecret, Network: network, Logger: a.log,
	})
	if err != nil {
		return nil, "", err
	}
	tenantID, err := signIn.TenantID(ctx)
	if err != nil {
		return nil, "", err
	}
	client, err := extract.NewClient(extract.Config{
		GraphURL: server.GraphURL, Tokens: signIn, Network: network, Version: version(), Logger: a.log,
	})
	return client, tenantID, err
}

// tenant returns a simulated tenant with the calls of the last dates.
func (f *tenantFlags) tenant() (*graphsim.Tenant, *graphsim.Generator, error) {
	if f.Days < 1 || f.Days > mostDays || f.CallsPerDay < 1 {
		return nil, nil, fmt.Errorf("%w: --days must be from 1 to %d and --calls-per-day at least 1", jobs.ErrUsage, mostDays)
	}
	generator := graphsim.NewGenerator(graphsim.GeneratorOptions{Seed: f.Seed, CallsPerDay: f.CallsPerDay})
	tenant := graphsim.NewTenant(graphsim.TenantOptions{})
	today := time.Now().UTC().Truncate(24 * time.Hour)
	for call := range generator.Days(today.AddDate(0, 0, -f.Days), f.Days) {
		// The newest version at once, so that a second run finds nothing new.
		tenant.Put(call.Final())
	}
	for row := range generator.LogRows(today.AddDate(0, 0, -f.Days), f.Days) {
		tenant.PutLogRow(row.Log, row.LogRow, tenant.Now())
	}
	return tenant, generator, nil
}

func refs(ids []string) iter.Seq2[extract.Ref, error] {
	return func(yield func(extract.Ref, error) bool) {
		for _, id := range ids {
			if !yield(extract.Ref{ID: id}, nil) {
				return
			}
		}
	}
}
