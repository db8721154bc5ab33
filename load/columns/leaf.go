package columns

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/parquet-go/parquet-go"
)

// kind is a physical type.
type kind int

const (
	text kind = iota
	integer
	double
	boolean
)

var kinds = map[reflect.Kind]kind{
	reflect.String:  text,
	reflect.Int64:   integer,
	reflect.Float64: double,
	reflect.Bool:    boolean,
}

// leaf is a column of the file and where its values are in a row struct.
type leaf struct {
	path   []string
	typ    parquet.Type
	kind   kind
	plain  bool // never by a dictionary
	maxDef byte
	maxRep byte

	offset  uintptr // of the field in the row
	list    bool
	size    uintptr // of an element of the list
	element uintptr // offset in the element
	pointer bool    // to the value: nil is NULL
}

// leavesOf lists the columns of a row struct in the order of the file.
func leavesOf(row reflect.Type, base uintptr) []leaf {
	var all []leaf
	for field := range row.Fields() {
		offset := base + field.Offset
		if field.Anonymous {
			all = append(all, leavesOf(field.Type, offset)...)
			continue
		}
		name, options, _ := strings.Cut(field.Tag.Get("parquet"), ",")
		l := leaf{path: []string{name}, offset: offset, plain: strings.HasSuffix(options, "plain")}
		if field.Type.Kind() != reflect.Slice {
			l.of(field.Type)
			all = append(all, l)
			continue
		}
		l.list, l.size = true, field.Type.Elem().Size()
		l.path = []string{name, "list", "element"}
		if field.Type.Elem().Kind() != reflect.Struct {
			l.of(field.Type.Elem())
			all = append(all, l)
			continue
		}
		for _, inner := range leavesOf(field.Type.Elem(), 0) {
			inner.list, inner.size = true, l.size
			inner.offset, inner.element = l.offset, inner.offset
			inner.path = append(l.path[:3:3], inner.path...)
			all = append(all, inner)
		}
	}
	return all
}

// of notes the type of the value.
func (l *leaf) of(typ reflect.Type) {
	if l.pointer = typ.Kind() == reflect.Pointer; l.pointer {
		typ = typ.Elem()
	}
	k, known := kinds[typ.Kind()]
	if !known {
		panic(fmt.Sprintf("no column type for %s of %s", typ, strings.Join(l.path, ".")))
	}
	l.kind = k
}

// levels is the highest definition level that the field can have: one for the
// pointer, two for the list (0 is NULL, 1 is empty).
func (l *leaf) levels() byte {
	var n byte
	if l.list {
		n = 2
	}
	if l.pointer {
		n++
	}
	return n
}
