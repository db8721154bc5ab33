package extract

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// visit is one request to a scripted server.
type visit struct {
	at     time.Time
	target string
}

// visits notes when requests come, and answers them by a function that returns
// true if it did, and by the script if not.
type visits struct {
	script scripted
	answer func(n int, w http.ResponseWriter, r *http.Request) bool

	mu  sync.Mutex
	all []visit
}

func (v *visits) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v.mu.Lock()
	v.all = append(v.all, visit{time.Now(), r.RequestURI})
	n := len(v.all)
	v.mu.Unlock()
	if v.answer == nil || !v.answer(n, w, r) {
		v.script.ServeHTTP(w, r)
	}
}

func refuse(w http.ResponseWriter, status int, retryAfter string) bool {
	if retryAfter != "" {
		w.Header().Set("Retry-After", retryAfter)
	}
	w.WriteHeader(status)
	return true
}

func TestRetryAfterIsObeyedByAll(t *testing.T) {
	for name, c := range map[string]struct {
		status     int
		retryAfter string
		pause      time.Duration
	}{
		"seconds":          {429, "30", 30 * time.Second},
		"fractions":        {429, "2.128", 2128 * time.Millisecond},
		"half a second":    {429, "0.5", 500 * time.Millisecond},
		"a date":           {429, "Sat, 01 Jan 2000 00:01:00 GMT", 59 * time.Second},
		"beyond all reach": {429, "1e9", maxRetryAfter},
		"503":              {503, "25", 25 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const workers = 20
				var closed time.Time
				v := &visits{answer: func(n int, w http.ResponseWriter, r *http.Request) bool {
					if n != 1 {
						return false
					}
					closed = time.Now()
					return refuse(w, c.status, c.retryAfter)
				}}
				client, stop := piped(t, v.ServeHTTP, func(cfg *Config) { cfg.Budgets.CallRequests = 1000 })
				defer stop()
				var all sync.WaitGroup
				for i := range workers {
					all.Go(func() {
						time.Sleep(time.Duration(i) * 10 * time.Millisecond)
						call, err := client.Fetch(t.Context(), Ref{ID: callID})
						if err != nil {
							t.Error(err)
							return
						}
						call.Release()
					})
				}
				all.Wait()
				for _, visit := range v.all[1:] {
					if early := closed.Add(c.pause).Sub(visit.at); early > 0 {
						t.Errorf("a request came %s before the pause of %s was over", early, c.pause)
					}
				}
				last := v.all[len(v.all)-1].at
				if late := last.Sub(closed.Add(c.pause)); late > 2*time.Second {
					t.Errorf("the last request came %s after the pause", late)
				}
				if n := len(v.all); n != 2*workers+1 {
					t.Errorf("%d requests, want %d", n, 2*workers+1)
				}
			})
		})
	}
}

func TestThrottlingForEverEndsWithTheDeadline(t *testing.T) {
	for name, c := range map[string]struct {
		retryAfter string
		most       int
		took       time.Duration
	}{
		"Retry-After": {"10", 61, 10 * time.Minute},
		"no header":   {"", 400, time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				v := &visits{answer: func(_ int, w http.ResponseWriter, r *http.Request) bool { return refuse(w, 429, c.retryAfter) }}
				client, stop := piped(t, v.ServeHTTP, nil)
				defer stop()
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
				defer cancel()
				begun := time.Now()
				_, err := client.Fetch(ctx, Ref{ID: callID})
				if fail := wantFailure(t, err, ReasonThrottled); !fail.Retryable() {
					t.Error("it can't be retried")
				}
				if len(v.all) > c.most || len(v.all) < 3 || time.Since(begun) > c.took {
					t.Errorf("%d requests in %s", len(v.all), time.Since(begun))
				}
				if s := client.Stats(); s.Throttled != int64(len(v.all)) {
					t.Errorf("%+v", s)
				}
			})
		})
	}
}

func TestPoisonCallDoesNotHoldUpItsWorker(t *testing.T) {
	for name, c := range map[string]struct {
		retryAfter string
		most       int
	}{"500": {"", 1000}, "503 with Retry-After": {"20", 4}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				status := 500
				if c.retryAfter != "" {
					status = 503
				}
				v := &visits{answer: func(_ int, w http.ResponseWriter, r *http.Request) bool { return refuse(w, status, c.retryAfter) }}
				client, stop := piped(t, v.ServeHTTP, nil)
				defer stop()
				begun := time.Now()
				_, err := client.Fetch(t.Context(), Ref{ID: callID})
				wantFailure(t, err, ReasonServerError)
				if took := time.Since(begun); took < 29*time.Second || took > 65*time.Second {
					t.Errorf("it took %s", took)
				}
				if len(v.all) > c.most {
					t.Errorf("%d requests", len(v.all))
				}
				// Backoff grows: there are few requests in all.
				if len(v.all) > 60 {
					t.Errorf("%d requests", len(v.all))
				}
			})
		})
	}
}

func TestLongPauseDoesNotCountAsTrouble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := &visits{answer: func(n int, w http.ResponseWriter, r *http.Request) bool {
			return n <= 5 && refuse(w, 429, "60")
		}}
		client, stop := piped(t, v.ServeHTTP, nil)
		defer stop()
		begun := time.Now()
		call, err := client.Fetch(t.Context(), Ref{ID: callID})
		if err != nil {
			t.Fatal(err)
		}
		call.Release()
		if took := time.Since(begun); took < 300*time.Second || call.Requests != 7 {
			t.Errorf("%d requests took %s", call.Requests, took)
		}
	})
}

func TestDeadlineAndCancellationEndEveryWait(t *testing.T) {
	stall := func(_ int, _ http.ResponseWriter, r *http.Request) bool { <-r.Context().Done(); return true }
	for name, c := range map[string]struct {
		answer func(n int, w http.ResponseWriter, r *http.Request) bool
		change func(*Config)
		reason Reason
	}{
		"no answer":    {stall, nil, ReasonTimeout},
		"throttled":    {func(_ int, w http.ResponseWriter, r *http.Request) bool { return refuse(w, 429, "300") }, nil, ReasonThrottled},
		"errors":       {func(_ int, w http.ResponseWriter, r *http.Request) bool { return refuse(w, 500, "") }, nil, ReasonServerError},
		"app's budget": {nil, func(c *Config) { c.Budgets = Budgets{Requests: 1, Window: time.Hour} }, ReasonTimeout},
		"call's":       {nil, func(c *Config) { c.Budgets = Budgets{CallRequests: 1, Window: time.Hour} }, ReasonTimeout},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				v := &visits{answer: c.answer}
				client, stop := piped(t, v.ServeHTTP, func(cfg *Config) {
					cfg.Patience = time.Hour
					cfg.Bounds.HeaderTime = time.Hour
					cfg.Bounds.PageTime = time.Hour
					if c.change != nil {
						c.change(cfg)
					}
				})
				defer stop()
				ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
				_, err := client.Fetch(ctx, Ref{ID: callID})
				cancel()
				wantFailure(t, err, c.reason)

				ctx, cancel = context.WithCancel(t.Context())
				time.AfterFunc(5*time.Second, cancel)
				begun := time.Now()
				_, err = client.Fetch(ctx, Ref{ID: callID})
				var fail *Failure
				if !errors.Is(err, context.Canceled) || errors.As(err, &fail) {
					t.Errorf("cancelled, got error %v", err)
				}
				if time.Since(begun) != 5*time.Second {
					t.Errorf("cancelled after 5 s, Fetch returned after %s", time.Since(begun))
				}
			})
		})
	}
}

func TestStallsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := &visits{answer: func(n int, w http.ResponseWriter, r *http.Request) bool {
			if n > 1 {
				return false
			}
			w.Header().Set("Content-Type", "application/json")
			for range 5 {
				fmt.Fprint(w, " ")
				w.(http.Flusher).Flush()
				time.Sleep(50 * time.Second)
			}
			<-r.Context().Done()
			return true
		}}
		client, stop := piped(t, v.ServeHTTP, nil)
		defer stop()
		begun := time.Now()
		call, err := client.Fetch(t.Context(), Ref{ID: callID})
		if err != nil {
			t.Fatal(err)
		}
		call.Release()
		if took := time.Since(begun); took < 260*time.Second || took > 261*time.Second {
			t.Errorf("it took %s, want the stall to be noticed a minute after the last byte", took)
		}
	})
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"": 0, "0": 0, "-1": 0, "-0.1": 0, "NaN": 0, "-Inf": 0, "soon": 0, "1 2": 0, "1s": 0, "0x": 0,
		"1": time.Second, " 1 ": time.Second, "2.128": 2128 * time.Millisecond, "0.0000000001": 1,
		"299.5": 299500 * time.Millisecond, "301": maxRetryAfter, "1e9": maxRetryAfter, "1e999": maxRetryAfter, "Inf": maxRetryAfter,
		"Thu, 26 Nov 2026 12:01:00 GMT": time.Minute, "Thu, 26 Nov 2026 11:59:00 GMT": 0, "Thu, 26 Nov 2099 11:59:00 GMT": maxRetryAfter,
		"Thursday, 26-Nov-26 12:00:30 GMT": 30 * time.Second, "Thu Nov 26 12:00:05 2026": 5 * time.Second,
	} {
		got, ok := retryAfter(http.Header{"Retry-After": {value}}, now)
		if got != want || ok != (want > 0) {
			t.Errorf("%q: got %s, %v, want %s", value, got, ok, want)
		}
	}
	h := http.Header{"Retry-After": {"1", "junk", "3", "2"}}
	if got, _ := retryAfter(h, now); got != 3*time.Second {
		t.Errorf("of several headers %s was taken", got)
	}
	h = http.Header{"Retry-After": {"Thu, 26 Nov 2026 12:01:00 GMT"}, "Date": {"Thu, 26 Nov 2026 12:00:50 GMT"}}
	if got, _ := retryAfter(h, now.Add(-time.Hour)); got != 10*time.Second {
		t.Errorf("by the answer's own date the pause is 10 s, got %s", got)
	}
}

func FuzzRetryAfter(f *testing.F) {
	for _, s := range []string{"2.128", "0.5", "1e9", "NaN", "Inf", "-1", "Thu, 26 Nov 2026 12:01:00 GMT", "١", "0x1p-2", ""} {
		f.Add(s, int64(0))
	}
	f.Fuzz(func(t *testing.T, s string, unix int64) {
		pause, ok := retryAfter(http.Header{"Retry-After": {s}}, time.Unix(unix, 0))
		if pause < 0 || pause > maxRetryAfter || ok != (pause > 0) {
			t.Fatalf("%q at %d: %s, %v", s, unix, pause, ok)
		}
		if v, err := strconv.ParseFloat(s, 64); err == nil && v > 0 && v < 300 && math.Abs(pause.Seconds()-v) > 1e-6 {
			t.Fatalf("%q: %s", s, pause)
		}
	})
}

func TestBackoffIsFullJitterUpToItsCap(t *testing.T) {
	for tries := 1; tries < 100; tries++ {
		top := backoffCap
		if tries < 7 {
			top = min(top, backoffBase<<(tries-1))
		}
		var waits []time.Duration
		for range 200 {
			waits = append(waits, backoff(tries))
		}
		if least, most := slices.Min(waits), slices.Max(waits); least < backoffFloor || most > top || most < top/2 || least > top/3 {
			t.Errorf("after %d tries the waits are %s to %s, want up to %s", tries, least, most, top)
		}
	}
}
