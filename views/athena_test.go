package views_test

import (
	"regexp"
	"strings"
	"testing"

	"etl/schemas"
	"etl/views"
)

// hiveColumn is a column of a CREATE TABLE with a type that Athena documents
// for DDL and that Parquet's columns of the lake are read as.
var hiveColumn = regexp.MustCompile("^  `([a-z0-9_]+)` (string|bigint|double|boolean|timestamp|array<string>|array<struct<[a-z0-9_:,]+>>) COMMENT '")

var hiveField = regexp.MustCompile("^[a-z0-9_]+:(string|bigint|double|boolean|timestamp)$")

func TestAthenaTables(t *testing.T) {
	statements, err := views.Statements(views.Athena, named(lakes["athena"]))
	if err != nil {
		t.Fatal(err)
	}
	types := map[schemas.Type]string{
		schemas.Text: "string", schemas.Integer: "bigint", schemas.Double: "double", schemas.Boolean: "boolean", schemas.Timestamp: "timestamp",
		schemas.ListOfText: "array<string>",
	}
	for _, table := range append(schemas.Tables(), schemas.BuildingTable()) {
		ddl := ""
		for _, s := range statements {
			if strings.HasPrefix(s, "CREATE EXTERNAL TABLE `teams`.`"+table.Name+"` (") {
				ddl = s
			}
		}
		var columns [][]string
		for line := range strings.SplitSeq(ddl, "\n") {
			if m := hiveColumn.FindStringSubmatch(line); m != nil {
				columns = append(columns, m)
			}
		}
		if len(columns) != len(table.Columns) {
			t.Errorf("%s has %d columns of documented types, want %d", table.Name, len(columns), len(table.Columns))
			continue
		}
		for i, c := range table.Columns {
			fields, isStruct := strings.CutPrefix(columns[i][2], "array<struct<")
			if columns[i][1] != c.Name || !isStruct && columns[i][2] != types[c.Type] || isStruct != (c.Type == schemas.ListOfStructs) {
				t.Errorf("%s: column %v, want %s of type %s", table.Name, columns[i], c.Name, c.Type)
			}
			for n, field := range strings.Split(strings.TrimSuffix(fields, ">>"), ",") {
				if isStruct && (!hiveField.MatchString(field) || field != c.Fields[n].Name+":"+types[c.Fields[n].Type]) {
					t.Errorf("%s: column %s has the field %q", table.Name, c.Name, field)
				}
			}
		}
		for _, want := range []string{"STORED AS PARQUET\nLOCATION 's3://calls-bucket/teams/" + table.Name + "/'", "'etl.lake' = 's3://calls-bucket/teams'"} {
			if !strings.Contains(ddl, want) {
				t.Errorf("%s: the definition lacks %s", table.Name, want)
			}
		}
		if table.Name == schemas.Buildings {
			if strings.Contains(ddl, "PARTITION") || strings.Contains(ddl, "projection") {
				t.Errorf("buildings has partitions: %s", ddl)
			}
			continue
		}
		for _, want := range []string{
			"PARTITIONED BY (`call_date` date",
			"'projection.enabled' = 'true'", "'projection.call_date.type' = 'date'", "'projection.call_date.format' = 'yyyy-MM-dd'",
			"'projection.call_date.range' = '2020-01-01,NOW'", "'projection.call_date.interval' = '1'", "'projection.call_date.interval.unit' = 'DAYS'",
			"'storage.location.template' = 's3://calls-bucket/teams/" + table.Name + "/call_date=${call_date}/'",
		} {
			if !strings.Contains(ddl, want) {
				t.Errorf("%s: the definition lacks %s", table.Name, want)
			}
		}
	}
}
