// Package oracle flattens call records a second time, naively, for tests.
//
// It shares no code with transform and schemas: it goes by the Graph model
// and the naming rule of internal/model, decodes with encoding/json into
// maps, and computes with the standard library's slow and exact types. What
// the product writes must equal what this package says.
package oracle

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"math/big"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"etl/internal/model"
)

// Row is a row by column name. A value is nil, string, int64, float64, bool,
// time.Time (UTC, whole microseconds), []any or, in lists, map[string]any.
type Row map[string]any

// Tables are the rows of each table, in the order of their ordinals.
type Tables map[string][]Row

// Flatten returns the rows of a whole call record.
func Flatten(record []byte, tenantID string, fetchedAt time.Time) (Tables, error) {
	call := objectOf(record)
	if call == nil {
		return nil, errors.New("flattening naively: the record is no JSON object")
	}
	f := flattening{tables: Tables{}, columns: map[string][]model.Column{}}
	m := model.Load()
	for _, object := range []string{model.CallRecord, model.Participant, model.Session, model.Segment, model.Media, model.Stream} {
		f.columns[object] = m.Columns(object)
	}
	f.call(call, tenantID, fetchedAt)
	return f.tables, nil
}

// FlattenLogRow returns the row of a log's row, whose type is model.PstnCall or
// model.DirectRoutingCall.
func FlattenLogRow(typ string, record []byte, tenantID string, fetchedAt time.Time) (Row, error) {
	o := objectOf(record)
	if o == nil {
		return nil, errors.New("flattening naively: the row is no JSON object")
	}
	f := flattening{columns: map[string][]model.Column{typ: model.Load().Columns(typ)}}
	return f.row(typ, o, Row{"tenant_id": tenantID, "fetched_at": fetchedAt.UTC().Truncate(time.Microsecond)}), nil
}

type flattening struct {
	tables  Tables
	columns map[string][]model.Column // by object
}

// object is a JSON object; nil stands for anything else.
type object struct {
	members map[string]json.RawMessage
	objects map[string]*object // members that were asked for as objects
}

func objectOf(raw []byte) *object {
	o := object{objects: map[string]*object{}}
	if json.Unmarshal(raw, &o.members) != nil || o.members == nil {
		return nil
	}
	return &o
}

// member returns the value of a property as sent; nil where it is absent.
func (o *object) member(property string) json.RawMessage {
	if o == nil {
		return nil
	}
	return o.members[property]
}

func (o *object) all() map[string]json.RawMessage {
	if o == nil {
		return nil
	}
	return o.members
}

// under returns the object that a property holds; nil where it holds none.
func (o *object) under(property string) *object {
	if o == nil {
		return nil
	}
	child, ok := o.objects[property]
	if !ok {
		child = objectOf(o.members[property])
		o.objects[property] = child
	}
	return child
}

func (o *object) items(property string) []json.RawMessage {
	var list []json.RawMessage
	if json.Unmarshal(o.member(property), &list) != nil {
		return nil
	}
	return list
}

func (f *flattening) call(call *object, tenantID string, fetchedAt time.Time) {
	row := f.row(model.CallRecord, call, Row{"tenant_id": tenantID, "fetched_at": fetchedAt.UTC().Truncate(time.Microsecond)})
	if call.under("organizer_v2") == nil {
		id := f.standIn(row, "organizer_", call, "organizer")
		row["organizer_id"] = id
	}
	key := Row{}
	for _, c := range []string{"tenant_id", "call_id", "call_version", "call_start_date_time"} {
		key[c] = row[c]
	}
	if items := call.items("participants_v2"); len(items) > 0 {
		for i, item := range items {
			o := objectOf(item)
			f.add("participants", f.row(model.Participant, o, with(key, "participant_ordinal", int64(i))))
		}
	} else {
		for i, item := range call.items("participants") {
			p := f.row(model.Participant, nil, with(key, "participant_ordinal", int64(i)))
			p["participant_id"] = f.standIn(p, "", &object{map[string]json.RawMessage{"identity": item}, map[string]*object{}}, "identity")
			f.add("participants", p)
		}
	}
	for i, item := range call.items("sessions") {
		f.session(item, with(key, "session_ordinal", int64(i)), row)
	}
	for column, table := range map[string]string{
		"participant_count": "participants", "session_count": "sessions", "segment_count": "segments", "media_count": "media", "stream_count": "streams",
	} {
		row[column] = int64(len(f.tables[table]))
	}
	f.add("calls", row)
}

// standIn sets the columns of an identity set from a deprecated property that
// holds one, and returns the id of the member that stands for it.
func (f *flattening) standIn(row Row, prefix string, o *object, property string) any {
	set := o.under(property)
	kind, member := standing(set)
	row[prefix+"identity"] = text(o.member(property))
	row[prefix+"identity_kind"] = kind
	for column, p := range map[string]string{"id": "id", "display_name": "displayName", "tenant_id": "tenantId", "user_principal_name": "userPrincipalName"} {
		row[prefix+"identity_"+column] = value("Edm.String", member.member(p))
	}
	return value("Edm.String", member.member("id"))
}

func (f *flattening) session(item json.RawMessage, key, call Row) {
	o := objectOf(item)
	row := f.row(model.Session, o, key)
	f.add("sessions", row)
	key = with(key, "session_id", row["session_id"])
	for i, item := range o.items("segments") {
		o := objectOf(item)
		segment := f.row(model.Segment, o, with(key, "segment_ordinal", int64(i)))
		f.add("segments", segment)
		key := with(with(key, "segment_ordinal", int64(i)), "segment_id", segment["segment_id"])
		for i, item := range o.items("media") {
			o := objectOf(item)
			media := f.row(model.Media, o, with(key, "media_ordinal", int64(i)))
			f.add("media", media)
			for j, item := range o.items("streams") {
				o := objectOf(item)
				key := with(with(key, "media_ordinal", int64(i)), "stream_ordinal", int64(j))
				f.add("streams", f.row(model.Stream, o, withContext(key, call, segment, media)))
			}
		}
	}
}

// withContext repeats what streams repeat of their call, segment and media.
func withContext(key, call, segment, media Row) Row {
	row := with(with(key, "media_label", media["label"]), "call_type", call["type"])
	for _, side := range []string{"caller", "callee"} {
		for _, c := range []string{"_associated_identity_id", "_user_agent_platform", "_user_agent_product_family"} {
			row[side+c] = segment[side+c]
		}
		for _, c := range []string{
			"_network_subnet", "_network_connection_type", "_network_wifi_band", "_network_reflexive_ip_address",
			"_device_capture_device_name", "_device_render_device_name",
		} {
			row[side+c] = media[side+c]
		}
	}
	return row
}

func (f *flattening) add(table string, row Row) { f.tables[table] = append(f.tables[table], row) }

func with(row Row, column string, v any) Row {
	more := maps.Clone(row)
	more[column] = v
	return more
}

// row returns a row with the columns of the key and those of the object.
func (f *flattening) row(typ string, o *object, key Row) Row {
	row := maps.Clone(key)
	for _, c := range f.columns[typ] {
		row[c.Name] = column(c, o)
	}
	return row
}

func column(c model.Column, o *object) any {
	last := c.Path[len(c.Path)-1]
	holder := o
	for _, property := range c.Path[:len(c.Path)-1] {
		if c.Role == model.IdentityMember || c.Role == model.AssociatedIdentity {
			break
		}
		holder = holder.under(property)
	}
	switch c.Role {
	case model.Values:
		return list(holder, last, func(item json.RawMessage) any { return value(c.EDM, item) })
	case model.Structs:
		return list(holder, last, func(item json.RawMessage) any {
			fields := objectOf(item)
			s := map[string]any{}
			for _, field := range c.Item {
				s[field.Name] = column(field, fields)
			}
			return s
		})
	case model.JSON:
		return text(holder.member(last))
	case model.Subtype:
		typ, _ := value("Edm.String", holder.under(last).member("@odata.type")).(string)
		if typ == "" {
			return nil
		}
		parts := strings.Split(typ, ".")
		return regexp.MustCompile(`(.)(Endpoint|UserAgent)$`).ReplaceAllString(parts[len(parts)-1], "$1")
	case model.IdentityKind:
		kind, _ := standing(holder.under(last))
		return kind
	case model.IdentityMember:
		_, member := standing(walk(o, c.Path[:len(c.Path)-1]))
		return value("Edm.String", member.member(last))
	case model.AssociatedIdentity:
		path := c.Path[:len(c.Path)-1]
		person := walk(o, path)
		if person == nil {
			_, person = standing(walk(o, append(slices.Clone(path[:len(path)-1]), "identity")))
		}
		return value("Edm.String", person.member(last))
	}
	return value(c.EDM, holder.member(last))
}

func walk(o *object, path []string) *object {
	for _, property := range path {
		o = o.under(property)
	}
	return o
}

func list(o *object, property string, item func(json.RawMessage) any) any {
	raw := bytes.TrimSpace(o.member(property))
	if len(raw) == 0 || raw[0] != '[' {
		return nil
	}
	all := []any{}
	for _, r := range o.items(property) {
		all = append(all, item(r))
	}
	return all
}

// standing returns the member that stands for an identity set.
func standing(set *object) (kind any, member *object) {
	order := []string{"user", "phone", "guest", "applicationInstance", "application", "device"}
	var others []string
	for name := range set.all() {
		if !slices.Contains(order, name) && !strings.Contains(name, "@") {
			others = append(others, name)
		}
	}
	sort.Strings(others)
	for _, name := range append(order, others...) {
		if member := set.under(name); member != nil {
			return name, member
		}
	}
	return nil, nil
}

// text returns an object as JSON text.
func text(raw json.RawMessage) any {
	var b bytes.Buffer
	if json.Compact(&b, raw) != nil || b.Len() == 0 || b.Bytes()[0] != '{' {
		return nil
	}
	return b.String()
}

var duration = regexp.MustCompile(`^(-?)P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.(\d+))?S)?)?$`)

func value(edm string, raw json.RawMessage) any {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if len(raw) == 0 || d.Decode(&v) != nil {
		return nil
	}
	s, isText := v.(string)
	number, isNumber := v.(json.Number)
	switch edm {
	case "Edm.Boolean":
		if b, ok := v.(bool); ok {
			return b
		}
	case "Edm.Int32", "Edm.Int64":
		if n, err := strconv.ParseInt(string(number), 10, 64); isNumber && err == nil {
			return n
		}
	case "Edm.Single", "Edm.Double", "Edm.Decimal":
		if r, ok := new(big.Rat).SetString(string(number)); isNumber && ok {
			f, _ := r.Float64()
			return f
		}
	case "Edm.DateTimeOffset":
		if t, err := time.Parse(time.RFC3339Nano, s); isText && err == nil {
			return t.UTC().Truncate(time.Microsecond)
		}
	case "Edm.Duration":
		if m := duration.FindStringSubmatch(s); isText && m != nil {
			return milliseconds(m)
		}
	default:
		if isText {
			return s
		}
	}
	return nil
}

func milliseconds(m []string) float64 {
	sum := new(big.Rat)
	for i, seconds := range []int64{86400, 3600, 60, 1} {
		if m[i+2] != "" {
			n, _ := new(big.Rat).SetString(m[i+2])
			sum.Add(sum, n.Mul(n, big.NewRat(seconds*1000, 1)))
		}
	}
	if m[6] != "" {
		n, _ := new(big.Rat).SetString("0." + (m[6] + "0000000")[:7])
		sum.Add(sum, n.Mul(n, big.NewRat(1000, 1)))
	}
	if m[1] == "-" {
		sum.Neg(sum)
	}
	f, _ := sum.Float64()
	return f
}
