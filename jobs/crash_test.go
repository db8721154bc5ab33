package jobs_test

import (
	"math/rand/v2"
	"net/http"
	"testing"
	"time"

	"etl/internal/graphsim"
	"etl/internal/s3test"
	"etl/jobs"
)

// recent is a date whose calls a real process on the machine's clock can load.
func recent() time.Time { return time.Now().UTC().Truncate(oneDay).Add(-3 * oneDay) }

// At whatever request to the store the process is killed, before the store has
// done it or after, nothing is lost, and the next run heals.
func TestKilledAtARequestToTheStore(t *testing.T) {
	s := newStory(t, recent())
	count := newRig(t, true, time.Now)
	count.tell(t, s, count.execute, func() {})
	type moment struct {
		name  string
		fault func(do func()) s3test.Fault
	}
	moments := []moment{{"before", s3test.InPlace}, {"after", s3test.After}}
	sweep(t, count.proxy.Requests(), moments, func(m moment) string { return m.name }, func(t *testing.T, k int, m moment) {
		t.Parallel()
		r := newRig(t, true, time.Now)
		r.proxy.Play(s3test.At(k, m.fault(r.kill)))
		r.tell(t, s, r.execute, func() { r.proxy.Play(nil) })
	})
}

// The same at every request to Graph and for a token.
func TestKilledAtARequestToGraph(t *testing.T) {
	s := newStory(t, recent())
	count := newRig(t, false, time.Now)
	count.tell(t, s, count.execute, func() {})
	sweep(t, len(count.Requests()), []string{"killed"}, func(name string) string { return name }, func(t *testing.T, k int, _ string) {
		t.Parallel()
		r := newRig(t, false, time.Now)
		mend := r.Inject(graphsim.Fault{After: k, Times: 1, Do: func(http.ResponseWriter, *http.Request, http.Handler) { r.kill() }})
		r.tell(t, s, r.execute, mend)
	})
}

// Runs into a folder are killed at moments of chance while calls change.
func TestKilledAtAnyMoment(t *testing.T) {
	source := chance(t)
	r := newRig(t, false, time.Now)
	var plots []plot
	for i := range 5 {
		plots = append(plots, newPlot(recent().Add(time.Duration(i%2)*oneDay), i, 8, 2))
	}
	round := func(version int64) {
		some := source.IntN(len(plots)) // a run of no calls is refused
		for i, p := range plots {
			if i == some || source.IntN(2) == 0 {
				r.put(p.version(t, version, 1+source.IntN(8), oneDay*time.Duration(source.IntN(2))))
			}
		}
	}
	round(1)
	if _, err := etlBinary(); err != nil { // not to count the time that building it takes
		t.Fatal(err)
	}
	began := time.Now()
	if code := r.execute(t); code != jobs.ExitLoaded {
		t.Fatalf("exit code %d", code)
	}
	whole := time.Since(began)
	killed := 0
	for i := range *crashRuns {
		round(int64(i + 2))
		c := r.start(t, "")
		time.AfterFunc(rand.N(whole), func() { _ = c.Kill() }) // it may be gone
		if r.wait(t, c) == crashed {
			killed++
		}
		if i%4 == 3 || i == *crashRuns-1 {
			if code := r.execute(t); code != jobs.ExitLoaded {
				t.Fatalf("exit code %d of a run that nobody killed", code)
			}
		}
		if t.Failed() {
			t.Fatalf("after %d runs", i+1)
		}
	}
	if killed == 0 {
		t.Error("no run was killed before it ended")
	}
}
