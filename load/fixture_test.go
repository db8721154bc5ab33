package load

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"time"

	"etl/schemas"
)

const tenant = "11111111-2222-3333-4444-555555555555"

// shape is how many children each parent of a call has.
type shape struct {
	participants, sessions, segments, media, streams int
}

var (
	bare  = shape{}
	small = shape{participants: 2, sessions: 2, segments: 1, media: 1, streams: 2}
	large = shape{participants: 5, sessions: 4, segments: 2, media: 3, streams: 2}
)

func at(text string) *int64 {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	micros := t.UnixMicro()
	return &micros
}

// newRows makes the rows of a call with random values in every column. Equal
// arguments give equal rows.
func newRows(id string, version int64, start *int64, s shape) *schemas.Rows {
	r := rand.New(rand.NewPCG(uint64(version), seedOf(id)))
	key := schemas.CallKey{TenantID: tenant, CallID: id, CallVersion: version, CallStartDateTime: start}
	rows := &schemas.Rows{}
	randomize(r, &rows.Call)
	rows.Call.CallKey = key
	for p := range s.participants {
		row := schemas.Participant{}
		randomize(r, &row)
		row.CallKey, row.ParticipantOrdinal = key, int64(p)
		rows.Participants = append(rows.Participants, row)
	}
	for a := range s.sessions {
		session := schemas.SessionKey{SessionID: text(r), SessionOrdinal: int64(a)}
		row := schemas.Session{}
		randomize(r, &row)
		row.CallKey, row.SessionKey = key, session
		rows.Sessions = append(rows.Sessions, row)
		for b := range s.segments {
			segment := schemas.SegmentKey{SegmentID: text(r), SegmentOrdinal: int64(b)}
			row := schemas.Segment{}
			randomize(r, &row)
			row.CallKey, row.SessionKey, row.SegmentKey = key, session, segment
			rows.Segments = append(rows.Segments, row)
			for c := range s.media {
				row := schemas.Media{}
				randomize(r, &row)
				row.CallKey, row.SessionKey, row.SegmentKey, row.MediaOrdinal = key, session, segment, int64(c)
				rows.Media = append(rows.Media, row)
				for d := range s.streams {
					row := schemas.Stream{}
					randomize(r, &row)
					row.CallKey, row.SessionKey, row.SegmentKey = key, session, segment
					row.MediaOrdinal, row.StreamOrdinal = int64(c), int64(d)
					rows.Streams = append(rows.Streams, row)
				}
			}
		}
	}
	return rows
}

func change(id string, version int64, start *int64, s shape) Change {
	return Change{TenantID: tenant, CallID: id, Version: version, Start: start, Rows: func() (*schemas.Rows, error) {
		return newRows(id, version, start, s), nil
	}}
}

func seedOf(s string) uint64 {
	h := uint64(14695981039346656037)
	for _, b := range []byte(s) {
		h = (h ^ uint64(b)) * 1099511628211
	}
	return h
}

var texts = []string{"", "a", "ä", "日本語", "👩‍👩‍👧", "a\u0301", "\u202eabc", "line\nbreak", "NULL", "null", `{"a":"b"}`, "0", strings.Repeat("x", 300), "\x00"}

func text(r *rand.Rand) *string {
	if r.IntN(4) == 0 {
		return nil
	}
	s := texts[r.IntN(len(texts))]
	if r.IntN(3) == 0 {
		s = fmt.Sprint(r.Uint64())
	}
	return &s
}

// randomize sets every field, exported structs embedded or not.
func randomize(r *rand.Rand, row any) { fill(r, reflect.ValueOf(row).Elem(), "") }

func fill(r *rand.Rand, v reflect.Value, tag string) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(r, v.Field(i), v.Type().Field(i).Tag.Get("parquet"))
		}
	case reflect.Pointer:
		v.SetZero()
		if r.IntN(4) > 0 {
			v.Set(reflect.New(v.Type().Elem()))
			fill(r, v.Elem(), tag)
		}
	case reflect.Slice:
		v.SetZero()
		if r.IntN(4) > 0 {
			n := r.IntN(4)
			v.Set(reflect.MakeSlice(v.Type(), n, n))
			for i := range n {
				fill(r, v.Index(i), "")
			}
		}
	case reflect.String:
		if s := text(r); s != nil {
			v.SetString(*s)
		}
	case reflect.Int64:
		v.SetInt(integer(r, strings.Contains(tag, "timestamp")))
	case reflect.Float64:
		values := []float64{0, 1, -1, 0.1, math.MaxFloat64, math.SmallestNonzeroFloat64, -123.456, math.Copysign(0, -1)}
		v.SetFloat(append(values, r.Float64())[r.IntN(len(values)+1)])
	case reflect.Bool:
		v.SetBool(r.IntN(2) == 0)
	default:
		panic(v.Type())
	}
}

func integer(r *rand.Rand, timestamp bool) int64 {
	if timestamp {
		return []int64{*at("0001-01-01T00:00:00Z"), *at("9999-12-31T23:59:59Z") + 999999, -1, 0, 1, 1790000000000000 + r.Int64N(1e12)}[r.IntN(6)]
	}
	return []int64{math.MinInt64, math.MaxInt64, 0, -1, 1, r.Int64()}[r.IntN(6)]
}

// model is the lake as it should be.
type model map[string]*schemas.Rows

// rows are a table's rows in the order of the lake: by date, then start, call
// id and ordinals.
func (m model) rows(t *table) []reflect.Value {
	type call struct {
		date string
		at   position
		rows *schemas.Rows
	}
	var calls []call
	for _, rows := range m {
		k := rows.Call.CallKey
		calls = append(calls, call{schemas.CallDate(k.CallStartDateTime), position{startAt(k.CallStartDateTime), callKey{k.TenantID, k.CallID}}, rows})
	}
	slices.SortFunc(calls, func(a, b call) int {
		if c := strings.Compare(a.date, b.date); c != 0 {
			return c
		}
		return a.at.compare(b.at)
	})
	var all []reflect.Value
	for _, c := range calls {
		slice := t.rowsOf(c.rows)
		for i := range slice.Len() {
			all = append(all, slice.Index(i))
		}
	}
	return all
}
