package extract

import "time"

// limit calls a function when something takes too long. It is used by one
// goroutine.
type limit struct {
	timer *time.Timer
	end   time.Time
	left  time.Duration // while it is stopped
}

func startLimit(d time.Duration, f func()) *limit {
	return &limit{timer: time.AfterFunc(d, f), end: time.Now().Add(d)}
}

// restart gives d from now.
func (l *limit) restart(d time.Duration) {
	l.end = time.Now().Add(d)
	l.timer.Reset(d)
}

// stop stops the limit; what is left of it is left after resume.
func (l *limit) stop() {
	l.left = time.Until(l.end)
	l.timer.Stop()
}

func (l *limit) resume() { l.restart(l.left) }
