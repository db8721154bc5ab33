package extract

import (
	"log/slog"
	"sync"
	"time"
)

const (
	// rareRefusals is the share of refused requests that is let be: they may
	// have reasons other than a limit.
	rareRefusals = 0.005
	// leastQuota is the share of a quota that is always left.
	leastQuota = 0.02
	// mostPatience is for how many spans a quota that was cut again and again is
	// left as it is: 5 minutes by Graph's windows.
	mostPatience = 16
)

// quota is how many requests one of Graph's limits allows in a span of time:
// what is configured, until Graph is seen to allow less. Then it is cut to what
// Graph answered, and grows again while nothing is refused, first after one
// span, and after twice as many whenever that was too early: the limit may be
// another one for good, or other programs of the tenant may use it up for a
// while.
type quota struct {
	limit string // its name in logs
	most  int
	span  time.Duration
	log   *slog.Logger

	mu       sync.Mutex
	now      int
	before   int       // the quota that was cut
	cut      time.Time // when that was
	grow     time.Time // when it may grow
	step     int       // by how much
	patience int       // spans without a refusal until it grows
	grown    bool      // since it was cut
	found    int       // what Graph allowed last; 0: all
}

func newQuota(limit string, most int, span time.Duration, log *slog.Logger) *quota {
	return &quota{limit: limit, most: most, span: span, log: log, now: most, patience: 1}
}

// allows returns how many requests are allowed, and where that may grow, when.
// It grows only when all of it is used.
func (q *quota) allows(used int, now time.Time) (allowed int, grow time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.now == q.most {
		return q.most, time.Time{}
	}
	if used >= q.now && !now.Before(q.grow) {
		q.now = min(q.now+q.step, q.most)
		q.step *= 2
		q.grow, q.grown = now.Add(q.span), true
	}
	return q.now, q.grow
}

// accept notes that Graph answered a request. One that was under way when the
// quota was cut is among those that Graph allowed.
func (q *quota) accept(sent time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if sent.Before(q.cut) && !q.grown && q.now < q.before {
		q.now++
		q.found = q.now
	}
}

// refuse notes that Graph refused a request, and of how many the window had
// been answered and refused within the last span. A cut is left to show its
// effect for a span.
func (q *quota) refuse(sent, now time.Time, answered, refused int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if now.Sub(q.cut) > 2*mostPatience*q.span {
		q.patience, q.grown = 1, false // what the cut has taught is old
	}
	if grow := now.Add(time.Duration(q.patience) * q.span); grow.After(q.grow) {
		q.grow = grow
	}
	least := max(1, int(leastQuota*float64(q.most)))
	frequent := q.grown || float64(refused) > rareRefusals*float64(answered)
	evident := refused > 1 || answered >= q.now/8
	if sent.Before(q.cut.Add(q.span)) || answered < least || !frequent || !evident {
		return
	}
	// What was answered is counted here a little later than at Graph's: a
	// hundredth less is sure to be allowed.
	allowed := max(answered-answered/100, q.now/2, least)
	if allowed >= q.now {
		allowed = max(q.now-1, least)
	}
	if q.grown {
		q.patience = min(2*q.patience, mostPatience)
	}
	if q.found == 0 {
		q.log.Warn("Graph refuses requests within the budget; sending fewer", "limit", q.limit, "budget", q.most, "now", allowed, "per", q.span.Round(time.Second).String())
	}
	q.before, q.now, q.found, q.cut, q.grown = q.now, allowed, allowed, now, false
	q.step = max(1, q.now/64)
	q.grow = now.Add(time.Duration(q.patience) * q.span)
}

// lower returns how many requests Graph allowed when that was less than
// configured last; 0 if it never was.
func (q *quota) lower() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.found
}
