package extract

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
)

const (
	s1 = callPath + "/sessions?$skiptoken=1"
	s2 = callPath + "/sessions?$skiptoken=2"
	p1 = callPath + "/participants_v2?$skiptoken=1"
	g1 = callPath + "/sessions('a')/segments?$skiptoken=1"
	g2 = callPath + "/sessions('a')/segments?$skiptoken=2"
	m1 = callPath + "/sessions('a')/segments('b')/media?$skiptoken=1"
)

func TestItemsOfAllPagesAreKeptByteForByte(t *testing.T) {
	for name, c := range map[string]struct {
		script       *scripted
		sessions     string
		participants string
		anomalies    map[string]int
	}{
		"one page": {&scripted{sessions: `[{"id":"a"}, {"id" : "b"}]`, participants: `[ ]`}, `[{"id":"a"}, {"id" : "b"}]`, `[ ]`, nil},
		"white space and escapes": {
			&scripted{sessions: ` [ {"id" : "a\u00e9"} ] `, sessionsLink: s1, pages: map[string]string{s1: value(" { \"n\":1.50 }\n,\t{\"n\":-0e2} ", "")}},
			"[ {\"id\" : \"a\\u00e9\"} ,{ \"n\":1.50 },{\"n\":-0e2}]", `[]`, nil},
		"empty first page":  {&scripted{sessionsLink: s1, pages: map[string]string{s1: value(`1,2`, "")}}, `[1,2]`, `[]`, nil},
		"empty middle page": {&scripted{sessions: `[0]`, sessionsLink: s1, pages: map[string]string{s1: value(``, s2), s2: value(`1`, "")}}, `[0,1]`, `[]`, nil},
		"empty last page":   {&scripted{sessions: `[0]`, sessionsLink: s1, pages: map[string]string{s1: value(``, "")}}, `[0]`, `[]`, nil},
		"null link":         {&scripted{sessionsLink: s1, pages: map[string]string{s1: `{"@odata.nextLink":null,"value":[1]}`}}, `[1]`, `[]`, nil},
		"empty link":        {&scripted{sessionsLink: s1, pages: map[string]string{s1: `{"value":[1],"@odata.nextLink":""}`}}, `[1]`, `[]`, nil},
		"id in capitals":    {&scripted{sessionsLink: s1, pages: map[string]string{s1: `{"id":"` + strings.ToUpper(callID) + `","value":[1]}`}}, `[1]`, `[]`, nil},
		"nested": {&scripted{
			sessions: `[{"segments":[{"id":1}],"segments@odata.nextLink":"` + g1 + `","x":1}]`,
			pages:    map[string]string{g1: value(`{"id":2}`, g2), g2: value(`{"id":3,"media@odata.nextLink":"`+m1+`","media":[]}`, ""), m1: value(`"m"`, "")},
		}, `[{"segments":[{"id":1},{"id":2},{"id":3,"media":["m"]}],"x":1}]`, `[]`, nil},
		"nested on a later page": {&scripted{
			sessionsLink: s1,
			pages:        map[string]string{s1: value(`{"segments@odata.nextLink":"`+g1+`","segments":[]},{"y":0}`, ""), g1: value(`7`, "")},
		}, `[{"segments":[7]},{"y":0}]`, `[]`, nil},
		"nested in a nested array": {&scripted{
			sessions: `[[{"a":{"b@odata.nextLink":"` + g1 + `","b":[1]}}]]`, pages: map[string]string{g1: value(`2`, "")},
		}, `[[{"a":{"b":[1,2]}}]]`, `[]`, nil},
		"one link for two sessions": {&scripted{
			sessions: `[{"segments":[1],"segments@odata.nextLink":"` + g1 + `"},{"segments":[2],"segments@odata.nextLink":"` + g1 + `"}]`,
			pages:    map[string]string{g1: value(`3`, "")},
		}, `[{"segments":[1,3]},{"segments":[2,3]}]`, `[]`, nil},
		"links cut out": {&scripted{
			sessions: `[{"a@odata.nextLink":null},{"a@odata.nextLink":"","b@odata.nextLink":null , "c":1},{"c":1, "a@odata.nextLink":null}, {"c":1,"a@odata.nextLink":null,"d":2}]`,
		}, `[{},{ "c":1},{"c":1}, {"c":1,"d":2}]`, `[]`, nil},
		"overlapping pages": {&scripted{
			sessions: `[{"id":"a"},{"id":"a"},{"id":"b"}]`, sessionsLink: s1,
			pages: map[string]string{s1: value(`{"id":"b"},{"id":"a","v":2},{"id":"c"},{"id":"c"},null`, s2), s2: value(`null,{"id":"c"},{"id":"d"}`, "")},
		}, `[{"id":"a"},{"id":"a"},{"id":"b"},{"id":"a","v":2},{"id":"c"},{"id":"c"},null,null,{"id":"d"}]`, `[]`, map[string]int{"repeated_session": 2}},
		"participants are never dropped": {&scripted{
			participants: `[{"id":"a"}]`, participantsLink: p1, pages: map[string]string{p1: value(`{"id":"a"},{"id":"b"}`, "")},
		}, `[]`, `[{"id":"a"},{"id":"a"},{"id":"b"}]`, nil},
		"names twice": {&scripted{sessions: `[{"@odata.type":"x","@odata.type":"y","segments":[{}],"segments@odata.nextLink":"` + g1 + `"}]`,
			pages: map[string]string{g1: value(`1`, "")}}, `[{"@odata.type":"x","@odata.type":"y","segments":[{},1]}]`, `[]`, nil},
		"name twice before a link": {&scripted{sessions: `[{"a":1,"a":2,"a":3,"b@odata.nextLink":null}]`}, `[{"a":1,"a":2,"a":3}]`, `[]`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			call, err := c.script.fetch(t)
			if err != nil {
				t.Fatal(err)
			}
			m := members(t, call.Record)
			if m["sessions"] != strings.TrimSpace(c.sessions) || m["participants_v2"] != c.participants {
				t.Errorf("got   %s\nwant sessions %s and participants %s", call.Record, c.sessions, c.participants)
			}
			if !maps.Equal(call.Anomalies, c.anomalies) {
				t.Errorf("anomalies %v, want %v", call.Anomalies, c.anomalies)
			}
			if call.ID != callID || call.Version != 3 {
				t.Errorf("call %s of version %d", call.ID, call.Version)
			}
		})
	}
}

func TestPagesThatAreNotWholeAreRefused(t *testing.T) {
	first := func(body string) *scripted {
		return &scripted{pages: map[string]string{callPath + "?$expand=sessions($expand=segments)": body}}
	}
	participants := func(body string) *scripted {
		return &scripted{pages: map[string]string{callPath + "?$expand=participants_v2": body}}
	}
	later := func(body string) *scripted {
		return &scripted{sessions: `[0]`, sessionsLink: s1, pages: map[string]string{s1: body}}
	}
	deep := &scripted{sessions: `[{"a":[],"a@odata.nextLink":"` + g1 + `"}]`, pages: map[string]string{}}
	for i := range 20 {
		link := fmt.Sprintf("%s/deep?%d", callPath, i)
		if i == 0 {
			link = g1
		}
		deep.pages[link] = value(fmt.Sprintf(`{"a":[%d],"a@odata.nextLink":"%s/deep?%d"}`, i, callPath, i+1), "")
	}
	id := `"id":"` + callID + `","version":3`
	for name, c := range map[string]struct {
		script *scripted
		want   Reason
	}{
		"null":                  {first(`null`), ReasonBadPage},
		"array":                 {first(`[]`), ReasonBadPage},
		"empty":                 {first(``), ReasonBadPage},
		"cut":                   {first(`{` + id + `,"sessions":[`), ReasonBadPage},
		"trailing":              {first(`{` + id + `,"sessions":[]}x`), ReasonBadPage},
		"two documents":         {first(`{` + id + `,"sessions":[]}{}`), ReasonBadPage},
		"BOM":                   {first("\ufeff{" + id + `,"sessions":[]}`), ReasonBadPage},
		"no sessions":           {first(`{` + id + `}`), ReasonBadPage},
		"null sessions":         {first(`{` + id + `,"sessions":null}`), ReasonBadPage},
		"object for sessions":   {first(`{` + id + `,"sessions":{}}`), ReasonBadPage},
		"Sessions":              {first(`{` + id + `,"Sessions":[]}`), ReasonBadPage},
		"sessions twice":        {first(`{` + id + `,"sessions":[1],"sessions":[]}`), ReasonBadPage},
		"id twice":              {first(`{` + id + `,"sessions":[],"id":"x"}`), ReasonBadPage},
		"link twice":            {first(`{` + id + `,"sessions":[],"sessions@odata.nextLink":null,"sessions@odata.nextLink":"` + s1 + `"}`), ReasonBadPage},
		"link in a name twice":  {first(`{` + id + `,"sessions":[{"a":1,"a":{"b":[],"b@odata.nextLink":"` + s1 + `"}}]}`), ReasonBadPage},
		"many names twice":      {first(`{` + id + `,"sessions":[],"x":1` + strings.Repeat(`,"x":1`, 200) + `}`), ReasonBadPage},
		"error":                 {first(`{` + id + `,"sessions":[],"error":{}}`), ReasonBadPage},
		"no id":                 {first(`{"version":3,"sessions":[]}`), ReasonBadPage},
		"null id":               {first(`{"id":null,"version":3,"sessions":[]}`), ReasonBadPage},
		"other id":              {first(`{"id":"x","version":3,"sessions":[]}`), ReasonWrongCall},
		"other context":         {first(`{"@odata.context":"https://g/v1.0/$metadata#communications/callRecords('x')/$entity",` + id + `,"sessions":[]}`), ReasonWrongCall},
		"escaped context":       {first(`{"@odata.context":"https://g/v1.0/$metadata#communications/callRecords(%27x%27)/$entity",` + id + `,"sessions":[]}`), ReasonWrongCall},
		"no version":            {first(`{"id":"` + callID + `","sessions":[]}`), ReasonBadPage},
		"version of text":       {first(`{"id":"` + callID + `","version":"3","sessions":[]}`), ReasonBadPage},
		"version 1e3":           {first(`{"id":"` + callID + `","version":1e3,"sessions":[]}`), ReasonBadPage},
		"version 2^63":          {first(`{"id":"` + callID + `","version":9223372036854775808,"sessions":[]}`), ReasonBadPage},
		"plain link on a call":  {first(`{` + id + `,"sessions":[],"@odata.nextLink":"` + s1 + `"}`), ReasonBadLink},
		"link for nothing":      {first(`{` + id + `,"sessions":[],"x@odata.nextLink":"` + s1 + `"}`), ReasonBadLink},
		"link for a null":       {first(`{` + id + `,"sessions":[{"segments":null,"segments@odata.nextLink":"` + s1 + `"}]}`), ReasonBadLink},
		"link for an array far": {first(`{` + id + `,"sessions":[{"segments@odata.nextLink":"` + s1 + `"}],"segments":[]}`), ReasonBadLink},
		"link for two arrays":   {first(`{` + id + `,"sessions":[{"a":[],"a":[],"a@odata.nextLink":"` + s1 + `"}]}`), ReasonBadLink},
		"lower case":            {first(`{` + id + `,"sessions":[],"sessions@odata.nextlink":"` + s1 + `"}`), ReasonBadLink},
		"no prefix":             {first(`{` + id + `,"sessions":[{"a":[],"a@nextLink":"` + s1 + `"}]}`), ReasonBadLink},
		"escaped lower case":    {first(`{` + id + `,"sessions":[{"a":[],"a\u0040odata.nextlin\u006b":"` + s1 + `"}]}`), ReasonBadLink},
		"link of a number":      {first(`{` + id + `,"sessions":[],"sessions@odata.nextLink":1}`), ReasonBadLink},
		"escaped link":          {first(`{` + id + `,"sessions":[],"sessions\u0040odata.nextLink":"https://evil.example/"}`), ReasonBadLink},
		"too deep":              {first(`{` + id + `,"sessions":[` + strings.Repeat("[", 200) + strings.Repeat("]", 200) + `]}`), ReasonTooDeep},
		"no participants":       {participants(`{` + id + `}`), ReasonBadPage},
		"another version":       {participants(`{"id":"` + callID + `","version":4,"participants_v2":[]}`), ReasonVersionChanged},
		"sessions left over":    {participants(`{` + id + `,"participants_v2":[],"sessions":[],"sessions@odata.nextLink":"` + s1 + `"}`), ReasonBadLink},
		"later: no value":       {later(`{}`), ReasonBadPage},
		"later: null value":     {later(`{"value":null}`), ReasonBadPage},
		"later: a call":         {later(`{` + id + `,"sessions":[1]}`), ReasonBadPage},
		"later: other id":       {later(`{"value":[1],"id":"x"}`), ReasonWrongCall},
		"later: left over":      {later(`{"value":[1],"x":[],"x@odata.nextLink":"` + s2 + `"}`), ReasonBadLink},
		"later: value's link":   {later(`{"value":[1],"value@odata.nextLink":"` + s2 + `"}`), ReasonBadLink},
		"later: nothing new":    {later(`{"value":[0]}`), ReasonNoProgress},
		"later: itself":         {later(value("1", s1)), ReasonNoProgress},
		"a circle":              {&scripted{sessions: "[0]", sessionsLink: s1, pages: map[string]string{s1: value("1", s2), s2: value("2", s1)}}, ReasonNoProgress},
		"nulls without end":     {&scripted{sessionsLink: callPath + "/n?0", pages: nulls(30)}, ReasonNoProgress},
		"nested nothing new":    {&scripted{sessions: `[{"a":[1],"a@odata.nextLink":"` + g1 + `"}]`, pages: map[string]string{g1: value(`1`, "")}}, ReasonNoProgress},
		"nested without end":    {deep, ReasonTooDeep},
		"participants again":    {&scripted{participants: `[1,2]`, participantsLink: p1, pages: map[string]string{p1: value(`2,1`, "")}}, ReasonNoProgress},
		"nested page lost":      {&scripted{sessions: `[{"a":[1],"a@odata.nextLink":"` + g1 + `"}]`}, ReasonNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			call, err := c.script.fetch(t)
			if err == nil {
				t.Fatalf("the call was taken: %s", call.Record)
			}
			wantFailure(t, err, c.want)
			if strings.Contains(err.Error(), "skiptoken") || len(err.Error()) > 500 {
				t.Errorf("the error says too much: %v", err)
			}
		})
	}
}

// nulls is n pages of one null each.
func nulls(n int) map[string]string {
	pages := map[string]string{}
	for i := range n {
		pages[fmt.Sprintf("%s/n?%d", callPath, i)] = value("null", fmt.Sprintf("%s/n?%d", callPath, i+1))
	}
	return pages
}

func TestRecordKeepsWhatElseGraphSent(t *testing.T) {
	context := `"@odata.context":"https://g/v1.0/$metadata#communications/callRecords(sessions(segments()))/$entity"`
	s := &scripted{pages: map[string]string{
		callPath + "?$expand=sessions($expand=segments)": ` {` + context + `,"version":9007199254740993,"id":"` + callID + `","startDateTime":"2026-11-24T10:00:00.1234567Z","endDateTime":"later",` +
			`"participants_v2":[{"a":[],"a@odata.nextLink":"https://evil.example"}],"participants_v2@odata.nextLink":"` + p1 + `","participants_v2@odata.context":"c","sessions":[],"new":{"x":[1]}}` + "\n",
		callPath + "?$expand=participants_v2": `{"participants_v2":[{"id":"p"}],"version":9007199254740993,"id":"` + callID + `","other":1}`,
	}}
	call, err := s.fetch(t)
	if err != nil {
		t.Fatal(err)
	}
	want := `{` + context + `,"version":9007199254740993,"id":"` + callID + `","startDateTime":"2026-11-24T10:00:00.1234567Z","endDateTime":"later",` +
		`"participants_v2@odata.context":"c","sessions":[],"new":{"x":[1]},"participants_v2":[{"id":"p"}]}`
	if string(call.Record) != want {
		t.Errorf("got  %s\nwant %s", call.Record, want)
	}
	if call.Version != 9007199254740993 || call.Start.Nanosecond() != 123456700 || !call.End.IsZero() {
		t.Errorf("got version %d, start %s, end %s", call.Version, call.Start, call.End)
	}
	if len(s.sent()) != 0 {
		t.Errorf("sent %v", s.sent())
	}
}

func TestVersionIsReadAgainAfterManyPagesOfParticipants(t *testing.T) {
	s := &scripted{participants: "[1]", participantsLink: p1, pages: map[string]string{
		p1:                               value("2", ""),
		callPath + "?$select=id,version": `{"id":"` + callID + `","version":4}`,
	}}
	_, err := s.fetch(t)
	wantFailure(t, err, ReasonVersionChanged)
	if n := len(slices.DeleteFunc(s.log, func(u string) bool { return u != p1 })); n != 2 {
		t.Errorf("the chain was read %d times, want 2", n)
	}
}

// TestCircleThatBringsNewItems has a page that is its own successor and is
// never the same twice.
func TestCircleThatBringsNewItems(t *testing.T) {
	v := &visits{script: scripted{sessions: "[0]", sessionsLink: s1}}
	v.answer = func(n int, w http.ResponseWriter, r *http.Request) bool {
		if r.RequestURI != s1 {
			return false
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, value(fmt.Sprint(n), s1))
		return true
	}
	c, stop := piped(t, v.ServeHTTP, nil)
	defer stop()
	_, err := c.Fetch(t.Context(), Ref{ID: callID})
	wantFailure(t, err, ReasonNoProgress)
	if len(v.all) != 2 {
		t.Errorf("%d requests, want 2", len(v.all))
	}
}
