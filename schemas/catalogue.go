package schemas

import (
	"reflect"
	"strings"
)

// Table is a table of the lake.
type Table struct {
	Name    string // the folder's name: calls, participants, …
	Doc     string // what a row is
	Columns []Column
}

// Column is a column of a table, or a field of the structs in a list.
type Column struct {
	Name     string
	Type     Type
	Nullable bool
	Unit     string   // ms, 0..1, bit/s, JSON, …; empty where there is none
	Source   string   // the Graph property, from the object it belongs to; empty where etl made the value
	Doc      string   // what the column holds
	Fields   []Column // of the structs in the list, where Type is ListOfStructs
}

// Type is the type of a column.
type Type string

// The types of columns, and the Parquet types that carry them.
const (
	Text          Type = "string"          // BYTE_ARRAY, STRING
	Integer       Type = "int64"           // INT64
	Double        Type = "double"          // DOUBLE
	Boolean       Type = "boolean"         // BOOLEAN
	Timestamp     Type = "timestamp"       // INT64, TIMESTAMP(MICROS, isAdjustedToUTC)
	ListOfText    Type = "list of string"  // three-level LIST
	ListOfStructs Type = "list of structs" // three-level LIST
)

// The tables' names.
const (
	Calls        = "calls"
	Participants = "participants"
	Sessions     = "sessions"
	Segments     = "segments"
	MediaTable   = "media"
	Streams      = "streams"

	PstnCalls          = "pstn_calls"
	DirectRoutingCalls = "direct_routing_calls"
)

// IsLog reports whether a table is that of a log, which Graph keeps apart from
// call records.
func IsLog(table string) bool { return table == PstnCalls || table == DirectRoutingCalls }

// Tables returns the catalogue: every table with its columns, in the order of
// the file. It is read off the row structs, the only place where columns are
// written down.
func Tables() []Table {
	return []Table{
		{Calls, "a call record", columns(reflect.TypeFor[Call]())},
		{Participants, "somebody who was in a call", columns(reflect.TypeFor[Participant]())},
		{Sessions, "a conversation between two endpoints within a call", columns(reflect.TypeFor[Session]())},
		{Segments, "a leg of a session", columns(reflect.TypeFor[Segment]())},
		{MediaTable, "a media line of a segment, with the network and device of both ends", columns(reflect.TypeFor[Media]())},
		{Streams, "one direction of a media line", columns(reflect.TypeFor[Stream]())},
		{PstnCalls, "a row of the PSTN log: a call over Calling Plans, Operator Connect or audio conferencing", columns(reflect.TypeFor[PstnCall]())},
		{DirectRoutingCalls, "a row of the Direct Routing log: a call, or an attempt at one, over a session border controller", columns(reflect.TypeFor[DirectRoutingCall]())},
	}
}

// sides says of which tagged struct a side's columns are a copy, and where
// the side is in Graph.
var sides = map[reflect.Type]struct {
	source string
	docs   reflect.Type
}{
	reflect.TypeFor[CallerEndpoint](): {"caller", reflect.TypeFor[Endpoint]()},
	reflect.TypeFor[CalleeEndpoint](): {"callee", reflect.TypeFor[Endpoint]()},
	reflect.TypeFor[CallerNetwork]():  {"media.callerNetwork", reflect.TypeFor[Network]()},
	reflect.TypeFor[CalleeNetwork]():  {"media.calleeNetwork", reflect.TypeFor[Network]()},
	reflect.TypeFor[CallerDevice]():   {"media.callerDevice", reflect.TypeFor[Device]()},
	reflect.TypeFor[CalleeDevice]():   {"media.calleeDevice", reflect.TypeFor[Device]()},
}

func columns(row reflect.Type) []Column {
	var all []Column
	for i := range row.NumField() {
		field := row.Field(i)
		if !field.Anonymous {
			all = append(all, column(field, field.Tag, ""))
			continue
		}
		side, isSide := sides[field.Type]
		if !isSide {
			all = append(all, columns(field.Type)...)
			continue
		}
		source := side.source + "."
		if side.docs == reflect.TypeFor[Endpoint]() {
			source = strings.ToLower(row.Name()) + "." + source
		}
		for j := range field.Type.NumField() {
			all = append(all, column(field.Type.Field(j), side.docs.Field(j).Tag, source))
		}
	}
	return all
}

// column describes one field; docs holds its tags other than parquet.
func column(field reflect.StructField, docs reflect.StructTag, source string) Column {
	name, options, _ := strings.Cut(field.Tag.Get("parquet"), ",")
	c := Column{Name: name, Unit: docs.Get("unit"), Source: docs.Get("graph"), Doc: docs.Get("doc")}
	if c.Source != "" {
		c.Source = source + c.Source
	}
	typ := field.Type
	if typ.Kind() == reflect.Pointer {
		c.Nullable = true
		typ = typ.Elem()
	}
	switch typ.Kind() {
	case reflect.String:
		c.Type = Text
	case reflect.Float64:
		c.Type = Double
	case reflect.Bool:
		c.Type = Boolean
	case reflect.Int64:
		c.Type = Integer
		if strings.Contains(options, "timestamp(") {
			c.Type = Timestamp
		}
	case reflect.Slice:
		c.Nullable = true
		c.Type = ListOfText
		if typ.Elem().Kind() == reflect.Struct {
			c.Type = ListOfStructs
			c.Fields = columns(typ.Elem())
		}
	}
	return c
}
