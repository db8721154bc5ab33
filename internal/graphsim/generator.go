package graphsim

import (
	"bytes"
	"iter"
	"math/rand/v2"
	"time"
)

// GeneratorOptions describe a generated tenant. The calls of a date depend on
// these options and on the date, and on nothing else.
type GeneratorOptions struct {
	Seed uint64
	// TenantID is the tenant's GUID, derived from Seed if empty.
	TenantID string
	// Domain is the tenant's domain, contoso.example if empty.
	Domain string
	// CallsPerDay is how many calls each date has beside the all-hands meeting,
	// 60 if 0. From 24 on each date has all the shapes that the generator
	// knows; below that the shapes take turns from date to date.
	CallsPerDay int
	// People is how many users the tenant has, 400 if 0.
	People int
	// AllHands is how many sessions the meeting has that every Wednesday holds:
	// 1,024 if 0, no such meeting if negative.
	AllHands int
}

// Generator makes the calls of a tenant from a seed. It is safe for concurrent use.
type Generator struct {
	options  GeneratorOptions
	people   directory
	hardware hardware
}

// NewGenerator returns a generator.
func NewGenerator(o GeneratorOptions) *Generator {
	r := rand.New(rand.NewPCG(mix(o.Seed), 0))
	if o.TenantID == "" {
		o.TenantID = guid(r)
	}
	if o.Domain == "" {
		o.Domain = "contoso.example"
	}
	if o.CallsPerDay == 0 {
		o.CallsPerDay = 60
	}
	if o.People <= 0 {
		o.People = 400
	}
	if o.AllHands == 0 {
		o.AllHands = 1024
	}
	return &Generator{options: o, people: newDirectory(o), hardware: newHardware()}
}

// TenantID returns the GUID of the tenant whose people are in the calls.
func (g *Generator) TenantID() string { return g.options.TenantID }

// Domain returns the domain of the tenant.
func (g *Generator) Domain() string { return g.options.Domain }

// Days yields the calls of n consecutive UTC dates, one call at a time.
func (g *Generator) Days(first time.Time, n int) iter.Seq[Call] {
	return func(yield func(Call) bool) {
		for day := range n {
			for call := range g.Day(first.UTC().AddDate(0, 0, day)) {
				if !yield(call) {
					return
				}
			}
		}
	}
}

// Day yields the calls that start on the UTC date of the given time. They are
// in no order of time.
func (g *Generator) Day(date time.Time) iter.Seq[Call] {
	return func(yield func(Call) bool) {
		day := dayOf(date)
		w := writer{generator: g}
		if day.wednesday() && g.options.AllHands > 0 {
			if !yield(w.call(g.allHands(day))) {
				return
			}
		}
		for i := range g.options.CallsPerDay {
			if !yield(w.call(g.planOf(day, i))) {
				return
			}
		}
	}
}

// Sized returns a group call on the given date with exactly so many sessions
// and participants. Calls of one date differ by their index.
func (g *Generator) Sized(date time.Time, index, sessions, participants int) Call {
	w := writer{generator: g}
	return w.call(g.sized(dayOf(date), sizedIndex+index, sessions, participants))
}

// Calls other than those of CallsPerDay have indexes of their own, so that
// neither kind changes when an option adds calls of the other.
const (
	allHandsIndex = 1 << 40
	sizedIndex    = 1 << 41
)

// day is a UTC date, as days since 1970-01-01.
type day int64

func dayOf(t time.Time) day {
	y, m, d := t.UTC().Date()
	return day(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / (24 * 3600))
}

func (d day) ticks() ticks { return ticks(d) * 24 * hour }

// wednesday reports whether the date is one: 1970-01-01 was a Thursday.
func (d day) wednesday() bool { return (d%7+7)%7 == 6 }

// call writes all versions of a planned call.
func (w *writer) call(p *plan) Call {
	c := Call{ID: p.id}
	for version := 1; version <= p.versions; version++ {
		visible := p.visible[version-1]
		w.b = w.b[:0]
		w.record(p, version, visible)
		c.Versions = append(c.Versions, Version{
			Record: Record{
				ID:      p.id,
				Version: int64(version),
				Start:   p.start.time(),
				End:     p.end.time(),
				JSON:    bytes.Clone(w.b),
				layout:  &layout{},
			},
			Visible: visible.time(),
		})
	}
	return c
}
