package columns

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"
	"github.com/parquet-go/parquet-go/format"
)

// edition is part of every file and is counted up whenever equal rows would
// give other bytes than before, be it by a new version of the compressor: row
// groups are copied only from files of the same edition.
const edition = "3"

// Layout is how rows of a type lie in a file. It may be used concurrently.
type Layout struct {
	leaves  []leaf
	row     reflect.Type
	empty   format.FileMetaData // of a file without rows
	sorting []format.SortingColumn
	codec   compress.Codec

	mutex  sync.Mutex
	closed []*Writer // whose memory is free
}

// NewLayout lays out a row struct. Its fields are string, int64, float64 and
// bool, pointers to them, slices of strings and slices of structs of such
// fields; anything else panics. The rows are said to be sorted by the columns
// given.
func NewLayout(schema *parquet.Schema, row reflect.Type, codec compress.Codec, sorting ...parquet.SortingColumn) *Layout {
	l := &Layout{leaves: leavesOf(row, 0), row: row, codec: codec, empty: emptyFile(schema)}
	if !slices.EqualFunc(l.leaves, schema.Columns(), func(l leaf, path []string) bool { return slices.Equal(l.path, path) }) {
		panic("the columns of " + schema.Name() + " are not those of " + row.String())
	}
	for i := range l.leaves {
		c := &l.leaves[i]
		column, _ := schema.Lookup(c.path...)
		c.typ = column.Node.Type()
		c.maxDef, c.maxRep = byte(column.MaxDefinitionLevel), byte(column.MaxRepetitionLevel)
		if c.levels() != c.maxDef || c.list != (c.maxRep == 1) {
			panic(fmt.Sprintf("the column %s of %s is not a form that can be written", strings.Join(c.path, "."), schema.Name()))
		}
	}
	for _, by := range sorting {
		column, _ := schema.Lookup(by.Path()...)
		l.sorting = append(l.sorting, format.SortingColumn{
			ColumnIdx: int32(column.ColumnIndex), Descending: by.Descending(), NullsFirst: by.NullsFirst(),
		})
	}
	return l
}

// emptyFile has parquet-go say in its words what the schema is.
func emptyFile(schema *parquet.Schema) format.FileMetaData {
	var file bytes.Buffer
	w := parquet.NewGenericWriter[any](&file, schema, parquet.CreatedBy("etl", edition, ""))
	if err := w.Close(); err != nil {
		panic(err) // a buffer takes everything
	}
	opened, err := parquet.OpenFile(bytes.NewReader(file.Bytes()), int64(file.Len()))
	if err != nil {
		panic(err)
	}
	return *opened.Metadata()
}

// wrote tells whether a file is one that a Writer of this layout may have
// written, so that the same rows would give the same bytes.
func (l *Layout) wrote(file *format.FileMetaData) bool {
	return file.CreatedBy == l.empty.CreatedBy && reflect.DeepEqual(file.Schema, l.empty.Schema)
}
