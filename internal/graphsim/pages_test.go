package graphsim_test

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"etl/internal/graphsim"
)

func TestPagesOfSessions(t *testing.T) {
	for _, sessions := range []int{0, 1, 60, 61, 120, 1001} {
		r := sized(sessions, 3)
		s := start(t, graphsim.Options{NextLinks: graphsim.Mixed}, r)
		items, pages := s.collect(r.ID, "sessions", "sessions($expand=segments)", nil)
		want := decode(t, r.JSON)["sessions"]
		if !reflect.DeepEqual(append([]any{}, items...), want) {
			t.Errorf("%d sessions: the pages don't hold the record's sessions", sessions)
		}
		if n := max(1, (sessions+59)/60); pages != n {
			t.Errorf("%d sessions came in %d pages, want %d", sessions, pages, n)
		}
		log := s.Requests().OfKind(graphsim.KindSessions)
		for i, q := range log {
			if q.Page != i+1 || q.CallID != r.ID || q.Proto != "HTTP/2.0" {
				t.Errorf("request %d is logged as page %d of %q by %s", i, q.Page, q.CallID, q.Proto)
			}
		}
	}
}

func TestPagesOfParticipants(t *testing.T) {
	for _, participants := range []int{0, 130, 131, 400} {
		for _, form := range []graphsim.NextLinkForm{graphsim.Plain, graphsim.PlainKey, graphsim.Documented} {
			r := sized(1, participants)
			s := start(t, graphsim.Options{NextLinks: form}, r)
			items, pages := s.collect(r.ID, "participants_v2", "participants_v2", nil)
			if want := decode(t, r.JSON)["participants_v2"]; !reflect.DeepEqual(append([]any{}, items...), want) {
				t.Errorf("%d participants: the pages don't hold the record's participants", participants)
			}
			if n := max(1, (participants+129)/130); pages != n {
				t.Errorf("%d participants came in %d pages, want %d", participants, pages, n)
			}
		}
	}
}

func TestPagesOverHTTP1(t *testing.T) {
	r := sized(61, 2)
	s := start(t, graphsim.Options{}, r)
	s.client = s.http1()
	if items, _ := s.collect(r.ID, "sessions", "sessions($expand=segments)", nil); len(items) != 61 {
		t.Errorf("got %d sessions", len(items))
	}
	if proto := s.Requests()[0].Proto; proto != "HTTP/1.1" {
		t.Errorf("the log says %s", proto)
	}
}

func TestNextLinkForms(t *testing.T) {
	r := sized(61, 2)
	for form, start1 := range map[graphsim.NextLinkForm]string{
		graphsim.Plain:      "/v1.0/communications/callRecords('" + r.ID + "')/sessions?$expand=segments&$skiptoken=",
		graphsim.PlainKey:   "/v1.0/communications/callRecords/" + r.ID + "/sessions?$expand=segments&$skiptoken=",
		graphsim.Documented: "/v1.0/$metadata#communications/callRecords('" + r.ID + "')/sessions?$expand=segments&$skiptoken=",
	} {
		s := start(t, graphsim.Options{NextLinks: form}, r)
		page := s.get(200, "/v1.0/communications/callRecords('"+r.ID+"')?$expand=sessions($expand=segments)", nil).object(t)
		link := page["sessions@odata.nextLink"].(string)
		token, ok := strings.CutPrefix(link, s.GraphURL+start1)
		if !ok {
			t.Errorf("form %d is %s", form, link)
		}
		for _, escape := range []string{"%2B", "%2F", "%3D"} {
			if !strings.Contains(token, escape) {
				t.Errorf("the token %s has no %s", token, escape)
			}
		}
		// A client that decodes the token and encodes it its own way loses.
		s.get(400, strings.ReplaceAll(link, "%2B", "%2b"), nil)
		s.get(400, strings.ReplaceAll(link, "%2F", "/"), nil)
	}
}

func TestPreferredPageSize(t *testing.T) {
	r := sized(7, 7)
	s := start(t, graphsim.Options{SessionPageSize: 5}, r)
	for asked, want := range map[string]int{"3": 3, "5": 5, "9": 5, "nonsense": 5} {
		header := http.Header{"Prefer": {"include-unknown-enum-members, odata.maxpagesize=" + asked}}
		a := s.get(200, "/v1.0/communications/callRecords/"+r.ID+"?$expand=sessions", header)
		if n := len(a.object(t)["sessions"].([]any)); n != want {
			t.Errorf("asked for pages of %s, got %d", asked, n)
		}
		applied := a.Header.Get("Preference-Applied")
		if strings.Contains(applied, "maxpagesize="+strconv.Itoa(want)) == (asked == "nonsense") || !strings.Contains(applied, "include-unknown-enum-members") {
			t.Errorf("asked for pages of %s, applied %q", asked, applied)
		}
	}
	if items, pages := s.collect(r.ID, "participants_v2", "participants_v2", http.Header{"Prefer": {`odata.maxpagesize="2"`}}); len(items) != 7 || pages != 4 {
		t.Errorf("got %d participants in %d pages", len(items), pages)
	}
}

func TestCallWithoutExpand(t *testing.T) {
	r := sized(3, 3)
	s := start(t, graphsim.Options{}, r)
	context := s.GraphURL + "/v1.0/$metadata#communications/callRecords"
	for _, path := range []string{"/" + r.ID, "('" + r.ID + "')", "(%27" + r.ID + "%27)"} {
		a := s.get(200, "/v1.0/communications/callRecords"+path, nil)
		call := a.object(t)
		for name, want := range map[string]any{
			"@odata.context":                 context + "/$entity",
			"participants_v2@odata.context":  context + "('" + r.ID + "')/participants_v2/$entity",
			"organizer_v2@odata.context":     context + "('" + r.ID + "')/organizer_v2/$entity",
			"id":                             r.ID,
			"sessions":                       nil,
			"participants_v2":                nil,
			"participants_v2@odata.nextLink": nil,
		} {
			if call[name] != want {
				t.Errorf("%s: %s is %v, want %v", path, name, call[name], want)
			}
		}
		if call["organizer_v2"] == nil {
			t.Error("there is no organizer_v2")
		}
		if got := a.Header.Get("Date"); got != noon.Format(http.TimeFormat) {
			t.Errorf("the date is %s", got)
		}
		for _, name := range []string{"request-id", "x-ms-ags-diagnostic"} {
			if a.Header.Get(name) == "" {
				t.Errorf("there is no header %s", name)
			}
		}
		if got := a.Header.Get("Content-Type"); !strings.HasPrefix(got, "application/json;odata.metadata=minimal;") {
			t.Errorf("the content type is %s", got)
		}
	}
	a := s.get(200, "/v1.0/communications/callRecords/"+r.ID, http.Header{"Client-Request-Id": {"mine"}})
	if got := a.Header.Get("client-request-id"); got != "mine" {
		t.Errorf("client-request-id is %q", got)
	}
}

func TestSelectAndExpand(t *testing.T) {
	r := sized(2, 2)
	s := start(t, graphsim.Options{}, r)
	base := "/v1.0/communications/callRecords/" + r.ID
	keys := func(object any) string {
		return fmt.Sprint(slices.Sorted(maps.Keys(object.(map[string]any))))
	}
	for query, want := range map[string]string{
		"?$select=id,version":                        "[@odata.context id version]",
		"?$select=version&$expand=sessions":          "[@odata.context sessions version]",
		"?%24select=id":                              "[@odata.context id]",
		"/participants_v2?$select=id":                "[@odata.context value]",
		"/sessions?$expand=segments":                 "[@odata.context value]",
		"?$select=id,organizer_v2":                   "[@odata.context id organizer_v2 organizer_v2@odata.context]",
		"?$select=id&$expand=sessions($select=id)":   "[@odata.context id sessions]",
		"?$select=id&$expand=participants_v2&unused": "[@odata.context id participants_v2]",
	} {
		if got := keys(s.get(200, base+query, nil).object(t)); got != want {
			t.Errorf("%s has %s, want %s", query, got, want)
		}
	}
	for query, want := range map[string]string{
		"/sessions": "[callee caller endDateTime failureInfo id isTest modalities startDateTime]",
		"/sessions?$select=id,isTest&$expand=segments": "[id isTest segments]",
		"/sessions?$select=startDateTime,endDateTime":  "[endDateTime startDateTime]",
		"/participants_v2?$select=id":                  "[id]",
	} {
		if got := keys(s.get(200, base+query, nil).object(t)["value"].([]any)[0]); got != want {
			// isTest may be absent in a generated session.
			if got != strings.Replace(want, "isTest ", "", 1) {
				t.Errorf("items of %s have %s, want %s", query, got, want)
			}
		}
	}
	for _, query := range []string{
		"?$expand=sessions,participants_v2", "?$expand=organizer_v2", "?$expand=sessions($expand=media)", "?$expand=sessions(",
		"?$select=nonsense", "?$top=5", "?$filter=id%20eq%20'x'", "?$expand=participants_v2($expand=identity)", "?$expand=sessions($top=1)",
		"/sessions?$top=5", "/sessions?$skiptoken=abc", "/sessions?$expand=media", "/participants_v2?$select=version", "/media", "?$select=%zz",
		"/sessions('x')/segments", "/sessions('x')/segments?$skiptoken=abc",
	} {
		s.get(400, base+query, nil)
	}
	s.get(404, base+"0/sessions", nil)
}

func TestPreferences(t *testing.T) {
	r, err := graphsim.ParseRecord([]byte(`{"id":"a","version":3,"type":"groupCall","modalities":["audio","hologram"],"joinWebUrl":null,"name":"",
		"sessions":[{"id":"s","caller":{"userAgent":{"platform":"Windows","productFamily":"azureCommunicationServices"},"feedback":{"rating":null,"text":"visionOS","tokens":{}}},
		"segments":[],"modalities":[],"list":[null,{"a":null,"b":"x"}]}],"participants_v2":[]}`))
	if err != nil {
		t.Fatal(err)
	}
	s := start(t, graphsim.Options{}, r)
	path := "/v1.0/communications/callRecords/a?$expand=sessions($expand=segments)"
	for prefer, want := range map[string][2]string{
		"include-unknown-enum-members": {`"modalities":["audio","hologram"]`, `"productFamily":"azureCommunicationServices"`},
		"odata.maxpagesize=3":          {`"modalities":["audio","unknownFutureValue"]`, `{"platform":"Windows","productFamily":"unknownFutureValue"},"feedback":{"rating":null,"text":"visionOS","tokens":{}}`},
		"omit-values=nulls, include-unknown-enum-members": {`"modalities":["audio","hologram"],"participants_v2@`,
			`"feedback":{"text":"visionOS","tokens":{}}},"segments":[],"list":[null,{"b":"x"}]}]}`},
	} {
		a := s.get(200, path, http.Header{"Prefer": {prefer}})
		for _, part := range want {
			if !bytes.Contains(a.body, []byte(part)) {
				t.Errorf("Prefer: %s gives %s, want %s", prefer, a.body, part)
			}
		}
		decode(t, a.body)
	}
}

func TestGzip(t *testing.T) {
	r := sized(3, 1)
	s := start(t, graphsim.Options{}, r)
	path := "/v1.0/communications/callRecords/" + r.ID + "?$expand=sessions"
	plain := s.get(200, path, http.Header{"Accept-Encoding": {"identity"}})
	packed := s.get(200, path, http.Header{"Accept-Encoding": {"gzip"}})
	if packed.Header.Get("Content-Encoding") != "gzip" || len(packed.body) > len(plain.body)/3 || !bytes.Equal(gunzip(t, packed.body), plain.body) {
		t.Error("the two encodings differ")
	}
	if plain.ContentLength != int64(len(plain.body)) {
		t.Errorf("the length is %d", plain.ContentLength)
	}
}

func TestNotFound(t *testing.T) {
	now := noon
	tenant := graphsim.NewTenant(graphsim.TenantOptions{Now: func() time.Time { return now }})
	s := start(t, graphsim.Options{Tenant: tenant})
	old := record(t, "old", 1, noon.AddDate(0, 0, -30))
	tenant.Put(old)
	tenant.PutAt(record(t, "soon", 1, noon.Add(-time.Hour)), noon.Add(time.Minute))
	tenant.PutAt(record(t, "soon", 2, noon.Add(-time.Hour)), noon.Add(2*time.Minute))
	base := "/v1.0/communications/callRecords/"
	s.get(200, base+"old", nil)
	for _, id := range []string{"soon", "never"} {
		a := s.get(404, base+id+"?$expand=sessions", nil)
		e := a.object(t)["error"].(map[string]any)
		if e["code"] != "NotFound" || !strings.Contains(e["message"].(string), "more than 30 days ago") || e["innerError"].(map[string]any)["request-id"] != a.Header.Get("request-id") {
			t.Errorf("%s: %s", id, a.body)
		}
	}
	now = now.Add(time.Minute)
	s.get(404, base+"old", nil)
	if v := s.get(200, base+"soon", nil).object(t)["version"]; fmt.Sprint(v) != "1" {
		t.Errorf("version %v", v)
	}
	now = now.Add(time.Minute)
	if v := s.get(200, base+"soon", nil).object(t)["version"]; fmt.Sprint(v) != "2" {
		t.Errorf("version %v", v)
	}
	if r, ok := tenant.Newest("old"); !ok || r.ID != "old" {
		t.Error("the truth forgot a call")
	}
	tenant.Remove("soon")
	s.get(404, base+"soon", nil)
	if got := tenant.IDs(); !reflect.DeepEqual(got, []string{"old"}) {
		t.Errorf("ids %v", got)
	}
}

// TestChainGoesOnInTheNewestVersion pins what a client has to detect.
func TestChainGoesOnInTheNewestVersion(t *testing.T) {
	g := graphsim.NewGenerator(graphsim.GeneratorOptions{Seed: 7})
	r := g.Sized(noon, 0, 61, 1).Final()
	s := start(t, graphsim.Options{}, r)
	page := s.get(200, "/v1.0/communications/callRecords/"+r.ID+"?$expand=sessions", nil).object(t)
	newer, err := graphsim.ParseRecord([]byte(`{"id":"` + r.ID + `","version":9,"sessions":[` + strings.Repeat(`{},`, 60) + `{"id":"new"},{}]}`))
	if err != nil {
		t.Fatal(err)
	}
	s.tenant.Put(newer)
	next := s.get(200, page["sessions@odata.nextLink"].(string), nil).object(t)
	if items := next["value"].([]any); len(items) != 2 || items[0].(map[string]any)["id"] != "new" {
		t.Errorf("the second page has %v", items)
	}
}

func TestSegmentPages(t *testing.T) {
	segments := `[{"id":"1"},{"id":"2"}, {"id":"3"},{"id":"4"},{"id":"5"}]`
	r, err := graphsim.ParseRecord([]byte(`{"id":"a","sessions":[{"id":"s/1","segments":[]},{"id":"s/1","segments":` + segments + `,"x":1}]}`))
	if err != nil {
		t.Fatal(err)
	}
	s := start(t, graphsim.Options{SegmentPageSize: 2}, r)
	call := s.get(200, "/v1.0/communications/callRecords/a?$expand=sessions($expand=segments)", nil).object(t)
	session := call["sessions"].([]any)[1].(map[string]any)
	items := session["segments"].([]any)
	link, _ := session["segments@odata.nextLink"].(string)
	if session["x"] == nil || !strings.Contains(link, "/callRecords('a')/sessions('s%2F1')/segments?$skiptoken=") {
		t.Fatalf("the session is %v", session)
	}
	for link != "" {
		page := s.get(200, link, nil).object(t)
		items = append(items, page["value"].([]any)...)
		link, _ = page["@odata.nextLink"].(string)
	}
	if got := fmt.Sprint(items); got != "[map[id:1] map[id:2] map[id:3] map[id:4] map[id:5]]" {
		t.Error(got)
	}
	if n := len(s.Requests().OfKind(graphsim.KindSegments)); n != 2 {
		t.Errorf("%d pages of segments", n)
	}
}

func TestMetadataIsAnsweredAndLogged(t *testing.T) {
	s := start(t, graphsim.Options{})
	a := s.get(200, "/v1.0/$metadata", nil)
	if !bytes.HasPrefix(a.body, []byte("<?xml")) || len(s.Requests().OfKind(graphsim.KindMetadata)) != 1 {
		t.Errorf("answered %s, logged %v", a.body, s.Requests())
	}
	s.get(400, "/v1.0/users", nil)
	s.get(400, "/beta/communications/callRecords/x", nil)
}
