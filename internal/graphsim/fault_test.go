package graphsim_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"etl/internal/graphsim"
)

// protocols runs a test over both protocols, each with a server of its own
// that has one call, "a", with five sessions.
func protocols(t *testing.T, o graphsim.Options, test func(t *testing.T, s *simulated, path string)) {
	t.Helper()
	r, err := graphsim.ParseRecord(fmt.Appendf(nil, `{"id":"a","version":1,"startDateTime":"2026-11-25T10:00:00Z","organizer_v2":{"id":"o","identity":{"user":{"displayName":"Zoe"}}},
		"sessions":[{"id":"1"},{"id":"2"},{"id":"3"},{"id":"4"},{"id":"5"}],"participants_v2":[{"id":"p","padding":%q}]}`, strings.Repeat("x", 4000)))
	if err != nil {
		t.Fatal(err)
	}
	for _, protocol := range []string{"HTTP/2.0", "HTTP/1.1"} {
		t.Run(protocol, func(t *testing.T) {
			if o.SessionPageSize == 0 {
				o.SessionPageSize = 2
			}
			s := start(t, o, r)
			if protocol == "HTTP/1.1" {
				s.client = s.http1()
			}
			test(t, s, s.GraphURL+"/v1.0/communications/callRecords/a?$expand=participants_v2")
			for _, q := range s.Requests() {
				if q.Proto != protocol {
					t.Errorf("a request came by %s", q.Proto)
				}
			}
		})
	}
}

// TestBreaks plays each fault that breaks an answer, and wants the client to
// see the break in the stated way; the next request is answered normally.
func TestBreaks(t *testing.T) {
	const unexpected = "unexpected EOF"
	for name, c := range map[string]struct {
		do   graphsim.Action
		want string // in the error of sending or reading, "" for none
		body func([]byte) bool
	}{
		"cut":              {graphsim.Cut(), "EOF", nil},
		"reset":            {graphsim.Reset(), "", nil},
		"short body":       {graphsim.ShortBody(), unexpected, nil},
		"truncated gzip":   {graphsim.TruncatedGzip(), unexpected, nil},
		"clean truncation": {graphsim.CleanTruncation(100), "", func(b []byte) bool { return len(b) == 100 && !json.Valid(b) }},
		"truncated behind": {graphsim.CleanTruncation(1e6), "", json.Valid},
		"double gzip":      {graphsim.DoubleGzip(), "", func(b []byte) bool { return bytes.HasPrefix(b, []byte("\x1f\x8b")) }},
		"gzip bomb":        {graphsim.GzipBomb(1 << 20), "", func(b []byte) bool { return len(b) == 1<<20+2 }},
		"br":               {graphsim.Encoding("br"), "", json.Valid},
		"html":             {graphsim.HTML(), "", func(b []byte) bool { return bytes.Contains(b, []byte("<html>")) }},
		"garbage":          {graphsim.Garbage(), "", func(b []byte) bool { return !json.Valid(b) }},
		"empty object":     {graphsim.EmptyObject(), "", func(b []byte) bool { return string(b) == "{}" }},
		"error with 200":   {graphsim.ErrorWith200(), "", func(b []byte) bool { return bytes.HasPrefix(b, []byte(`{"error":{`)) }},
		"invalid UTF-8":    {graphsim.InvalidUTF8(), "", func(b []byte) bool { return bytes.Contains(b, []byte("\"\xffZoe")) }},
		"deep":             {graphsim.Deep(20_000), "", func(b []byte) bool { return len(b) > 40_000 && b[len(`{"deep":`)+20_000] == ']' }},
		"huge":             {graphsim.Huge(3 << 20), "", func(b []byte) bool { return len(b) > 3<<20 && json.Valid(b) }},
		"wrong call":       {graphsim.WrongCall("b"), "", func(b []byte) bool { return bytes.Contains(b, []byte(`"id":"b"`)) }},
		"delay":            {graphsim.Delay(time.Microsecond), "", json.Valid},
		"drip":             {graphsim.Drip(time.Nanosecond), "", json.Valid},
		"last":             {graphsim.LastOnConnection(), "", json.Valid},
	} {
		protocols(t, graphsim.Options{}, func(t *testing.T, s *simulated, path string) {
			s.tenant.Put(record(t, "b", 1, noon))
			s.Inject(graphsim.Fault{Match: graphsim.OnCall("a"), Times: 1, Do: c.do})
			a, err := s.send(s.client, path, nil)
			if err == nil {
				err = a.err
			}
			switch {
			case name == "reset":
				if err == nil {
					t.Error("reset: there is no error")
				}
			case c.want == "" && err != nil, c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("%s: error %v, want %q", name, err, c.want)
			case c.body != nil && (a.StatusCode != 200 || !c.body(a.body)):
				t.Errorf("%s: status %d, body %.200q", name, a.StatusCode, a.body)
			}
			s.get(200, path, nil)
		})
	}
}

func TestGzipBombIsSmallOnTheWire(t *testing.T) {
	protocols(t, graphsim.Options{}, func(t *testing.T, s *simulated, path string) {
		s.Inject(graphsim.Fault{Do: graphsim.GzipBomb(8 << 20)})
		a := s.get(200, path, http.Header{"Accept-Encoding": {"gzip"}})
		z, err := gzip.NewReader(bytes.NewReader(a.body))
		if err != nil {
			t.Fatal(err)
		}
		n, err := io.Copy(io.Discard, z)
		if err != nil || n != 8<<20+2 || len(a.body) > 20_000 {
			t.Errorf("%d bytes became %d, error %v", len(a.body), n, err)
		}
	})
}

func TestStallLastsUntilTheClientLeaves(t *testing.T) {
	protocols(t, graphsim.Options{}, func(t *testing.T, s *simulated, path string) {
		s.Inject(graphsim.Fault{Times: 1, Do: graphsim.Stall()})
		ctx, cancel := context.WithCancel(t.Context())
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+s.token)
		response, err := s.client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		if _, err := io.ReadFull(response.Body, make([]byte, 1024)); err != nil {
			t.Error(err)
		}
		cancel()
		if _, err := response.Body.Read(make([]byte, 1)); !errors.Is(err, context.Canceled) {
			t.Errorf("reading on gives %v", err)
		}
	})
}

func TestCloseEndsAStall(t *testing.T) {
	s := start(t, graphsim.Options{}, record(t, "a", 1, noon))
	s.Inject(graphsim.Fault{Do: graphsim.Stall()})
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.GraphURL+"/v1.0/communications/callRecords/a", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+s.token)
	response, err := s.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if _, err := io.ReadAll(response.Body); err == nil {
		t.Error("the answer ended as if it were whole")
	}
}

func TestFaultsPlayInOrderAndAsOftenAsTheyShould(t *testing.T) {
	protocols(t, graphsim.Options{}, func(t *testing.T, s *simulated, path string) {
		s.Inject(graphsim.Fault{Match: graphsim.OnPage(graphsim.KindParticipants, 1), After: 1, Times: 2, Do: graphsim.Throttle("2.128")})
		remove := s.Inject(graphsim.Fault{Match: graphsim.All(graphsim.OnGraph(), graphsim.OnCall("a")), After: 2, Do: graphsim.Error(503, "ServiceUnavailable", "")})
		var got []int
		for range 6 {
			a, err := s.send(s.client, path, nil)
			if err != nil {
				t.Fatal(err)
			}
			if a.StatusCode == 429 && a.Header.Get("Retry-After") != "2.128" {
				t.Errorf("headers %v", a.Header)
			}
			got = append(got, a.StatusCode)
		}
		// The second fault has seen the first request and, once the first fault
		// is used up, those after the third.
		if want := "[200 429 429 200 503 503]"; fmt.Sprint(got) != want {
			t.Errorf("answered %v, want %s", got, want)
		}
		remove()
		s.get(200, path, nil)
	})
}

func TestStatusAndRedirect(t *testing.T) {
	s := start(t, graphsim.Options{})
	elsewhere := start(t, graphsim.Options{})
	s.Inject(graphsim.Fault{Times: 1, Do: graphsim.Redirect(307, elsewhere.GraphURL+"/v1.0/stolen")})
	s.Inject(graphsim.Fault{Times: 1, Do: graphsim.Status(410, http.Header{"X-Extra": {"1"}}, `{"error":{}}`)})
	s.Inject(graphsim.Fault{Times: 1, Do: graphsim.ClaimsChallenge(`{"access_token":{"nbf":{"essential":true}}}`)})
	if a := s.get(307, "/v1.0/communications/callRecords", nil); a.Header.Get("Location") != elsewhere.GraphURL+"/v1.0/stolen" {
		t.Errorf("headers %v", a.Header)
	}
	if a := s.get(410, "/v1.0/communications/callRecords", nil); a.Header.Get("X-Extra") != "1" || string(a.body) != `{"error":{}}` {
		t.Errorf("answered %s with %v", a.body, a.Header)
	}
	if a := s.get(401, "/v1.0/communications/callRecords", nil); !strings.Contains(a.Header.Get("WWW-Authenticate"), `error="insufficient_claims", claims="eyJ`) {
		t.Errorf("headers %v", a.Header)
	}
	if n := len(elsewhere.Requests()); n != 0 {
		t.Errorf("the other server saw %d requests", n)
	}
}

func TestFaultsOfTheTokenEndpoint(t *testing.T) {
	s := start(t, graphsim.Options{})
	s.Inject(graphsim.Fault{Match: graphsim.OnToken(), Times: 1, Do: graphsim.RewriteBody(func(b []byte) []byte {
		return bytes.Replace(b, []byte(`"access_token"`), []byte(`"other"`), 1)
	})})
	if _, err := s.signIn(s.TenantID, secret(t, s.ClientSecret)); err == nil {
		t.Error("signed in without a token")
	}
	if _, err := s.signIn(s.TenantID, secret(t, s.ClientSecret)); err != nil {
		t.Error(err)
	}
}

// sessionPages follows the pages of the sessions of "a", at most so many.
func (s *simulated) sessionPages(limit int) (ids, links []string) {
	s.t.Helper()
	link, key, name := "/v1.0/communications/callRecords/a?$expand=sessions", "sessions", "sessions@odata.nextLink"
	for link != "" && len(links) < limit {
		page := s.get(200, link, nil).object(s.t)
		items, ok := page[key].([]any)
		if !ok {
			s.t.Fatalf("there is no %s in %v", key, page)
		}
		for _, item := range items {
			ids = append(ids, item.(map[string]any)["id"].(string))
		}
		link, _ = page[name].(string)
		links = append(links, link)
		key, name = "value", "@odata.nextLink"
	}
	return ids, links
}

func TestNextLinksThatMislead(t *testing.T) {
	protocols(t, graphsim.Options{}, func(t *testing.T, s *simulated, _ string) {
		further := func(r *graphsim.Request) bool { return r.Kind == graphsim.KindSessions && r.Page > 1 }
		if ids, links := s.sessionPages(9); fmt.Sprint(ids) != "[1 2 3 4 5]" || len(links) != 3 {
			t.Errorf("without faults: %v", ids)
		}

		remove := s.Inject(graphsim.Fault{Match: further, Do: graphsim.SameItems()})
		ids, links := s.sessionPages(6)
		if fmt.Sprint(ids) != "[1 2 1 2 1 2 1 2 1 2 1 2]" || len(unique(links)) != 6 {
			t.Errorf("same items: %v by %v", ids, links)
		}
		remove()

		remove = s.Inject(graphsim.Fault{Match: graphsim.OnPage(graphsim.KindSessions, 2), Do: graphsim.RewriteNextLink(func(r *http.Request, _ string) string {
			return s.RequestURL(r)
		})})
		if ids, links = s.sessionPages(4); fmt.Sprint(ids) != "[1 2 3 4 3 4 3 4]" || len(unique(links)) != 1 {
			t.Errorf("link to itself: %v", ids)
		}
		remove()

		// The last page leads back to the second: a cycle of two.
		second := links[0]
		remove = s.Inject(graphsim.Fault{Match: graphsim.OnPage(graphsim.KindSessions, 3), Do: graphsim.RewriteNextLink(func(_ *http.Request, link string) string {
			return link + second
		})})
		if ids, _ = s.sessionPages(5); fmt.Sprint(ids) != "[1 2 3 4 5 3 4 5]" {
			t.Errorf("cycle: %v", ids)
		}
		remove()

		remove = s.Inject(graphsim.Fault{Match: graphsim.OnPage(graphsim.KindSessions, 2), Do: graphsim.EmptyPage()})
		if ids, links = s.sessionPages(9); fmt.Sprint(ids) != "[1 2 5]" || len(links) != 3 {
			t.Errorf("empty page: %v", ids)
		}
		remove()

		remove = s.Inject(graphsim.Fault{Match: graphsim.OnPage(graphsim.KindSessions, 1), Do: graphsim.RewriteNextLink(func(_ *http.Request, link string) string {
			return strings.Replace(link, "https://", "https://graph@evil.example/", 1)
		})})
		if _, links = s.sessionPages(1); !strings.HasPrefix(links[0], "https://graph@evil.example/") {
			t.Errorf("other host: %v", links)
		}
		remove()

		remove = s.Inject(graphsim.Fault{Match: graphsim.OnPage(graphsim.KindSessions, 1), Do: graphsim.RewriteNextLink(func(*http.Request, string) string { return "" })})
		if ids, links = s.sessionPages(9); fmt.Sprint(ids) != "[1 2]" || len(links) != 1 {
			t.Errorf("no link: %v", ids)
		}
		remove()
	})
}

func unique(list []string) map[string]bool {
	set := map[string]bool{}
	for _, s := range list {
		set[s] = true
	}
	return set
}

func TestRewriteHeader(t *testing.T) {
	protocols(t, graphsim.Options{}, func(t *testing.T, s *simulated, path string) {
		s.Inject(graphsim.Fault{Do: graphsim.RewriteHeader(func(h http.Header) {
			h.Set("Date", "Thu, 01 Jan 1970 00:00:00 GMT")
			h.Del("Content-Type")
			h["Retry-After"] = []string{"1", "2"}
		})})
		a := s.get(200, path, nil)
		if a.Header.Get("Date") != "Thu, 01 Jan 1970 00:00:00 GMT" || len(a.Header.Values("Retry-After")) != 2 || !json.Valid(a.body) {
			t.Errorf("headers %v, body %.100s", a.Header, a.body)
		}
	})
}

func TestNewConnectionAfterA503(t *testing.T) {
	protocols(t, graphsim.Options{}, func(t *testing.T, s *simulated, path string) {
		s.Inject(graphsim.Fault{Times: 1, Do: graphsim.Error(503, "ServiceUnavailable", "")})
		s.get(503, path, nil)
		s.get(200, path, nil)
		s.client.CloseIdleConnections()
		s.get(200, path, nil)
		log := s.Requests()
		if log[0].RemoteAddr != log[1].RemoteAddr || log[1].RemoteAddr == log[2].RemoteAddr {
			t.Errorf("the requests came from %s, %s, %s", log[0].RemoteAddr, log[1].RemoteAddr, log[2].RemoteAddr)
		}
	})
}

func TestLatencyAndObserve(t *testing.T) {
	seen := make(chan graphsim.Request, 9)
	asked := make(chan graphsim.Kind, 9)
	o := graphsim.Options{
		Latency: func(r *graphsim.Request) time.Duration { asked <- r.Kind; return time.Microsecond },
		Observe: func(r graphsim.Request) { seen <- r },
	}
	s := start(t, o, record(t, "a", 1, noon))
	s.get(200, "/v1.0/communications/callRecords/a", nil)
	if kind, r := <-asked, <-seen; kind != graphsim.KindCall || r.Status != 200 || r.Bytes == 0 || r.CallID != "a" {
		t.Errorf("asked for %s, observed %+v", kind, r)
	}
}

func TestRequestLog(t *testing.T) {
	s := start(t, graphsim.Options{LogSize: 3}, record(t, "a", 1, noon))
	uri := "/v1.0/communications/callRecords('a')?$select=id,%76ersion&x=%2B%2F%3d"
	s.get(200, uri, http.Header{"Prefer": {"one", "two"}, "User-Agent": {"test"}, "Client-Request-Id": {"7"}})
	log := s.Requests()
	if len(log) != 1 {
		t.Fatalf("the log has %d requests", len(log))
	}
	r := log[0]
	if r.URI != uri || r.Prefer != "one, two" || r.UserAgent != "test" || r.ClientRequestID != "7" || r.CallID != "a" || r.Kind != graphsim.KindCall ||
		r.Status != 200 || !r.Authorized || len(r.Token) != 8 || r.Seq != 1 || !r.Time.Equal(noon) || r.Method != "GET" || r.Bytes == 0 {
		t.Errorf("logged %+v", r)
	}
	for range 9 {
		s.get(404, "/v1.0/communications/callRecords/b", nil)
	}
	log = s.Requests()
	if len(log) != 3 || log[2].Seq != 10 || len(log.ForCall("b")) != 3 || len(log.WithStatus(404).On(graphsim.Graph)) != 3 || len(log.OfKind(graphsim.KindList)) != 0 {
		t.Errorf("the log is %v", log)
	}
	s.ResetLog()
	if log = s.Requests(); len(log) != 0 {
		t.Errorf("the log is %v", log)
	}
}
