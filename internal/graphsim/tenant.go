package graphsim

import (
	"iter"
	"slices"
	"sync"
	"time"
)

// DefaultRetention is how long after its start Graph keeps a call record.
const DefaultRetention = 30 * 24 * time.Hour

// KeepForever as the retention of a tenant makes calls of any age readable,
// which recorded calls need: they are often years old.
const KeepForever time.Duration = -1

// TenantOptions set up a tenant. The zero value is a tenant on the machine's
// clock that forgets calls after 30 days.
type TenantOptions struct {
	// Now is the tenant's clock, time.Now if nil. It drives visibility,
	// retention, throttling, token lifetimes and the Date header.
	Now func() time.Time
	// Retention is how long after its start a call can be read:
	// DefaultRetention if 0, without end if negative.
	Retention time.Duration
}

// Tenant holds the truth about calls: their versions, and when each becomes
// visible. It is safe for concurrent use.
type Tenant struct {
	now       func() time.Time
	retention time.Duration

	mu     sync.RWMutex
	calls  map[string][]Version
	sorted []string // the ids of calls in order, nil when out of date
	logs   map[Log][]loggedRow
}

// NewTenant returns a tenant without calls.
func NewTenant(o TenantOptions) *Tenant {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Retention == 0 {
		o.Retention = DefaultRetention
	}
	return &Tenant{now: o.Now, retention: o.Retention, calls: map[string][]Version{}}
}

// Now returns the time by the tenant's clock, in UTC.
func (t *Tenant) Now() time.Time { return t.now().UTC() }

// Put makes r the newest version of its call from now on, whatever its version number.
func (t *Tenant) Put(r Record) { t.PutAt(r, t.Now()) }

// PutAt adds r to the versions of its call, visible from the given time on. Of
// two versions that become visible at one time the one put last is the newer.
func (t *Tenant) PutAt(r Record, visible time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	versions := t.calls[r.ID]
	if versions == nil {
		t.sorted = nil
	}
	at, _ := slices.BinarySearchFunc(versions, visible, func(v Version, visible time.Time) int {
		if v.Visible.After(visible) {
			return 1
		}
		return -1
	})
	t.calls[r.ID] = slices.Insert(versions, at, Version{Record: r, Visible: visible})
}

// Add puts all versions of the given calls, each visible at its time.
func (t *Tenant) Add(calls iter.Seq[Call]) {
	for call := range calls {
		for _, v := range call.Versions {
			t.PutAt(v.Record, v.Visible)
		}
	}
}

// Remove takes a call away with all its versions.
func (t *Tenant) Remove(id string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.calls, id)
	t.sorted = nil
}

// IDs returns the ids, in order, of the calls that are visible now, also of
// those past their retention.
func (t *Tenant) IDs() []string {
	var ids []string
	for _, id := range t.all() {
		if _, ok := t.Newest(id); ok {
			ids = append(ids, id)
		}
	}
	return ids
}

// Newest returns the truth about a call: its newest version that is visible
// now, also if the call is past its retention.
func (t *Tenant) Newest(id string) (Record, bool) { return t.NewestAt(id, t.Now()) }

// NewestAt returns the newest version of a call that is visible at the given time.
func (t *Tenant) NewestAt(id string, at time.Time) (Record, bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return newest(t.calls[id], at)
}

// readable returns the newest version of a call, unless the call is past its retention.
func (t *Tenant) readable(id string) (Record, bool) {
	now := t.Now()
	r, ok := t.NewestAt(id, now)
	if ok && t.retention > 0 && !r.Start.IsZero() && now.Sub(r.Start) > t.retention {
		return Record{}, false
	}
	return r, ok
}

// all returns the ids of all calls in order. The slice must not be changed.
func (t *Tenant) all() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.sorted == nil {
		t.sorted = make([]string, 0, len(t.calls))
		for id := range t.calls {
			t.sorted = append(t.sorted, id)
		}
		slices.Sort(t.sorted)
	}
	return t.sorted
}
