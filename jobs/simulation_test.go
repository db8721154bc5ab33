package jobs_test

import (
	"math/rand/v2"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"etl/internal/graphsim"
	"etl/internal/s3test"
	"etl/jobs"
)

// history is a tenant whose calls appear, grow, move and are forgotten.
type history struct {
	*rig
	clock *atomic.Int64 // nanoseconds since 1970
	calls []*past
	mend  func() // takes Graph's faults away
}

// past is what has become of a call.
type past struct {
	plot
	version int64
	start   time.Time // of the newest version
}

// A history by chance: calls change while requests fail or don't, and now and
// then there is a run. Once nothing fails any more, two runs settle all.
func TestSimulatedHistories(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		h := newHistory(t)
		rt.Repeat(map[string]func(*rapid.T){
			"appear":      h.appear,
			"change":      h.change,
			"time passes": h.pass,
			"faults":      h.spoil,
			"no faults":   func(*rapid.T) { h.repair() },
			"run":         func(rt *rapid.T) { h.load(rt) },
			"run again":   func(rt *rapid.T) { h.load(rt) },
		})
		h.repair()
		h.load(rt)
		want := jobs.ExitLoaded
		if len(h.named(rt, "lost")) > 0 {
			want = jobs.ExitLost
		}
		if code := h.load(rt); code != want {
			rt.Errorf("exit code %d in the end, want %d", code, want)
		}
		if pending := h.named(rt, "pending"); len(pending) > 0 {
			rt.Errorf("still pending are %v", pending)
		}
	})
}

func newHistory(t *testing.T) *history {
	h := &history{clock: new(atomic.Int64), mend: func() {}}
	h.clock.Store(still().UnixNano())
	h.rig = newRig(t, true, func() time.Time { return time.Unix(0, h.clock.Load()).UTC() })
	return h
}

// appear adds a call of yesterday.
func (h *history) appear(rt *rapid.T) {
	if len(h.calls) == 6 {
		rt.Skip("enough calls")
	}
	date := h.now().Truncate(oneDay).Add(-oneDay)
	call := &past{plot: newPlot(date, len(h.calls), 4, 3)}
	h.calls = append(h.calls, call)
	h.revise(rt, call, 1)
}

// change gives a call a higher version.
func (h *history) change(rt *rapid.T) {
	var live []*past
	for _, call := range h.calls {
		if !h.forgotten[call.final.ID] {
			live = append(live, call)
		}
	}
	if len(live) == 0 {
		rt.Skip("no calls")
	}
	h.revise(rt, live[rapid.IntRange(0, len(live)-1).Draw(rt, "call")], rapid.Int64Range(1, 3).Draw(rt, "versions"))
}

func (h *history) revise(rt *rapid.T, call *past, versions int64) {
	call.version += versions
	later := oneDay * time.Duration(rapid.IntRange(-1, 0).Draw(rt, "days later"))
	record := call.plot.version(rt, call.version, rapid.IntRange(0, 4).Draw(rt, "sessions"), later)
	call.start = record.Start
	h.put(record)
	h.forget()
}

// pass lets some time go by, after which Graph may have forgotten calls.
func (h *history) pass(rt *rapid.T) {
	hours := rapid.SampledFrom([]int{1, 20, 24 * 8, 24 * 29}).Draw(rt, "hours")
	h.clock.Add(int64(hours) * int64(time.Hour))
	h.forget()
}

// forget notes which calls Graph has no more.
func (h *history) forget() {
	for _, call := range h.calls {
		if h.now().Sub(call.start) > graphsim.DefaultRetention {
			h.forgotten[call.final.ID] = true
		}
	}
}

// spoil makes one request in some fail, on both sides, or the store refuse
// all from some request on.
func (h *history) spoil(rt *rapid.T) {
	h.repair()
	if k := rapid.IntRange(0, 150).Draw(rt, "refused from"); k < 100 {
		h.proxy.Play(s3test.From(k, s3test.Refuse(403, "AccessDenied")))
		return
	}
	faults := []s3test.Fault{s3test.Refuse(500, "InternalError"), s3test.Cut, s3test.Lost, s3test.Late(50 * time.Millisecond), s3test.Corrupt, s3test.Refuse(403, "AccessDenied")}
	h.proxy.Play(func(int, *http.Request) s3test.Fault {
		if rand.IntN(40) > 0 {
			return nil
		}
		return faults[rand.IntN(len(faults))]
	})
	h.patience = short
	every := rapid.IntRange(2, 10).Draw(rt, "one request to Graph in")
	h.mend = h.Inject(graphsim.Fault{
		Match: func(q *graphsim.Request) bool { return q.Listener == graphsim.Graph && rand.IntN(every) == 0 },
		Do:    graphsim.Status(500, nil, ""),
	})
}

// repair ends all faults.
func (h *history) repair() {
	h.proxy.Play(nil)
	h.proxy.Wait()
	h.mend()
	h.patience = long
}
