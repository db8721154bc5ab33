package catalog_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"etl/catalog"
	"etl/internal/gluetest"
	"etl/views"
)

var lake = views.Lake{Location: "s3://calls-bucket/teams", Database: "teams", Catalog: "hive", Since: views.FirstDate}

func plan(t *testing.T, g *catalog.Glue, lake views.Lake) (*catalog.Plan, error) {
	t.Helper()
	tables, overThem, err := views.External(lake)
	if err != nil {
		t.Fatal(err)
	}
	return g.Plan(t.Context(), lake.Database, tables, overThem)
}

func mustPlan(t *testing.T, g *catalog.Glue) *catalog.Plan {
	t.Helper()
	p, err := plan(t, g, lake)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func open(t *testing.T) *catalog.Glue {
	t.Helper()
	g, err := catalog.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// applied is a catalogue that has everything.
func applied(t *testing.T) (*gluetest.Server, *catalog.Glue) {
	t.Helper()
	server, g := gluetest.Start(t), open(t)
	if err := g.Apply(t.Context(), mustPlan(t, g)); err != nil {
		t.Fatal(err)
	}
	server.Writes()
	return server, g
}

// things are how many tables and views there are.
func things(t *testing.T) int {
	t.Helper()
	tables, overThem, err := views.External(lake)
	if err != nil {
		t.Fatal(err)
	}
	return len(tables) + len(overThem)
}

func TestApplyMakesEverythingOnce(t *testing.T) {
	server, g := gluetest.Start(t), open(t)
	p := mustPlan(t, g)
	if got := server.Writes(); len(got) > 0 {
		t.Errorf("planning has done %v", got)
	}
	if n := things(t) + 1; p.Changes() != n || strings.Count(p.String(), "\n+ ")+1 != n || !strings.HasPrefix(p.String(), "+ create database teams\n+ create table teams.calls: ") {
		t.Errorf("%d changes, want %d:\n%s", p.Changes(), n, p)
	}
	if err := g.Apply(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	if got := server.Writes(); len(got) != p.Changes() {
		t.Errorf("it has done %v", got)
	}
	p = mustPlan(t, g)
	if err := g.Apply(t.Context(), p); err != nil || p.Changes() != 0 || strings.Count(p.String(), "= ") != things(t) {
		t.Errorf("again: error %v, plan\n%s", err, p)
	}
	if got := server.Writes(); len(got) > 0 {
		t.Errorf("again it has done %v", got)
	}
}

// TestTablesAsGlueHasThem holds what is sent against what Athena keeps of a
// CREATE EXTERNAL TABLE.
func TestTablesAsGlueHasThem(t *testing.T) {
	server, _ := applied(t)
	input := server.Table("teams", "streams").Input
	storage := input["StorageDescriptor"].(map[string]any)
	parameters := input["Parameters"].(map[string]any)
	for what, got := range map[string][2]any{
		"type": {input["TableType"], "EXTERNAL_TABLE"}, "location": {storage["Location"], "s3://calls-bucket/teams/streams/"},
		"SerDe":        {storage["SerdeInfo"].(map[string]any)["SerializationLibrary"], "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"},
		"input":        {storage["InputFormat"], "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat"},
		"output":       {storage["OutputFormat"], "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat"},
		"projection":   {parameters["projection.enabled"], "true"},
		"template":     {parameters["storage.location.template"], "s3://calls-bucket/teams/streams/call_date=${call_date}/"},
		"range":        {parameters["projection.call_date.range"], "2020-01-01,NOW"},
		"owner":        {parameters["etl.lake"], "s3://calls-bucket/teams"},
		"first column": {storage["Columns"].([]any)[0].(map[string]any)["Comment"], "id of the tenant whose calls these are"},
		"partition":    {input["PartitionKeys"].([]any)[0].(map[string]any)["Type"], "date"},
	} {
		if got[0] != got[1] {
			t.Errorf("%s is %v, want %v", what, got[0], got[1])
		}
	}
	buildings := server.Table("teams", "buildings").Input
	if keys := buildings["PartitionKeys"]; keys != nil || buildings["Parameters"].(map[string]any)["projection.enabled"] != nil {
		t.Errorf("buildings has partitions: %v", buildings)
	}
}

// TestViewsAsGlueHasThem decodes a view as Athena does.
func TestViewsAsGlueHasThem(t *testing.T) {
	server, _ := applied(t)
	input := server.Table("teams", "stream_facts").Input
	text, _ := strings.CutPrefix(input["ViewOriginalText"].(string), "/* Presto View: ")
	decoded, err := base64.StdEncoding.DecodeString(strings.TrimSuffix(text, " */"))
	if err != nil {
		t.Fatal(err)
	}
	var view struct {
		OriginalSQL, Catalog, Schema string
		Columns                      []struct{ Name, Type string }
		RunAsInvoker                 bool
	}
	if err := json.Unmarshal(decoded, &view); err != nil {
		t.Fatal(err)
	}
	if view.Catalog != "awsdatacatalog" || view.Schema != "teams" || !strings.Contains(view.OriginalSQL, `FROM "teams"."streams"`) || len(view.Columns) < 100 || !view.RunAsInvoker {
		t.Errorf("the view is %s", decoded)
	}
	parameters := input["Parameters"].(map[string]any)
	if input["TableType"] != "VIRTUAL_VIEW" || input["Description"] != nil || input["ViewExpandedText"] != "/* Presto View */" || parameters["presto_view"] != "true" || parameters["comment"] != "Presto View" {
		t.Errorf("the table is %v", input)
	}
	hive := map[any]any{}
	for i, c := range input["StorageDescriptor"].(map[string]any)["Columns"].([]any) {
		column := c.(map[string]any)
		hive[column["Name"]] = column["Type"]
		if view.Columns[i].Name != column["Name"] {
			t.Errorf("column %d is %v and %s", i, column["Name"], view.Columns[i].Name)
		}
	}
	for name, want := range map[string]string{
		"call_id": "string", "call_date": "date", "call_version": "bigint", "call_start_date_time": "timestamp", "is_test": "boolean", "call_modalities": "array<string>",
		"caller_network_trace_route_hops": "array<struct<hop_count:bigint,ip_address:string,round_trip_time_ms:double>>",
	} {
		if hive[name] != want {
			t.Errorf("%s is %v, want %s", name, hive[name], want)
		}
	}
}

// TestApplyUpdates brings back what was changed, and leaves alone what etl says
// nothing of.
func TestApplyUpdates(t *testing.T) {
	server, g := applied(t)
	server.Change("teams", "calls", func(input map[string]any) {
		storage := input["StorageDescriptor"].(map[string]any)
		all := storage["Columns"].([]any)
		all[0].(map[string]any)["Comment"] = "other"
		all[1].(map[string]any)["Type"] = "int"
		last := all[len(all)-1].(map[string]any)
		storage["Columns"] = append(all[:len(all)-1], map[string]any{"Name": "of_tomorrow", "Type": "string"})
		storage["Location"] = "s3://elsewhere/"
		input["Parameters"].(map[string]any)["theirs"] = "stays"
		input["Parameters"].(map[string]any)["projection.call_date.range"] = "2026-01-01,NOW"
		input["Owner"] = "hadoop"
		if last["Name"] != "fetched_at" {
			t.Errorf("the last column is %v", last)
		}
	})
	p := mustPlan(t, g)
	want := "~ update table teams.calls: add columns fetched_at; change types of call_id from int to string; comments of 1 columns; set projection.call_date.range; location\n"
	if p.Changes() != 1 || !strings.Contains(p.String(), want) {
		t.Errorf("the plan is\n%s", p)
	}
	if err := g.Apply(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	if got := server.Writes(); !slices.Equal(got, []string{"UpdateTable"}) {
		t.Errorf("it has done %v", got)
	}
	input := server.Table("teams", "calls").Input
	all := input["StorageDescriptor"].(map[string]any)["Columns"].([]any)
	if input["Owner"] != "hadoop" || input["Parameters"].(map[string]any)["theirs"] != "stays" || all[len(all)-1].(map[string]any)["Name"] != "of_tomorrow" {
		t.Errorf("the table is %v", input)
	}
	if p := mustPlan(t, g); p.Changes() != 0 {
		t.Errorf("then the plan is\n%s", p)
	}
}

// TestViewsChangeWithTheirQuery has a view of an older etl.
func TestViewsChangeWithTheirQuery(t *testing.T) {
	server, g := applied(t)
	server.Change("teams", "call_quality", func(input map[string]any) {
		input["ViewOriginalText"] = "/* Presto View: e30= */"
		storage := input["StorageDescriptor"].(map[string]any)
		storage["Columns"] = append(storage["Columns"].([]any), map[string]any{"Name": "old", "Type": "string"})
	})
	p := mustPlan(t, g)
	if !strings.Contains(p.String(), "~ update view teams.call_quality: drop 1 columns; query\n") {
		t.Errorf("the plan is\n%s", p)
	}
	if err := g.Apply(t.Context(), p); err != nil || mustPlan(t, g).Changes() != 0 {
		t.Errorf("error %v, then the plan is\n%s", err, mustPlan(t, g))
	}
}

// TestWhatOthersMadeStays has tables of those names that are not this lake's.
func TestWhatOthersMadeStays(t *testing.T) {
	server, g := applied(t)
	server.Change("teams", "calls", func(input map[string]any) { delete(input["Parameters"].(map[string]any), "etl.lake") })
	server.Change("teams", "media", func(input map[string]any) { delete(input, "Parameters") })
	server.Change("teams", "call_quality", func(input map[string]any) {
		input["Parameters"].(map[string]any)["etl.lake"] = "s3://calls-bucket/other"
	})
	_, err := plan(t, g, lake)
	if !errors.Is(err, catalog.ErrForeign) {
		t.Fatalf("error %v", err)
	}
	for _, says := range []string{"teams.calls has no parameter etl.lake", "teams.media has no parameter", "teams.call_quality is of the lake s3://calls-bucket/other", "--database"} {
		if !strings.Contains(err.Error(), says) {
			t.Errorf("the error does not say %q: %v", says, err)
		}
	}
	if got := server.Writes(); len(got) > 0 {
		t.Errorf("it has done %v", got)
	}
	elsewhere := lake
	elsewhere.Database = "other"
	if p, err := plan(t, g, elsewhere); err != nil || p.Changes() != things(t)+1 {
		t.Errorf("in another database: error %v, plan\n%s", err, p)
	}
}

// TestOvertaken has somebody else change a table between plan and update.
func TestOvertaken(t *testing.T) {
	server, g := applied(t)
	change := func(comment string) {
		server.Change("teams", "calls", func(input map[string]any) { input["Description"] = comment })
	}
	change("one")
	p := mustPlan(t, g)
	change("two")
	err := g.Apply(t.Context(), p)
	if !errors.Is(err, catalog.ErrUnavailable) || !strings.Contains(err.Error(), "run it again") || server.Table("teams", "calls").Input["Description"] != "two" {
		t.Errorf("error %v", err)
	}
	if err := g.Apply(t.Context(), mustPlan(t, g)); err != nil || mustPlan(t, g).Changes() != 0 {
		t.Errorf("again: error %v", err)
	}
}

func TestRefusals(t *testing.T) {
	server, g := gluetest.Start(t), open(t)
	for _, operation := range []string{"GetDatabase", "CreateDatabase", "GetTable", "CreateTable", "UpdateTable"} {
		if operation == "GetTable" { // from here on the database is there
			if err := g.Apply(t.Context(), mustPlan(t, g)); err != nil {
				t.Fatal(err)
			}
			server.Change("teams", "calls", func(input map[string]any) { delete(input, "Description") })
		}
		database := lake
		if operation == "CreateTable" {
			database.Database = "other"
		}
		for code, class := range map[string]error{"AccessDeniedException": catalog.ErrDenied, "UnrecognizedClientException": catalog.ErrDenied, "InvalidInputException": catalog.ErrUnavailable} {
			server.Fail(operation, code)
			p, err := plan(t, g, database)
			if err == nil {
				err = g.Apply(t.Context(), p)
			}
			server.Fail(operation, "")
			if !errors.Is(err, class) || code == "AccessDeniedException" && !strings.Contains(err.Error(), "the credentials lack glue:"+operation) {
				t.Errorf("%s, %s: error %v", operation, code, err)
			}
		}
	}
}

func TestNoSettings(t *testing.T) {
	gluetest.Start(t)
	t.Setenv("AWS_REGION", "")
	if _, err := catalog.Open(t.Context()); !errors.Is(err, catalog.ErrUnavailable) || !strings.Contains(err.Error(), "AWS_REGION") {
		t.Errorf("without a region: %v", err)
	}
	t.Setenv("AWS_REGION", "eu-central-1")
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "")
	if _, err := catalog.Open(t.Context()); !errors.Is(err, catalog.ErrDenied) || !strings.Contains(err.Error(), "AWS_PROFILE") {
		t.Errorf("without credentials: %v", err)
	}
}
