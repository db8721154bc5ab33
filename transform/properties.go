package transform

import (
	"reflect"
	"strings"
	"unsafe"

	"etl/extract/jsonscan"
	"etl/schemas"
)

// properties says which members of an object become which fields of a T: those
// that the tags graph of the fields name. It is for objects whose properties are
// plain values; most of a record are such.
type properties[T any] struct{ fields }

// fields are those of a struct by the properties that they hold.
type fields struct {
	number map[string]uint8 // in list
	list   []field          // the first is none, the second stands for what no field holds
}

// noField is the number of what no field holds.
const noField = 1

type field struct {
	offset uintptr
	read   reading
}

// reading is how a property's value becomes a field's.
type reading uint8

const (
	unknown reading = iota
	text
	integer
	double
	boolean
	instant
	duration
	hops
)

// propertiesOf reads the tags of T's fields.
func propertiesOf[T any]() properties[T] {
	all := fields{number: map[string]uint8{}, list: make([]field, noField+1)}
	for i := range reflect.TypeFor[T]().NumField() {
		f := reflect.TypeFor[T]().Field(i)
		path := f.Tag.Get("graph")
		all.number[path[strings.LastIndexByte(path, '.')+1:]] = uint8(len(all.list))
		all.list = append(all.list, field{f.Offset, readingOf(f)})
	}
	return properties[T]{all}
}

func readingOf(f reflect.StructField) reading {
	unit := f.Tag.Get("unit")
	switch reflect.Zero(f.Type).Interface().(type) {
	case *string:
		return text
	case *int64:
		if unit == "UTC" {
			return instant
		}
		return integer
	case *float64:
		if unit == "ms" {
			return duration
		}
		return double
	case *bool:
		return boolean
	case []schemas.TraceRouteHop:
		return hops
	}
	panic("no property becomes " + f.Name + ", a " + f.Type.String())
}

// read reads the object that is the next value into a T. other, if it isn't nil,
// reads the members that are no property of T; path is the object's place in
// the record.
func (p *properties[T]) read(d *decoder, into *T, path string, other func(name string)) {
	d.structFields(&p.fields, unsafe.Pointer(into), path, other)
}

// structFields reads the object that is the next value into a struct with these
// fields. This is all there is of unsafe in the package: to reach fields by
// reflection would take longer than all else.
func (d *decoder) structFields(of *fields, into unsafe.Pointer, path string, other func(name string)) {
	if !d.is(jsonscan.Object) {
		return
	}
	d.scan.Enter()
	for {
		name, ok := d.scan.Member()
		if !ok {
			return
		}
		// An object in one place of a record is always of one kind, so that a
		// name in it can be marked by the number of its field.
		number := d.scan.Mark()
		if number == 0 {
			number = max(of.number[name], noField)
			d.scan.SetMark(number)
		}
		f := &of.list[number]
		at := unsafe.Add(into, f.offset)
		switch f.read {
		case text:
			*(**string)(at) = d.text()
		case integer:
			*(**int64)(at) = d.integer()
		case double:
			*(**float64)(at) = d.double()
		case boolean:
			*(**bool)(at) = d.boolean()
		case instant:
			*(**int64)(at) = d.time()
		case duration:
			*(**float64)(at) = d.duration()
		case hops:
			*(*[]schemas.TraceRouteHop)(at) = d.traceRouteHops(path)
		default:
			if other != nil {
				other(name)
			} else {
				d.unknown(path, name)
			}
		}
	}
}
