package views

import (
	"fmt"
	"strings"

	"etl/schemas"
)

// athena defines tables in Hive's language, which it has for that, and queries
// as Trino does. Partitions are projected, so that no catalogue need be told
// of a new date.
type athena struct{ lake Lake }

func (e athena) opening() []string {
	return []string{fmt.Sprintf("CREATE DATABASE IF NOT EXISTS `%s`", e.lake.Database)}
}

func (e athena) table(t schemas.Table) []string {
	name := fmt.Sprintf("`%s`.`%s`", e.lake.Database, t.Name)
	var columns []string
	for _, c := range t.Columns {
		columns = append(columns, fmt.Sprintf("`%s` %s COMMENT %s", c.Name, hiveTypes.of(c), escaped(comment(c))))
	}
	location := e.lake.Location + "/" + t.Name
	return []string{
		"DROP TABLE IF EXISTS " + name,
		fmt.Sprintf(`CREATE EXTERNAL TABLE %s (
  %s
)
COMMENT %s
PARTITIONED BY (%s date COMMENT %s)
STORED AS PARQUET
LOCATION %s
TBLPROPERTIES (
  'projection.enabled' = 'true',
  'projection.%[4]s.type' = 'date',
  'projection.%[4]s.format' = 'yyyy-MM-dd',
  'projection.%[4]s.range' = '%[7]s,NOW',
  'projection.%[4]s.interval' = '1',
  'projection.%[4]s.interval.unit' = 'DAYS',
  'storage.location.template' = %[8]s
)`, name, strings.Join(columns, ",\n  "), escaped(t.Doc), dateColumn, escaped(dateDoc), escaped(location+"/"), e.lake.Since,
			escaped(location+"/"+dateColumn+"=${"+dateColumn+"}/")),
	}
}

func (e athena) view(v View, body string) []string {
	return []string{fmt.Sprintf("CREATE OR REPLACE VIEW %s AS\n%s", e.relation(v.Name), body)}
}

func (e athena) relation(name string) string { return fmt.Sprintf(`"%s"."%s"`, e.lake.Database, name) }

func (athena) quote(text string) string { return literal(text) }

func (athena) millis(from, to string) string { return trino{}.millis(from, to) }

func (athena) median(x string) string { return trino{}.median(x) }

func (athena) ticked(object string) string { return trino{}.ticked(object) }
