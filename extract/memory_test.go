package extract

import (
	"context"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"etl/internal/graphsim"
)

// TestMemoryNeverDeadlocks lets calls of any size come and go under any total.
func TestMemoryNeverDeadlocks(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		total := rapid.Int64Range(1, 16<<20).Draw(rt, "total")
		workers := rapid.IntRange(1, 30).Draw(rt, "workers")
		seed := rapid.Uint64().Draw(rt, "seed")
		synctest.Test(t, func(t *testing.T) {
			m := newMemory(total)
			var all sync.WaitGroup
			for i := range workers {
				r := rand.New(rand.NewPCG(seed, uint64(i)))
				all.Go(func() {
					for range 4 {
						patient := r.IntN(4) > 0
						ctx, cancel := context.WithTimeout(t.Context(), time.Duration(r.IntN(10)+1)*time.Second)
						if patient {
							ctx, cancel = context.WithTimeout(t.Context(), 24*time.Hour)
						}
						s, err := m.share(ctx)
						if err != nil {
							cancel()
							if patient {
								t.Error("a call waited for its first share until its time was over")
							}
							continue
						}
						for size := int64(1); size < 8<<20 && err == nil; size += 1 + r.Int64N(2<<20) {
							err = s.hold(ctx, size)
							time.Sleep(time.Duration(r.IntN(1000)) * time.Millisecond)
						}
						s.shrink(r.Int64N(4 << 20))
						time.Sleep(time.Duration(r.IntN(1000)) * time.Millisecond)
						s.release()
						s.release()
						cancel()
						if patient && err != nil {
							t.Errorf("a call waited for others until its time was over")
						}
					}
				})
			}
			all.Wait()
			if !m.free.TryAcquire(total) || !m.overdraw.TryAcquire(1) {
				t.Error("bytes were lost")
			}
		})
	})
}

func TestBytesInFlightHoldBackOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := &visits{script: scripted{sessions: `["` + strings.Repeat("x", 3<<20) + `"]`}}
		client, stop := piped(t, v.ServeHTTP, func(cfg *Config) { cfg.BytesInFlight = 5 << 20 })
		defer stop()
		first, err := client.Fetch(t.Context(), Ref{ID: callID})
		if err != nil {
			t.Fatal(err)
		}
		// One call may go beyond the total, but not two.
		second, err := client.Fetch(t.Context(), Ref{ID: callID})
		if err != nil {
			t.Fatal(err)
		}
		begun := time.Now()
		time.AfterFunc(time.Hour, func() {
			for _, call := range []*Call{first, second, first} {
				call.Release()
			}
		})
		third, err := client.Fetch(t.Context(), Ref{ID: callID})
		if err != nil {
			t.Fatal(err)
		}
		if waited := time.Since(begun); waited < time.Hour {
			t.Errorf("a third large call came while two were held, after %s", waited)
		}
		third.Release()
	})
}

func TestBytesComeBackWhateverHappens(t *testing.T) {
	r := newRig(t, func(s *setUp) { s.client.BytesInFlight, s.client.Budgets.CallRequests = 8<<20, 1000 })
	good, bad := r.call(70, 3), r.call(71, 3)
	r.sim.Inject(graphsim.Fault{Match: graphsim.All(graphsim.OnCall(bad.ID), graphsim.OnKind(graphsim.KindParticipants)), Do: graphsim.Error(400, "", "")})
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if call, err := r.fetch(Ref{ID: good.ID}); err != nil {
				t.Error(err)
			} else {
				call.Release()
			}
			if _, err := r.fetch(Ref{ID: bad.ID}); err == nil {
				t.Error("the bad call was taken")
			}
		})
	}
	all.Wait()
	if !r.client.memory.free.TryAcquire(8<<20) || !r.client.memory.overdraw.TryAcquire(1) {
		t.Error("bytes in flight were not given back")
	}
}
