package jobs_test

import (
	"testing"
	"time"

	"etl/internal/graphsim"
	"etl/internal/s3test"
	"etl/jobs"
)

// sweep plays faults at the requests of a run of the story, and of the run
// after it when the calls have changed: by default some of them, each at
// another request.
func sweep[F any](t *testing.T, requests int, faults []F, name func(F) string, play func(t *testing.T, k int, f F)) {
	t.Helper()
	if *sweepAll {
		for _, f := range faults {
			for k := range requests {
				t.Run(title(name(f), k), func(t *testing.T) { play(t, k, f) })
			}
		}
		return
	}
	r := chance(t)
	stride := max(1, requests/max(1, *sweepCases))
	for _, f := range faults {
		for k := r.IntN(stride); k < requests; k += stride {
			t.Run(title(name(f), k), func(t *testing.T) { play(t, k, f) })
		}
	}
}

// tell loads the story as it changes, and then once more without faults, after
// which all is well.
func (r *rig) tell(t *testing.T, s story, load func(tester) (code int), mend func()) {
	t.Helper()
	for _, records := range s {
		r.put(records...)
		load(t)
	}
	mend()
	if code := load(t); code != jobs.ExitLoaded {
		t.Errorf("exit code %d of a run without faults", code)
	}
}

func still() time.Time { return day.Add(60 * time.Hour) }

// At whatever request to the store something goes wrong, nothing is lost, no
// call is twice or in parts in the lake, and the next run heals.
func TestFaultsOfTheStore(t *testing.T) {
	s := newStory(t, day)
	count := newRig(t, true, still)
	count.tell(t, s, count.load, func() {})
	type fault struct {
		name string
		at   func(k int, f s3test.Fault) s3test.Choice
		do   s3test.Fault
	}
	faults := []fault{
		{"error", s3test.At, s3test.Refuse(500, "InternalError")},
		{"refused", s3test.At, s3test.Refuse(403, "AccessDenied")},
		{"refused from", s3test.From, s3test.Refuse(403, "AccessDenied")},
		{"cut", s3test.At, s3test.Cut},
		{"answer lost", s3test.At, s3test.Lost},
		{"late", s3test.At, s3test.Late(400 * time.Millisecond)},
		{"slow", s3test.At, s3test.Delay(200 * time.Millisecond)},
		{"bit flipped", s3test.At, s3test.Corrupt},
		{"truncated", s3test.At, s3test.Truncate},
		{"empty answer", s3test.At, s3test.Answer(200, "")},
	}
	sweep(t, count.proxy.Requests(), faults, func(f fault) string { return f.name }, func(t *testing.T, k int, f fault) {
		t.Parallel()
		r := newRig(t, true, still)
		r.proxy.Play(f.at(k, f.do))
		r.tell(t, s, r.load, func() {
			r.proxy.Play(nil)
			r.proxy.Wait()
		})
	})
}

// The same at every request to Graph and for a token.
func TestFaultsOfGraph(t *testing.T) {
	s := newStory(t, day)
	count := newRig(t, false, still)
	count.tell(t, s, count.load, func() {})
	type fault struct {
		name  string
		times int
		do    graphsim.Action
	}
	faults := []fault{
		{"error", 1, graphsim.Status(500, nil, "")},
		{"unavailable", 1, graphsim.Status(503, nil, "")},
		{"error from", 0, graphsim.Status(500, nil, "")},
		{"throttled", 1, graphsim.Throttle("0.01")},
		{"cut", 1, graphsim.Cut()},
		{"reset", 1, graphsim.Reset()},
		{"short", 1, graphsim.ShortBody()},
		{"ends early", 1, graphsim.CleanTruncation(300)},
		{"page of HTML", 1, graphsim.HTML()},
		{"error as success", 1, graphsim.ErrorWith200()},
		{"slow", 1, graphsim.Delay(200 * time.Millisecond)},
	}
	sweep(t, len(count.Requests()), faults, func(f fault) string { return f.name }, func(t *testing.T, k int, f fault) {
		t.Parallel()
		r := newRig(t, false, still)
		fault := graphsim.Fault{After: k, Times: f.times, Do: f.do}
		if f.times == 0 { // a run waits for sign-in as long as it may take
			fault.Match = graphsim.OnGraph()
		}
		mend := r.Inject(fault)
		r.patience = short
		r.tell(t, s, r.load, func() {
			mend()
			r.patience = long
		})
	})
}
