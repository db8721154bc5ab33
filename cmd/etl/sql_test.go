package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"etl/internal/gluetest"
	"etl/jobs"
	"etl/views"
)

func TestSQLPrintsTheScriptOfTheLake(t *testing.T) {
	t.Chdir(t.TempDir())
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	defaults := views.Lake{Location: filepath.Join(dir, "lake"), Database: "teams", Catalog: "hive", Since: views.FirstDate}
	t.Setenv("AWS_ENDPOINT_URL_S3", "https://s3.example.com")
	t.Setenv("AWS_REGION", "eu-central-1")
	defaults.Endpoint, defaults.Region = "https://s3.example.com", "eu-central-1"
	s3 := defaults
	s3.Location, s3.Database, s3.Catalog, s3.Since = "s3://calls-bucket/teams", "calls", "lakes", "2026-01-01"
	for _, d := range views.Dialects() {
		cases := map[string]views.Lake{"--lake=S3://calls-bucket/teams --database=calls --catalog=lakes --since=2026-01-01": s3}
		if d != views.Athena {
			cases["--lake=./lake"] = defaults
			cases["--lake=file://"+dir+"/lake"] = defaults
		}
		for flags, lake := range cases {
			want, err := views.Script(d, lake)
			if err != nil {
				t.Fatal(err)
			}
			if r := etl(t, append([]string{"sql", string(d)}, strings.Fields(flags)...)...); r.code != 0 || r.stdout != want || r.stderr != "" {
				t.Errorf("sql %s %s: exit code %d, standard error %q, the script is as wanted: %v", d, flags, r.code, r.stderr, r.stdout == want)
			}
		}
	}
}

func TestSQLWithBuildings(t *testing.T) {
	dir := t.TempDir()
	good, bad, empty := filepath.Join(dir, "good.tsv"), filepath.Join(dir, "bad.csv"), filepath.Join(dir, "empty.csv")
	row := func(address, name string) string { return address + "\tn\t16\t" + name + "\t\t\t\t\t\t\t\t\t1\t0\n" }
	wide := strings.Replace(row("10.0.0.0", "Everywhere"), "16", "8", 1)
	for file, text := range map[string]string{good: wide + row("10.1.0.0", "Hall"), bad: "10.1.0.0,x\n", empty: "\n"} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	lake := filepath.Join(dir, "lake")
	table := filepath.Join(lake, "buildings", "part-0.parquet")
	bare := etl(t, "sql", "duckdb", "--lake", lake)
	r := etl(t, "sql", "duckdb", "--lake", lake, "--buildings", good)
	if r.code != 0 || r.stdout != bare.stdout || !strings.Contains(r.stderr, "line 2: 10.1.0.0/16 lies within 10.0.0.0/8 on line 1") {
		t.Errorf("exit code %d, standard error %s", r.code, r.stderr)
	}
	before, err := os.Stat(table)
	if err != nil {
		t.Fatal(err)
	}
	r = etl(t, "buildings", good, "--lake", lake)
	if r.code != 0 || r.stdout != "etl buildings: 2 networks, 2 buildings, 2 inside the company's network; nothing new, the same as in buildings/part-0.parquet in "+lake+"\n" {
		t.Errorf("exit code %d, standard output %s, standard error %s", r.code, r.stdout, r.stderr)
	}
	if after, err := os.Stat(table); err != nil || !os.SameFile(before, after) {
		t.Errorf("the same buildings were written again, error %v", err)
	}
	for file, says := range map[string]string{bad: "line 1: 2 columns", filepath.Join(dir, "none"): "no such file", empty: "it is empty"} {
		for _, args := range [][]string{{"sql", "duckdb", "--buildings", file}, {"buildings", file}} {
			r := etl(t, append(args, "--lake", filepath.Join(dir, "other"))...)
			if r.code != jobs.ExitUsage || r.stdout != "" || !strings.Contains(r.stderr, says) {
				t.Errorf("%v: exit code %d, standard error %s, want one that says %q", args, r.code, r.stderr, says)
			}
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "other")); !os.IsNotExist(err) {
		t.Errorf("a file that can't be used has made a lake: %v", err)
	}
}

func TestBadSQL(t *testing.T) {
	for args, says := range map[string]string{
		"athena --lake ./lake":                  "reads S3 only",
		"oracle":                                "duckdb",
		"duckdb --lake s3://":                   "s3://bucket/prefix",
		"duckdb --lake gs://bucket/x":           "s3://bucket/prefix",
		"trino --lake s3://b/l --since 1.1.26":  "no date",
		"spark --database my-calls":             "my-calls",
		"trino --lake s3://b/l --apply":         "AWS Glue",
		"athena --lake s3://b/l --apply --plan": "--plan",
		"":                                      "dialect",
	} {
		r := etl(t, append([]string{"sql"}, strings.Fields(args)...)...)
		if r.code != jobs.ExitUsage || !strings.Contains(r.stderr, says) || r.stdout != "" {
			t.Errorf("sql %s: exit code %d, standard error %q, want one that says %q", args, r.code, r.stderr, says)
		}
	}
}

// TestSQLAppliesToGlue makes the catalogue, and then has nothing to do.
func TestSQLAppliesToGlue(t *testing.T) {
	server := gluetest.Start(t)
	args := []string{"sql", "athena", "--lake", "s3://calls-bucket/teams", "--database", "calls"}
	r := etl(t, append(args, "--plan")...)
	if r.code != 0 || !strings.Contains(r.stdout, "+ create table calls.streams: ") || !strings.HasSuffix(r.stdout, " changes; --apply makes them.\n") || len(server.Writes()) > 0 {
		t.Errorf("exit code %d, standard output %s, standard error %s", r.code, r.stdout, r.stderr)
	}
	r = etl(t, append(args, "--apply")...)
	if r.code != 0 || !strings.Contains(r.stdout, "+ create table calls.streams: ") || !strings.HasSuffix(r.stdout, " changes made.\n") || server.Table("calls", "streams") == nil {
		t.Errorf("exit code %d, standard output %s, standard error %s", r.code, r.stdout, r.stderr)
	}
	server.Writes()
	r = etl(t, append(args, "--apply")...)
	if r.code != 0 || !strings.Contains(r.stdout, "= table calls.streams is unchanged\n") || !strings.HasSuffix(r.stdout, "\nNothing changes.\n") || len(server.Writes()) > 0 {
		t.Errorf("exit code %d, standard output %s, standard error %s", r.code, r.stdout, r.stderr)
	}
	for _, c := range []struct {
		do   func()
		code int
		says string
	}{
		{func() { server.Fail("GetTable", "AccessDeniedException") }, jobs.ExitSignIn, "glue:GetTable"},
		{func() { server.Fail("GetTable", "InvalidInputException") }, jobs.ExitStorage, "AWS Glue"},
		{func() {
			server.Fail("GetTable", "")
			server.Change("calls", "media", func(input map[string]any) { delete(input, "Parameters") })
		}, jobs.ExitUsage, "calls.media has no parameter etl.lake"},
	} {
		c.do()
		if r := etl(t, append(args, "--apply")...); r.code != c.code || r.stdout != "" || !strings.Contains(r.stderr, c.says) {
			t.Errorf("exit code %d, standard output %s, standard error %s, want %d and %q", r.code, r.stdout, r.stderr, c.code, c.says)
		}
	}
}
