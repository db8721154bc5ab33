package graphsim

import (
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Limits are how many requests Graph answers within a window; 0 is no limit.
// A window slides: it holds the requests of the last Window by the tenant's
// clock. Requests that are refused by a limit count in none.
type Limits struct {
	App     int // all requests
	List    int // lists of calls
	PerCall int // requests about one call
	Log     int // requests for one log, within three windows
	// Window is 20 s if 0.
	Window time.Duration
	// RetryAfter is the form in which a refused client is told how long to wait.
	RetryAfter RetryAfter
}

// RealLimits are the documented ones for an app in a tenant.
func RealLimits() Limits {
	return Limits{App: 1500, List: 40, PerCall: 40, Log: 50, Window: 20 * time.Second}
}

// RetryAfter is a form of the header Retry-After.
type RetryAfter int

// The forms of Retry-After.
const (
	WholeSeconds      RetryAfter = iota
	FractionalSeconds            // such as 2.128
	HTTPDate
	NoRetryAfter
)

// logWindows is in how many windows the requests for a log are counted: its
// limit is one per minute.
const logWindows = 3

// gauge counts the requests within the window, by scope.
type gauge struct {
	limits Limits
	mu     sync.Mutex
	seen   map[string][]time.Time
	swept  time.Time
}

// take counts a request in its scopes, unless one of them is full: then it
// returns how long it takes until none is.
func (g *gauge) take(rt route, now time.Time) (wait time.Duration, ok bool) {
	type scope struct {
		name   string
		limit  int
		window time.Duration
	}
	window := g.limits.Window
	scopes := []scope{{"app", g.limits.App, window}}
	if rt.kind == KindList {
		scopes = append(scopes, scope{"list", g.limits.List, window})
	}
	if rt.log.log != "" {
		scopes = append(scopes, scope{"log " + string(rt.log.log), g.limits.Log, logWindows * window})
	}
	if rt.id != "" {
		scopes = append(scopes, scope{"call " + rt.id, g.limits.PerCall, window})
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.sweep(now)
	for _, sc := range scopes {
		if sc.limit == 0 {
			continue
		}
		times := g.fresh(sc.name, sc.window, now)
		if len(times) >= sc.limit {
			wait = max(wait, times[len(times)-sc.limit].Add(sc.window).Sub(now))
		}
	}
	if wait > 0 {
		return wait, false
	}
	for _, sc := range scopes {
		if sc.limit > 0 {
			g.seen[sc.name] = append(g.seen[sc.name], now)
		}
	}
	return 0, true
}

// fresh returns the times of a scope that are within the window, and forgets the others.
func (g *gauge) fresh(name string, window time.Duration, now time.Time) []time.Time {
	times := g.seen[name]
	old := 0
	for old < len(times) && now.Sub(times[old]) >= window {
		old++
	}
	g.seen[name] = times[old:]
	return g.seen[name]
}

// sweep forgets scopes without fresh times, once a window.
func (g *gauge) sweep(now time.Time) {
	if now.Sub(g.swept) < g.limits.Window {
		return
	}
	g.swept = now
	for name := range g.seen {
		if len(g.fresh(name, logWindows*g.limits.Window, now)) == 0 {
			delete(g.seen, name)
		}
	}
}

// admit answers requests over a limit with 429.
func (s *Server) admit(w http.ResponseWriter, rt route) bool {
	now := s.tenant.Now()
	wait, ok := s.gauge.take(rt, now)
	if ok {
		return true
	}
	h := w.Header()
	switch s.gauge.limits.RetryAfter {
	case WholeSeconds:
		h.Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
	case FractionalSeconds:
		h.Set("Retry-After", strconv.FormatFloat(math.Ceil(wait.Seconds()*1000)/1000, 'f', -1, 64))
	case HTTPDate:
		// A date has whole seconds: the next one is late enough.
		h.Set("Retry-After", now.Add(wait+time.Second-1).Truncate(time.Second).Format(http.TimeFormat))
	}
	s.fail(w, http.StatusTooManyRequests, "TooManyRequests", "Too many requests")
	return false
}
