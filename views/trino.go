package views

import (
	"fmt"
	"strings"

	"etl/schemas"
)

// trino defines external tables of the Hive connector, with projected
// partitions.
type trino struct {
	lake Lake
	isS3 bool
}

var trinoTypes = typeNames{
	scalars: map[schemas.Type]string{
		schemas.Text: "varchar", schemas.Integer: "bigint", schemas.Double: "double", schemas.Boolean: "boolean", schemas.Timestamp: "timestamp",
		date: "date",
	},
	list: "array(%s)", fields: "row(%s)", field: "%s %s",
}

func (e trino) opening() []string {
	return []string{fmt.Sprintf("CREATE SCHEMA IF NOT EXISTS %s.%s", e.lake.Catalog, e.lake.Database)}
}

func (e trino) table(t storedTable) []string {
	location := e.lake.Location + "/" + t.Name
	if !e.isS3 {
		location = "file://" + location
	}
	var columns []string
	for _, c := range t.all() {
		columns = append(columns, fmt.Sprintf("%s %s COMMENT %s", c.Name, trinoTypes.of(c), literal(comment(c))))
	}
	properties := []string{"format = 'PARQUET'", "external_location = " + literal(location+"/")}
	if t.dated() {
		columns[len(columns)-1] += fmt.Sprintf(` WITH (
    partition_projection_type = 'DATE',
    partition_projection_format = 'yyyy-MM-dd',
    partition_projection_range = ARRAY['%s', 'NOW'],
    partition_projection_interval = 1,
    partition_projection_interval_unit = 'DAYS'
  )`, e.lake.Since)
		properties = append(properties, fmt.Sprintf("partitioned_by = ARRAY['%s']", dateColumn), "partition_projection_enabled = true",
			"partition_projection_location_template = "+literal(location+"/"+dateColumn+"=${"+dateColumn+"}/"))
	}
	return []string{
		"DROP TABLE IF EXISTS " + e.relation(t.Name),
		fmt.Sprintf("CREATE TABLE %s (\n  %s\n)\nCOMMENT %s\nWITH (\n  %s\n)", e.relation(t.Name), strings.Join(columns, ",\n  "), literal(t.Doc), strings.Join(properties, ",\n  ")),
	}
}

func (e trino) view(v View, body string) []string {
	return []string{fmt.Sprintf("CREATE OR REPLACE VIEW %s COMMENT %s AS\n%s", e.relation(v.Name), literal(v.Doc), body)}
}

func (e trino) relation(name string) string {
	return e.lake.Catalog + "." + e.lake.Database + "." + name
}

func (trino) millis(from, to string) string {
	return fmt.Sprintf("cast(date_diff('millisecond', %s, %s) AS double)", from, to)
}

func (trino) median(x string) string { return fmt.Sprintf("approx_percentile(%s, 0.5)", x) }

func (trino) ticked(object string) string {
	return fmt.Sprintf("map_keys(map_filter(try_cast(json_parse(%s) AS map(varchar, varchar)), (name, value) -> value = 'true'))", object)
}
