package report

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"etl/views"
)

// Facts are what is counted of the calls of a period.
type Facts struct {
	Days []*Day // every date, in order

	streams  map[streamGroup]Streams
	reasons  map[string]int64 // poor audio streams that break a threshold
	subnets  map[string]Streams
	networks map[network]Streams
	devices  map[device]Streams
	clients  map[client]Client
	failures map[failure]int64 // sessions

	delays  []int64   // from the end of a call to the fetch of its newest version, in microseconds
	slowest []arrival // the calls with the longest of them
}

// Day is what is counted of a date.
type Day struct {
	Date         time.Time
	Calls        map[string]int64 // by type
	Participants int64
	Micros       int64 // of all calls together
	Streams      map[views.Media]Streams
	Sessions     map[string]Sessions // by type of call
	delays       []int64
}

// Streams are streams by class.
type Streams struct{ Good, Poor, Unclassified int64 }

func (s Streams) all() int64 { return s.Good + s.Poor + s.Unclassified }

func (s Streams) plus(o Streams) Streams {
	return Streams{s.Good + o.Good, s.Poor + o.Poor, s.Unclassified + o.Unclassified}
}

func (s Streams) of(class views.Quality) Streams {
	switch class {
	case views.Good:
		s.Good++
	case views.Poor:
		s.Poor++
	default:
		s.Unclassified++
	}
	return s
}

// poor is the share of poor streams among those that have a class.
func (s Streams) poor() ratio { return ratio{s.Poor, s.Poor + s.Good} }

// Sessions are sessions by outcome.
type Sessions struct{ All, SetupFailed, Dropped int64 }

func (s Sessions) plus(o Sessions) Sessions {
	return Sessions{s.All + o.All, s.SetupFailed + o.SetupFailed, s.Dropped + o.Dropped}
}

func (s Sessions) setup() ratio { return ratio{s.SetupFailed, s.All} }

func (s Sessions) drop() ratio { return ratio{s.Dropped, s.All - s.SetupFailed} }

// streamGroup is what audio streams have in common that a target is for.
type streamGroup struct {
	callType string
	ends     ends
}

// ends is what all ends of a stream that are clients have in common.
type ends uint8

const (
	inside ends = 1 << iota // of the company's own network, by the buildings
	wired
	wifi5
	wifi24
)

type network struct{ connection, band string }

type device struct{ kind, name string }

type client struct{ platform, product, version string }

// Client is what is counted of a version of a client.
type Client struct {
	Sessions int64
	Audio    Streams // of these sessions
}

type failure struct{ outcome, reason string }

// arrival is how long a call took to be in the lake.
type arrival struct {
	callID, callType string
	end, fetched     int64 // in microseconds since 1970
}

func (a arrival) delay() int64 { return a.fetched - a.end }

// mostSlow is how many of the slowest arrivals are kept.
const mostSlow = 10

// slow adds an arrival if it is one of the slowest.
func (f *Facts) slow(a arrival) {
	order := func(a, b arrival) int {
		return cmp.Or(cmp.Compare(b.delay(), a.delay()), cmp.Compare(a.callID, b.callID))
	}
	if n := len(f.slowest); n == mostSlow && order(a, f.slowest[n-1]) >= 0 {
		return
	}
	at, _ := slices.BinarySearchFunc(f.slowest, a, order)
	f.slowest = slices.Insert(f.slowest, at, a)
	f.slowest = f.slowest[:min(len(f.slowest), mostSlow)]
}

// NewFacts returns facts without any.
func NewFacts() *Facts {
	return &Facts{
		streams: map[streamGroup]Streams{}, reasons: map[string]int64{}, subnets: map[string]Streams{}, networks: map[network]Streams{},
		devices: map[device]Streams{}, clients: map[client]Client{}, failures: map[failure]int64{},
	}
}

func newDay(date time.Time) *Day {
	return &Day{Date: date, Calls: map[string]int64{}, Streams: map[views.Media]Streams{}, Sessions: map[string]Sessions{}}
}

// Add adds the facts of other dates.
func (f *Facts) Add(o *Facts) {
	f.Days = append(f.Days, o.Days...)
	slices.SortFunc(f.Days, func(a, b *Day) int { return a.Date.Compare(b.Date) })
	add(f.streams, o.streams, Streams.plus)
	add(f.reasons, o.reasons, plus)
	add(f.subnets, o.subnets, Streams.plus)
	add(f.networks, o.networks, Streams.plus)
	add(f.devices, o.devices, Streams.plus)
	add(f.clients, o.clients, func(a, b Client) Client { return Client{a.Sessions + b.Sessions, a.Audio.plus(b.Audio)} })
	add(f.failures, o.failures, plus)
	f.delays = append(f.delays, o.delays...)
	for _, a := range o.slowest {
		f.slow(a)
	}
}

func plus(a, b int64) int64 { return a + b }

// add adds what one map has to another.
func add[K comparable, V any](to, from map[K]V, plus func(a, b V) V) {
	for k, v := range from {
		to[k] = plus(to[k], v)
	}
}

// sum adds up what a map has.
func sum[K comparable, V any](m map[K]V, plus func(a, b V) V) V {
	var all V
	for v := range maps.Values(m) {
		all = plus(all, v)
	}
	return all
}
