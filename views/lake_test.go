//go:build cgo

package views_test

import (
	"context"
	"errors"
	"iter"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"etl/extract"
	"etl/internal/graphsim"
	"etl/internal/oracle"
	"etl/jobs"
	"etl/load"
	"etl/views"
)

// wednesday is the first of the two dates of the simulated calls: one with a
// meeting of many.
var wednesday = time.Date(2026, 11, 18, 0, 0, 0, 0, time.UTC)

// tenantID is the tenant of all calls.
const tenantID = "3f0c1b52-0f5e-4d7c-9a59-6a1de3a1f0c4"

// simulated is a lake of the calls of two dates, made once for all tests, with
// what its tables must hold.
type simulated struct {
	dir    string
	tables oracle.Tables
}

var simulate = sync.OnceValues(func() (simulated, error) {
	var records []graphsim.Record
	for call := range simulatedCalls() {
		records = append(records, call.Final())
	}
	dir, err := os.MkdirTemp("", "etl-views-*")
	if err != nil {
		return simulated{}, err
	}
	tables, err := fill(context.Background(), dir, records)
	return simulated{dir, tables}, err
})

// simulatedCalls are the calls of the lake.
func simulatedCalls() iter.Seq[graphsim.Call] {
	options := graphsim.GeneratorOptions{Seed: 11, TenantID: tenantID, CallsPerDay: 24, AllHands: 65}
	return graphsim.NewGenerator(options).Days(wednesday, 2)
}

func TestMain(m *testing.M) {
	code := m.Run()
	if lake, err := simulate(); err != nil || os.RemoveAll(lake.dir) != nil {
		code = 1
	}
	os.Exit(code)
}

// theLake returns the simulated lake.
func theLake(t *testing.T) simulated {
	t.Helper()
	lake, err := simulate()
	if err != nil {
		t.Fatal(err)
	}
	return lake
}

// fill serves the records from a simulated tenant, loads them into a folder,
// and returns what the tables must hold.
func fill(ctx context.Context, dir string, records []graphsim.Record) (oracle.Tables, error) {
	now := func() time.Time { return wednesday.Add(60 * time.Hour) }
	tenant := graphsim.NewTenant(graphsim.TenantOptions{Now: now})
	for _, r := range records {
		tenant.Put(r)
	}
	server, err := graphsim.Start(graphsim.Options{Tenant: tenant, TenantID: tenantID})
	if err != nil {
		return nil, err
	}
	defer server.Close()
	lake, err := load.Open(ctx, dir, load.Options{})
	if err != nil {
		return nil, err
	}
	defer lake.Close()
	network := extract.Network{RootCAs: server.CertPool()}
	run := jobs.Run{
		Lake: lake, Command: "run", Log: slog.New(slog.DiscardHandler),
		IDs:  refs(records),
		Pull: extract.Pull{Concurrency: 4, CallDeadline: time.Minute},
		Connect: func(ctx context.Context) (jobs.Graph, string, error) {
			signIn, err := extract.NewSignIn(extract.SignInConfig{
				AuthorityURL: server.AuthorityURL, GraphURL: server.GraphURL, TenantID: server.TenantID,
				ClientID: server.ClientID, ClientSecret: server.ClientSecret, Network: network,
			})
			if err != nil {
				return nil, "", err
			}
			client, err := extract.NewClient(extract.Config{GraphURL: server.GraphURL, Tokens: signIn, Network: network, Now: now})
			return client, server.TenantID, err
		},
	}
	report, err := run.Do(ctx)
	if err != nil {
		return nil, err
	}
	if report.Loaded != int64(len(records)) {
		return nil, errors.New("not all calls were loaded: " + string(report.JSON()))
	}
	tables := oracle.Tables{}
	for _, r := range records {
		rows, err := oracle.Flatten(r.JSON, server.TenantID, now())
		if err != nil {
			return nil, err
		}
		for name := range rows {
			tables[name] = append(tables[name], rows[name]...)
		}
	}
	oracle.Sort(tables)
	return tables, nil
}

func refs(records []graphsim.Record) iter.Seq2[extract.Ref, error] {
	return func(yield func(extract.Ref, error) bool) {
		for _, r := range records {
			if !yield(extract.Ref{ID: r.ID}, nil) {
				return
			}
		}
	}
}

// relations are all tables and views.
func relations() []string {
	names := []string{"calls", "participants", "sessions", "segments", "media", "streams", "buildings"}
	for _, v := range views.Views() {
		names = append(names, v.Name)
	}
	return names
}

// objects are the Parquet files of a table.
func objects(t *testing.T, dir, table string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, table, "call_date=*", "part-*.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(files)
	return files
}

func copyObject(t *testing.T, from, to string) {
	t.Helper()
	content, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, content, 0o644); err != nil {
		t.Fatal(err)
	}
}
