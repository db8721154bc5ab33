package transform

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"etl/extract/jsonscan"
)

// sessionsOf is a record of two sessions of a segment each, with the same caller
// and callee everywhere. Where it is spelt anew each time white space tells
// the texts apart.
func sessionsOf(caller, callee string, anew bool) string {
	n := 0
	end := func(text string) string {
		if n++; anew {
			return strings.Replace(text, "{", "{"+strings.Repeat(" ", n), 1)
		}
		return text
	}
	var sessions []string
	for i := range 2 {
		sessions = append(sessions, fmt.Sprintf(`{"id":"s%d","caller":%s,"callee":%s,"segments":[{"id":"g%[1]d","caller":%s,"callee":%s}]}`,
			i, end(caller), end(callee), end(caller), end(callee)))
	}
	return `{"id":"c","version":1,"startDateTime":"2026-11-23T10:00:00Z","sessions":[` + strings.Join(sessions, ",") + `]}`
}

// An endpoint that is there again gives the same row, and is noted again.
func TestEndpointsThatRepeat(t *testing.T) {
	const plain = `{"@odata.type":"#microsoft.graph.callRecords.participantEndpoint","name":"n","cpuCoresCount":8,"associatedIdentity":{"id":"u"},
		"identity":{"user":{"id":"u","more":[1]}},"userAgent":{"platform":"web","note@odata.type":"x"},"feedback":{"rating":"good","tokens":{"a":true}}}`
	for _, odd := range []string{
		plain, `{}`, `null`, `{"name":"a","other":1}`, `{"userAgent":{"other":1,"platform":"web"}}`, `{"name":"a","name":"b"}`, `{"name":"\ud800"}`, `{"name":5}`, `[]`, `5`,
		`{"cpuCoresCount":1.5}`, `{"cpuCoresCount":"NaN"}`, `{"identity":{"user":{"id":"u","id":"v"}}}`, `{"name":"a\"}"}`,
	} {
		for _, record := range [][2]string{{odd, plain}, {plain, odd}, {odd, odd}} {
			rows, notes, err := Flatten(sessionsOf(record[0], record[1], false), Origin{})
			if err != nil {
				t.Fatal(err)
			}
			want, wantNotes, err := Flatten(sessionsOf(record[0], record[1], true), Origin{})
			if err != nil {
				t.Fatal(err)
			}
			if !sameRows(rows, want) || !reflect.DeepEqual(notes, wantNotes) {
				t.Errorf("caller %s, callee %s: notes %v, want %v; rows %+v, want %+v", record[0], record[1], notes, wantNotes, rows.Segments, want.Segments)
			}
		}
	}
}

func TestEndpointsThatRepeatTooDeep(t *testing.T) {
	const deep = jsonscan.MaxDepth - 6 // record, sessions, session, caller, feedback, tokens
	for nested, want := range map[int]error{deep - 2: nil, deep: jsonscan.ErrTooDeep} {
		caller := `{"feedback":{"tokens":{"a":` + strings.Repeat("[", nested) + strings.Repeat("]", nested) + `}}}`
		if _, _, err := Flatten(`{"id":"c","version":1,"sessions":[{"caller":`+caller+`}]}`, Origin{}); err != nil {
			t.Errorf("%d levels in a session: %v", nested, err)
		}
		if _, _, err := Flatten(sessionsOf(caller, "{}", false), Origin{}); !errors.Is(err, want) {
			t.Errorf("%d levels in a segment: error %v, want %v", nested, err, want)
		}
	}
}

// What one record had is not taken for the next one's.
func TestEndpointsAreOfTheirRecord(t *testing.T) {
	var f Flattener
	caller := `{"name":"device","userAgent":{"platform":"web"},"cpuCoresCount":8}`
	for i := range 3 {
		record := strings.Replace(sessionsOf(caller, caller, false), `"sessions"`, fmt.Sprintf(`"joinWebUrl":"%d","type":"groupCall","sessions"`, i), 1)
		rows, _, err := f.Flatten(record, Origin{})
		if err != nil {
			t.Fatal(err)
		}
		want, _, err := Flatten(record, Origin{})
		if err != nil || !sameRows(rows, want) {
			t.Errorf("record %d: got %+v, want %+v, error %v", i, rows.Sessions, want.Sessions, err)
		}
		rows.Free()
	}
}
