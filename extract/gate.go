package extract

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"
)

// gate holds back every request while Graph asks for a pause. A Retry-After
// given to one worker is obeyed by all of them.
type gate struct {
	log *slog.Logger

	mu   sync.Mutex
	open time.Time // when the pause is over
}

// close shuts the gate for d from now, unless it is shut for longer already.
func (g *gate) close(d time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if open := time.Now().Add(d); open.After(g.open) {
		g.open = open
		g.log.Debug("throttled", "pause", d.String())
	}
}

// left returns how long the gate stays shut.
func (g *gate) left() time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	return time.Until(g.open)
}

// wait waits until the gate is open. Those who waited go on spread over a
// tenth of the pause, at most a second, so that they don't all come at once.
func (g *gate) wait(ctx context.Context) error {
	for {
		d := g.left()
		if d <= 0 {
			return nil
		}
		if err := sleep(ctx, d+rand.N(min(d/10, time.Second)+1)); err != nil {
			return err
		}
	}
}
