package extract

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// throttler answers as many requests in any 20 s as its limit, and refuses the
// others until one more is allowed.
type throttler struct {
	limit func(at time.Time) int
	next  http.Handler

	mu       sync.Mutex
	answered []time.Time
	refused  []time.Time
}

const throttlerLatency = 200 * time.Millisecond

func (s *throttler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	time.Sleep(throttlerLatency / 2)
	defer time.Sleep(throttlerLatency / 2)
	if wait := s.take(time.Now()); wait > 0 {
		refuse(w, 429, strconv.Itoa(int((wait+time.Second-1)/time.Second)))
		return
	}
	s.next.ServeHTTP(w, r)
}

func (s *throttler) take(now time.Time) (wait time.Duration) {
	const span = 20 * time.Second
	s.mu.Lock()
	defer s.mu.Unlock()
	limit := s.limit(now)
	if n := len(s.answered); n >= limit {
		if wait = span - now.Sub(s.answered[n-limit]); wait > 0 {
			s.refused = append(s.refused, now)
			return wait
		}
	}
	s.answered = append(s.answered, now)
	return 0
}

// count returns how many of the times are in [from, until).
func count(times []time.Time, from, until time.Time) (n int) {
	for _, at := range times {
		if !at.Before(from) && at.Before(until) {
			n++
		}
	}
	return n
}

// drain has workers fetch small calls for a while from a server that throttles.
func drain(t *testing.T, s *throttler, workers int, during time.Duration, change func(*Config)) Stats {
	t.Helper()
	if s.next == nil {
		s.next = &scripted{}
	}
	c, stop := piped(t, s.ServeHTTP, func(cfg *Config) {
		cfg.Budgets.CallRequests = 100_000 // all fetch the same call
		if change != nil {
			change(cfg)
		}
	})
	defer stop()
	begun := time.Now()
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			for time.Since(begun) < during {
				call, err := c.Fetch(t.Context(), Ref{ID: callID})
				if err != nil {
					t.Error(err)
					return
				}
				call.Release()
			}
		})
	}
	all.Wait()
	return c.Stats()
}

// wantDrained checks that of what a limit allows nearly all was used, and how
// many requests in a thousand were refused.
func (s *throttler) wantDrained(t *testing.T, limit int, from, until time.Time, share, most float64) {
	t.Helper()
	answered, refused := count(s.answered, from, until), count(s.refused, from, until)
	got := float64(answered) / (float64(limit) * until.Sub(from).Seconds() / 20)
	perThousand := 1000 * float64(refused) / float64(answered)
	t.Logf("%.1f %% of what the limit allows, %.2f 429s per 1,000 requests", 100*got, perThousand)
	if got < share || perThousand > most {
		t.Errorf("%.1f %% of what the limit allows, want %.0f; %.2f 429s per 1,000 requests, want at most %g", 100*got, 100*share, perThousand, most)
	}
}

// ofThreeHundred is a fifth of what Graph allows, for quicker tests.
func ofThreeHundred(cfg *Config) { cfg.Budgets.Requests = 300 }

func TestBudgetAdaptsToALowerLimit(t *testing.T) {
	for _, c := range []struct {
		limit, workers int
		most           float64 // refusals in 1,000 requests: trying out a little more costs one, whatever the limit
	}{{290, 8, 1}, {150, 8, 1}, {50, 4, 3}, {40, 8, 3}} {
		t.Run(fmt.Sprintf("%d, %d workers", c.limit, c.workers), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var log bytes.Buffer
				s := &throttler{limit: func(time.Time) int { return c.limit }}
				begun := time.Now()
				stats := drain(t, s, c.workers, 10*time.Minute, func(cfg *Config) {
					cfg.Budgets.Requests, cfg.Logger = 300, slog.New(slog.NewTextHandler(&log, nil))
				})
				s.wantDrained(t, c.limit, begun.Add(2*time.Minute), begun.Add(10*time.Minute), 0.95, c.most)
				if got := stats.Lower.Requests; got > c.limit || got < c.limit*98/100 || stats.Lower.CallRequests+stats.Lower.ListRequests > 0 {
					t.Errorf("found %+v, want %d requests", stats.Lower, c.limit)
				}
				if strings.Count(log.String(), "Graph refuses requests within the budget") != 1 || strings.Count(log.String(), "\n") != 1 {
					t.Errorf("the log is %s", &log)
				}
			})
		})
	}
}

func TestBudgetOfALimitThatIsMetStaysWhole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &throttler{limit: func(time.Time) int { return 300 }}
		begun := time.Now()
		stats := drain(t, s, 8, 3*time.Minute, ofThreeHundred)
		s.wantDrained(t, 300, begun.Add(20*time.Second), begun.Add(3*time.Minute), 0.97, 0)
		if stats.Lower != (Budgets{}) || stats.Throttled > 0 {
			t.Errorf("%+v", stats)
		}
	})
}

// TestBudgetGrowsAgain has a limit that is lower for ten minutes.
func TestBudgetGrowsAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		s := &throttler{limit: func(at time.Time) int {
			if at.Before(begun.Add(10 * time.Minute)) {
				return 100
			}
			return 300
		}}
		stats := drain(t, s, 32, 20*time.Minute, func(cfg *Config) { cfg.Budgets.Requests = 300 })
		s.wantDrained(t, 100, begun.Add(5*time.Minute), begun.Add(10*time.Minute), 0.95, 2)
		s.wantDrained(t, 300, begun.Add(17*time.Minute), begun.Add(20*time.Minute), 0.9, 0)
		if got := stats.Lower.Requests; got < 98 || got > 100 {
			t.Errorf("found %+v, want what was the limit once", stats.Lower)
		}
	})
}

// TestStrayRefusalsAreNoLimit has a server that refuses every 400th request,
// whatever it was asked before.
func TestStrayRefusalsAreNoLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var n atomic.Int64
		s := &throttler{limit: func(time.Time) int { return 300 }, next: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if n.Add(1)%400 == 0 {
				refuse(w, 429, "1")
				return
			}
			new(scripted).ServeHTTP(w, r)
		})}
		begun := time.Now()
		stats := drain(t, s, 8, 12*time.Minute, ofThreeHundred)
		s.wantDrained(t, 300, begun.Add(20*time.Second), begun.Add(12*time.Minute), 0.9, 0)
		if stats.Lower != (Budgets{}) || stats.Throttled < 20 {
			t.Errorf("%+v", stats)
		}
	})
}

// TestBudgetOfListsAdapts has one list, page after page.
func TestBudgetOfListsAdapts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, begun, lower := listForTwentyMinutes(t, nil, (*Client).List)
		s.wantDrained(t, 20, begun.Add(2*time.Minute), begun.Add(20*time.Minute), 0.95, 5)
		if lower != (Budgets{ListRequests: 20}) {
			t.Errorf("found %+v, want 20 lists", lower)
		}
	})
}

// TestBudgetOfLogsAdapts has one log, page after page.
func TestBudgetOfLogsAdapts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := func(c *Client, ctx context.Context, from, until time.Time) iter.Seq2[string, error] {
			return c.ListLog(ctx, PstnLog, from, until)
		}
		_, _, lower := listForTwentyMinutes(t, func(cfg *Config) { cfg.Budgets.LogRequests = 150 }, log)
		if n := lower.LogRequests; n < 20 || n > 60 || lower != (Budgets{LogRequests: n}) {
			t.Errorf("found %+v, want at most 60 pages of a log a minute", lower)
		}
	})
}

// listForTwentyMinutes reads a list without an end, of which 20 pages are
// allowed in 20 s, and returns which lower limits were found.
func listForTwentyMinutes[T any](t *testing.T, change func(*Config), list func(c *Client, ctx context.Context, from, until time.Time) iter.Seq2[T, error]) (s *throttler, begun time.Time, lower Budgets) {
	t.Helper()
	s = &throttler{limit: func(time.Time) int { return 20 }, next: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		page, _ := strconv.Atoi(r.URL.Query().Get("page"))
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, value(fmt.Sprintf(`{"id":"item-%d"}`, page), fmt.Sprintf("http://127.0.0.1%s?page=%d", r.URL.Path, page+1)))
	})}
	c, stop := piped(t, s.ServeHTTP, change)
	defer stop()
	begun = time.Now()
	for _, err := range list(c, t.Context(), begun, begun.Add(time.Hour)) {
		if err != nil {
			t.Fatal(err)
		}
		if time.Since(begun) > 20*time.Minute {
			break
		}
	}
	return s, begun, c.Stats().Lower
}

// TestBudgetOfCallsAdapts has a call of many pages, and then another one, of
// which the first has shown how many requests Graph allows for it.
func TestBudgetOfCallsAdapts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const pages = 100
		script := &scripted{sessionsLink: callPath + "/n?0", pages: map[string]string{}}
		for i := range pages {
			link := ""
			if i < pages-1 {
				link = fmt.Sprint(callPath, "/n?", i+1)
			}
			script.pages[fmt.Sprint(callPath, "/n?", i)] = value(strconv.Itoa(i), link)
		}
		s := &throttler{limit: func(time.Time) int { return 20 }, next: script}
		c, stop := piped(t, s.ServeHTTP, nil)
		defer stop()
		for range 2 {
			call, err := c.Fetch(t.Context(), Ref{ID: callID})
			if err != nil {
				t.Fatal(err)
			}
			call.Release()
			time.Sleep(time.Minute) // its window is forgotten
		}
		if lower := c.Stats().Lower; lower != (Budgets{CallRequests: 20}) {
			t.Errorf("found %+v, want 20 requests for one call", lower)
		}
		if n := len(s.refused); n > 5 {
			t.Errorf("%d requests are refused", n)
		}
	})
}
