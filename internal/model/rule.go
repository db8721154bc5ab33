package model

import (
	"regexp"
	"strings"
)

// Column is a column of a table as the rule derives it.
type Column struct {
	Name string
	Path []string // the properties from the row's object to the value
	Role Role
	EDM  string   // the type of the value, where Role is Value or Values
	Item []Column // the fields of the structs, where Role is Structs
}

// Role says how the value at a column's path becomes the column.
type Role int

// The roles of columns.
const (
	Value              Role = iota // the value itself
	Values                         // a list of values
	Structs                        // a list of structs
	JSON                           // the object as JSON text
	Subtype                        // the short name in the object's @odata.type
	IdentityKind                   // the name of the member that stands for an identity set
	IdentityMember                 // a property of that member; the last of Path
	AssociatedIdentity             // a property of associatedIdentity; the last of Path
)

// identityColumns are the properties of an identity that become columns.
var identityColumns = []string{"id", "displayName", "tenantId", "userPrincipalName"}

// nouns names the object whose own id a column is.
var nouns = map[string]string{
	CallRecord: "call", Participant: "participant", Session: "session", Segment: "segment",
}

// children are the collections whose items are rows of their own table.
var children = map[string]bool{Session: true, Segment: true, Media: true, Stream: true, Participant: true}

// Columns returns the columns that the properties of a row's object become:
// the snake_case of each property's path, joined by underscores.
func (m *Model) Columns(object string) []Column {
	return m.columns(object, object, nil)
}

func (m *Model) columns(row, object string, path []string) []Column {
	var all []Column
	for _, p := range m.Properties(object) {
		here := append(append([]string{}, path...), p.Name)
		switch {
		case p.Collection && children[p.EDM],
			// The deprecated forms stand in for the new ones.
			object == CallRecord && (p.Name == "organizer" || p.Name == "participants"):
		case p.Name == "id" && len(path) == 0 && nouns[row] != "":
			all = append(all, Column{Name: nouns[row] + "_id", Path: here, EDM: p.EDM})
		case object == CallRecord && (p.Name == "version" || p.Name == "startDateTime"):
			all = append(all, Column{Name: "call_" + snake(p.Name), Path: here, EDM: p.EDM})
		case p.EDM == Organizer:
			all = append(all, m.columns(row, Organizer, here)...)
		case p.EDM == identitySet || p.EDM == identitySet2:
			all = append(all, Column{Name: name(here), Path: here, Role: JSON}, Column{Name: name(here) + "_kind", Path: here, Role: IdentityKind})
			for _, c := range identityColumns {
				member := append(append([]string{}, here...), c)
				all = append(all, Column{Name: name(member), Path: member, Role: IdentityMember, EDM: "Edm.String"})
			}
		case p.EDM == identity:
			for _, c := range identityColumns {
				member := append(append([]string{}, here...), c)
				all = append(all, Column{Name: name(member), Path: member, Role: AssociatedIdentity, EDM: "Edm.String"})
			}
		case p.EDM == feedback:
			all = append(all, Column{Name: name(here), Path: here, Role: JSON})
		case p.Collection && m.complex(p.EDM):
			all = append(all, Column{Name: name(here), Path: here, Role: Structs, Item: m.columns("", p.EDM, nil)})
		case m.complex(p.EDM):
			if p.EDM == namespace+"endpoint" || p.EDM == namespace+"userAgent" {
				all = append(all, Column{Name: name(here) + "_kind", Path: here, Role: Subtype})
			}
			all = append(all, m.columns(row, p.EDM, here)...)
		case p.Collection:
			all = append(all, Column{Name: name(here), Path: here, Role: Values, EDM: p.EDM})
		default:
			c := Column{Name: name(here), Path: here, EDM: p.EDM}
			if p.EDM == "Edm.Duration" {
				c.Name += "_ms"
			}
			all = append(all, c)
		}
	}
	return all
}

func name(path []string) string {
	parts := make([]string, len(path))
	for i, p := range path {
		parts[i] = snake(strings.TrimSuffix(p, "_v2"))
	}
	return strings.Join(parts, "_")
}

var (
	afterCapitals = regexp.MustCompile(`([A-Z]+)([A-Z][a-z])`)
	afterSmall    = regexp.MustCompile(`([a-z0-9])([A-Z])`)
)

// snake returns a property's name in snake_case; a run of capitals is one
// word.
func snake(property string) string {
	s := afterCapitals.ReplaceAllString(property, "${1}_${2}")
	return strings.ToLower(afterSmall.ReplaceAllString(s, "${1}_${2}"))
}
