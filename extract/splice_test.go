package extract

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"etl/extract/jsonscan"
)

// FuzzSplice cuts a document into pages and checks that what Fetch puts
// together is what encoding/json says a plain joining of the pages gives.
func FuzzSplice(f *testing.F) {
	f.Add(`{"a":1}`, `{"id":"x"}`, `{"b":[1,2]}`, `1`, true)
	f.Add(`"x":[{}],"y":null`, `[]`, ` {"c" : "\u0041\"" } `, `{"@odata.type":"t"}`, false)
	f.Add(`"segments":[1]`, `null`, `""`, `-0.5e+3`, true)
	f.Add(`"\u0061":1`, `{"x":{"y@odata.nextLink":null}}`, `{"k":1,"k":2}`, `[[],[{}]]`, false)
	f.Fuzz(func(t *testing.T, member, first, second, third string, before bool) {
		items := []string{first, second, third}
		for _, text := range append(items, "{"+member+"}") {
			if !json.Valid([]byte(text)) || !utf8.ValidString(text) || strings.Contains(strings.ToLower(text), "nextlink") || strings.Contains(text, `\`) {
				return
			}
		}
		nested := `"list":[` + first + `],"list@odata.nextLink":"` + g1 + `"`
		if before {
			nested = `"list@odata.nextLink":"` + g1 + `","list":[` + first + `]`
		}
		session := `{` + nested
		if strings.TrimSpace(member) != "" {
			session += `,"m":{` + member + `}`
		}
		session += `}`
		s := &scripted{
			sessions: `[` + session + `]`, sessionsLink: s1,
			participants: `[` + third + `]`,
			pages:        map[string]string{s1: value(second+`,{"new":1}`, ""), g1: value(second+`,"other"`, "")},
		}
		call, err := s.fetch(t)
		var fail *Failure
		if errors.As(err, &fail) && (fail.Reason == ReasonTooDeep || fail.Reason == ReasonBadPage) {
			return // nesting, or names that are there twice
		}
		if err != nil {
			t.Fatal(err)
		}
		whole := `{"id":"` + callID + `","version":3,"sessions":[` +
			strings.Replace(session, nested, `"list":[`+first+`,`+second+`,"other"]`, 1) + `,` + second + `,{"new":1}],"participants_v2":[` + third + `]}`
		if !reflect.DeepEqual(decoded(t, call.Record), decoded(t, []byte(whole))) {
			t.Fatalf("got  %s\nwant %s", call.Record, whole)
		}
	})
}

func decoded(t *testing.T, text []byte) (v any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

// FuzzPage feeds an answer of any bytes to the client.
func FuzzPage(f *testing.F) {
	f.Add([]byte(`{"id":"` + callID + `","version":3,"sessions":[],"participants_v2":[]}`))
	f.Add([]byte(`{"sessions":[{"a@odata.nextLink":"x","a":[1]}],"id":"` + callID + `","version":3,"a":1,"a":{"b@odata.nextLink":""}}`))
	f.Add([]byte(`{"a":1,"a":2 , "a":[{"b":1}]}`))
	f.Add([]byte(`{"id":"` + callID + `","version":3,"sessions":[{"network":1},{"a":[1],"\u0061@odata.nextLink":"x"},{"b":[],"b@odata.nextlink":"x"}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		want := wanted{id: callID, items: "sessions", record: true, drop: "participants_v2"}
		p, err := parsePage(string(body), want)
		if err != nil {
			var fail *Failure
			if !errors.As(err, &fail) {
				t.Fatalf("got error %v", err)
			}
			return
		}
		for i := range p.edits {
			if p.edits[i].link != nil {
				p.edits[i].parts = behind(p.edits[i].link.items, []string{"1", ",", "2"})
			}
		}
		text := strings.Join(emit(nil, p.text, p.open, p.close+1, p.edits), "")
		if !json.Valid([]byte(text)) || strings.Contains(text, `@odata.nextLink"`) && !strings.Contains(text, `\`) && duplicates(string(body)) == 0 && !insideText(text) {
			t.Fatalf("%q became %q", body, text)
		}
		if again, err := parsePage(text, want); err != nil || again.next != "" {
			t.Fatalf("%q became %q, which is refused: %v", body, text, err)
		}
	})
}

// insideText reports whether a next link's name is there as a value only.
func insideText(text string) bool {
	for _, after := range strings.Split(text, `@odata.nextLink"`)[1:] {
		if strings.HasPrefix(strings.TrimLeft(after, " \r\n\t"), ":") {
			return false
		}
	}
	return true
}

// duplicates returns how many members of a document stand behind another of
// the same name.
func duplicates(doc string) int {
	s := jsonscan.New(doc)
	var read func()
	read = func() {
		switch s.Next() {
		case jsonscan.Object:
			s.Enter()
			for _, ok := s.Member(); ok; _, ok = s.Member() {
				read()
			}
		case jsonscan.Array:
			s.Enter()
			for s.Element() {
				read()
			}
		default:
			s.Skip()
		}
	}
	read()
	return s.Duplicates()
}
