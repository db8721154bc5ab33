package views

import (
	"fmt"
	"strings"
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

func (e spark) table(t storedTable) []string {
	var columns []string
	for _, c := range t.all() {
		columns = append(columns, fmt.Sprintf("%s %s COMMENT %s", c.Name, hiveTypes.of(c), escaped(comment(c))))
	}
	location := e.lake.Location
	if e.isS3 {
		location = "s3a" + strings.TrimPrefix(location, "s3")
	}
	partitions, repair := "", []string(nil)
	if t.dated() {
		partitions, repair = "PARTITIONED BY ("+dateColumn+")\n", []string{"MSCK REPAIR TABLE " + t.Name}
	}
	return append([]string{
		"DROP TABLE IF EXISTS " + t.Name,
		fmt.Sprintf("CREATE TABLE %s (\n  %s\n)\nUSING parquet\n%sLOCATION %s\nCOMMENT %s",
			t.Name, strings.Join(columns, ",\n  "), partitions, escaped(location+"/"+t.Name), escaped(t.Doc)),
	}, repair...)
}

func (e spark) view(v View, body string) []string {
	return []string{fmt.Sprintf("CREATE OR REPLACE VIEW %s COMMENT %s AS\n%s", v.Name, escaped(v.Doc), body)}
}

func (spark) relation(name string) string { return name }

func (spark) millis(from, to string) string {
	return fmt.Sprintf("(unix_micros(%s) - unix_micros(%s)) / 1e3", to, from)
}

func (spark) median(x string) string { return fmt.Sprintf("median(%s)", x) }

func (spark) ticked(object string) string {
	return fmt.Sprintf("map_keys(map_filter(from_json(%s, 'map<string,string>'), (name, value) -> value = 'true'))", object)
}
