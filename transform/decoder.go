package transform

import (
	"iter"
	"slices"

	"etl/extract/jsonscan"
	"etl/schemas"
)

// decoder reads one call record into rows.
type decoder struct {
	scan    *jsonscan.Scanner
	size    int // of the record, in bytes
	rows    schemas.Rows
	notes   Notes
	counted int // in notes

	texts    slab[string]
	integers slab[int64]
	doubles  slab[float64]
	hops     slab[schemas.TraceRouteHop]

	caller, callee lastEndpoint

	// Room for what is then kept in its final size.
	compact []byte
	list    []string
	route   []schemas.TraceRouteHop
}

// slab hands out pointers to values from chunks, as a pointer of its own for
// each of a row's dozens of nullable values would cost an allocation each.
type slab[T any] struct {
	open   []T // the chunk that is being filled
	chunks [][]T
	begun  int // chunks
}

func (s *slab[T]) keep(v T) *T {
	if len(s.open) == cap(s.open) {
		s.begin()
	}
	s.open = append(s.open, v)
	return &s.open[len(s.open)-1]
}

// keepList keeps values side by side.
func (s *slab[T]) keepList(values []T) []T {
	if len(values) > chunkValues {
		return slices.Clone(values)
	}
	if len(values) > cap(s.open)-len(s.open) {
		s.begin()
	}
	s.open = append(s.open, values...)
	return s.open[len(s.open)-len(values) : len(s.open) : len(s.open)]
}

// chunkValues is how many values a chunk has.
const chunkValues = 256

func (s *slab[T]) begin() {
	if s.begun == len(s.chunks) {
		s.chunks = append(s.chunks, make([]T, 0, chunkValues))
	}
	s.open = s.chunks[s.begun]
	s.begun++
}

// reset takes all values back.
func (s *slab[T]) reset() {
	for _, chunk := range s.chunks[:s.begun] {
		clear(chunk[:cap(chunk)])
	}
	s.open, s.begun = nil, 0
}

// extend appends a zero row. What is beyond the end of the list is zero. A list
// that gets long is given room for as many more rows as its record then will
// likely have: growing by and by would take several times its memory.
func extend[T any](d *decoder, list []T) []T {
	if len(list) < cap(list) {
		return list[:len(list)+1]
	}
	if n := len(list); n >= longList {
		read := d.scan.Offset()
		list = slices.Grow(list, int(float64(n)*float64(d.size-read)/float64(read)*1.05)+1)
	}
	return append(list, *new(T))
}

// longList is how many rows tell how many there will be.
const longList = 512

// The two booleans that nullable columns point to.
var yes, no = true, false

// members yields the names of the members of the object that is the next
// value; each one's value is then the next. Null has none.
func (d *decoder) members() iter.Seq[string] {
	return func(yield func(string) bool) {
		if !d.is(jsonscan.Object) {
			return
		}
		d.scan.Enter()
		for {
			name, ok := d.scan.Member()
			if !ok || !yield(name) {
				return
			}
		}
	}
}

// elements yields the ordinals of the elements of the array that is the next
// value; each one is then the next value. Null has none.
func (d *decoder) elements() iter.Seq[int64] {
	return func(yield func(int64) bool) {
		if !d.is(jsonscan.Array) {
			return
		}
		d.scan.Enter()
		for ordinal := int64(0); d.scan.Element() && yield(ordinal); ordinal++ {
		}
	}
}

// emptyList returns what a list of the next value's elements begins as: nil
// unless there is an array, because an empty list and none are different.
func emptyList[T any](d *decoder) []T {
	if d.scan.Next() == jsonscan.Array {
		return []T{}
	}
	return nil
}

// is reports whether the next value is of the kind. Where it isn't it is
// passed over, and counted unless it is null.
func (d *decoder) is(kind jsonscan.Kind) bool {
	if d.scan.Null() {
		return false
	}
	switch d.scan.Next() {
	case kind:
		return true
	case jsonscan.Invalid:
	default:
		d.anomaly(TypeMismatch, 1)
		d.scan.Skip()
	}
	return false
}

// text is string for what is kept. Calling that instead takes flattening 3 %
// longer.
func (d *decoder) text() *string {
	if d.scan.Null() {
		return nil
	}
	if text, ok := d.scan.Text(); ok {
		return d.texts.keep(text)
	}
	d.is(jsonscan.String) // which it isn't
	return nil
}

// string reads a string that isn't kept as it is.
func (d *decoder) string() (text string, ok bool) {
	if d.scan.Null() {
		return "", false
	}
	if text, ok = d.scan.Text(); !ok {
		d.is(jsonscan.String) // which it isn't
	}
	return text, ok
}

func (d *decoder) integer() *int64 {
	if d.scan.Null() {
		return nil
	}
	if n, ok := d.scan.Int(); ok {
		return d.integers.keep(n)
	}
	d.noNumber()
	return nil
}

func (d *decoder) double() *float64 {
	if d.scan.Null() {
		return nil
	}
	if f, ok := d.scan.Float(); ok {
		return d.doubles.keep(f)
	}
	d.noNumber()
	return nil
}

// noNumber passes over the next value, which is no number or none that its
// column holds. The texts that OData writes where JSON has no number are an
// anomaly of their own.
func (d *decoder) noNumber() {
	switch d.scan.Next() {
	case jsonscan.Invalid:
	case jsonscan.Number:
		d.scan.Number()
		d.anomaly(NumberRange, 1)
	case jsonscan.String:
		switch d.scan.String() {
		case "NaN", "INF", "-INF":
			d.anomaly(NotANumber, 1)
		default:
			d.anomaly(TypeMismatch, 1)
		}
	default:
		d.anomaly(TypeMismatch, 1)
		d.scan.Skip()
	}
}

func (d *decoder) boolean() *bool {
	switch {
	case !d.is(jsonscan.Bool):
		return nil
	case d.scan.Bool():
		return &yes
	default:
		return &no
	}
}

func (d *decoder) time() *int64 {
	text, ok := d.string()
	if !ok {
		return nil
	}
	micros, ok := parseTime(text)
	if !ok {
		d.anomaly(BadTime, 1)
		return nil
	}
	return d.integers.keep(micros)
}

func (d *decoder) duration() *float64 {
	text, ok := d.string()
	if !ok {
		return nil
	}
	ms, ok := parseDuration(text)
	if !ok {
		d.anomaly(BadDuration, 1)
		return nil
	}
	return d.doubles.keep(ms)
}

// names reads a list of enum members.
func (d *decoder) names() []string {
	list := emptyList[string](d)
	d.list = d.list[:0]
	for range d.elements() {
		if d.scan.Next() == jsonscan.Null {
			d.anomaly(NullItem, 1)
		}
		if d.is(jsonscan.String) {
			d.list = append(d.list, d.scan.String())
		}
	}
	if len(d.list) == 0 {
		return list
	}
	return d.texts.keepList(d.list)
}

// json reads an object as JSON text without white space between tokens.
func (d *decoder) json() *string {
	if !d.is(jsonscan.Object) {
		return nil
	}
	return d.compacted(d.scan.Skip())
}

func (d *decoder) compacted(raw string) *string {
	d.compact = jsonscan.AppendCompact(d.compact[:0], raw)
	if len(d.compact) < len(raw) {
		raw = string(d.compact)
	}
	return d.texts.keep(raw)
}
