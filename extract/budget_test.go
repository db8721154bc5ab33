package extract

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// mostWithin returns the most times that lie within any span of the given length.
func mostWithin(times []time.Time, span time.Duration) (most int) {
	slices.SortFunc(times, time.Time.Compare)
	first := 0
	for i, at := range times {
		for at.Sub(times[first]) >= span {
			first++
		}
		most = max(most, i-first+1)
	}
	return most
}

func TestWindowIsExactAndUsed(t *testing.T) {
	for _, latency := range []time.Duration{0, 300 * time.Millisecond, 3 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			const limit, span, total = 100, 20 * time.Second, 1050
			w := newWindow(newQuota("", limit, span, nil))
			var mu sync.Mutex
			var arrived []time.Time
			var workers sync.WaitGroup
			begun := time.Now()
			for i := range 50 {
				workers.Go(func() {
					for range total / 50 {
						if err := w.acquire(t.Context()); err != nil {
							t.Error(err)
							return
						}
						// The request arrives at any time until its answer does.
						time.Sleep(latency * time.Duration(i) / 50)
						mu.Lock()
						arrived = append(arrived, time.Now())
						mu.Unlock()
						time.Sleep(latency - latency*time.Duration(i)/50)
						w.release()
					}
				})
			}
			workers.Wait()
			if most := mostWithin(arrived, span); most > limit {
				t.Errorf("latency %s: %d requests within %s, at most %d are allowed", latency, most, span, limit)
			}
			if took, ideal := time.Since(begun), span*((total-1)/limit); float64(took) > 1.02*float64(ideal)+11*float64(latency) {
				t.Errorf("latency %s: %d requests took %s, want about %s", latency, total, took, ideal)
			}
		})
	}
}

func TestWindowIsFairAndCanBeLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWindow(newQuota("", 1, time.Second, nil))
		if err := w.acquire(t.Context()); err != nil {
			t.Fatal(err)
		}
		var order []int
		var waiting sync.WaitGroup
		leave, cancel := context.WithCancel(t.Context())
		for i := range 5 {
			waiting.Go(func() {
				ctx := t.Context()
				if i == 2 {
					ctx = leave
				}
				if err := w.acquire(ctx); err != nil {
					if i != 2 || !errors.Is(err, context.Canceled) {
						t.Errorf("waiter %d: %v", i, err)
					}
					return
				}
				order = append(order, i)
				w.release()
			})
			synctest.Wait()
		}
		cancel()
		w.release()
		waiting.Wait()
		if !slices.Equal(order, []int{0, 1, 3, 4}) {
			t.Errorf("served in the order %v", order)
		}
	})
}

func TestWindowsOfCallsAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := newCallWindows(newQuota("", 40, 20*time.Second, nil))
		use := func(id string) *callWindow {
			w := calls.get(id)
			if err := w.acquire(t.Context()); err != nil {
				t.Fatal(err)
			}
			w.release()
			calls.put(w)
			return w
		}
		first := use("A")
		if use("a") != first {
			t.Error("a call that comes again has a new window before Graph has forgotten the old requests")
		}
		for i := range 1000 {
			use(string(rune('b' + i)))
			time.Sleep(time.Second)
		}
		if n := len(calls.open); n > 25 {
			t.Errorf("%d windows are kept", n)
		}
		if use("a") == first {
			t.Error("an old window is still in use")
		}
	})
}

func TestBudgetOfOneCallIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var arrived []time.Time
		s := &scripted{sessionsLink: callPath + "/n?0", pages: map[string]string{}}
		for i := range 200 {
			link := ""
			if i < 199 {
				link = callPath + "/n?" + time.Duration(i+1).String()
			}
			target := callPath + "/n?" + time.Duration(i).String()
			if i == 0 {
				target = callPath + "/n?0"
			}
			s.pages[target] = value(time.Duration(i).String()[:len(time.Duration(i).String())-2], link)
		}
		c, stop := piped(t, func(w http.ResponseWriter, r *http.Request) {
			arrived = append(arrived, time.Now())
			s.ServeHTTP(w, r)
		}, nil)
		defer stop()
		begun := time.Now()
		call, err := c.Fetch(t.Context(), Ref{ID: callID})
		if err != nil {
			t.Fatal(err)
		}
		call.Release()
		if most := mostWithin(arrived, 20*time.Second); most > 40 || len(arrived) != 202 {
			t.Errorf("%d requests, %d within 20 s", len(arrived), most)
		}
		if took := time.Since(begun); took > 101*time.Second || c.Stats().Waited < 99*time.Second || c.Stats().Requests != 202 {
			t.Errorf("202 requests took %s; %+v", took, c.Stats())
		}
	})
}
