package extract

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"etl/internal/graphsim"
)

func TestClock(t *testing.T) {
	for off, want := range map[time.Duration]struct {
		fatal, graph bool
	}{
		0: {}, 4 * time.Minute: {}, -4 * time.Minute: {},
		20 * time.Minute: {graph: true}, -20 * time.Minute: {graph: true}, 23 * time.Hour: {graph: true}, -23 * time.Hour: {graph: true},
		25 * time.Hour: {fatal: true}, -25 * time.Hour: {fatal: true}, 40 * 24 * time.Hour: {fatal: true},
		-56 * 365 * 24 * time.Hour: {fatal: true}, 80 * 365 * 24 * time.Hour: {fatal: true},
	} {
		r := newRig(t, func(s *setUp) { s.client.Now = func() time.Time { return noon.Add(off) } })
		record := r.call(1, 1)
		for range 3 {
			call, err := r.fetch(Ref{ID: record.ID})
			if errors.Is(err, ErrClock) != want.fatal || !want.fatal && err != nil {
				t.Fatalf("off by %s: error %v", off, err)
			}
			if want.fatal {
				continue
			}
			at := noon.Add(off)
			if want.graph {
				at = noon
			}
			if !call.FetchedAt.Equal(at) || !r.client.Now().Equal(at) {
				t.Errorf("off by %s: fetched at %s, want %s", off, call.FetchedAt, at)
			}
			call.Release()
		}
		if n := strings.Count(r.log.String(), "clock"); (n == 1) != want.graph || n > 1 {
			t.Errorf("off by %s: %d warnings: %s", off, n, r.log)
		}
		if n := len(r.sim.Requests().On(graphsim.Graph)); want.fatal && n != 1 {
			t.Errorf("off by %s: %d requests", off, n)
		}
	}
}

func TestClockIgnoresWhatTellsNothing(t *testing.T) {
	for name, change := range map[string]func(http.Header){
		"no date":  func(h http.Header) { h["Date"] = nil },
		"bad date": func(h http.Header) { h.Set("Date", "yesterday") },
		"a cache":  func(h http.Header) { h.Set("Date", "Thu, 01 Jan 1970 00:00:00 GMT"); h.Set("Age", "86400") },
	} {
		r := newRig(t)
		r.sim.Inject(graphsim.Fault{Match: graphsim.OnGraph(), Do: graphsim.RewriteHeader(change)})
		if call := r.mustFetch(r.call(1, 1)); !call.FetchedAt.Equal(noon) {
			t.Errorf("%s: fetched at %s", name, call.FetchedAt)
		}
	}
}

func TestClockThatJumpsIsFollowed(t *testing.T) {
	now := noon
	r := newRig(t, func(s *setUp) { s.client.Now = func() time.Time { return now } })
	record := r.call(1, 1)
	for _, at := range []time.Duration{0, -2 * time.Hour, 3 * time.Hour, 0} {
		now = noon.Add(at)
		call, err := r.fetch(Ref{ID: record.ID})
		if err != nil || !call.FetchedAt.Equal(noon) {
			t.Fatalf("at %s: %v, error %v", at, call, err)
		}
		call.Release()
	}
}

// TestServiceUnavailableIsRetriedElsewhere looks at the connections that the
// requests came by.
func TestServiceUnavailableIsRetriedElsewhere(t *testing.T) {
	for _, http2 := range []bool{true, false} {
		var mu sync.Mutex
		var from []string
		s := &scripted{}
		server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			from = append(from, r.RemoteAddr)
			n := len(from)
			mu.Unlock()
			if (r.ProtoMajor == 2) != http2 {
				t.Errorf("the request came by %s", r.Proto)
			}
			if n == 2 {
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
			s.ServeHTTP(w, r)
		}))
		server.EnableHTTP2 = http2
		server.StartTLS()
		client, err := NewClient(Config{GraphURL: server.URL, Tokens: fixedToken("token"), Network: Network{RootCAs: pool(server)}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := client.Fetch(t.Context(), Ref{ID: callID}); err != nil {
			t.Error(err)
		}
		if len(from) != 3 || from[0] != from[1] || from[1] == from[2] {
			t.Errorf("HTTP/2 %v: the requests came from %v", http2, from)
		}
		_, generation := client.wire.transport()
		client.wire.renew(generation - 1)
		if _, now := client.wire.transport(); now != generation || generation != 1 {
			t.Errorf("generation %d after %d: connections were renewed twice for one", now, generation)
		}
		client.Close()
		server.Close()
	}
}

func TestConnectionsAreVerified(t *testing.T) {
	serve := func(change func(*tls.Config)) *httptest.Server {
		server := httptest.NewUnstartedServer(&scripted{})
		server.Config.ErrorLog = log.New(io.Discard, "", 0)
		server.TLS = &tls.Config{}
		change(server.TLS)
		server.StartTLS()
		t.Cleanup(server.Close)
		return server
	}
	old := serve(func(c *tls.Config) { c.MaxVersion = tls.VersionTLS11 })
	plain := serve(func(*tls.Config) {})
	_, port, err := net.SplitHostPort(plain.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	for name, cfg := range map[string]Config{
		"TLS 1.1":           {GraphURL: old.URL, Network: Network{RootCAs: pool(old)}},
		"unknown authority": {GraphURL: plain.URL},
		"wrong name":        {GraphURL: "https://localhost:" + port, Network: Network{RootCAs: pool(plain)}},
		"nobody there":      {GraphURL: "https://127.0.0.1:1"},
	} {
		cfg.Tokens, cfg.Patience = fixedToken("token"), time.Millisecond
		client, err := NewClient(cfg)
		if err != nil {
			t.Fatal(err)
		}
		_, err = client.Fetch(t.Context(), Ref{ID: callID})
		wantFailure(t, err, ReasonNetwork)
		if strings.Contains(err.Error(), "expand") {
			t.Errorf("%s: the error holds a query: %v", name, err)
		}
		client.Close()
	}
}

func TestHeadersAreBounded(t *testing.T) {
	r := newRig(t)
	record := r.call(1, 1)
	r.sim.Inject(graphsim.Fault{Match: graphsim.OnGraph(), Do: graphsim.RewriteHeader(func(h http.Header) {
		for i := range 1000 {
			h.Set(fmt.Sprint("X-Large-", i), strings.Repeat("x", 1000))
		}
	})})
	_, err := r.fetch(Ref{ID: record.ID})
	wantFailure(t, err, ReasonNetwork)
}

func TestErrorsSayWhatHappened(t *testing.T) {
	r := newRig(t)
	record := r.call(1, 1)
	r.sim.Inject(graphsim.Fault{Match: graphsim.OnCall(record.ID), Do: graphsim.Error(400, "BadRequest", "first\nsecond \x1b[31m\u202e"+strings.Repeat("long", 100))})
	_, err := r.fetch(Ref{ID: record.ID})
	wantFailure(t, err, "http_400")
	want := "fetching call " + record.ID + ": reading /v1.0/communications/callRecords/" + record.ID +
		`: Graph answered 400 Bad Request BadRequest (first\nsecond \x1b[31m\u202elong`
	if !strings.HasPrefix(err.Error(), want) || !strings.HasSuffix(err.Error(), "…) (request-id "+r.sim.Requests().On(graphsim.Graph)[0].RequestID+")") {
		t.Errorf("the error is %q", err)
	}
	if len(err.Error()) > 500 || strings.ContainsAny(err.Error(), "\n\x1b\u202e?") {
		t.Errorf("the error says too much: %q", err)
	}
}

// TestNothingSecretIsSaid looks for the token, the secret and what links hold
// in all errors and in the log.
func TestNothingSecretIsSaid(t *testing.T) {
	const secret = "c4n4ry~secret"
	var echo graphsim.Action = func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
		w.WriteHeader(400)
		fmt.Fprintf(w, `{"error":{"code":"x","message":"you sent %s"}}`, r.Header.Get("Authorization"))
	}
	for name, do := range map[string]graphsim.Action{
		"echo": echo, "cut": graphsim.Cut(), "reset": graphsim.Reset(), "HTML": graphsim.HTML(), "401": graphsim.Error(401, "", ""), "403": graphsim.Error(403, "", ""),
		"500": graphsim.Error(500, "", ""), "garbage": graphsim.Garbage(), "429": graphsim.Throttle(""), "redirect": graphsim.Redirect(302, "https://evil.example/?skiptoken=x"),
		"link": graphsim.RewriteNextLink(func(*http.Request, string) string { return "https://evil.example/?skiptoken=x" }),
	} {
		r := newRig(t, func(s *setUp) { s.sim.ClientSecret, s.signIn.ClientSecret = secret, secret })
		record := r.call(61, 1)
		r.sim.Inject(graphsim.Fault{Match: graphsim.OnPage(graphsim.KindSessions, 2), Do: do})
		_, err := r.fetch(Ref{ID: record.ID})
		if err == nil {
			t.Errorf("%s: no error", name)
		}
		said := fmt.Sprintf("%v %+v %#v %s", err, err, err, r.log)
		for _, canary := range []string{secret, "c4n4ry", "skiptoken", r.signIn.token.value, "eyJ"} {
			if strings.Contains(said, canary) {
				t.Errorf("%s: %q was said: %s", name, canary, said)
			}
		}
	}
}

func TestManyWorkersShareOneClient(t *testing.T) {
	r := newRig(t, func(s *setUp) {
		s.sim.NextLinks, s.sim.SegmentPageSize = graphsim.Mixed, 1
		s.client.Budgets.CallRequests, s.client.Patience = 10_000, 30*time.Second
	})
	var records []graphsim.Record
	for i := range 30 {
		records = append(records, r.call(4*i, 10*i))
	}
	r.sim.Inject(graphsim.Fault{Match: graphsim.OnGraph(), After: 20, Times: 5, Do: graphsim.Error(503, "", "")})
	r.sim.Inject(graphsim.Fault{Match: graphsim.OnGraph(), After: 60, Times: 5, Do: graphsim.Throttle("0.01")})
	r.sim.Inject(graphsim.Fault{Match: graphsim.OnGraph(), After: 80, Times: 5, Do: graphsim.Cut()})
	var all sync.WaitGroup
	for worker := range 16 {
		all.Go(func() {
			for i, record := range records {
				if i%16 != worker {
					continue
				}
				call, err := r.fetch(Ref{ID: record.ID})
				if err != nil {
					t.Error(err)
					continue
				}
				r.same(call, record)
				call.Release()
			}
		})
	}
	all.Wait()
	log := r.sim.Requests().On(graphsim.Graph)
	stats := r.client.Stats()
	// A connection that is cut takes other requests with it, which the transport
	// repeats, or which never came.
	if extra := int64(len(log)) - stats.Requests; max(extra, -extra) > 50 || stats.Throttled != int64(len(log.WithStatus(429))) {
		t.Errorf("%+v, and the server saw %d requests", stats, len(log))
	}
	for _, q := range log {
		if !q.Authorized {
			t.Errorf("a request came without a token: %+v", q)
		}
	}
}

func TestConfigurationsOfClients(t *testing.T) {
	for name, cfg := range map[string]Config{
		"no URL":     {Tokens: fixedToken("x")},
		"a path":     {Tokens: fixedToken("x"), GraphURL: graphURL + "/v1.0"},
		"no tokens":  {GraphURL: graphURL},
		"no budget":  {Tokens: fixedToken("x"), GraphURL: graphURL, Budgets: Budgets{Requests: -1}},
		"no memory":  {Tokens: fixedToken("x"), GraphURL: graphURL, BytesInFlight: -1},
		"no such":    {Tokens: fixedToken("x"), GraphURL: graphURL, Bounds: Bounds{Pages: -1}},
		"no time":    {Tokens: fixedToken("x"), GraphURL: graphURL, Bounds: Bounds{IdleTime: -1}},
		"impatience": {Tokens: fixedToken("x"), GraphURL: graphURL, Patience: -1},
	} {
		if _, err := NewClient(cfg); err == nil {
			t.Errorf("%s: the configuration was taken", name)
		}
	}
}
