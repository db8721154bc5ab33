package extract

import (
	"cmp"
	"container/heap"
	"context"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"
)

// Budgets are the numbers of requests that Graph allows in a window of time;
// see https://learn.microsoft.com/graph/throttling-limits. A zero field has
// its default.
type Budgets struct {
	Requests     int           // per app and tenant; 1,500
	ListRequests int           // that list calls; 40
	CallRequests int           // per call record; 40
	Window       time.Duration // 20 s
	LogRequests  int           // per log; 50
	LogWindow    time.Duration // 60 s
}

func (b Budgets) orDefault() Budgets {
	return Budgets{
		Requests:     cmp.Or(b.Requests, 1500),
		ListRequests: cmp.Or(b.ListRequests, 40),
		CallRequests: cmp.Or(b.CallRequests, 40),
		Window:       cmp.Or(b.Window, 20*time.Second),
		LogRequests:  cmp.Or(b.LogRequests, 50),
		LogWindow:    cmp.Or(b.LogWindow, time.Minute),
	}
}

func (b Budgets) valid() bool {
	return min(b.Requests, b.ListRequests, b.CallRequests, b.LogRequests, int(b.Window), int(b.LogWindow)) > 0
}

// windowMargin is the part of a window that is added to it for what a request
// that was given up may still be under way: 100 ms to 20 s.
const windowMargin = 200

// window allows as many requests in any span of time as its quota, counted where
// they arrive. A slot is taken before a request is sent and comes back one span
// after the head of its answer was here: the server counted the request in
// between, whenever that was, so it can't count more in any span.
type window struct {
	quota *quota
	span  time.Duration
	turn  *semaphore.Weighted // waiters go in the order of their coming
	freed chan struct{}       // wakes the one whose turn it is

	mu      sync.Mutex
	busy    int         // requests under way
	until   times       // when the slots of past requests come back
	refused []time.Time // when those of the refused ones do
}

func newWindow(q *quota) *window {
	return &window{
		quota: q,
		span:  q.span + q.span/windowMargin,
		turn:  semaphore.NewWeighted(1),
		freed: make(chan struct{}, 1),
	}
}

// acquire takes a slot, waiting for it if need be. It is to be given back by
// release or, if nothing was sent, by cancel.
func (w *window) acquire(ctx context.Context) error {
	if err := w.turn.Acquire(ctx, 1); err != nil {
		return context.Cause(ctx)
	}
	defer w.turn.Release(1)
	for {
		wait, ok := w.take()
		if ok {
			return nil
		}
		t := time.NewTimer(wait)
		select {
		case <-t.C:
		case <-w.freed:
		case <-ctx.Done():
		}
		t.Stop()
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
}

// take takes a slot if one is free, or returns when the next one comes back.
func (w *window) take() (wait time.Duration, ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.expire()
	now, used := time.Now(), w.busy+len(w.until)
	allowed, grow := w.quota.allows(used, now)
	if used < allowed {
		w.busy++
		return 0, true
	}
	wait = w.span // if all are busy: release wakes before
	if len(w.until) > 0 {
		wait = w.until[0].Sub(now)
	}
	if !grow.IsZero() {
		wait = min(wait, grow.Sub(now))
	}
	return wait, false
}

func (w *window) expire() {
	now := time.Now()
	for len(w.until) > 0 && !w.until[0].After(now) {
		heap.Pop(&w.until)
	}
	for len(w.refused) > 0 && !w.refused[0].After(now) {
		w.refused = w.refused[1:]
	}
}

// release gives the slot of a request back that was sent; it can be taken again
// when the span is over.
func (w *window) release() {
	w.mu.Lock()
	w.busy--
	heap.Push(&w.until, time.Now().Add(w.span))
	w.mu.Unlock()
	w.wake()
}

// cancel gives a slot back for which no request was sent.
func (w *window) cancel() {
	w.mu.Lock()
	w.busy--
	w.mu.Unlock()
	w.wake()
}

func (w *window) wake() {
	select {
	case w.freed <- struct{}{}:
	default:
	}
}

// refuse notes that Graph refused a request, whose slot has been released.
func (w *window) refuse(sent time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.expire()
	now := time.Now()
	w.refused = append(w.refused, now.Add(w.span))
	w.quota.refuse(sent, now, len(w.until)-len(w.refused), len(w.refused))
}

// use returns how much of the quota is used.
func (w *window) use() float64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.expire()
	used := w.busy + len(w.until) - len(w.refused)
	allowed, _ := w.quota.allows(0, time.Now())
	return float64(used) / float64(allowed)
}

// idle reports whether the window remembers nothing.
func (w *window) idle() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.expire()
	return w.busy == 0 && len(w.until) == 0
}

// times is a heap with the earliest on top.
type times []time.Time

func (t times) Len() int           { return len(t) }
func (t times) Less(i, j int) bool { return t[i].Before(t[j]) }
func (t times) Swap(i, j int)      { t[i], t[j] = t[j], t[i] }
func (t *times) Push(x any)        { *t = append(*t, x.(time.Time)) }
func (t *times) Pop() any {
	last := len(*t) - 1
	x := (*t)[last]
	*t = (*t)[:last]
	return x
}

// callWindows holds the windows of single calls. One is kept until it
// remembers nothing, also when its call is done: the call may be fetched again
// before Graph has forgotten its requests.
type callWindows struct {
	quota *quota // of each

	mu   sync.Mutex
	open map[string]*callWindow
	done []*callWindow // unused ones, in the order of their last use
}

type callWindow struct {
	*window
	id    string
	users int
}

func newCallWindows(q *quota) *callWindows {
	return &callWindows{quota: q, open: map[string]*callWindow{}}
}

// get returns the window of a call, to be given back by put.
func (c *callWindows) get(id string) *callWindow {
	c.mu.Lock()
	defer c.mu.Unlock()
	id = strings.ToLower(id)
	w := c.open[id]
	if w == nil {
		w = &callWindow{window: newWindow(c.quota), id: id}
		c.open[id] = w
	}
	w.users++
	return w
}

func (c *callWindows) put(w *callWindow) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if w.users--; w.users == 0 {
		c.done = append(c.done, w)
	}
	for len(c.done) > 0 {
		oldest := c.done[0]
		if oldest.users == 0 {
			if !oldest.idle() {
				break
			}
			if c.open[oldest.id] == oldest {
				delete(c.open, oldest.id)
			}
		}
		c.done = c.done[1:]
	}
}
