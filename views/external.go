package views

import (
	"fmt"
	"strings"
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

// LakeParameter is the property that says which lake etl made a table for.
const LakeParameter = "etl.lake"

// ExternalTables returns the tables of a lake on S3 for Athena. Partitions are
// projected, so that no catalogue need be told of a new date.
func ExternalTables(lake Lake) ([]ExternalTable, error) {
	e, err := newEngine(Athena, lake)
	if err != nil {
		return nil, err
	}
	var all []ExternalTable
	for _, t := range storedTables() {
		all = append(all, e.(athena).external(t))
	}
	return all, nil
}

func (e athena) external(from storedTable) ExternalTable {
	t := ExternalTable{Name: from.Name, Doc: from.Doc, Location: e.lake.Location + "/" + from.Name + "/"}
	for _, c := range from.Columns {
		t.Columns = append(t.Columns, ExternalColumn{c.Name, hiveTypes.of(c), comment(c)})
	}
	for _, c := range from.partition {
		t.Partition = append(t.Partition, ExternalColumn{c.Name, hiveTypes.of(c), comment(c)})
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
	t.Parameters = append(t.Parameters, Parameter{LakeParameter, e.lake.Location})
	return t
}

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
