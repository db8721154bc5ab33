//go:build unix

package jobs_test

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime/metrics"
	"sync"
	"syscall"
	"testing"
	"time"

	"etl/extract"
	"etl/internal/graphsim"
	"etl/jobs"
	"etl/load"
)

var bareCalls = flag.Int("bare.calls", 200, "how many calls BenchmarkBesideBareClient loads")

// BenchmarkBesideBareClient loads 200 calls, fetches them only, and has a bare
// client of net/http read and throw away the same pages, in turn and with the
// same number of requests at once. fetch-of-bare and run-of-bare are the shares
// of the bare client's throughput, by the clock; those that begin with cpu are
// by the time of the processor, which says more on a machine that has other
// work. run-MB is what a run allocates. The tenant, which has its pages packed, takes its part of the cores in
// all three; each signs in or connects anew.
func BenchmarkBesideBareClient(b *testing.B) {
	sim := graphsim.NewTenant(graphsim.TenantOptions{})
	for call := range graphsim.NewGenerator(graphsim.GeneratorOptions{Seed: 1, CallsPerDay: *bareCalls, AllHands: -1}).Day(time.Now().UTC().AddDate(0, 0, -2)) {
		sim.Put(call.Final())
	}
	server, err := graphsim.Start(graphsim.Options{Tenant: sim})
	if err != nil {
		b.Fatal(err)
	}
	defer server.Close()
	s := &tenant{Server: server, now: time.Now}
	fetch := func(concurrency int) {
		client, _, err := s.connect(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		defer client.(*extract.Client).Close()
		err = extract.Pull{Concurrency: concurrency}.Run(b.Context(), client, refs(sim.IDs()...), func(r extract.Result) error {
			if r.Err != nil {
				return r.Err
			}
			r.Call.Release()
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	loadAll := func(concurrency int) {
		lake, err := load.Open(b.Context(), b.TempDir(), load.Options{})
		if err != nil {
			b.Fatal(err)
		}
		defer lake.Close()
		report, err := jobs.Run{
			Connect: s.connect, Lake: lake, IDs: refs(sim.IDs()...), Log: slog.New(slog.DiscardHandler),
			Pull: extract.Pull{Concurrency: concurrency},
		}.Do(b.Context())
		if err != nil || report.Loaded != report.Requested {
			b.Fatalf("error %v, report %s", err, report.JSON())
		}
	}
	fetch(8)
	var pages []graphsim.RequestLog
	for _, id := range sim.IDs() {
		pages = append(pages, server.Requests().ForCall(id))
	}
	for _, concurrency := range []int{8, 32} {
		b.Run(fmt.Sprint("concurrency=", concurrency), func(b *testing.B) {
			var bare, fetched, run spent
			for b.Loop() {
				bare.on(func() { readBare(b, server, pages, concurrency) })
				fetched.on(func() { fetch(concurrency) })
				run.on(func() { loadAll(concurrency) })
			}
			report := func(name string, s spent) {
				b.ReportMetric(bare.wall.Seconds()/s.wall.Seconds(), name+"-of-bare")
				b.ReportMetric(bare.cpu.Seconds()/s.cpu.Seconds(), "cpu-"+name+"-of-bare")
			}
			report("fetch", fetched)
			report("run", run)
			b.ReportMetric(float64(run.bytes)/1e6/float64(b.N), "run-MB")
		})
	}
}

// spent is time that something took, and the memory that it allocated.
type spent struct {
	wall, cpu time.Duration
	bytes     uint64
}

// on adds what f takes.
func (s *spent) on(f func()) {
	begun, busy, allocated := time.Now(), processTime(), allocatedBytes()
	f()
	s.wall += time.Since(begun)
	s.cpu += processTime() - busy
	s.bytes += allocatedBytes() - allocated
}

func allocatedBytes() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

// processTime is how long this process has had a processor.
func processTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// readBare reads the pages of each call one after the other, as any client has
// to, and throws them away.
func readBare(b *testing.B, server *graphsim.Server, calls []graphsim.RequestLog, concurrency int) {
	client := server.Client()
	defer client.CloseIdleConnections()
	token := server.IssueToken()
	next := make(chan graphsim.RequestLog)
	var all sync.WaitGroup
	for range concurrency {
		all.Go(func() {
			for pages := range next {
				for _, page := range pages {
					if err := readPage(b.Context(), client, server.GraphURL+page.URI, token, page.Prefer); err != nil {
						b.Error(err)
					}
				}
			}
		})
	}
	for _, pages := range calls {
		next <- pages
	}
	close(next)
	all.Wait()
}

func readPage(ctx context.Context, client *http.Client, url, token, prefer string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("Prefer", prefer)
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil || response.StatusCode != http.StatusOK {
		return fmt.Errorf("reading a page: status %d, error %w", response.StatusCode, err)
	}
	return nil
}
