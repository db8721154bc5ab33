package columns

import (
	"reflect"

	"github.com/parquet-go/parquet-go"
)

// AppendRow appends the values of a row in a slice of structs, one or more for
// each column, as parquet-go reads them from a file. They share the row's
// memory. [parquet.Schema.Deconstruct] does not do: in v0.32.0 it sets nil
// pointers in embedded structs to zero values, in the row it was given too, and
// turns pointers to 0 and "" into NULL.
func (l *Layout) AppendRow(to parquet.Row, slice reflect.Value, row int) parquet.Row {
	var one block
	one.add(l.rowsOf(slice), row, 1)
	for column := range l.leaves {
		c := &l.leaves[column]
		if !c.list {
			f := one.field(c, 0)
			to = append(to, c.value(&f, 0, 0, 0, column))
			continue
		}
		elements, null := one.list(c, 0)
		switch {
		case null:
			to = append(to, parquet.Value{}.Level(0, 0, column))
		case elements.n == 0:
			to = append(to, parquet.Value{}.Level(0, 1, column))
		}
		for i := range elements.n {
			to = append(to, c.value(&elements, i, min(i, 1), 2, column))
		}
	}
	return to
}

// value is the i-th value of a field whose parent has a definition level.
func (l *leaf) value(f *field, i, repetition, parent, column int) parquet.Value {
	var v parquet.Value
	var word uint64
	var ok bool
	if l.kind == text {
		s := f.text(i)
		if ok = s != nil; ok {
			v = parquet.ByteArrayValue(stringBytes(*s))
		}
	} else if word, ok = f.word(l.kind, i); ok {
		v = wordValue(l.kind, word)
	}
	if !ok {
		return v.Level(repetition, parent, column)
	}
	return v.Level(repetition, int(l.maxDef), column)
}
