package extract

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

const (
	preferSessions     = "include-unknown-enum-members, odata.maxpagesize=60"
	preferParticipants = "include-unknown-enum-members, odata.maxpagesize=130"

	// availableAfter is how long after its end a call's record may take to
	// appear, and retention how long after its start Graph keeps it. See
	// https://learn.microsoft.com/graph/callrecords-api-faq.
	availableAfter = 150 * time.Minute
	retention      = 30 * 24 * time.Hour
)

// fetch is the work on one call, on one list of calls, on a log, or on a
// subscription.
type fetch struct {
	client *Client
	ref    Ref
	log    Log    // "" where it is none
	doing  string // for errors: fetching call …
	window *callWindow
	share  *share
	change *change // what the requests do, other than read

	pages     int            // of this attempt
	size      int64          // bytes of the pages of this attempt
	texts     [][]byte       // what the texts of these pages are in
	held      int64          // bytes of memory that this takes
	anomalies map[string]int // of this attempt

	requests  int
	requestID string        // of the last answer of 200
	waited    time.Duration // for budgets and for pauses that Graph asked for
	trouble   *Failure      // what is being retried, or nil
}

// ask is a request for one page.
type ask struct {
	target, prefer string
	want           wanted
	first          bool // the first page of the first chain
	linked         bool // the target is a next link
}

// stale is the failure of a page that a new chain may not need, because its
// link has expired or the call was replaced meanwhile.
type stale struct{ *Failure }

func (s stale) Unwrap() error { return s.Failure }

// errVersion says that the call has got a new version while it was read.
var errVersion = errors.New("the call changed while it was read")

// run fetches the call, starting again where that can help.
func (f *fetch) run(ctx context.Context) (*Call, error) {
	var changing trouble
	restarted := false
	for {
		call, err := f.once(ctx)
		var old stale
		switch {
		case errors.Is(err, errVersion):
			if err := f.again(ctx, &changing, failf(ReasonVersionChanged, "%w", err)); err != nil {
				return nil, err
			}
		case errors.As(err, &old) && !restarted:
			restarted = true
		default:
			return call, err
		}
	}
}

// once reads both chains of the call: its sessions and then its participants,
// whose first page shows the version at the end of the sessions, too.
func (f *fetch) once(ctx context.Context) (*Call, error) {
	f.pages, f.size, f.anomalies = 0, 0, nil
	f.discard(0)
	record := callRecords + f.ref.ID
	sessions, err := f.page(ctx, ask{
		target: record + "?$expand=sessions($expand=segments)",
		prefer: preferSessions,
		want:   wanted{id: f.ref.ID, items: "sessions", record: true, drop: "participants_v2"},
		first:  true,
	})
	if err != nil {
		return nil, err
	}
	if err := f.collect(ctx, sessions, &chain{fetch: f, name: "sessions", prefer: preferSessions, once: true}); err != nil {
		return nil, err
	}
	participants, err := f.page(ctx, ask{
		target: record + "?$expand=participants_v2",
		prefer: preferParticipants,
		want:   wanted{id: f.ref.ID, items: "participants_v2", record: true},
	})
	if err != nil {
		return nil, err
	}
	if participants.version != sessions.version {
		return nil, errVersion
	}
	if linkOutside(participants.edits, []span{{participants.items.open, participants.items.close + 1}}) {
		return nil, failf(ReasonBadLink, "the page of participants has a next link of something else")
	}
	pages := f.pages
	if err := f.collect(ctx, participants, &chain{fetch: f, name: "participants_v2", prefer: preferParticipants}); err != nil {
		return nil, err
	}
	if f.pages > pages {
		end, err := f.page(ctx, ask{
			target: record + "?$select=id,version",
			prefer: preferSessions,
			want:   wanted{id: f.ref.ID, record: true},
		})
		if err != nil {
			return nil, err
		}
		if end.version != sessions.version {
			return nil, errVersion
		}
	}
	return f.finish(ctx, sessions, participants)
}

// collect reads what the next links of a first page lead to.
func (f *fetch) collect(ctx context.Context, p *page, c *chain) error {
	if err := f.complete(ctx, p.text, p.edits, c.prefer, 0); err != nil {
		return err
	}
	if p.next == "" {
		return nil
	}
	items, err := c.rest(ctx, p.text, p.spans, p.next)
	if err != nil {
		return err
	}
	at := p.items.close
	i, _ := slices.BinarySearchFunc(p.edits, at, func(e edit, at int) int { return e.from - at })
	p.edits = slices.Insert(p.edits, i, edit{from: at, to: at, parts: behind(p.items, items)})
	return nil
}

// complete fetches the items behind the next links of collections inside
// items, and puts them into the edits. depth is how many collections lie
// around them.
func (f *fetch) complete(ctx context.Context, text string, edits []edit, prefer string, depth int) error {
	for i := range edits {
		link := edits[i].link
		if link == nil {
			continue
		}
		if depth >= maxLinkDepth {
			return failf(ReasonTooDeep, "more than %d collections with next links lie in one another", maxLinkDepth)
		}
		c := chain{fetch: f, name: link.name, prefer: prefer, depth: depth + 1}
		items, err := c.rest(ctx, text, elements(text, link.items), link.target)
		if err != nil {
			return err
		}
		edits[i].parts = behind(link.items, items)
	}
	return nil
}

// finish puts the pages together.
func (f *fetch) finish(ctx context.Context, sessions, participants *page) (*Call, error) {
	parts, id, key := assemble(sessions, participants), strings.Clone(sessions.id), sessions.key.record()
	size := length(parts)
	if err := f.share.hold(ctx, f.held+int64(size)); err != nil {
		return nil, err
	}
	record := f.client.buffers.get(size)
	for _, p := range parts {
		record = append(record, p...)
	}
	f.discard(0)
	f.share.shrink(int64(cap(record)))
	return &Call{
		ID:        id,
		Version:   sessions.version,
		Start:     sessions.start,
		End:       sessions.end,
		Record:    record,
		Key:       key,
		FetchedAt: f.client.Now(),
		Requests:  f.requests,
		Anomalies: f.anomalies,
		share:     f.share,
		buffers:   &f.client.buffers,
	}, nil
}

// discard gives back what the texts of all pages but the first n are in. No
// part of these texts may be used any more.
func (f *fetch) discard(n int) {
	for i, text := range f.texts[n:] {
		f.held -= int64(cap(text))
		f.client.buffers.put(text)
		f.texts[n+i] = nil
	}
	f.texts = f.texts[:n]
}

func (f *fetch) count(anomaly string, n int) {
	if n == 0 {
		return
	}
	if f.anomalies == nil {
		f.anomalies = map[string]int{}
	}
	f.anomalies[anomaly] += n
}

// page asks for a page until it is whole, or the patience with it ends.
func (f *fetch) page(ctx context.Context, a ask) (*page, error) {
	bounds := f.client.bounds
	if f.pages++; f.pages > bounds.Pages {
		return nil, failf(ReasonTooManyPages, "the call has more than %d pages", bounds.Pages)
	}
	var t trouble
	for {
		p, err := f.tryPage(ctx, a)
		var fail *Failure
		if err == nil {
			f.trouble = nil
			return p, nil
		}
		if !errors.As(err, &fail) {
			return nil, err
		}
		fail.Err = fmt.Errorf("reading %s: %w", withoutQuery(a.target), fail.Err)
		if err := f.again(ctx, &t, fail); err != nil {
			if isStale(a, fail.Reason) {
				return nil, stale{fail}
			}
			return nil, err
		}
	}
}

func (f *fetch) tryPage(ctx context.Context, a ask) (*page, error) {
	before := len(f.texts)
	text, err := f.send(ctx, a.target, a.prefer)
	if err != nil {
		return nil, err
	}
	p, err := parsePage(text, a.want)
	var fail *Failure
	if errors.As(err, &fail) {
		fail.RequestID = f.requestID
	}
	if err != nil {
		f.discard(before)
		return nil, err
	}
	if f.size += int64(len(text)); f.size > f.client.bounds.CallBytes {
		return nil, failf(ReasonTooLarge, "the pages of the call are larger than %d bytes", f.client.bounds.CallBytes)
	}
	return p, nil
}

// isStale reports whether a page that Graph doesn't have may be had by reading
// the call from its first page on.
func isStale(a ask, r Reason) bool {
	switch r {
	case ReasonNotFound:
		return !a.first
	case httpReason(400), httpReason(410):
		return a.linked
	}
	return false
}

// trouble is a series of failures of one thing.
type trouble struct {
	tries  int
	since  time.Time
	waited time.Duration // fetch.waited at that time
}

// again waits before another try, or returns why there is none: fail, or the
// cause of ctx. The patience doesn't count waits for budgets and for pauses
// that throttling asked for, as these are nothing that this call can help. One
// further try is always made.
func (f *fetch) again(ctx context.Context, t *trouble, fail *Failure) error {
	if !fail.Reason.transient() && fail.Reason != ReasonVersionChanged {
		return fail
	}
	f.trouble = fail
	if t.tries == 0 {
		t.since, t.waited = time.Now(), f.waited
	}
	left := f.client.patience - (time.Since(t.since) - (f.waited - t.waited))
	if t.tries > 0 && left <= 0 {
		return fail
	}
	t.tries++
	wait := min(backoff(t.tries), max(left, backoffFloor))
	switch {
	case fail.pause == 0:
	case fail.Reason == ReasonThrottled:
		wait = 0 // the gate is shut
	default:
		wait = fail.pause
	}
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < max(wait, f.client.gate.left()) {
		return fail
	}
	return sleep(ctx, wait)
}

// missing says what a 404 means, by what is known of the call.
func (f *fetch) missing() Reason {
	now := f.client.Now()
	switch {
	case !f.ref.End.IsZero() && now.Sub(f.ref.End) < availableAfter:
		return ReasonNotYet
	case !f.ref.Start.IsZero() && now.Sub(f.ref.Start) > retention:
		return ReasonExpired
	}
	return ReasonNotFound
}
