package jobs_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"etl/internal/s3test"
)

// Sizes of the tests that look for faults; see docs/testing.md.
var (
	sweepAll   = flag.Bool("sweep.all", false, "play every fault at every request")
	sweepCases = flag.Int("sweep.cases", 1, "at how many requests each fault is played, without -sweep.all")
	crashRuns  = flag.Int("crash.runs", 12, "how many runs are killed")
	seedFlag   = flag.Uint64("seed", 0, "of what is left to chance; 0: a new one, which the test logs")
)

// source is this package's folder, by which tests name files: the S3 server
// changes the working directory.
var source string

func TestMain(m *testing.M) {
	flag.Parse()
	given := map[string]bool{}
	flag.Visit(func(f *flag.Flag) { given[f.Name] = true })
	for name, value := range map[string]string{
		"test.parallel":    "6", // most of their time these tests wait
		"rapid.checks":     "4",
		"rapid.steps":      "15",
		"rapid.nofailfile": "true",
	} {
		if !given[name] {
			flag.Set(name, value)
		}
	}
	os.Exit(run(m))
}

func run(m *testing.M) int {
	wd, err := os.Getwd()
	if err != nil {
		panic(err)
	}
	source = wd
	// What the machine of the tests has set must not matter.
	for _, v := range os.Environ() {
		name, _, _ := strings.Cut(v, "=")
		if strings.HasPrefix(name, "ETL_") || strings.HasPrefix(name, "AZURE_") || strings.HasPrefix(name, "AWS_") {
			os.Unsetenv(name)
		}
	}
	scratch, err := os.MkdirTemp("", "etl-jobs-*")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(scratch)
	etlBinary = sync.OnceValues(func() (string, error) { return build(filepath.Join(scratch, "etl")) })
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	startGateway = sync.OnceValues(func() (*s3test.Gateway, error) {
		g, err := s3test.Start(ctx)
		if err == nil {
			g.Setenv(func(name, value string) { os.Setenv(name, value) })
			stopGateway = func() { g.Remove() }
		}
		return g, err
	})
	defer func() { stopGateway() }()
	return m.Run()
}

// startGateway starts the S3 server of the tests when the first needs it.
var (
	startGateway func() (*s3test.Gateway, error)
	stopGateway  = func() {}
)

func gateway(t testing.TB) *s3test.Gateway {
	t.Helper()
	g, err := startGateway()
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// chance returns a source of chance whose seed is logged.
func chance(t testing.TB) *rand.Rand {
	t.Helper()
	seed := *seedFlag
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("-seed %d", seed)
	return rand.New(rand.NewPCG(seed, 1))
}

// title names a case.
func title(parts ...any) string { return strings.TrimSuffix(fmt.Sprintln(parts...), "\n") }
