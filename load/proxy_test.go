package load

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// proxy stands before the S3 server and plays faults.
type proxy struct {
	url string

	mu sync.Mutex
	// fault answers in place of the server, or changes its answer; nil passes.
	fault    func(r *http.Request) faultFunc
	requests []string
}

type faultFunc func(w http.ResponseWriter, r *http.Request, server http.Handler)

// behindProxy makes the code under test speak to the server through a proxy.
func behindProxy(t *testing.T) *proxy {
	t.Helper()
	target, err := url.Parse(gateway.URL)
	if err != nil {
		t.Fatal(err)
	}
	server := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		r.Out.Host = r.In.Host // it is signed
	}, ErrorLog: log.New(io.Discard, "", 0)}
	p := &proxy{}
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		p.requests = append(p.requests, kind(r))
		var fault faultFunc
		if p.fault != nil {
			fault = p.fault(r)
		}
		p.mu.Unlock()
		if fault != nil {
			fault(w, r, server)
			return
		}
		server.ServeHTTP(w, r)
	}))
	t.Cleanup(front.Close)
	p.url = front.URL
	t.Setenv("AWS_ENDPOINT_URL_S3", p.url)
	return p
}

func (p *proxy) count(kind string) (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, k := range p.requests {
		if k == kind {
			n++
		}
	}
	return n
}

// kind names the operation.
func kind(r *http.Request) string {
	q := r.URL.Query()
	switch {
	case q.Has("uploads") && r.Method == http.MethodGet:
		return "uploads"
	case q.Has("uploads"):
		return "create"
	case q.Has("uploadId") && r.Method == http.MethodPut:
		return "part"
	case q.Has("uploadId") && r.Method == http.MethodPost:
		return "complete"
	case q.Has("uploadId") && r.Method == http.MethodDelete:
		return "abort"
	}
	return strings.ToLower(r.Method)
}

// set plays a fault on the first n requests of a kind whose path has a part.
func (p *proxy) set(n int, what, path string, fault faultFunc) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fault = func(r *http.Request) faultFunc {
		if n > 0 && kind(r) == what && strings.Contains(r.URL.Path, path) {
			n--
			return fault
		}
		return nil
	}
}

// status answers without asking the server.
func status(code int, text string) faultFunc {
	return func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
		io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/xml")
		w.WriteHeader(code)
		io.WriteString(w, text)
	}
}

func s3Error(code string) string {
	return `<?xml version="1.0" encoding="UTF-8"?><Error><Code>` + code + `</Code><Message>played by the test</Message></Error>`
}

// lost lets the server do it, and drops the reply.
func lost(w http.ResponseWriter, r *http.Request, server http.Handler) {
	server.ServeHTTP(httptest.NewRecorder(), r)
	panic(http.ErrAbortHandler)
}

// inTurn plays one fault after the other.
func inTurn(faults ...faultFunc) faultFunc {
	var turn atomic.Int64
	return func(w http.ResponseWriter, r *http.Request, server http.Handler) {
		faults[int(turn.Add(1)-1)%len(faults)](w, r, server)
	}
}

// edited changes the server's answer.
func edited(edit func(body []byte, h http.Header) []byte) faultFunc {
	return func(w http.ResponseWriter, r *http.Request, server http.Handler) {
		answer := httptest.NewRecorder()
		server.ServeHTTP(answer, r)
		for name, values := range answer.Header() {
			w.Header()[name] = values
		}
		body := edit(answer.Body.Bytes(), w.Header())
		w.WriteHeader(answer.Code)
		w.Write(body)
	}
}
