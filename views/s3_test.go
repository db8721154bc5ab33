//go:build cgo && readers

package views_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"etl/internal/graphsim"
	"etl/internal/oracle"
	"etl/internal/s3test"
	"etl/views"
)

// The tests with the tag readers ask readers that are programs of their own,
// which .ci/readers installs. They read the simulated calls from a bucket.

var startGateway = sync.OnceValues(func() (*s3test.Gateway, error) { return s3test.Start(context.Background()) })

// inBucket loads the simulated calls into a bucket and returns where they are.
func inBucket(t *testing.T) (gateway *s3test.Gateway, lake string, tables oracle.Tables) {
	t.Helper()
	gateway, err := startGateway()
	if err != nil {
		t.Fatal(err)
	}
	gateway.Setenv(t.Setenv)
	bucket, _ := gateway.Bucket(t)
	lake = "s3://" + bucket + "/teams/lake"
	var records []graphsim.Record
	for call := range simulatedCalls() {
		records = append(records, call.Final())
	}
	tables, err = fill(t.Context(), lake, records)
	if err != nil {
		t.Fatal(err)
	}
	return gateway, lake, tables
}

// withBuildings returns a folder with the simulated calls and some buildings.
func withBuildings(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(theLake(t).dir)); err != nil {
		t.Fatal(err)
	}
	putBuildings(t, dir, someBuildings)
	return dir
}

// program is what a reader's variable names; it must be there.
func program(t *testing.T, variable string) string {
	t.Helper()
	path := os.Getenv(variable)
	if path == "" {
		t.Fatalf("%s is not set; .ci/readers does that", variable)
	}
	return path
}

// duckDBScript makes the views in DuckDB with the extensions from PyPI, and
// writes the result of each query to a file.
const duckDBScript = `
import duckdb, glob, json, os, sys
job = json.load(sys.stdin)
connection = duckdb.connect(config={"extension_directory": job["dir"]})
for name in ("httpfs", "aws"):
    package = __import__("duckdb_extension_" + name)
    (file,) = glob.glob(os.path.join(os.path.dirname(package.__file__), "**", name + ".duckdb_extension"), recursive=True)
    connection.execute("INSTALL '" + file + "'")
connection.execute(job["empty"])
connection.execute("FROM network_quality") # of a lake without objects
connection.execute(job["script"])
for name, query in job["queries"].items():
    connection.execute("COPY (" + query + ") TO '" + os.path.join(job["dir"], name + ".parquet") + "'")
`

func TestDuckDBOverS3(t *testing.T) {
	python := program(t, "READERS_PYTHON")
	gateway, lake, tables := inBucket(t)
	putBuildings(t, lake, someBuildings)
	empty, err := views.Script(views.DuckDB, named(views.Lake{Location: lake + "/none", Endpoint: gateway.URL, Region: "us-east-1"}))
	if err != nil {
		t.Fatal(err)
	}
	script, err := views.Script(views.DuckDB, named(views.Lake{Location: lake, Endpoint: gateway.URL, Region: "us-east-1"}))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	queries := map[string]string{}
	for _, relation := range relations() {
		queries[relation] = "SELECT count(*) AS n FROM " + relation
	}
	for number, text := range questions(t) {
		queries[number] = strings.TrimSuffix(strings.TrimSpace(text), ";")
	}
	job, err := json.Marshal(map[string]any{"empty": empty, "script": script, "queries": queries, "dir": dir})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), python, "-c", duckDBScript)
	cmd.Stdin = strings.NewReader(string(job))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	here := duckDB(t, withBuildings(t))
	read := func(name string) []oracle.Row {
		return query(t, here, fmt.Sprintf("FROM '%s'", filepath.Join(dir, name+".parquet")))
	}
	for _, relation := range relations() {
		if got, want := read(relation)[0]["n"], int64(count(t, here, relation)); got != want || want == 0 && relation != "missing_subnets" {
			t.Errorf("%s has %v rows over S3, want %d", relation, got, want)
		}
	}
	n := newNaive(tables)
	for number, answer := range answers {
		if problem := differ(read(number), answer(n), same); problem != "" {
			t.Errorf("question %s: %s", number, problem)
		}
	}
}

// sortedQuestions are the numbers of the questions.
func sortedQuestions() []string { return slices.Sorted(maps.Keys(answers)) }
