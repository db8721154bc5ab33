package s3test

import (
	"bytes"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync"
	"testing"
)

// Proxy stands before the server, numbers the requests, plays faults and keeps
// the log of what was written.
type Proxy struct {
	URL string

	server http.Handler // the real one, which logs what it has written

	mu       sync.Mutex
	idle     *sync.Cond // on mu
	busy     int        // requests at work
	requests int
	choose   Choice
	writes   WriteLog
}

// Fault answers a request in place of the server, which it may ask. The body
// of the request can be read again and again.
type Fault func(w http.ResponseWriter, r *http.Request, p *Proxy)

// Choice says which fault is played on a request, nil for none. Requests are
// numbered from 0 on, in the order in which they come. It is called under a
// lock.
type Choice func(index int, r *http.Request) Fault

// Proxy starts a proxy that ends with the test.
func (g *Gateway) Proxy(t testing.TB) *Proxy {
	t.Helper()
	target, err := url.Parse(g.URL)
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{}
	p.idle = sync.NewCond(&p.mu)
	forward := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.Host = r.In.Host // it is signed
		},
		Transport: &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 64},
		ErrorLog:  log.New(io.Discard, "", 0), // clients that leave are part of the tests
	}
	p.server = p.recording(forward)
	front := httptest.NewUnstartedServer(http.HandlerFunc(p.serve))
	front.Config.ErrorLog = forward.ErrorLog
	front.Start()
	p.URL = front.URL
	t.Cleanup(func() {
		front.CloseClientConnections()
		front.Close()
		p.Wait()
		forward.Transport.(*http.Transport).CloseIdleConnections()
	})
	return p
}

// Play makes choose decide from now on, nil for no faults, and numbers the
// requests anew.
func (p *Proxy) Play(choose Choice) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.requests, p.choose = 0, choose
}

// Requests returns how many have come since the last Play.
func (p *Proxy) Requests() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.requests
}

// Wait waits until no request is at work, those included that are late.
func (p *Proxy) Wait() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.busy > 0 {
		p.idle.Wait()
	}
}

// begin counts a request as being at work until it has ended.
func (p *Proxy) begin() (end func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.busy++
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.busy--
		p.idle.Broadcast()
	}
}

func (p *Proxy) serve(w http.ResponseWriter, r *http.Request) {
	defer p.begin()()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client has left
	}
	r.Body = again{bytes.NewReader(body)}
	p.mu.Lock()
	var fault Fault
	if p.choose != nil {
		fault = p.choose(p.requests, r)
	}
	p.requests++
	p.mu.Unlock()
	if fault == nil {
		p.pass(w, r)
		return
	}
	fault(w, r, p)
}

func (p *Proxy) pass(w http.ResponseWriter, r *http.Request) { p.server.ServeHTTP(w, r) }

// again is a body that begins anew where it was read to its end or closed.
type again struct{ *bytes.Reader }

func (a again) Close() error {
	_, err := a.Seek(0, io.SeekStart)
	return err
}

// At plays a fault on one request.
func At(k int, f Fault) Choice {
	return func(index int, _ *http.Request) Fault {
		if index == k {
			return f
		}
		return nil
	}
}

// From plays a fault on a request and on all that follow.
func From(k int, f Fault) Choice {
	return func(index int, _ *http.Request) Fault {
		if index >= k {
			return f
		}
		return nil
	}
}
