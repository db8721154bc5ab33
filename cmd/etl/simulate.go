package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"etl/internal/graphsim"
	"etl/jobs"
)

// simulateCommand is etl simulate.
type simulateCommand struct {
	tenantFlags
	Records       string `help:"Serve the recorded calls in this folder's *.json files: whole call records, or answers of Graph as its documentation shows them." placeholder:"DIR" group:"Simulated tenant"`
	GraphAddr     string `name:"graph-addr" help:"Address to serve Graph at." default:"127.0.0.1:0" group:"Simulated tenant"`
	AuthorityAddr string `name:"authority-addr" help:"Address to serve Entra ID at." default:"127.0.0.1:0" group:"Simulated tenant"`
	Dir           string `help:"Where ca.pem, ids.txt and env.sh go." default:"./simulate" placeholder:"DIR" group:"Simulated tenant"`
	Throttle      bool   `help:"Enforce Graph's limits." group:"Simulated tenant"`
}

// Run serves until it is interrupted, which is how it is meant to end.
func (c *simulateCommand) Run(a *app) error {
	tenant, generator, err := c.tenant()
	if err != nil {
		return err
	}
	if c.Records != "" {
		if tenant, err = recorded(c.Records); err != nil {
			return err
		}
	}
	options := graphsim.Options{
		Tenant: tenant, TenantID: generator.TenantID(), GraphAddr: c.GraphAddr, EntraAddr: c.AuthorityAddr,
		NextLinks: graphsim.Mixed,
	}
	if c.Throttle {
		options.Limits = graphsim.RealLimits()
	}
	server, err := graphsim.Start(options)
	if err != nil {
		return fmt.Errorf("starting the simulated tenant: %w", err)
	}
	defer server.Close()
	if err := c.describe(a, server); err != nil {
		return err
	}
	<-a.ctx.Done()
	return nil
}

// recorded returns a tenant of recorded calls, which are there however old
// they are.
func recorded(dir string) (*graphsim.Tenant, error) {
	records, err := graphsim.LoadRecords(dir)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", jobs.ErrUsage, err)
	}
	tenant := graphsim.NewTenant(graphsim.TenantOptions{Retention: graphsim.KeepForever})
	for _, record := range records {
		tenant.Put(record)
	}
	return tenant, nil
}

// describe writes what a client needs, and prints how to use it.
func (c *simulateCommand) describe(a *app, server *graphsim.Server) error {
	dir, err := filepath.Abs(c.Dir)
	if err != nil {
		return fmt.Errorf("naming the folder of the simulated tenant: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("making the folder of the simulated tenant: %w", err)
	}
	var env strings.Builder
	for _, v := range [][2]string{
		{"ETL_GRAPH_URL", server.GraphURL},
		{"ETL_AUTHORITY_URL", server.AuthorityURL},
		{"ETL_CA_FILE", filepath.Join(dir, "ca.pem")},
		{"AZURE_TENANT_ID", server.TenantID},
		{"AZURE_CLIENT_ID", server.ClientID},
		{"AZURE_CLIENT_SECRET", server.ClientSecret},
	} {
		fmt.Fprintf(&env, "export %s='%s'\n", v[0], strings.ReplaceAll(v[1], "'", `'\''`))
	}
	ids := server.Tenant().IDs()
	for name, text := range map[string]string{
		"ca.pem": string(server.CAPEM), "env.sh": env.String(), "ids.txt": strings.Join(ids, "\n") + "\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			return fmt.Errorf("writing what a client of the simulated tenant needs: %w", err)
		}
	}
	_, err = fmt.Fprintf(a.stdout, "%s\n# A simulated tenant with %d calls. In another shell:\n#   . %s && etl run --ids %s\n# Ctrl-C ends it.\n",
		env.String(), len(ids), filepath.Join(dir, "env.sh"), filepath.Join(dir, "ids.txt"))
	return err
}
