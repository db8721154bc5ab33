package duckdb

import (
	"slices"
	"strings"

	"etl/internal/model"
)

// shape is the shape of a JSON value as read_json is to read it: a scalar type,
// or an object with the members that columns need.
type shape struct {
	typ     string
	members []member
}

type member struct {
	name string
	*shape
}

// at returns the shape of the member at a path, made where it is not there.
func (s *shape) at(path ...string) *shape {
	for _, name := range path {
		i := slices.IndexFunc(s.members, func(m member) bool { return m.name == name })
		if i < 0 {
			i = len(s.members)
			s.members = append(s.members, member{name, new(shape)})
		}
		s = s.members[i].shape
	}
	return s
}

// String returns the shape as a DuckDB type.
func (s *shape) String() string {
	if s.typ != "" {
		return s.typ
	}
	var all []string
	for _, m := range s.members {
		all = append(all, quoted(m.name)+" "+m.String())
	}
	return "STRUCT(" + strings.Join(all, ", ") + ")"
}

// shapeOf returns the shape of an object from which the columns can be made.
func shapeOf(columns []model.Column) *shape {
	s := new(shape)
	for _, c := range columns {
		switch c.Role {
		case model.Value:
			s.at(c.Path...).typ = typeOf(c.EDM)
		case model.Values:
			s.at(c.Path...).typ = typeOf(c.EDM) + "[]"
		case model.Structs:
			s.at(c.Path...).typ = shapeOf(c.Item).String() + "[]"
		case model.JSON:
			s.at(c.Path...).typ = "JSON"
		case model.Subtype:
			s.at(c.Path...).at("@odata.type").typ = "VARCHAR"
		case model.IdentityKind:
			s.at(c.Path...).typ = "JSON"
		case model.IdentityMember:
			s.at(c.Path[:len(c.Path)-1]...).typ = "JSON"
		case model.AssociatedIdentity:
			s.at(c.Path...).typ = "VARCHAR"
		}
	}
	return s
}

func typeOf(edm string) string {
	switch edm {
	case "Edm.Boolean":
		return "BOOLEAN"
	case "Edm.Int32", "Edm.Int64":
		return "BIGINT"
	case "Edm.Single", "Edm.Double":
		return "DOUBLE"
	case "Edm.DateTimeOffset":
		return "TIMESTAMPTZ"
	}
	return "VARCHAR" // durations, too: DuckDB reads none in ISO 8601
}

// callShape is the shape of a whole call record.
func callShape(m *model.Model) *shape {
	columns := func(object string) *shape { return shapeOf(m.Columns(object)) }
	list := func(s *shape, name string, item *shape) { s.at(name).typ = item.String() + "[]" }
	media := columns(model.Media)
	list(media, "streams", columns(model.Stream))
	segment := columns(model.Segment)
	list(segment, "media", media)
	session := columns(model.Session)
	list(session, "segments", segment)
	call := columns(model.CallRecord)
	call.at("organizer").typ = "JSON"
	call.at("participants").typ = "JSON[]"
	list(call, "participants_v2", columns(model.Participant))
	list(call, "sessions", session)
	return call
}
