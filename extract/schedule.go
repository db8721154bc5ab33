package extract

import (
	"container/heap"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"
)

// schedule says which call a pull tries next.
type schedule struct {
	from     fetcher
	stop     context.CancelCauseFunc
	patience time.Duration
	workers  int

	fresh   chan Ref      // calls not tried yet; nil once all are
	changed chan struct{} // holds a token after a worker has come home

	emitting sync.Mutex // emit is called by one worker at a time
	emit     func(Result) error

	mu       sync.Mutex
	running  int   // workers under way
	retrying int   // those of them with a call that was tried before
	aside    later // calls to try again
}

// task is a call to try.
type task struct {
	ref      Ref
	until    time.Time // when to give up, from the first try on
	due      time.Time // when to try again
	tries    int
	attempts int // requests sent so far
	last     error
}

// next returns the task to begin next, waiting until there is one and a
// worker is free. It reports false when all is done or ctx is.
func (s *schedule) next(ctx context.Context) (task, bool) {
	for ctx.Err() == nil {
		t, wait, ok := s.retry(time.Now())
		if ok {
			return t, true
		}
		fresh := s.fresh
		s.mu.Lock()
		idle := s.running == 0 && len(s.aside) == 0
		if s.running == s.workers {
			fresh = nil
		}
		s.mu.Unlock()
		if idle && s.fresh == nil {
			return task{}, false
		}
		timer := time.NewTimer(wait)
		select {
		case ref, open := <-fresh:
			timer.Stop()
			if open {
				s.mu.Lock()
				s.running++
				s.mu.Unlock()
				return task{ref: ref, until: time.Now().Add(s.patience)}, true
			}
			s.fresh = nil
		case <-s.changed:
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
	}
	return task{}, false
}

// retry returns a task that is due again, else how long to wait for one.
func (s *schedule) retry(now time.Time) (t task, wait time.Duration, ok bool) {
	const long = time.Hour
	s.mu.Lock()
	defer s.mu.Unlock()
	most := s.workers
	if s.fresh != nil {
		most = max(1, s.workers/4)
	}
	if len(s.aside) == 0 || s.running == s.workers || s.retrying >= most {
		return task{}, long, false
	}
	if wait = s.aside[0].due.Sub(now); wait > 0 {
		return task{}, wait, false
	}
	s.running++
	s.retrying++
	return heap.Pop(&s.aside).(task), 0, true
}

// try fetches the call of a task, and emits its result unless the call is put
// aside to be tried again.
func (s *schedule) try(ctx context.Context, t task) {
	defer s.home(t.tries > 0)
	callCtx, cancel := context.WithDeadline(ctx, t.until)
	defer cancel()
	call, err := s.from.Fetch(callCtx, t.ref)
	if call != nil {
		t.attempts += call.Requests
	}
	var failure *Failure
	if errors.As(err, &failure) {
		t.attempts += failure.Attempts
		due := time.Now().Add(pause(t.tries))
		if failure.Retryable() && ctx.Err() == nil && due.Before(t.until) {
			t.due, t.last = due, err
			t.tries++
			s.mu.Lock()
			heap.Push(&s.aside, t)
			s.mu.Unlock()
			return
		}
	}
	if isFatal(err) {
		s.stop(err)
	}
	s.finish(Result{Ref: t.ref, Call: call, Err: err, Attempts: t.attempts})
}

// pause is how long a call is left alone after it was tried again so often: 5
// seconds first, up to 2 minutes, the half of it by chance.
func pause(tries int) time.Duration {
	most := min(5*time.Second<<min(tries, 10), 2*time.Minute)
	return most/2 + rand.N(most/2)
}

// finish emits a result. After an error of emit the pull ends, but emit has
// the other results too.
func (s *schedule) finish(r Result) {
	s.emitting.Lock()
	defer s.emitting.Unlock()
	if err := s.emit(r); err != nil {
		s.stop(err)
	}
}

// home says that a worker is free again.
func (s *schedule) home(retried bool) {
	s.mu.Lock()
	s.running--
	if retried {
		s.retrying--
	}
	s.mu.Unlock()
	select {
	case s.changed <- struct{}{}:
	default:
	}
}

// wait waits until all workers have come home.
func (s *schedule) wait() {
	for {
		s.mu.Lock()
		running := s.running
		s.mu.Unlock()
		if running == 0 {
			return
		}
		<-s.changed
	}
}

// abandon emits the results of the calls that there is no time for any more.
// It does not wait for ids that nobody has named yet: they may come from a
// terminal.
func (s *schedule) abandon(cause error) {
	for _, t := range s.aside {
		s.finish(Result{Ref: t.ref, Err: t.last, Attempts: t.attempts})
	}
	const patience = time.Second
	for s.fresh != nil {
		select {
		case ref, open := <-s.fresh:
			if !open {
				return
			}
			s.finish(Result{Ref: ref, Err: fmt.Errorf("%w: %w", ErrNotTried, cause)})
		case <-time.After(patience):
			return
		}
	}
}

// later is a heap of tasks by when they are due.
type later []task

func (l later) Len() int           { return len(l) }
func (l later) Less(i, j int) bool { return l[i].due.Before(l[j].due) }
func (l later) Swap(i, j int)      { l[i], l[j] = l[j], l[i] }
func (l *later) Push(t any)        { *l = append(*l, t.(task)) }
func (l *later) Pop() any {
	last := len(*l) - 1
	t := (*l)[last]
	*l = (*l)[:last]
	return t
}
