package extract

import (
	"log/slog"
	"net/http"
	"sync"
	"time"
)

const (
	// clockTolerance is how far the local clock may be off Graph's before
	// Graph's is used instead.
	clockTolerance = 5 * time.Minute
	// clockLimit is how far it may be off before the run is refused: ages of
	// calls, and so what is lost, would be judged wrongly.
	clockLimit = 24 * time.Hour
)

// clock tells Graph's time from the local clock and the Date headers of
// Graph's answers.
type clock struct {
	local func() time.Time
	log   *slog.Logger

	mu     sync.Mutex
	offset time.Duration // Graph's time less the local clock's, 0 while that is within the tolerance
	warned bool
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.local().Add(c.offset).UTC()
}

// observe compares the local clock with the Date of an answer just received.
// Its error is ErrClock.
func (c *clock) observe(h http.Header) error {
	date, ok := answerDate(h)
	if !ok {
		return nil
	}
	local := c.local()
	offset := date.Sub(local)
	if offset.Abs() > clockLimit {
		return fatal(ErrClock, "checking the clock: it shows %s, and Graph's answer is of %s; set the clock of this machine right",
			local.UTC().Format(time.RFC3339), date.UTC().Format(time.RFC3339))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if offset.Abs() <= clockTolerance {
		c.offset = 0
		return nil
	}
	c.offset = offset
	if !c.warned {
		c.warned = true
		c.log.Warn("clock is off; using Graph's time", "off", offset.Round(time.Second).String())
	}
	return nil
}

// answerDate returns when an answer was made. The Date of an answer out of a
// cache is of no use.
func answerDate(h http.Header) (time.Time, bool) {
	if age := h.Get("Age"); age != "" && age != "0" {
		return time.Time{}, false
	}
	date, err := http.ParseTime(h.Get("Date"))
	return date, err == nil
}
