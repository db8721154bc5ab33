package extract

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"etl/internal/graphsim"
)

func TestFetchReadsAllPages(t *testing.T) {
	r := newRig(t, func(s *setUp) { s.client.Budgets.CallRequests = 1000 })
	for _, c := range []struct{ sessions, participants, requests int }{
		{0, 0, 2}, {1, 2, 2}, {60, 130, 2}, {61, 131, 5}, {120, 130, 3}, {121, 1000, 12}, {1201, 3, 22},
	} {
		call := r.mustFetch(r.call(c.sessions, c.participants))
		if call.Requests != c.requests {
			t.Errorf("%d sessions and %d participants took %d requests, want %d", c.sessions, c.participants, call.Requests, c.requests)
		}
		if call.Anomalies != nil {
			t.Errorf("%d sessions: anomalies %v", c.sessions, call.Anomalies)
		}
		if !call.FetchedAt.Equal(noon) {
			t.Errorf("fetched at %s, want Graph's time", call.FetchedAt)
		}
	}
}

func TestFetchFollowsAllFormsOfNextLinks(t *testing.T) {
	for _, form := range []graphsim.NextLinkForm{graphsim.Plain, graphsim.PlainKey, graphsim.Documented, graphsim.Mixed} {
		r := newRig(t, func(s *setUp) { s.sim.NextLinks = form })
		r.mustFetch(r.call(130, 270))
		if n := len(r.sim.Requests().OfKind(graphsim.KindMetadata)); n != 0 {
			t.Errorf("form %d: %d requests for the metadata", form, n)
		}
	}
}

func TestFetchFollowsLinksInsideItems(t *testing.T) {
	r := newRig(t, func(s *setUp) {
		s.sim.SegmentPageSize = 1
		s.sim.NextLinks = graphsim.Mixed
		s.client.Budgets.CallRequests = 1000
	})
	record, err := graphsim.ParseRecord([]byte(nestedRecord(70)))
	if err != nil {
		t.Fatal(err)
	}
	r.tenant.Put(record)
	r.mustFetch(record)
	// Of 70 sessions, every second has three segments, so two further pages.
	if n := len(r.sim.Requests().OfKind(graphsim.KindSegments)); n != 70 {
		t.Errorf("%d pages of segments were read, want 70", n)
	}
}

// nestedRecord is a record of n sessions with one and three segments in turn.
func nestedRecord(n int) string {
	var sessions []string
	for i := range n {
		segments := []string{fmt.Sprintf(`{"id":"seg-%d-0"}`, i)}
		if i%2 == 1 {
			segments = append(segments, fmt.Sprintf(`{"id":"seg-%d-1"},{"id":"seg-%d-2"}`, i, i))
		}
		sessions = append(sessions, fmt.Sprintf(`{"id":"s-%d","segments":[%s],"isTest":false}`, i, strings.Join(segments, ",")))
	}
	return `{"id":"11111111-2222-4333-8444-555555555555","version":7,"startDateTime":"2026-11-25T10:00:00Z","sessions":[` +
		strings.Join(sessions, ",") + `],"participants_v2":[{"id":"p"}]}`
}

func TestEveryRequestIsMadeAsGraphNeedsIt(t *testing.T) {
	r := newRig(t, func(s *setUp) { s.client.Version = "1.2.3" })
	record := r.call(130, 270)
	r.mustFetch(record)
	ids := map[string]bool{}
	for _, q := range r.sim.Requests().On(graphsim.Graph) {
		want := preferSessions
		if q.Kind == graphsim.KindParticipants {
			want = preferParticipants
		}
		if q.Prefer != want || q.Proto != "HTTP/2.0" || q.UserAgent != "etl/1.2.3" || q.Method != http.MethodGet || !IsGUID(q.ClientRequestID) || ids[q.ClientRequestID] {
			t.Errorf("a request was made wrongly: %+v", q)
		}
		ids[q.ClientRequestID] = true
	}
	log := r.sim.Requests().On(graphsim.Graph)
	base := "/v1.0/communications/callRecords/" + record.ID
	for i, want := range map[int]string{0: base + "?$expand=sessions($expand=segments)", 3: base + "?$expand=participants_v2", 6: base + "?$select=id,version"} {
		if log[i].URI != want {
			t.Errorf("request %d is %s, want %s", i, log[i].URI, want)
		}
	}
}

// onPage2 matches the first request for the second page of the sessions.
var onPage2 = graphsim.OnPage(graphsim.KindSessions, 2)

func TestTroubleThatPassesIsRetried(t *testing.T) {
	for name, do := range map[string]graphsim.Action{
		"408":              graphsim.Error(408, "RequestTimeout", ""),
		"500":              graphsim.Error(500, "InternalServerError", ""),
		"502 HTML":         graphsim.Status(502, http.Header{"Content-Type": {"text/html"}}, "<html>"),
		"503":              graphsim.Error(503, "ServiceUnavailable", ""),
		"503 Retry-After":  graphsim.Status(503, http.Header{"Retry-After": {"0.05"}}, ""),
		"504":              graphsim.Status(504, nil, ""),
		"509":              graphsim.Status(509, nil, ""),
		"429":              graphsim.Throttle("0.02"),
		"429 no header":    graphsim.Throttle(""),
		"cut":              graphsim.Cut(),
		"reset":            graphsim.Reset(),
		"stall":            graphsim.Stall(),
		"short body":       graphsim.ShortBody(),
		"clean truncation": graphsim.CleanTruncation(3000),
		"truncated gzip":   graphsim.TruncatedGzip(),
		"double gzip":      graphsim.DoubleGzip(),
		"brotli":           graphsim.Encoding("br"),
		"HTML":             graphsim.HTML(),
		"garbage":          graphsim.Garbage(),
		"empty object":     graphsim.EmptyObject(),
		"error with 200":   graphsim.ErrorWith200(),
		"invalid UTF-8":    graphsim.InvalidUTF8(),
		"204":              graphsim.Status(204, nil, ""),
		"GOAWAY":           graphsim.LastOnConnection(),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, func(s *setUp) { s.client.Bounds.IdleTime = 100 * time.Millisecond })
			record := r.call(65, 3)
			r.sim.Inject(graphsim.Fault{Match: onPage2, Times: 1, Do: do})
			call := r.mustFetch(record)
			want := 4
			if name == "GOAWAY" {
				want = 3
			}
			if call.Requests != want {
				t.Errorf("%d requests, want %d", call.Requests, want)
			}
		})
	}
}

func TestTroubleThatStaysIsOneCallsFailure(t *testing.T) {
	const any = -1
	for name, c := range map[string]struct {
		do       graphsim.Action
		reason   Reason
		requests int // any, if it is retried
		change   func(*Config)
	}{
		"400":            {graphsim.Error(400, "BadRequest", "no"), "http_400", 1, nil},
		"405":            {graphsim.Error(405, "", ""), "http_405", 1, nil},
		"410":            {graphsim.Error(410, "", ""), "http_410", 1, nil},
		"412":            {graphsim.Error(412, "", ""), "http_412", 1, nil},
		"451":            {graphsim.Error(451, "", ""), "http_451", 1, nil},
		"404":            {graphsim.Error(404, "NotFound", ""), ReasonNotFound, 1, nil},
		"500":            {graphsim.Error(500, "", ""), ReasonServerError, any, nil},
		"429 no header":  {graphsim.Throttle(""), ReasonThrottled, any, nil},
		"cut":            {graphsim.Cut(), ReasonNetwork, any, nil},
		"stall":          {graphsim.Stall(), ReasonTimeout, any, func(c *Config) { c.Bounds.IdleTime = 50 * time.Millisecond }},
		"no head":        {graphsim.Delay(time.Minute), ReasonTimeout, any, func(c *Config) { c.Bounds.HeaderTime = 300 * time.Millisecond }},
		"drip":           {graphsim.Drip(time.Millisecond), ReasonTimeout, any, func(c *Config) { c.Bounds.PageTime = 50 * time.Millisecond }},
		"HTML":           {graphsim.HTML(), ReasonNotJSON, any, nil},
		"garbage":        {graphsim.Garbage(), ReasonInvalidUTF8, any, nil},
		"error with 200": {graphsim.ErrorWith200(), ReasonBadPage, any, nil},
		"empty object":   {graphsim.EmptyObject(), ReasonBadPage, any, nil},
		"brotli":         {graphsim.Encoding("br"), ReasonBadPage, any, nil},
		"invalid UTF-8":  {graphsim.InvalidUTF8(), ReasonInvalidUTF8, any, nil},
		"deep":           {graphsim.Deep(1_000_000), ReasonTooDeep, 1, nil},
		"huge":           {graphsim.Huge(3 << 20), ReasonTooLarge, 1, func(c *Config) { c.Bounds.PageBytes = 1 << 20 }},
		"gzip bomb":      {graphsim.GzipBomb(64 << 20), ReasonTooLarge, 1, func(c *Config) { c.Bounds.PageBytes = 1 << 20 }},
		"large call":     {graphsim.Huge(3 << 20), ReasonTooLarge, 1, func(c *Config) { c.Bounds.CallBytes = 1 << 20 }},
		"301":            {graphsim.Redirect(301, "/v1.0/me"), "http_301", 1, nil},
		"307":            {graphsim.Redirect(307, "https://127.0.0.1:1/"), "http_307", 1, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, func(s *setUp) {
				if c.change != nil {
					c.change(&s.client)
				}
			})
			record, other := r.call(1, 1), r.call(2, 2)
			r.sim.Inject(graphsim.Fault{Match: graphsim.OnCall(record.ID), Do: c.do})
			_, err := r.fetch(Ref{ID: record.ID})
			fail := wantFailure(t, err, c.reason)
			sent := len(r.sim.Requests().ForCall(record.ID))
			if c.requests == any && sent < 2 || c.requests != any && sent != c.requests {
				t.Errorf("%d requests were sent, want %d", sent, c.requests)
			}
			if fail.CallID != record.ID || fail.Attempts != sent {
				t.Errorf("the failure is of call %s after %d attempts, want %s after %d", fail.CallID, fail.Attempts, record.ID, sent)
			}
			if fail.Retryable() != (c.requests == any) {
				t.Errorf("retryable is %v", fail.Retryable())
			}
			r.mustFetch(other)
		})
	}
}

func TestFailuresOnLaterPages(t *testing.T) {
	for name, c := range map[string]struct {
		fault  graphsim.Fault
		reason Reason // "" for none
		change func(*Config)
	}{
		"page 2 for ever":        {graphsim.Fault{Match: onPage2, Do: graphsim.Error(500, "", "")}, ReasonServerError, nil},
		"skip token expired":     {graphsim.Fault{Match: graphsim.OnPage(graphsim.KindSessions, 3), Times: 1, Do: graphsim.Error(400, "", "")}, "", nil},
		"skip token gone":        {graphsim.Fault{Match: graphsim.OnPage(graphsim.KindSessions, 3), Times: 1, Do: graphsim.Error(410, "", "")}, "", nil},
		"page not found once":    {graphsim.Fault{Match: onPage2, Times: 1, Do: graphsim.Error(404, "", "")}, "", nil},
		"skip token expires":     {graphsim.Fault{Match: graphsim.OnPage(graphsim.KindSessions, 3), Do: graphsim.Error(410, "", "")}, "http_410", nil},
		"page not found":         {graphsim.Fault{Match: onPage2, Do: graphsim.Error(404, "", "")}, ReasonNotFound, nil},
		"participants not found": {graphsim.Fault{Match: graphsim.OnKind(graphsim.KindParticipants), Do: graphsim.Error(404, "", "")}, ReasonNotFound, nil},
		"another call's page":    {graphsim.Fault{Match: onPage2, Do: graphsim.RewriteBody(replace("callRecords('", "callRecords('x"))}, ReasonWrongCall, nil},
		"a page without a value": {graphsim.Fault{Match: onPage2, Do: graphsim.RewriteBody(replace(`"value"`, `"Value"`))}, ReasonBadPage, nil},
		"one empty page":         {graphsim.Fault{Match: onPage2, Times: 1, Do: emptyOnce()}, "", nil},
		"empty pages for ever":   {graphsim.Fault{Match: graphsim.OnKind(graphsim.KindSessions), After: 1, Do: endless()}, ReasonNoProgress, nil},
		"the same items":         {graphsim.Fault{Match: graphsim.OnKind(graphsim.KindSessions), Do: graphsim.SameItems()}, ReasonNoProgress, nil},
		"too many pages":         {graphsim.Fault{}, ReasonTooManyPages, func(c *Config) { c.Bounds.Pages = 3 }},
		"too large":              {graphsim.Fault{}, ReasonTooLarge, func(c *Config) { c.Bounds.CallBytes = 200 << 10 }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, func(s *setUp) {
				if c.change != nil {
					c.change(&s.client)
				}
			})
			record := r.call(130, 3)
			if c.fault.Do != nil {
				r.sim.Inject(c.fault)
			}
			if c.reason == "" {
				r.mustFetch(record)
				return
			}
			_, err := r.fetch(Ref{ID: record.ID})
			wantFailure(t, err, c.reason)
		})
	}
}

func replace(old, new string) func([]byte) []byte {
	return func(body []byte) []byte { return []byte(strings.ReplaceAll(string(body), old, new)) }
}

// emptyOnce puts an empty page before the one that was asked for.
func emptyOnce() graphsim.Action {
	return func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"value":[],"@odata.nextLink":%q}`, "https://"+r.Host+r.RequestURI+"&again=1")
	}
}

// endless answers with empty pages, each with a new next link.
func endless() graphsim.Action {
	n := 0
	return func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
		n++
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"value":[],"@odata.nextLink":%q}`, fmt.Sprintf("https://%s%s&n=%d", r.Host, r.RequestURI, n))
	}
}

func TestVersionChangeStartsTheChainAgain(t *testing.T) {
	for name, kind := range map[string]graphsim.Kind{"sessions": graphsim.KindSessions, "participants": graphsim.KindParticipants} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			old := r.call(130, 270)
			next, err := graphsim.ParseRecord([]byte(strings.Replace(string(old.JSON), `"version":`, `"version":1`, 1)))
			if err != nil {
				t.Fatal(err)
			}
			r.sim.Inject(graphsim.Fault{Match: graphsim.OnPage(kind, 2), Times: 1, Do: func(w http.ResponseWriter, q *http.Request, normal http.Handler) {
				r.tenant.Put(next)
				normal.ServeHTTP(w, q)
			}})
			r.mustFetch(next)
		})
	}
}

func TestVersionThatKeepsChangingIsAFailure(t *testing.T) {
	r := newRig(t)
	record := r.call(1, 1)
	version := 100
	r.sim.Inject(graphsim.Fault{Match: graphsim.OnKind(graphsim.KindParticipants), Do: func(w http.ResponseWriter, q *http.Request, normal http.Handler) {
		version++
		graphsim.RewriteBody(replace(`"version":`, fmt.Sprintf(`"version":%d`, version)))(w, q, normal)
	}})
	_, err := r.fetch(Ref{ID: record.ID})
	if fail := wantFailure(t, err, ReasonVersionChanged); fail.Attempts < 4 || !fail.Retryable() {
		t.Errorf("got %+v, want a chain that was read at least twice", fail)
	}
}

func TestNotFoundIsExplained(t *testing.T) {
	ago := func(d time.Duration) time.Time { return noon.Add(-d) }
	const day = 24 * time.Hour
	for _, c := range []struct {
		ref  Ref
		want Reason
	}{
		{Ref{}, ReasonNotFound},
		{Ref{End: ago(20 * time.Minute)}, ReasonNotYet},
		{Ref{End: ago(149 * time.Minute), Start: ago(26 * time.Hour)}, ReasonNotYet},
		{Ref{End: ago(151 * time.Minute), Start: ago(3 * time.Hour)}, ReasonNotFound},
		{Ref{Start: ago(29 * day)}, ReasonNotFound},
		{Ref{Start: ago(31 * day)}, ReasonExpired},
		{Ref{Start: ago(31 * day), End: ago(31*day - time.Hour)}, ReasonExpired},
	} {
		r := newRig(t, func(s *setUp) { s.client.Now = func() time.Time { return noon.Add(20 * time.Minute) } })
		c.ref.ID = "nobody"
		_, err := r.fetch(c.ref)
		fail := wantFailure(t, err, c.want)
		if fail.Retryable() || fail.RequestID == "" || !strings.Contains(err.Error(), "(request-id "+fail.RequestID+")") {
			t.Errorf("failure %+v says %q", fail, err)
		}
	}
}

func TestBadIDsAreNeverSent(t *testing.T) {
	r := newRig(t)
	for _, id := range []string{"", "a/b", "../../x", "..%2f", "a b", "\x00", "a\r\nb", "a')/sessions", "é", strings.Repeat("a", 129)} {
		_, err := r.fetch(Ref{ID: id})
		wantFailure(t, err, ReasonBadID)
		if strings.ContainsAny(err.Error(), "\r\n\x00") {
			t.Errorf("the error has control characters: %q", err)
		}
	}
	if n := len(r.sim.Requests()); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
	for _, id := range []string{"a", "A-b_9", strings.Repeat("a", 128)} {
		if err := ValidID(id); err != nil {
			t.Error(err)
		}
	}
}
