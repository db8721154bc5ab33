package schemas_test

import (
	"slices"
	"testing"

	"etl/internal/model"
	"etl/schemas"
)

// Columns that stand for no property of the row's own object.
var made = map[string][]string{
	schemas.Calls:        {"tenant_id", "participant_count", "session_count", "segment_count", "media_count", "stream_count", "fetched_at"},
	schemas.Participants: {"participant_ordinal"},
	schemas.Sessions:     {"session_ordinal"},
	schemas.Segments:     {"session_id", "session_ordinal", "segment_ordinal"},
	schemas.MediaTable:   {"session_id", "session_ordinal", "segment_id", "segment_ordinal", "media_ordinal"},
	schemas.Streams: {
		"session_id", "session_ordinal", "segment_id", "segment_ordinal", "media_ordinal", "stream_ordinal", "media_label", "call_type",
		"caller_associated_identity_id", "caller_user_agent_platform", "caller_user_agent_product_family", "caller_network_subnet",
		"caller_network_connection_type", "caller_network_wifi_band", "caller_network_reflexive_ip_address",
		"caller_device_capture_device_name", "caller_device_render_device_name",
		"callee_associated_identity_id", "callee_user_agent_platform", "callee_user_agent_product_family", "callee_network_subnet",
		"callee_network_connection_type", "callee_network_wifi_band", "callee_network_reflexive_ip_address",
		"callee_device_capture_device_name", "callee_device_render_device_name",
	},
	schemas.PstnCalls:          {"tenant_id", "fetched_at"},
	schemas.DirectRoutingCalls: {"tenant_id", "fetched_at"},
}

var callKey = []string{"tenant_id", "call_id", "call_version", "call_start_date_time"}

// logKey has the same types as callKey, in the same places.
var logKey = []string{"tenant_id", "id", "fetched_at", "start_date_time"}

var objects = map[string]string{
	schemas.Calls: model.CallRecord, schemas.Participants: model.Participant, schemas.Sessions: model.Session,
	schemas.Segments: model.Segment, schemas.MediaTable: model.Media, schemas.Streams: model.Stream,
	schemas.PstnCalls: model.PstnCall, schemas.DirectRoutingCalls: model.DirectRoutingCall,
}

func TestEveryPropertyHasItsColumnAndEveryColumnItsProperty(t *testing.T) {
	m := model.Load()
	for _, table := range schemas.Tables() {
		want := map[string]schemas.Type{}
		for _, c := range m.Columns(objects[table.Name]) {
			if _, twice := want[c.Name]; twice {
				t.Errorf("%s.%s: two properties give this column", table.Name, c.Name)
			}
			want[c.Name] = typeOf(c)
		}
		for _, c := range table.Columns {
			typ, isProperty := want[c.Name]
			switch {
			case isProperty:
				if c.Type != typ {
					t.Errorf("%s.%s is a %s, want %s", table.Name, c.Name, c.Type, typ)
				}
				delete(want, c.Name)
			case slices.Contains(made[table.Name], c.Name) || table.Name != schemas.Calls && slices.Contains(callKey, c.Name):
			default:
				t.Errorf("%s.%s stands for no property", table.Name, c.Name)
			}
		}
		for name := range want {
			t.Errorf("%s.%s is missing", table.Name, name)
		}
		for _, name := range made[table.Name] {
			if !slices.ContainsFunc(table.Columns, func(c schemas.Column) bool { return c.Name == name }) {
				t.Errorf("%s.%s is missing", table.Name, name)
			}
		}
	}
}

func typeOf(c model.Column) schemas.Type {
	switch c.Role {
	case model.Values:
		return schemas.ListOfText
	case model.Structs:
		return schemas.ListOfStructs
	case model.Value:
		switch c.EDM {
		case "Edm.Int32", "Edm.Int64":
			return schemas.Integer
		case "Edm.Single", "Edm.Double", "Edm.Decimal", "Edm.Duration":
			return schemas.Double
		case "Edm.Boolean":
			return schemas.Boolean
		case "Edm.DateTimeOffset":
			return schemas.Timestamp
		}
	}
	return schemas.Text
}

func TestStructsInListsFollowTheRule(t *testing.T) {
	m := model.Load()
	for _, table := range schemas.Tables() {
		for _, want := range m.Columns(objects[table.Name]) {
			i := slices.IndexFunc(table.Columns, func(c schemas.Column) bool { return c.Name == want.Name })
			if want.Role != model.Structs || i < 0 {
				continue
			}
			for k, field := range want.Item {
				if k >= len(table.Columns[i].Fields) || table.Columns[i].Fields[k].Name != field.Name || table.Columns[i].Fields[k].Type != typeOf(field) {
					t.Errorf("%s.%s has fields %v, want %s as number %d", table.Name, want.Name, table.Columns[i].Fields, field.Name, k)
				}
			}
		}
	}
}

func TestEveryRowBeginsWithItsKey(t *testing.T) {
	for _, table := range schemas.Tables() {
		key := callKey
		if schemas.IsLog(table.Name) {
			key = logKey
		}
		for i, want := range key {
			if got := table.Columns[i].Name; got != want {
				t.Errorf("%s: column %d is %s, want %s", table.Name, i, got, want)
			}
		}
	}
}

func TestEveryColumnIsDocumented(t *testing.T) {
	for _, table := range schemas.Tables() {
		for _, c := range table.Columns {
			if c.Doc == "" {
				t.Errorf("%s.%s says nothing of what it holds", table.Name, c.Name)
			}
			if c.Source == "" && !slices.Contains(made[table.Name], c.Name) && c.Name != "tenant_id" {
				t.Errorf("%s.%s names no Graph property", table.Name, c.Name)
			}
		}
	}
}
