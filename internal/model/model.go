// Package model is the Graph model of a call record in machine-readable form,
// and the rule that makes columns of its properties.
//
// It is the yardstick for tests: the row structs of schemas are written by
// hand and must agree with what the rule derives here, and the naive
// flattening of internal/oracle goes by it. The product itself does not use
// it.
package model

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
)

// tsv holds the types of microsoft.graph.callRecords (v1.0) that a callRecord
// reaches, and of the rows of its logs: type, base type, property, EDM type, and whether it is a
// collection.
//
//go:embed model.tsv
var tsv string

// Names of types that the rule treats by themselves.
const (
	namespace   = "microsoft.graph.callRecords."
	CallRecord  = namespace + "callRecord"
	Participant = namespace + "participant"
	Organizer   = namespace + "organizer"
	Session     = namespace + "session"
	Segment     = namespace + "segment"
	Media       = namespace + "media"
	Stream      = namespace + "mediaStream"

	PstnCall          = namespace + "pstnCallLogRow"
	DirectRoutingCall = namespace + "directRoutingLogRow"

	identity     = "microsoft.graph.identity"
	identitySet  = "microsoft.graph.identitySet"
	identitySet2 = "microsoft.graph.communicationsIdentitySet"
	feedback     = namespace + "feedbackTokenSet"
)

// Property is a property of a type.
type Property struct {
	Name       string
	EDM        string // the type of the value, or of the items of a collection
	Collection bool
}

// Model holds the types by name.
type Model struct {
	types []typ
}

type typ struct {
	name, base string
	properties []Property
}

// Load reads the model. It panics where the embedded file is malformed, which
// no input can make it.
func Load() *Model {
	m := new(Model)
	for i, line := range strings.Split(strings.Trim(tsv, "\n"), "\n")[1:] {
		f := strings.Split(line, "\t")
		if len(f) != 5 {
			panic(fmt.Sprintf("model.tsv: line %d has %d fields", i+2, len(f)))
		}
		if f[2] == "" {
			m.types = append(m.types, typ{name: f[0], base: f[1]})
			continue
		}
		last := &m.types[len(m.types)-1]
		if last.name != f[0] {
			panic(fmt.Sprintf("model.tsv: line %d is outside its type", i+2))
		}
		last.properties = append(last.properties, Property{f[2], f[3], f[4] == "yes"})
	}
	return m
}

// Properties returns the properties of a type, those of its base types and,
// because a value may be of any of them, those of the types derived from it.
func (m *Model) Properties(name string) []Property {
	var all []Property
	add := func(t typ) {
		for _, p := range t.properties {
			if !slices.ContainsFunc(all, func(q Property) bool { return q.Name == p.Name }) {
				all = append(all, p)
			}
		}
	}
	for _, t := range m.types {
		if t.name == name {
			for base := t.base; base != ""; {
				i := slices.IndexFunc(m.types, func(b typ) bool { return b.name == base })
				if i < 0 {
					break // microsoft.graph.entity
				}
				add(m.types[i])
				base = m.types[i].base
			}
			add(t)
		}
	}
	for _, t := range m.types {
		if t.base == name {
			add(t)
		}
	}
	return all
}

// complex reports whether values of the type are objects.
func (m *Model) complex(name string) bool {
	return slices.ContainsFunc(m.types, func(t typ) bool { return t.name == name })
}
