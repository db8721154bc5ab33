package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"etl/internal/graphsim"
	"etl/internal/s3test"
	"etl/jobs"
)

// TestMain lets the test binary be etl itself, for tests that need a process.
func TestMain(m *testing.M) {
	if os.Getenv("ETL_TEST_IS_ETL") != "" {
		main()
	}
	// What the machine of the tests has set must not matter.
	for _, v := range os.Environ() {
		name, _, _ := strings.Cut(v, "=")
		if strings.HasPrefix(name, "ETL_") || strings.HasPrefix(name, "AZURE_") || strings.HasPrefix(name, "AWS_") || strings.HasPrefix(name, "OTEL_") {
			os.Unsetenv(name)
		}
	}
	wd, err := os.Getwd()
	if err != nil {
		panic(err)
	}
	source = wd
	os.Exit(m.Run())
}

// source is this package's folder, by which tests name files: the S3 server
// changes the working directory.
var source string

// startGateway starts the S3 server of the tests when the first needs it. It
// ends with the process.
var startGateway = sync.OnceValues(func() (*s3test.Gateway, error) { return s3test.Start(context.Background()) })

// useS3 makes the environment lead to a bucket, whose objects are files in the
// folder.
func useS3(t *testing.T) (bucket, folder string) {
	t.Helper()
	gateway, err := startGateway()
	if err != nil {
		t.Fatal(err)
	}
	gateway.Setenv(t.Setenv)
	return gateway.Bucket(t)
}

// result is what a command left behind.
type result struct {
	code           int
	stdout, stderr string
}

// etl runs a command in this process.
func etl(t *testing.T, args ...string) result {
	t.Helper()
	return etlWith(t, "", args...)
}

func etlWith(t *testing.T, stdin string, args ...string) result {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code := run(t.Context(), world{args, os.Getenv, strings.NewReader(stdin), &stdout, &stderr})
	return result{code, stdout.String(), stderr.String()}
}

// process returns a command of etl as a process of its own.
func process(t *testing.T, ctx context.Context, args ...string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, exe, args...)
	cmd.Env = append(os.Environ(), "ETL_TEST_IS_ETL=1")
	return cmd
}

// report parses the JSON report on standard output.
func (r result) report(t *testing.T) jobs.Report {
	t.Helper()
	var report jobs.Report
	d := json.NewDecoder(strings.NewReader(r.stdout))
	d.DisallowUnknownFields()
	if err := d.Decode(&report); err != nil {
		t.Fatalf("standard output is no report: %v\n%s\n%s", err, r.stdout, r.stderr)
	}
	return report
}

// useTenant serves a simulated tenant and makes the environment lead to it.
func useTenant(t *testing.T, options graphsim.Options) *graphsim.Server {
	t.Helper()
	if options.Tenant == nil {
		options.Tenant = graphsim.NewTenant(graphsim.TenantOptions{})
		generator := graphsim.NewGenerator(graphsim.GeneratorOptions{Seed: 5, CallsPerDay: 12, AllHands: -1})
		for call := range generator.Days(time.Now().UTC().AddDate(0, 0, -3), 2) {
			options.Tenant.Put(call.Final())
		}
	}
	server, err := graphsim.Start(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, server.CAPEM, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"ETL_GRAPH_URL": server.GraphURL, "ETL_AUTHORITY_URL": server.AuthorityURL, "ETL_CA_FILE": ca,
		"AZURE_TENANT_ID": server.TenantID, "AZURE_CLIENT_ID": server.ClientID, "AZURE_CLIENT_SECRET": server.ClientSecret,
	} {
		t.Setenv(name, value)
	}
	return server
}
