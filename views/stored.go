package views

import (
	"path"
	"slices"

	"etl/schemas"
)

// storedTable is a table as a reader finds it.
type storedTable struct {
	schemas.Table
	// partition is the column that comes from the path of the objects, where
	// there is one object for each date; else empty.
	partition []schemas.Column
}

// storedTables returns the tables, those of calls first.
func storedTables() []storedTable {
	var all []storedTable
	for _, t := range schemas.Tables() {
		all = append(all, storedTable{t, []schemas.Column{{Name: dateColumn, Type: date, Doc: "UTC date of the start of the call"}}})
	}
	return append(all, storedTable{schemas.BuildingTable(), nil})
}

// dateColumn is the partition key of the tables of calls.
const dateColumn = "call_date"

// date is a type that only partition keys have.
const date schemas.Type = "date"

// dated tells whether there is an object for each date.
func (t storedTable) dated() bool { return len(t.partition) > 0 }

// all returns the columns of the file and of the path.
func (t storedTable) all() []schemas.Column { return slices.Concat(t.Columns, t.partition) }

// objects is the pattern of the objects below the lake.
func (t storedTable) objects() string {
	if t.dated() {
		return path.Join(t.Name, dateColumn+"=*", "part-*.parquet")
	}
	return path.Join(t.Name, "part-*.parquet")
}
