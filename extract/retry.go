package extract

import (
	"context"
	"math"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	backoffBase = 500 * time.Millisecond
	backoffCap  = 30 * time.Second
	// backoffFloor keeps full jitter from asking again at once.
	backoffFloor = 50 * time.Millisecond
	// maxRetryAfter is the longest pause that is taken from a Retry-After. An
	// absurd one must not cost a whole run.
	maxRetryAfter = 5 * time.Minute
)

// backoff returns how long to wait after the given number of tries, from 1:
// exponential with full jitter.
func backoff(tries int) time.Duration {
	top := backoffCap
	if tries < 7 {
		top = min(top, backoffBase<<(tries-1))
	}
	return backoffFloor + rand.N(top-backoffFloor)
}

// retryAfter returns the pause that an answer asks for, by seconds (Graph sends
// fractions, too) or by a date, which is compared with the answer's own Date. Of
// several headers the longest counts. Where none asks for a time to come, ok is
// false.
func retryAfter(h http.Header, now time.Time) (pause time.Duration, ok bool) {
	if date, ok := answerDate(h); ok {
		now = date
	}
	for _, v := range h.Values("Retry-After") {
		v = strings.TrimSpace(v)
		var d time.Duration
		if seconds, err := strconv.ParseFloat(v, 64); err == nil || math.IsInf(seconds, 0) {
			switch {
			case !(seconds > 0): // NaN, too
			case seconds >= maxRetryAfter.Seconds():
				d = maxRetryAfter
			default:
				d = time.Duration(math.Ceil(seconds * float64(time.Second)))
			}
		} else if date, err := http.ParseTime(v); err == nil {
			d = min(date.Sub(now), maxRetryAfter)
		}
		pause = max(pause, d)
	}
	return pause, pause > 0
}

// sleep waits for d, or until ctx is done, and then returns its cause.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
