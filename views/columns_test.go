//go:build cgo

package views_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"etl/views"
)

// columnsFile has the columns of the views.
var columnsFile = absolute("columns.tsv")

// trinoType is Trino's name of a type of DuckDB's.
func trinoType(name string) string {
	if element, isList := strings.CutSuffix(name, "[]"); isList {
		return "array(" + trinoType(element) + ")"
	}
	return strings.NewReplacer("STRUCT(", "row(", "TIMESTAMP WITH TIME ZONE", "timestamp(3)", "VARCHAR", "varchar", "HUGEINT", "bigint", "BIGINT", "bigint",
		"INTEGER", "integer", "DOUBLE", "double", "BOOLEAN", "boolean", "DATE", "date").Replace(name)
}

// TestViewColumns keeps columns.tsv what the views have. TestTrino compares the
// same with Trino.
func TestViewColumns(t *testing.T) {
	db := duckDB(t, t.TempDir())
	var want strings.Builder
	for _, v := range views.Views() {
		for _, row := range query(t, db, "DESCRIBE "+v.Name) {
			fmt.Fprintf(&want, "%s\t%s\t%s\n", v.Name, row["column_name"], trinoType(row["column_type"].(string)))
		}
	}
	if *update {
		if err := os.WriteFile(columnsFile, []byte(want.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(columnsFile)
	if err != nil || string(got) != want.String() {
		t.Errorf("error %v, or the views' columns are not those of %s; run go test ./views -run TestViewColumns -update", err, columnsFile)
	}
}
