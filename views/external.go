package views

import (
	_ "embed"
	"fmt"
	"strings"

	"etl/schemas"
)

// ExternalTable is a table of a lake as catalogues of Hive's kind keep it.
type ExternalTable struct {
	Name, Doc  string
	Columns    []ExternalColumn // of the Parquet files
	Partition  []ExternalColumn // of their paths
	Location   string           // s3://bucket/prefix/table/
	Parameters []Parameter
}

// ExternalColumn is a column with its type in Hive's language.
type ExternalColumn struct{ Name, Type, Comment string }

// Parameter is a property of a table.
type Parameter struct{ Name, Value string }

// LakeParameter is the property that says which lake etl made a table or view
// for.
const LakeParameter = "etl.lake"

// ExternalView is a view as Trino keeps it.
type ExternalView struct {
	Name, SQL  string
	Columns    []ExternalColumn // with types in Trino's language, without comments
	Parameters []Parameter
}

// viewColumns has the columns of the views, as Trino finds them: a line for each,
// with the view, the column and its type.
//
//go:embed columns.tsv
var viewColumns string

// External returns the tables of a lake on S3 for Athena, and the views over them
// in the order in which they can be made. Partitions are projected, so that no
// catalogue need be told of a new date.
func External(lake Lake) (tables []ExternalTable, overThem []ExternalView, err error) {
	e, err := newEngine(Athena, lake)
	if err != nil {
		return nil, nil, err
	}
	engine := e.(athena)
	for _, t := range storedTables() {
		tables = append(tables, engine.external(t))
	}
	columns := map[string][]ExternalColumn{}
	for line := range strings.Lines(viewColumns) {
		fields := strings.Split(strings.TrimSpace(line), "\t")
		columns[fields[0]] = append(columns[fields[0]], ExternalColumn{Name: fields[1], Type: fields[2]})
	}
	for _, v := range Views() {
		body, err := v.body(engine)
		if err != nil {
			return nil, nil, err
		}
		overThem = append(overThem, ExternalView{v.Name, body, columns[v.Name], []Parameter{engine.owner()}})
	}
	return tables, overThem, nil
}

// owner marks what is made for the lake.
func (e athena) owner() Parameter { return Parameter{LakeParameter, e.lake.Location} }

func (e athena) external(from storedTable) ExternalTable {
	t := ExternalTable{Name: from.Name, Doc: from.Doc, Location: e.lake.Location + "/" + from.Name + "/"}
	for _, c := range from.Columns {
		t.Columns = append(t.Columns, ExternalColumn{c.Name, hiveType(c), comment(c)})
	}
	for _, c := range from.partition {
		t.Partition = append(t.Partition, ExternalColumn{c.Name, hiveType(c), comment(c)})
		projection := "projection." + c.Name + "."
		t.Parameters = append(t.Parameters,
			Parameter{"projection.enabled", "true"},
			Parameter{projection + "type", "date"},
			Parameter{projection + "format", "yyyy-MM-dd"},
			Parameter{projection + "range", e.lake.Since + ",NOW"},
			Parameter{projection + "interval", "1"},
			Parameter{projection + "interval.unit", "DAYS"},
			Parameter{"storage.location.template", fmt.Sprintf("%s%s=${%[2]s}/", t.Location, c.Name)},
		)
	}
	t.Parameters = append(t.Parameters, e.owner())
	return t
}

// hiveType is the column's type as catalogues write it, without blanks.
func hiveType(c schemas.Column) string { return strings.ReplaceAll(hiveTypes.of(c), ", ", ",") }

// ddl is the statement that makes the table.
func (t ExternalTable) ddl(name string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "CREATE EXTERNAL TABLE %s (\n  %s\n)\nCOMMENT %s\n", name, hiveColumns(t.Columns), escaped(t.Doc))
	if len(t.Partition) > 0 {
		fmt.Fprintf(&b, "PARTITIONED BY (%s)\n", hiveColumns(t.Partition))
	}
	var properties []string
	for _, p := range t.Parameters {
		properties = append(properties, fmt.Sprintf("'%s' = %s", p.Name, escaped(p.Value)))
	}
	fmt.Fprintf(&b, "STORED AS PARQUET\nLOCATION %s\nTBLPROPERTIES (\n  %s\n)", escaped(t.Location), strings.Join(properties, ",\n  "))
	return b.String()
}

func hiveColumns(columns []ExternalColumn) string {
	var list []string
	for _, c := range columns {
		list = append(list, fmt.Sprintf("`%s` %s COMMENT %s", c.Name, c.Type, escaped(c.Comment)))
	}
	return strings.Join(list, ",\n  ")
}
