package extract

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// puppet answers fetches as the test says.
type puppet struct {
	mu      sync.Mutex
	tries   map[string]int
	running int
	most    int
	answer  func(ctx context.Context, id string, try int) (*Call, error)
}

func (s *puppet) Fetch(ctx context.Context, ref Ref) (*Call, error) {
	s.mu.Lock()
	s.tries[ref.ID]++
	try := s.tries[ref.ID]
	s.running++
	s.most = max(s.most, s.running)
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.running--
		s.mu.Unlock()
	}()
	return s.answer(ctx, ref.ID, try)
}

func newPuppet(answer func(ctx context.Context, id string, try int) (*Call, error)) *puppet {
	return &puppet{tries: map[string]int{}, answer: answer}
}

func succeed(_ context.Context, id string, _ int) (*Call, error) {
	time.Sleep(time.Second)
	return &Call{ID: id, Requests: 2}, nil
}

func refsOf(ids ...string) iter.Seq2[Ref, error] {
	return func(yield func(Ref, error) bool) {
		for _, id := range ids {
			if !yield(Ref{ID: id}, nil) {
				return
			}
		}
	}
}

// results collects what a pull emits.
type results map[string]Result

func (r results) emit(result Result) error {
	if _, twice := r[result.Ref.ID]; twice {
		return fmt.Errorf("%s was emitted twice", result.Ref.ID)
	}
	r[result.Ref.ID] = result
	return nil
}

func manyIDs(n int) []string {
	var ids []string
	for i := range n {
		ids = append(ids, fmt.Sprintf("call-%d", i))
	}
	return ids
}

func TestPullFetchesEveryCallOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		from := newPuppet(succeed)
		got := results{}
		ids := append(manyIDs(50), manyIDs(50)...)
		ids = append(ids, "E523D2ED-2966-4b6b-925b-754a88034cc5", "e523d2ed-2966-4b6b-925b-754a88034cc5", "CALL-1")
		if err := (Pull{Concurrency: 8}).Run(t.Context(), from, refsOf(ids...), got.emit); err != nil {
			t.Fatal(err)
		}
		if len(got) != 52 || from.most != 8 {
			t.Errorf("%d results, %d at once; want 52 and 8", len(got), from.most)
		}
		for id, n := range from.tries {
			if n != 1 || got[id].Call.ID != id || got[id].Attempts != 2 {
				t.Errorf("%s was fetched %d times: %+v", id, n, got[id])
			}
		}
	})
}

func TestPullTriesAgainLaterUntilTheCallsDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		from := newPuppet(func(ctx context.Context, id string, try int) (*Call, error) {
			switch {
			case id == "gone":
				return nil, &Failure{Reason: ReasonNotFound, Attempts: 1, Err: errors.New("no")}
			case id == "poison", id == "slow" && try < 3:
				time.Sleep(10 * time.Second)
				return nil, &Failure{Reason: ReasonServerError, Attempts: 4, Err: errors.New("no")}
			}
			return succeed(ctx, id, try)
		})
		got := results{}
		start := time.Now()
		err := (Pull{Concurrency: 2, CallDeadline: 5 * time.Minute}).Run(t.Context(), from, refsOf("gone", "poison", "slow", "good"), got.emit)
		if err != nil {
			t.Fatal(err)
		}
		if from.tries["gone"] != 1 || got["gone"].Attempts != 1 {
			t.Errorf("a call that trying again can't help was tried %d times: %+v", from.tries["gone"], got["gone"])
		}
		if n := from.tries["poison"]; n < 4 || got["poison"].Attempts != 4*n || got["poison"].Err == nil {
			t.Errorf("the poison call was tried %d times: %+v", n, got["poison"])
		}
		if from.tries["slow"] != 3 || got["slow"].Call == nil || got["slow"].Attempts != 10 {
			t.Errorf("the slow call was tried %d times: %+v", from.tries["slow"], got["slow"])
		}
		if took := time.Since(start); took > 5*time.Minute+10*time.Second {
			t.Errorf("the pull took %v", took)
		}
	})
}

func TestPullDoesNotLetBadCallsHoldUpGoodOnes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		from := newPuppet(func(ctx context.Context, id string, try int) (*Call, error) {
			if strings.HasPrefix(id, "bad") {
				time.Sleep(30 * time.Second)
				return nil, &Failure{Reason: ReasonServerError, Attempts: 1, Err: errors.New("no")}
			}
			return succeed(ctx, id, try)
		})
		var ids []string
		for i := range 8 {
			ids = append(ids, fmt.Sprintf("bad-%d", i))
		}
		ids = append(ids, manyIDs(400)...)
		got := results{}
		var lastGood time.Duration
		start := time.Now()
		err := (Pull{Concurrency: 8}).Run(t.Context(), from, refsOf(ids...), func(r Result) error {
			if r.Call != nil {
				lastGood = time.Since(start)
			}
			return got.emit(r)
		})
		if err != nil || len(got) != 408 {
			t.Fatalf("%d results, error %v", len(got), err)
		}
		// 400 calls of one second each by the six workers that are left to them.
		if want := 30*time.Second + 70*time.Second; lastGood > want {
			t.Errorf("the good calls took %v, want at most %v", lastGood, want)
		}
	})
}

func TestPullStopsByAnErrorForTheRun(t *testing.T) {
	refused := fatal(ErrSignIn, "permission refused")
	broken := errors.New("the disk is full")
	for name, pull := range map[string]struct {
		answer func(ctx context.Context, id string, try int) (*Call, error)
		emit   error
		want   error
	}{
		"fetch": {func(context.Context, string, int) (*Call, error) { return nil, refused }, nil, ErrSignIn},
		"emit":  {succeed, broken, broken},
	} {
		synctest.Test(t, func(t *testing.T) {
			from := newPuppet(pull.answer)
			got := results{}
			err := (Pull{Concurrency: 4}).Run(t.Context(), from, refsOf(manyIDs(1000)...), func(r Result) error {
				return errors.Join(got.emit(r), pull.emit)
			})
			if !errors.Is(err, pull.want) || len(got) != 1000 || len(from.tries) > 10 {
				t.Errorf("%s: error %v, %d results, %d calls tried", name, err, len(got), len(from.tries))
			}
			untried := 0
			for _, r := range got {
				if errors.Is(r.Err, ErrNotTried) {
					untried++
				}
			}
			if untried < 990 {
				t.Errorf("%s: %d calls not tried, want the rest", name, untried)
			}
		})
	}
}

func TestPullEndsWhenItsContextDoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		interrupted := errors.New("interrupted")
		ctx, cancel := context.WithCancelCause(t.Context())
		from := newPuppet(func(ctx context.Context, id string, _ int) (*Call, error) {
			if id == "call-0" {
				return nil, &Failure{Reason: ReasonThrottled, Attempts: 3, Err: errors.New("no")}
			}
			<-ctx.Done()
			return nil, context.Cause(ctx)
		})
		time.AfterFunc(2*time.Second, func() { cancel(interrupted) })
		got := results{}
		err := (Pull{Concurrency: 4}).Run(ctx, from, refsOf(manyIDs(20)...), got.emit)
		if !errors.Is(err, interrupted) || len(got) != 20 {
			t.Fatalf("error %v, %d results", err, len(got))
		}
		var failure *Failure
		if !errors.As(got["call-0"].Err, &failure) || got["call-0"].Attempts != 3 {
			t.Errorf("a call that was put aside ended with %+v", got["call-0"])
		}
		if !errors.Is(got["call-1"].Err, interrupted) || !errors.Is(got["call-19"].Err, ErrNotTried) {
			t.Errorf("calls ended with %v and %v", got["call-1"].Err, got["call-19"].Err)
		}
	})
}

func TestPullDoesNotWaitForIDsThatDoNotCome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		release := make(chan struct{})
		defer close(release)
		refs := func(yield func(Ref, error) bool) {
			if yield(Ref{ID: "a"}, nil) {
				<-release // as reading from a terminal would
			}
		}
		time.AfterFunc(time.Minute, cancel)
		got := results{}
		if err := (Pull{}).Run(ctx, newPuppet(succeed), refs, got.emit); !errors.Is(err, context.Canceled) || got["a"].Call == nil {
			t.Errorf("error %v, results %v", err, got)
		}
	})
}

func TestPullFinishesWhatWasNamedBeforeAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		unreadable := errors.New("line 3: unreadable")
		refs := func(yield func(Ref, error) bool) {
			if yield(Ref{ID: "a"}, nil) && yield(Ref{ID: "b"}, nil) {
				yield(Ref{}, unreadable)
			}
		}
		got := results{}
		if err := (Pull{}).Run(t.Context(), newPuppet(succeed), refs, got.emit); !errors.Is(err, unreadable) || got["a"].Call == nil || got["b"].Call == nil {
			t.Errorf("error %v, results %v", err, got)
		}
	})
}
