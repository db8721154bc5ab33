package load

import (
	"reflect"
	"strings"
	"unsafe"

	"github.com/parquet-go/parquet-go"
)

// cell is a column of the file and the field of the row struct it is filled
// from. Rows are taken apart here and not by [parquet.Schema.Deconstruct],
// which in v0.32.0 sets nil pointers in embedded structs to zero values, in
// the row it was given too, and turns pointers to 0 and "" into NULL.
type cell struct {
	name    string
	field   []int // in the row
	list    bool
	element []int // in the struct of a list; nil in a list of strings
}

// cellsOf lists the columns of a row struct in the order of the file.
func cellsOf(row reflect.Type) []cell {
	var cells []cell
	for i := range row.NumField() {
		field := row.Field(i)
		if field.Anonymous {
			for _, c := range cellsOf(field.Type) {
				c.field = append([]int{i}, c.field...)
				cells = append(cells, c)
			}
			continue
		}
		name, _, _ := strings.Cut(field.Tag.Get("parquet"), ",")
		c := cell{name: name, field: []int{i}, list: field.Type.Kind() == reflect.Slice}
		if !c.list || field.Type.Elem().Kind() != reflect.Struct {
			cells = append(cells, c)
			continue
		}
		for _, inner := range cellsOf(field.Type.Elem()) {
			cells = append(cells, cell{name: name, field: c.field, list: true, element: inner.field})
		}
	}
	return cells
}

// appendRow takes a row struct apart into values, one or more per column.
func (t *table) appendRow(to parquet.Row, row reflect.Value) parquet.Row {
	for column, c := range t.cells {
		field := row.FieldByIndex(c.field)
		switch {
		case c.list:
			to = c.appendList(to, field, column)
		default:
			to = append(to, scalar(field, 0, 0, column))
		}
	}
	return to
}

// appendList writes the levels of a three-level list: 0 is NULL, 1 is empty,
// and what an element holds begins at 2.
func (c *cell) appendList(to parquet.Row, list reflect.Value, column int) parquet.Row {
	if list.IsNil() {
		return append(to, parquet.Value{}.Level(0, 0, column))
	}
	if list.Len() == 0 {
		return append(to, parquet.Value{}.Level(0, 1, column))
	}
	for i := range list.Len() {
		element := list.Index(i)
		if c.element != nil {
			element = element.FieldByIndex(c.element)
		}
		to = append(to, scalar(element, min(i, 1), 2, column))
	}
	return to
}

// scalar is one value; a nil pointer is NULL at the level of its parent, and
// only nil is NULL.
func scalar(v reflect.Value, repetition, definition, column int) parquet.Value {
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return parquet.Value{}.Level(repetition, definition, column)
		}
		v = v.Elem()
		definition++
	}
	var value parquet.Value
	switch v.Kind() {
	case reflect.String:
		s := v.String()
		// Without a copy: the writer reads the bytes and does not keep them.
		value = parquet.ByteArrayValue(unsafe.Slice(unsafe.StringData(s), len(s)))
	case reflect.Int64:
		value = parquet.Int64Value(v.Int())
	case reflect.Float64:
		value = parquet.DoubleValue(v.Float())
	case reflect.Bool:
		value = parquet.BooleanValue(v.Bool())
	default:
		panic("no column type for " + v.Type().String())
	}
	return value.Level(repetition, definition, column)
}
