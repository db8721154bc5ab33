package load

import (
	"fmt"
	"slices"
	"strings"

	"github.com/parquet-go/parquet-go"

	"etl/load/columns"
)

// columnMap brings rows of a file to the columns of today.
type columnMap struct {
	identical bool
	origins   []columns.Origin // one per column of today
	starts    []int            // scratch: where the columns of a row begin
}

// mapColumns compares a file's columns with the table's. Columns that the file
// does not have yet are NULL; columns that the table does not know are left by
// a newer etl, and are not to be lost.
func mapColumns(t *table, file *parquet.Schema) (*columnMap, error) {
	theirs := file.Columns()
	for _, path := range theirs {
		ours, known := t.schema.Lookup(path...)
		leaf, _ := file.Lookup(path...)
		if !known {
			return nil, fmt.Errorf("%w: it has the column %s", ErrNewerFormat, strings.Join(path, "."))
		}
		if !parquet.EqualTypes(ours.Node.Type(), leaf.Node.Type()) ||
			ours.MaxDefinitionLevel != leaf.MaxDefinitionLevel || ours.MaxRepetitionLevel != leaf.MaxRepetitionLevel {
			return nil, fmt.Errorf("%w: its column %s is %s", ErrNewerFormat, strings.Join(path, "."), leaf.Node)
		}
	}
	m := &columnMap{identical: slices.EqualFunc(t.schema.Columns(), theirs, slices.Equal[[]string])}
	for _, path := range t.schema.Columns() {
		m.origins = append(m.origins, originOf(t, file, path))
	}
	for _, place := range leadingPlaces {
		if name := t.leading(place); m.origins[place].Column < 0 {
			return nil, fmt.Errorf("%w: it has no column %s", ErrStorage, name)
		}
	}
	return m, nil
}

func originOf(t *table, file *parquet.Schema, path []string) columns.Origin {
	if leaf, ok := file.Lookup(path...); ok {
		return columns.Origin{Column: leaf.ColumnIndex}
	}
	ours, _ := t.schema.Lookup(path...)
	for _, other := range file.Columns() {
		if len(path) > 1 && other[0] == path[0] {
			leaf, _ := file.Lookup(other...)
			return columns.Origin{Column: leaf.ColumnIndex, Missing: true, Parent: ours.MaxDefinitionLevel - 1}
		}
	}
	return columns.Origin{Column: -1}
}

// apply returns the row with the columns of today. Its values are valid as long
// as the row's.
func (m *columnMap) apply(row parquet.Row) parquet.Row {
	if m.identical {
		return row
	}
	m.starts = m.starts[:0]
	for i, v := range row {
		for len(m.starts) <= v.Column() {
			m.starts = append(m.starts, i)
		}
	}
	m.starts = append(m.starts, len(row))
	var mapped parquet.Row
	for column, from := range m.origins {
		if from.Column < 0 {
			mapped = append(mapped, parquet.Value{}.Level(0, 0, column))
			continue
		}
		for _, v := range row[m.starts[from.Column]:m.starts[from.Column+1]] {
			if from.Missing {
				v = parquet.Value{}.Level(v.RepetitionLevel(), min(v.DefinitionLevel(), from.Parent), column)
			}
			mapped = append(mapped, v.Level(v.RepetitionLevel(), v.DefinitionLevel(), column))
		}
	}
	return mapped
}
