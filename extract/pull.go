package extract

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"time"
)

// Result is how one call ended in a pull: with a Call, or with why not.
type Result struct {
	Ref      Ref
	Call     *Call // nil where Err is not; whoever gets it releases it
	Err      error // a *Failure; ErrSignIn or ErrClock; the cause of the context, with ErrNotTried or without
	Attempts int   // requests sent for the call, over all tries
}

// ErrNotTried is the Err of calls that the pull had not begun when it stopped.
var ErrNotTried = errors.New("the run stopped before this call was tried")

// Pull fetches many calls.
type Pull struct {
	// Concurrency is how many calls are fetched at once, 32 by default.
	Concurrency int
	// CallDeadline is how long a call is tried, counted from its first try,
	// 10 minutes by default.
	CallDeadline time.Duration
}

// Workers returns how many calls are fetched at once.
func (p Pull) Workers() int { return cmp.Or(p.Concurrency, 32) }

// fetcher fetches one call, as Client does.
type fetcher interface {
	Fetch(ctx context.Context, ref Ref) (*Call, error)
}

// Run fetches the calls that refs names, each once however often it is named,
// and hands every Result to emit, one at a time and in no order. While emit
// blocks, at most Concurrency more calls come in.
//
// A call that can't be had for the moment is tried again later, so that bad
// calls don't hold up good ones: while fresh calls wait, at most a quarter of
// the workers try again.
//
// The pull ends early by an error for the whole run (ErrSignIn, ErrClock), by
// an error of emit, or when ctx is cancelled, and returns that error or cause.
// Each call that refs names has its Result all the same, unless refs itself
// keeps the pull waiting then. An error of refs is returned when the calls
// named before it are done. Ids are remembered by 16 bytes each; nothing else
// grows with their number.
func (p Pull) Run(ctx context.Context, from fetcher, refs iter.Seq2[Ref, error], emit func(Result) error) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	s := &schedule{
		from:     from,
		emit:     emit,
		stop:     stop,
		patience: cmp.Or(p.CallDeadline, 10*time.Minute),
		workers:  p.Workers(),
		fresh:    make(chan Ref),
		changed:  make(chan struct{}, 1),
	}
	read := make(chan error, 1)
	abandoned := make(chan struct{})
	defer close(abandoned)
	go func() {
		read <- distinct(refs, s.fresh, abandoned)
		close(s.fresh)
	}()
	for {
		t, ok := s.next(ctx)
		if !ok {
			break
		}
		go s.try(ctx, t)
	}
	s.wait()
	if ctx.Err() != nil {
		s.abandon(context.Cause(ctx))
		return context.Cause(ctx)
	}
	return <-read
}
