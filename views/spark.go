package views

import (
	"fmt"
	"strings"

	"etl/schemas"
)

// spark defines external tables, whose partitions its catalogue must be told
// of.
type spark struct {
	lake Lake
	isS3 bool
}

func (e spark) opening() []string {
	return []string{"SET TIME ZONE 'UTC'", "CREATE DATABASE IF NOT EXISTS " + e.lake.Database, "USE " + e.lake.Database}
}

func (e spark) table(t schemas.Table) []string {
	var columns []string
	for _, c := range t.Columns {
		columns = append(columns, fmt.Sprintf("%s %s COMMENT %s", c.Name, hiveTypes.of(c), escaped(comment(c))))
	}
	location := e.lake.Location
	if e.isS3 {
		location = "s3a" + strings.TrimPrefix(location, "s3")
	}
	return []string{
		"DROP TABLE IF EXISTS " + t.Name,
		fmt.Sprintf(`CREATE TABLE %s (
  %s,
  %s date COMMENT %s
)
USING parquet
PARTITIONED BY (%[3]s)
LOCATION %[5]s
COMMENT %s`, t.Name, strings.Join(columns, ",\n  "), dateColumn, escaped(dateDoc), escaped(location+"/"+t.Name), escaped(t.Doc)),
		"MSCK REPAIR TABLE " + t.Name,
	}
}

func (e spark) view(v View, body string) []string {
	return []string{fmt.Sprintf("CREATE OR REPLACE VIEW %s COMMENT %s AS\n%s", v.Name, escaped(v.Doc), body)}
}

func (spark) relation(name string) string { return name }

func (spark) quote(text string) string { return escaped(text) }

func (spark) millis(from, to string) string {
	return fmt.Sprintf("(unix_micros(%s) - unix_micros(%s)) / 1e3", to, from)
}

func (spark) median(x string) string { return fmt.Sprintf("median(%s)", x) }

func (spark) ticked(object string) string {
	return fmt.Sprintf("map_keys(map_filter(from_json(%s, 'map<string,string>'), (name, value) -> value = 'true'))", object)
}
