package extract

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// tokens is a source of tokens that is never asked for a second one.
type fixedToken string

func (f fixedToken) Token(_ context.Context, refused string) (string, error) {
	if refused != "" {
		return "", fatal(ErrSignIn, "there is no other token")
	}
	return string(f), nil
}

// pipes is a listener whose connections are pipes, which testing/synctest
// knows to be idle where it can't know that of sockets.
type pipes struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.done) })
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} }

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	near, far := net.Pipe()
	select {
	case p.conns <- far:
		return near, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-p.done:
		return nil, net.ErrClosed
	}
}

// piped returns a client whose Graph is the given handler, by HTTP/1.1 over
// pipes. All of it ends with stop, which a test in a bubble calls at its end.
func piped(t testing.TB, handler http.HandlerFunc, change func(*Config)) (c *Client, stop func()) {
	t.Helper()
	l := &pipes{conns: make(chan net.Conn), done: make(chan struct{})}
	server := &http.Server{Handler: handler}
	var running sync.WaitGroup
	running.Go(func() { _ = server.Serve(l) })
	cfg := Config{GraphURL: "http://127.0.0.1", Tokens: fixedToken("token")}
	cfg.Network.DialContext = l.dial
	if change != nil {
		change(&cfg)
	}
	c, err := NewClient(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c, func() {
		c.Close()
		server.Close()
		running.Wait()
	}
}

// callID is the call that the scripted answers are of.
const callID = "e523d2ed-2966-4b6b-925b-754a88034cc5"

const callPath = callRecords + callID

// scripted answers requests by their target. The heads of the two chains and of
// the version are made of sessions, participants and their next links.
type scripted struct {
	sessions, participants         string // the arrays, "[]" if empty
	sessionsLink, participantsLink string
	pages                          map[string]string // by target

	mu  sync.Mutex
	log []string
}

func (s *scripted) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.log = append(s.log, r.RequestURI)
	s.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	if body, ok := s.pages[r.RequestURI]; ok {
		fmt.Fprint(w, body)
		return
	}
	head := func(name, array, link string) {
		if array == "" {
			array = "[]"
		}
		if link != "" {
			link = fmt.Sprintf(`,"%s@odata.nextLink":%q`, name, link)
		}
		fmt.Fprintf(w, `{"id":%q,"version":3,"%s":%s%s}`, callID, name, array, link)
	}
	switch r.RequestURI {
	case callPath + "?$expand=sessions($expand=segments)":
		head("sessions", s.sessions, s.sessionsLink)
	case callPath + "?$expand=participants_v2":
		head("participants_v2", s.participants, s.participantsLink)
	case callPath + "?$select=id,version":
		fmt.Fprintf(w, `{"id":%q,"version":3}`, callID)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

// fetch fetches the scripted call, without retries that take time.
func (s *scripted) fetch(t testing.TB, change ...func(*Config)) (*Call, error) {
	t.Helper()
	c, stop := piped(t, s.ServeHTTP, func(cfg *Config) {
		cfg.Patience = time.Millisecond
		for _, f := range change {
			f(cfg)
		}
	})
	defer stop()
	call, err := c.Fetch(context.Background(), Ref{ID: callID})
	if err == nil {
		t.Cleanup(call.Release)
	}
	return call, err
}

// value is a page of a collection.
func value(items, link string) string {
	if link != "" {
		link = fmt.Sprintf(`,"@odata.nextLink":%q`, link)
	}
	return `{"value":[` + items + `]` + link + `}`
}

// sent returns the requests for pages behind next links.
func (s *scripted) sent() (targets []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, target := range s.log {
		if !strings.HasPrefix(target, callPath+"?") {
			targets = append(targets, target)
		}
	}
	return targets
}
