package jobs_test

import (
	"flag"
	"math/rand/v2"
	"net/http"
	"sync"
	"syscall"
	"testing"
	"time"

	"etl/internal/s3test"
	"etl/jobs"
)

var writerRounds = flag.Int("writers.rounds", 2, "how often two runs write to one bucket at the same time")

// Two runs write to one bucket at the same time. Graph shows one of them newer
// versions of some calls; in the end the newest of each is there.
func TestTwoWritersAtOnce(t *testing.T) {
	source := chance(t)
	for round := range *writerRounds {
		a := newRig(t, true, still)
		b := a.beside(t)
		a.proxy.Play(func(int, *http.Request) s3test.Fault {
			return s3test.Delay(rand.N(20 * time.Millisecond))
		})
		var plots []plot
		for i := range 8 {
			plots = append(plots, newPlot(day.Add(time.Duration(i%2)*oneDay), i, 4, 2))
		}
		// known has both runs see a version, or one of them only. Some start on
		// the other side of midnight.
		known := func(p plot, version int64, by ...*rig) {
			record := p.version(t, version, 1+source.IntN(4), oneDay*time.Duration(source.IntN(2)))
			for _, r := range by {
				r.Tenant().Put(record)
			}
			a.truth[record.ID] = append(a.truth[record.ID], record.JSON)
		}
		for _, p := range plots[:5] {
			known(p, 1, a, b)
		}
		a.load(t)
		for i, p := range plots {
			if i%4 != 3 {
				known(p, 2, a)
			}
			if i%4 != 2 {
				known(p, 3, b)
			}
		}
		var codes [2]int
		var group sync.WaitGroup
		for i, r := range []*rig{a, b} {
			group.Go(func() { codes[i] = r.loadOnly(t) })
		}
		group.Wait()
		a.check(t, append(a.Tenant().IDs(), b.Tenant().IDs()...), max(codes[0], codes[1]))
		if codes != [2]int{} || t.Failed() {
			t.Fatalf("round %d: exit codes %v", round, codes)
		}
	}
}

// A run is stopped in the middle of its commit, as long as another one needs
// to load newer versions and other calls. Then it goes on, and takes nothing
// back.
func TestStoppedInTheMiddleOfACommit(t *testing.T) {
	s := newStory(t, recent())
	count := newRig(t, true, time.Now)
	count.put(s[0]...)
	count.execute(t)
	requests := count.proxy.Requests()
	newer := append(s[1], newPlot(recent(), 0, 61, 3).version(t, 2, 5, 0))
	sweep(t, requests, []string{"stopped"}, func(name string) string { return name }, func(t *testing.T, k int, _ string) {
		t.Parallel()
		r := newRig(t, true, time.Now)
		r.put(s[0]...)
		stopped, goOn := make(chan bool), make(chan bool)
		r.proxy.Play(s3test.At(k, s3test.Before(func() {
			stopped <- true
			<-goOn
		})))
		slow := r.start(t, r.endpoint)
		t.Cleanup(func() {
			_ = slow.Kill() // it may be gone
			<-slow.done
		})
		select {
		case <-stopped:
		case <-slow.done:
			t.Fatalf("exit code %d before request %d", slow.code, k)
		}
		if err := slow.Signal(syscall.SIGSTOP); err != nil {
			t.Error(err)
		}
		r.put(newer...)
		fast := r.start(t, gateway(t).URL)
		if <-fast.done; fast.code != jobs.ExitLoaded {
			t.Errorf("exit code %d of the run in between: %s", fast.code, fast.output.String())
		}
		if err := slow.Signal(syscall.SIGCONT); err != nil {
			t.Error(err)
		}
		close(goOn)
		if code := r.wait(t, slow); code != jobs.ExitLoaded {
			t.Errorf("exit code %d of the run that was stopped", code)
		}
	})
}
