package extract

import (
	"context"
	"sync"
)

// breaker ends every Fetch once an error for the whole run is known: those
// under way at once, later ones before they send anything.
type breaker struct {
	mu      sync.Mutex
	err     error
	next    int
	running map[int]context.CancelCauseFunc
}

// enter registers a Fetch, which cancel ends, unless the breaker is open.
func (b *breaker) enter(cancel context.CancelCauseFunc) (leave func(), err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err != nil {
		return nil, b.err
	}
	if b.running == nil {
		b.running = map[int]context.CancelCauseFunc{}
	}
	n := b.next
	b.next++
	b.running[n] = cancel
	return func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.running, n)
	}, nil
}

// trip opens the breaker; the first error stays.
func (b *breaker) trip(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err != nil {
		return
	}
	b.err = err
	for _, cancel := range b.running {
		cancel(err)
	}
}

// tripped returns the error for the whole run, or nil.
func (b *breaker) tripped() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.err
}
