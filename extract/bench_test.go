//go:build unix

package extract

import (
	"bytes"
	"compress/gzip"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"etl/internal/graphsim"
)

// BenchmarkFetch fetches a meeting of 100 sessions and 40 participants, in
// three pages, from a server on this machine that has its answers ready. The
// same pages are read and thrown away by a bare client of net/http in turn.
// of-bare is the share of the bare client's throughput that Fetch reaches, by
// the clock; cpu-of-bare is that by the time of the processor, the server's
// included, which says more on a machine that has other work.
func BenchmarkFetch(b *testing.B) {
	record := graphsim.NewGenerator(graphsim.GeneratorOptions{Seed: 1, AllHands: -1}).Sized(noon, 0, 100, 40).Final()
	server, targets, size := ready(b, record)
	for _, concurrency := range []int{1, 8, 64} {
		b.Run(fmt.Sprint("concurrency=", concurrency), func(b *testing.B) {
			many := 1 << 30
			client, err := NewClient(Config{
				GraphURL: server.URL, Tokens: fixedToken("token"), Network: Network{RootCAs: pool(server)},
				Budgets: Budgets{Requests: many, CallRequests: many, Window: time.Millisecond},
			})
			if err != nil {
				b.Fatal(err)
			}
			defer client.Close()
			bare := &http.Client{Transport: &http.Transport{
				ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{RootCAs: pool(server)},
			}}
			defer bare.CloseIdleConnections()
			b.SetBytes(size * int64(concurrency))
			b.ReportAllocs()
			var ours, theirs spent
			for b.Loop() {
				ours.inParallel(concurrency, func() {
					call, err := client.Fetch(b.Context(), Ref{ID: record.ID})
					if err != nil {
						b.Error(err)
						return
					}
					call.Release()
				})
				b.StopTimer()
				theirs.inParallel(concurrency, func() {
					for _, target := range targets {
						resp, err := bare.Do(&http.Request{Method: http.MethodGet, URL: target})
						if err != nil {
							b.Error(err)
							return
						}
						if _, err := io.Copy(io.Discard, resp.Body); err != nil {
							b.Error(err)
						}
						resp.Body.Close()
					}
				})
				b.StartTimer()
			}
			b.ReportMetric(float64(theirs.wall)/float64(ours.wall), "of-bare")
			b.ReportMetric(float64(theirs.cpu)/float64(ours.cpu), "cpu-of-bare")
		})
	}
}

// spent is time that something took.
type spent struct{ wall, cpu time.Duration }

// inParallel runs f n times at once and adds what that takes.
func (s *spent) inParallel(n int, f func()) {
	begun, busy := time.Now(), processTime()
	var all sync.WaitGroup
	for range n {
		all.Go(f)
	}
	all.Wait()
	s.wall += time.Since(begun)
	s.cpu += processTime() - busy
}

// processTime is how long this process has had a processor.
func processTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// ready returns a server that has the answers for one call compressed, the
// requests that it takes and the size of all answers.
func ready(b *testing.B, record graphsim.Record) (server *httptest.Server, targets []*url.URL, size int64) {
	tenant := graphsim.NewTenant(graphsim.TenantOptions{Retention: graphsim.KeepForever})
	tenant.Put(record)
	sim, err := graphsim.Start(graphsim.Options{Tenant: tenant})
	if err != nil {
		b.Fatal(err)
	}
	client, err := NewClient(Config{GraphURL: sim.GraphURL, Tokens: fixedToken(sim.IssueToken()), Network: Network{RootCAs: sim.CertPool()}})
	if err != nil {
		b.Fatal(err)
	}
	bodies := map[string][]byte{}
	var mu sync.Mutex
	sim.Inject(graphsim.Fault{Do: func(w http.ResponseWriter, r *http.Request, normal http.Handler) {
		graphsim.RewriteBody(func(body []byte) []byte {
			mu.Lock()
			defer mu.Unlock()
			bodies[r.RequestURI] = bytes.Clone(body)
			return body
		})(w, r, normal)
	}})
	call, err := client.Fetch(b.Context(), Ref{ID: record.ID})
	if err != nil {
		b.Fatal(err)
	}
	call.Release()
	client.Close()
	if err := sim.Close(); err != nil {
		b.Fatal(err)
	}

	answers := map[string][]byte{}
	server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Encoding", "gzip")
		w.Write(answers[r.RequestURI])
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	b.Cleanup(server.Close)
	for uri, body := range bodies {
		size += int64(len(body))
		var z bytes.Buffer
		w := gzip.NewWriter(&z)
		w.Write([]byte(strings.ReplaceAll(string(body), sim.GraphURL, server.URL)))
		w.Close()
		answers[uri] = z.Bytes()
		target, err := url.Parse(server.URL + uri)
		if err != nil {
			b.Fatal(err)
		}
		targets = append(targets, target)
	}
	return server, targets, size
}
