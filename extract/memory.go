package extract

import (
	"context"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/semaphore"
)

const (
	// firstShare is what a call reserves before its first request: most calls
	// need no more.
	firstShare = 1 << 20
	// shareStep is by how much a reservation grows at least.
	shareStep = 256 << 10
)

// memory bounds the bytes of calls in flight: pages, and records not yet
// released.
//
// A call waits for its first share while it holds nothing. One that needs more
// takes it if it is free; if not, it waits for the right to overdraw, which one
// call at a time has, at most until it is released. So no call that holds bytes ever
// waits for another that does the same, and there is no deadlock however small
// the total; at most one call (Bounds.CallBytes and as much again while it is
// assembled) comes on top of it.
type memory struct {
	total    int64
	free     *semaphore.Weighted
	overdraw *semaphore.Weighted
}

func newMemory(total int64) *memory {
	return &memory{total: total, free: semaphore.NewWeighted(total), overdraw: semaphore.NewWeighted(1)}
}

// share is what one call has reserved.
type share struct {
	memory *memory

	mu        sync.Mutex
	reserved  int64 // taken from memory.free
	overdrawn bool

	released atomic.Bool
}

// share reserves the first bytes of a call.
func (m *memory) share(ctx context.Context) (*share, error) {
	first := min(firstShare, m.total)
	if err := m.free.Acquire(ctx, first); err != nil {
		return nil, context.Cause(ctx)
	}
	return &share{memory: m, reserved: first}, nil
}

// hold sees to it that the call may hold n bytes.
func (s *share) hold(ctx context.Context, n int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n <= s.reserved || s.overdrawn {
		return nil
	}
	more := max(n-s.reserved, shareStep)
	if s.memory.free.TryAcquire(more) {
		s.reserved += more
		return nil
	}
	if err := s.memory.overdraw.Acquire(ctx, 1); err != nil {
		return context.Cause(ctx)
	}
	s.overdrawn = true
	return nil
}

// shrink gives back what is reserved beyond n bytes, and the right to overdraw
// if it isn't needed for them any more.
func (s *share) shrink(n int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n < s.reserved {
		s.memory.free.Release(s.reserved - n)
		s.reserved = n
	}
	if s.overdrawn && (n == s.reserved || s.memory.free.TryAcquire(n-s.reserved)) {
		s.reserved, s.overdrawn = n, false
		s.memory.overdraw.Release(1)
	}
}

// release gives everything back. Only the first call counts, and returns true.
func (s *share) release() bool {
	s.shrink(0)
	return !s.released.Swap(true)
}
