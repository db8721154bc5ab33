package load

import (
	"cmp"
	"reflect"
	"slices"
	"strings"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"

	"etl/load/columns"
	"etl/schemas"
)

// table is what the merge needs to know of a table of the lake.
type table struct {
	name     string
	schema   *parquet.Schema
	ordinals [][]int // fields that order the rows of a call
	sorting  []parquet.SortingColumn
	layout   *columns.Layout
	rowsOf   func(*schemas.Rows) reflect.Value // a slice of row structs
	keyOf    func(row reflect.Value) rowKey
}

// rowKey is what the columns that lead a row hold.
type rowKey struct {
	tenant, id string
	version    int64
	start      *int64
}

// newTables returns the tables in the order in which they are published:
// children before calls.
func newTables(codec compress.Codec) []*table {
	return []*table{
		newTable(schemas.Streams, codec, func(r *schemas.Rows) []schemas.Stream { return r.Streams }),
		newTable(schemas.MediaTable, codec, func(r *schemas.Rows) []schemas.Media { return r.Media }),
		newTable(schemas.Segments, codec, func(r *schemas.Rows) []schemas.Segment { return r.Segments }),
		newTable(schemas.Sessions, codec, func(r *schemas.Rows) []schemas.Session { return r.Sessions }),
		newTable(schemas.Participants, codec, func(r *schemas.Rows) []schemas.Participant { return r.Participants }),
		newTable(schemas.Calls, codec, func(r *schemas.Rows) []schemas.Call { return []schemas.Call{r.Call} }),
	}
}

// keyOfCall reads the columns that lead the rows of calls.
func keyOfCall(row reflect.Value) rowKey {
	key := row.Field(0).Addr().Interface().(*schemas.CallKey)
	return rowKey{key.TenantID, key.CallID, key.CallVersion, key.CallStartDateTime}
}

func newTable[T any](name string, codec compress.Codec, rowsOf func(*schemas.Rows) []T) *table {
	row := reflect.TypeFor[T]()
	t := &table{
		name:   name,
		schema: parquet.NewSchema(name, parquet.SchemaOf(new(T))),
		rowsOf: func(r *schemas.Rows) reflect.Value { return reflect.ValueOf(rowsOf(r)) },
		keyOf:  keyOfCall,
	}
	t.sorting = []parquet.SortingColumn{
		parquet.NullsFirst(parquet.Ascending(t.leading(startPlace))),
		parquet.Ascending(t.leading(callIDPlace)),
		parquet.Ascending(t.leading(tenantPlace)),
	}
	for _, field := range reflect.VisibleFields(row) {
		if name, _, _ := strings.Cut(field.Tag.Get("parquet"), ","); strings.HasSuffix(name, "_ordinal") {
			t.ordinals = append(t.ordinals, field.Index)
			t.sorting = append(t.sorting, parquet.Ascending(name))
		}
	}
	t.layout = columns.NewLayout(t.schema, row, codec, t.sorting...)
	return t
}

// leading returns the name of a column that leads every row, by its place.
func (t *table) leading(place int) string { return t.schema.Columns()[place][0] }

// place returns where a column is among the columns of a row, lists counted by
// their elements' columns.
func (t *table) place(column string) (int, bool) {
	leaf, ok := t.schema.Lookup(column)
	return leaf.ColumnIndex, ok
}

// inOrder returns the rows of a call by their ordinals. They come that way;
// only a slice that does not is sorted.
func (t *table) inOrder(rows reflect.Value) reflect.Value {
	order := make([]int, rows.Len())
	for i := range order {
		order[i] = i
	}
	compare := func(a, b int) int {
		for _, field := range t.ordinals {
			if c := cmp.Compare(rows.Index(a).FieldByIndex(field).Int(), rows.Index(b).FieldByIndex(field).Int()); c != 0 {
				return c
			}
		}
		return 0
	}
	if slices.IsSortedFunc(order, compare) {
		return rows
	}
	slices.SortStableFunc(order, compare)
	sorted := reflect.MakeSlice(rows.Type(), 0, rows.Len())
	for _, i := range order {
		sorted = reflect.Append(sorted, rows.Index(i))
	}
	return sorted
}

// The places of the columns that lead every row; the merge reads no others.
const (
	tenantPlace = iota
	callIDPlace
	versionPlace
	startPlace
)
