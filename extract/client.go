package extract

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// Config sets up a Client. GraphURL and Tokens are needed; the zero value of
// any other field means its default.
type Config struct {
	GraphURL string      // origin of Microsoft Graph: see ParseOrigin and ParseCloud
	Tokens   tokenSource // usually a *SignIn
	Network  Network
	Budgets  Budgets
	Bounds   Bounds
	// Patience is how long one call's trouble is retried before its Fetch
	// fails, 30 s by default. A page is tried twice at least. Waits for
	// budgets and for pauses that Graph's throttling asks for don't count:
	// these end with the context.
	Patience time.Duration
	// BytesInFlight bounds the bytes of calls being fetched and not yet
	// released, 256 MiB by default. One call at a time may go beyond it.
	BytesInFlight int64
	Version       string           // of etl, for the User-Agent; "dev" by default
	Now           func() time.Time // the local clock, time.Now by default
	Logger        *slog.Logger     // discards by default
}

// Client fetches calls. It is safe for concurrent use: all who fetch by one
// Client share its budgets, its throttling and its bytes in flight.
type Client struct {
	graph     Origin
	bearers   bearers
	wire      *wire
	bounds    Bounds
	patience  time.Duration
	userAgent string

	app       *window
	list      *callWindow
	calls     *callWindows
	logs      map[Log]*callWindow
	subs      *callWindow // of requests about subscriptions, which are few
	gate      gate
	memory    *memory
	clock     clock
	breaker   breaker
	buffers   buffers
	unpackers sync.Pool // of gunzip.Unpacker
	stats     counters
}

// NewClient returns a Client, without sending anything.
func NewClient(cfg Config) (*Client, error) {
	graph, err := ParseOrigin(cfg.GraphURL)
	if err != nil {
		return nil, fmt.Errorf("setting up the client of Graph: %w", err)
	}
	if cfg.Tokens == nil {
		return nil, errors.New("setting up the client of Graph: a source of tokens is missing")
	}
	budgets, bounds := cfg.Budgets.orDefault(), cfg.Bounds.orDefault()
	if !budgets.valid() || !bounds.valid() || cfg.BytesInFlight < 0 || cfg.Patience < 0 {
		return nil, errors.New("setting up the client of Graph: budgets, bounds and patience must be more than 0")
	}
	log := cfg.Logger
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	now := cfg.Now
	if now == nil {
		now = time.Now
	}
	newQuota := func(limit string, most int) *quota { return newQuota(limit, most, budgets.Window, log) }
	return &Client{
		graph:     graph,
		bearers:   bearers{source: cfg.Tokens},
		wire:      newWire(cfg.Network),
		bounds:    bounds,
		patience:  cmp.Or(cfg.Patience, 30*time.Second),
		userAgent: "etl/" + cmp.Or(cfg.Version, "dev"),
		app:       newWindow(newQuota("requests", budgets.Requests)),
		list:      &callWindow{window: newWindow(newQuota("lists of calls", budgets.ListRequests))},
		calls:     newCallWindows(newQuota("requests for one call", budgets.CallRequests)),
		logs:      newLogWindows(budgets, log),
		subs:      &callWindow{window: newWindow(newQuota("requests about subscriptions", budgets.CallRequests))},
		gate:      gate{log: log},
		memory:    newMemory(cmp.Or(cfg.BytesInFlight, 256<<20)),
		clock:     clock{local: now, log: log},
	}, nil
}

// Fetch fetches a call whole. Its error is a *Failure, if only this call can't
// be had; ErrSignIn or ErrClock, after which no Fetch sends anything any more;
// or the cause of ctx, if that was cancelled. A deadline of ctx is the deadline
// of the call and gives a *Failure; without one Fetch waits as long as Graph
// throttles.
func (c *Client) Fetch(ctx context.Context, ref Ref) (*Call, error) {
	if err := ValidID(ref.ID); err != nil {
		return nil, &Failure{CallID: plain(ref.ID, 128), Reason: ReasonBadID, Err: err}
	}
	inner, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	leave, err := c.breaker.enter(cancel)
	if err != nil {
		return nil, err
	}
	defer leave()
	share, err := c.memory.share(inner)
	if err != nil {
		return nil, c.explain(ctx, &fetch{client: c, ref: ref, doing: "fetching call " + ref.ID}, err)
	}
	f := &fetch{client: c, ref: ref, doing: "fetching call " + ref.ID, window: c.calls.get(ref.ID), share: share}
	defer c.calls.put(f.window)
	defer f.discard(0)
	call, err := f.run(inner)
	if err != nil {
		share.release()
		return nil, c.explain(ctx, f, err)
	}
	return call, nil
}

// explain makes of an error what Fetch promises.
func (c *Client) explain(ctx context.Context, f *fetch, err error) error {
	if isFatal(err) {
		c.breaker.trip(err)
	}
	if err := c.breaker.tripped(); err != nil {
		return err
	}
	var fail *Failure
	if !errors.As(err, &fail) {
		if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return fmt.Errorf("%s: %w", f.doing, err)
		}
		fail = f.trouble
		if fail == nil {
			fail = failf(ReasonTimeout, "the time for the call was over: %w", err)
		}
	}
	fail.CallID, fail.Attempts = f.ref.ID, f.requests
	if fail.Reason == ReasonNotFound {
		fail.Reason = f.missing()
	}
	return fail
}

// Now returns Graph's time: the local clock's, unless Graph's answers have
// shown that to be more than 5 minutes off.
func (c *Client) Now() time.Time { return c.clock.now() }

// Close closes idle connections. The Client can still be used.
func (c *Client) Close() { c.wire.close() }

// Stats is what a Client has done so far.
type Stats struct {
	Requests  int64         // sent to Graph, retries included
	Throttled int64         // answers of 429
	Waited    time.Duration // for budgets and for pauses that Graph asked for, summed over all workers
	// Lower is what Graph allowed where that was less than budgeted, as it was
	// found last. A field is 0 where Graph allowed as much.
	Lower Budgets
}

type counters struct{ requests, throttled, waited atomic.Int64 }

// Stats returns what the Client has done so far.
func (c *Client) Stats() Stats {
	logs := 0
	for _, w := range c.logs {
		if found := w.quota.lower(); found > 0 && (logs == 0 || found < logs) {
			logs = found
		}
	}
	return Stats{
		Requests:  c.stats.requests.Load(),
		Throttled: c.stats.throttled.Load(),
		Waited:    time.Duration(c.stats.waited.Load()),
		Lower: Budgets{
			Requests: c.app.quota.lower(), ListRequests: c.list.quota.lower(), CallRequests: c.calls.quota.lower(),
			LogRequests: logs,
		},
	}
}
