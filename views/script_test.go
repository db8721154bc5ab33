package views_test

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"etl/schemas"
	"etl/views"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// lakes are what the golden files are rendered for.
var lakes = map[string]views.Lake{
	"duckdb": {Location: "/srv/lake"},
	"athena": {Location: "s3://calls-bucket/teams/"},
	"trino":  {Location: "s3://calls-bucket/teams/", Since: "2026-01-01"},
	"spark":  {Location: "s3://calls-bucket/teams/"},
}

// named gives a lake the names that flags have by default.
func named(lake views.Lake) views.Lake {
	lake.Database, lake.Catalog = "teams", "hive"
	if lake.Since == "" {
		lake.Since = views.FirstDate
	}
	return lake
}

func TestScripts(t *testing.T) {
	for name, lake := range lakes {
		t.Run(name, func(t *testing.T) {
			got, err := views.Script(views.Dialect(name), named(lake))
			if err != nil {
				t.Fatal(err)
			}
			golden := filepath.Join("testdata", name+".sql")
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil || got != string(want) {
				t.Errorf("error %v, or the script is not %s; look at what changed with go test ./views -run TestScripts -update", err, golden)
			}
		})
	}
}

// TestS3Secret has DuckDB take credentials where AWS's own tools do, for this
// lake alone.
func TestS3Secret(t *testing.T) {
	lake := named(views.Lake{Location: "s3://calls-bucket/teams/", Endpoint: "http://s3.example.com:9000", Region: "eu-central-1"})
	statements, err := views.Statements(views.DuckDB, lake)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"INSTALL httpfs", "LOAD httpfs", "INSTALL aws", "LOAD aws", `CREATE OR REPLACE SECRET teams_lake (
  TYPE s3,
  PROVIDER credential_chain,
  SCOPE 's3://calls-bucket/teams',
  REGION 'eu-central-1',
  ENDPOINT 's3.example.com:9000',
  URL_STYLE 'path',
  USE_SSL false
)`, "SET TimeZone = 'UTC'"}
	if got := statements[:len(want)]; !slices.Equal(got, want) {
		t.Errorf("the script begins with %q, want %q", got, want)
	}
	if text := strings.Join(statements, "\n"); !strings.Contains(text, "glob('s3://calls-bucket/teams/streams/call_date=*/part-*.parquet')") {
		t.Error("the pattern of streams is not the lake's")
	}
}

func TestBadLakes(t *testing.T) {
	s3 := named(views.Lake{Location: "s3://bucket/x"})
	for name, c := range map[string]struct {
		dialect views.Dialect
		change  func(*views.Lake)
		says    string
	}{
		"Athena on a folder": {views.Athena, func(l *views.Lake) { l.Location = "/srv/lake" }, "reads S3 only"},
		"database":           {views.Athena, func(l *views.Lake) { l.Database = "x`; DROP" }, "name of a database"},
		"no database":        {views.Spark, func(l *views.Lake) { l.Database = "" }, "name of a database"},
		"catalog":            {views.Trino, func(l *views.Lake) { l.Catalog = "Hive" }, "name of a database or catalog"},
		"since":              {views.Trino, func(l *views.Lake) { l.Since = "2026-02-30" }, "no date"},
		"dialect":            {"oracle", func(*views.Lake) {}, "no known dialect"},
	} {
		lake := s3
		c.change(&lake)
		if script, err := views.Script(c.dialect, lake); err == nil || !strings.Contains(err.Error(), c.says) || script != "" {
			t.Errorf("%s: error %v, want one that says %q", name, err, c.says)
		}
	}
}

// TestQuotes has characters that end strings in the location.
func TestQuotes(t *testing.T) {
	for _, d := range []views.Dialect{views.DuckDB, views.Trino, views.Spark} {
		script, err := views.Script(d, named(views.Lake{Location: `/srv/o'neil`}))
		if err != nil {
			t.Fatal(err)
		}
		want := map[views.Dialect]string{views.Spark: `/srv/o\'neil/calls`}[d]
		if want == "" {
			want = `/srv/o''neil/calls`
		}
		if !strings.Contains(script, want) || strings.Contains(script, "/o'neil") {
			t.Errorf("%s: the script lacks %s", d, want)
		}
	}
}

// TestComments keeps comments within what catalogues take: AWS Glue has 255
// characters for one, and text other than ASCII comes back garbled from some.
func TestComments(t *testing.T) {
	script, err := views.Script(views.Athena, named(lakes["athena"]))
	if err != nil {
		t.Fatal(err)
	}
	comments := 0
	for line := range strings.SplitSeq(script, "\n") {
		_, text, found := strings.Cut(line, " COMMENT '")
		if !found {
			continue
		}
		comments++
		text = strings.TrimRight(text, ")',")
		if len(text) > 255 || text == "" || strings.IndexFunc(text, func(r rune) bool { return r < ' ' || r > '~' }) >= 0 {
			t.Errorf("the comment %q is empty, too long or not ASCII", text)
		}
	}
	columns := len(schemas.BuildingTable().Columns)
	for _, table := range schemas.Tables() {
		columns += len(table.Columns) + 1 // with call_date
	}
	if comments != columns {
		t.Errorf("%d comments, want one for each of %d columns", comments, columns)
	}
	for _, want := range []string{"COMMENT 'mean round trip time [ms]'", "COMMENT 'mean share of packets lost [0..1]'", `COMMENT 'platform of the caller\'s client'`} {
		if !strings.Contains(script, want) {
			t.Errorf("the script lacks %s", want)
		}
	}
}

// TestRulesNameColumns keeps the rules' columns and units those of streams.
func TestRulesNameColumns(t *testing.T) {
	units := map[string]string{}
	for _, table := range schemas.Tables() {
		for _, c := range table.Columns {
			if table.Name == schemas.Streams {
				units[c.Name] = c.Unit
			}
		}
	}
	for _, s := range views.RuleSets() {
		for _, r := range s.Rules {
			if unit, there := units[r.Column]; !there || unit != r.Unit {
				t.Errorf("%s: %s has the unit %q, want %q", s.Name, r.Column, r.Unit, unit)
			}
		}
	}
}
