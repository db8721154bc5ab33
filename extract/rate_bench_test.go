package extract

import (
	"context"
	"flag"
	"iter"
	"net/http"
	"testing"
	"time"

	"etl/internal/graphsim"
)

var (
	rateRequests = flag.Int("rate.requests", 300, "how many requests BenchmarkDrain may send in a window; Graph allows 1500")
	rateWindow   = flag.Duration("rate.window", time.Second, "how long a window of BenchmarkDrain is; Graph's is 20s")
	rateWindows  = flag.Int("rate.windows", 3, "for how many windows BenchmarkDrain measures, after a first one")
)

// BenchmarkDrain drains a backlog of small calls from a tenant that enforces
// limits and answers as late as Graph does for the length of a window: with a
// limit as high as the budget, and with half of that, which the client has to
// find. share-% is how much of what the limit allows is used, and 429s is how
// many of 1,000 requests are refused, both after the first window; of that
// first-429s are the refused ones.
//
// By default time runs 20 times faster than Graph's, at four times its rate.
// Graph's own numbers take two minutes or more:
//
//	go test ./extract -run '^$' -bench Drain -rate.requests 1500 -rate.window 20s
func BenchmarkDrain(b *testing.B) {
	for _, c := range []struct {
		name  string
		limit int
	}{{"limit=budget", *rateRequests}, {"limit=half", *rateRequests / 2}} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				drainBacklog(b, c.limit)
			}
		})
	}
}

func drainBacklog(b *testing.B, limit int) {
	b.StopTimer()
	tenant := graphsim.NewTenant(graphsim.TenantOptions{Retention: graphsim.KeepForever})
	generator := graphsim.NewGenerator(graphsim.GeneratorOptions{Seed: 1, AllHands: -1})
	// A call takes two requests, and a window may be begun twice.
	for i := range limit * (*rateWindows + 2) / 2 {
		tenant.Put(generator.Sized(noon, i, 1, 2).Final())
	}
	server, err := graphsim.Start(graphsim.Options{
		Tenant:  tenant,
		Limits:  graphsim.Limits{App: limit, Window: *rateWindow, RetryAfter: graphsim.FractionalSeconds},
		Latency: func(*graphsim.Request) time.Duration { return *rateWindow / 100 },
	})
	if err != nil {
		b.Fatal(err)
	}
	defer server.Close()
	client, err := NewClient(Config{
		GraphURL: server.GraphURL, Tokens: fixedToken(server.IssueToken()), Network: Network{RootCAs: server.CertPool()},
		Budgets: Budgets{Requests: *rateRequests, Window: *rateWindow},
	})
	if err != nil {
		b.Fatal(err)
	}
	defer client.Close()
	b.StartTimer()

	begun := time.Now()
	from, until := begun.Add(*rateWindow), begun.Add(time.Duration(*rateWindows+1)**rateWindow)
	ctx, cancel := context.WithDeadline(b.Context(), until)
	defer cancel()
	backlog := func(yield func(Ref, error) bool) {
		for _, id := range tenant.IDs() {
			if !yield(Ref{ID: id}, nil) {
				return
			}
		}
	}
	_ = Pull{}.Run(ctx, client, iter.Seq2[Ref, error](backlog), func(r Result) error {
		if r.Call != nil {
			r.Call.Release()
		}
		return nil
	})
	if time.Now().Before(until) {
		b.Fatal("the backlog was too small")
	}

	log := server.Requests().On(graphsim.Graph)
	within := func(from, until time.Time, status int) float64 {
		return float64(len(log.Where(func(r *graphsim.Request) bool {
			return r.Status == status && !r.Time.Before(from) && r.Time.Before(until)
		})))
	}
	answered, refused := within(from, until, http.StatusOK), within(from, until, http.StatusTooManyRequests)
	b.ReportMetric(100*answered/float64(limit**rateWindows), "share-%")
	b.ReportMetric(1000*refused/(answered+refused), "429s")
	b.ReportMetric(within(begun, from, http.StatusTooManyRequests), "first-429s")
}
