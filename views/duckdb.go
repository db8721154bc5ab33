package views

import (
	"fmt"
	"net/url"
	"strings"

	"etl/schemas"
)

// duckDB reads the objects through views: a table that has no object yet is
// one without rows.
type duckDB struct {
	lake Lake
	isS3 bool
}

var duckDBTypes = typeNames{
	scalars: map[schemas.Type]string{
		schemas.Text: "VARCHAR", schemas.Integer: "BIGINT", schemas.Double: "DOUBLE", schemas.Boolean: "BOOLEAN", schemas.Timestamp: "TIMESTAMPTZ",
		date: "DATE",
	},
	list: "%s[]", fields: "STRUCT(%s)", field: "%s %s",
}

func (e duckDB) opening() []string {
	// Times are stored in UTC, and shown and cut into days as such.
	statements := []string{"SET TimeZone = 'UTC'"}
	if !e.isS3 {
		return statements
	}
	secret := "CREATE OR REPLACE SECRET teams_lake (\n  TYPE s3,\n  PROVIDER credential_chain,\n  SCOPE " + literal(e.lake.Location)
	if e.lake.Region != "" {
		secret += ",\n  REGION " + literal(e.lake.Region)
	}
	if u, err := url.Parse(e.lake.Endpoint); err == nil && u.Host != "" {
		secret += fmt.Sprintf(",\n  ENDPOINT %s,\n  URL_STYLE 'path',\n  USE_SSL %t", literal(u.Host), u.Scheme != "http")
	}
	return append([]string{"INSTALL httpfs", "LOAD httpfs", "INSTALL aws", "LOAD aws", secret + "\n)"}, statements...)
}

// table makes a view. DuckDB refuses a pattern that matches no object, and a
// table may have none; so a variable of the session says where that is so, and
// the view asks it each time. The rows that are never there give every column
// its type also where no object has it yet.
func (e duckDB) table(t storedTable) []string {
	pattern := literal(e.pattern(t))
	without := "no_" + t.Name
	var names, typed []string
	for _, c := range t.all() {
		names = append(names, c.Name)
		typed = append(typed, fmt.Sprintf("NULL::%s AS %s", duckDBTypes.of(c), c.Name))
	}
	partitions := "hive_partitioning = false"
	if t.dated() {
		partitions = fmt.Sprintf("hive_partitioning = true, hive_types = {'%s': DATE}", dateColumn)
	}
	read := fmt.Sprintf("SELECT * FROM read_parquet(%s, %s, union_by_name = true)", pattern, partitions)
	nothing := fmt.Sprintf("SELECT %s WHERE false", typed[len(typed)-1])
	view := fmt.Sprintf(`CREATE OR REPLACE VIEW %s AS
SELECT
  %s
FROM (
  SELECT
    %s
  WHERE false
  UNION ALL BY NAME
  FROM query(CASE WHEN getvariable('%s') THEN %s ELSE %s END)
)`, t.Name, strings.Join(names, ",\n  "), strings.Join(typed, ",\n    "), without, literal(nothing), literal(read))
	statements := []string{
		fmt.Sprintf("SET VARIABLE %s = (SELECT count(*) = 0 FROM glob(%s))", without, pattern),
		view,
		fmt.Sprintf("COMMENT ON VIEW %s IS %s", t.Name, literal(t.Doc)),
	}
	for _, c := range t.all() {
		statements = append(statements, fmt.Sprintf("COMMENT ON COLUMN %s.%s IS %s", t.Name, c.Name, literal(comment(c))))
	}
	return statements
}

// pattern matches the objects of a table and nothing else: what the location
// itself has of a pattern's characters stands for itself.
func (e duckDB) pattern(t storedTable) string {
	location := strings.NewReplacer("*", "[*]", "?", "[?]", "[", "[[]").Replace(e.lake.Location)
	return location + "/" + t.objects()
}

func (e duckDB) view(v View, body string) []string {
	return []string{
		fmt.Sprintf("CREATE OR REPLACE VIEW %s AS\n%s", v.Name, body),
		fmt.Sprintf("COMMENT ON VIEW %s IS %s", v.Name, literal(v.Doc)),
	}
}

func (duckDB) relation(name string) string { return name }

func (duckDB) millis(from, to string) string {
	return fmt.Sprintf("(epoch_us(%s) - epoch_us(%s)) / 1e3", to, from)
}

func (duckDB) median(x string) string { return fmt.Sprintf("median(%s)", x) }

func (duckDB) ticked(object string) string {
	return fmt.Sprintf("list_filter(json_keys(%[1]s), lambda name: json_extract_string(%[1]s, '$.\"' || name || '\"') = 'true')", object)
}
