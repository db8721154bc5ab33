package graphsim

import (
	"math/rand/v2"
)

// plan is a call before it is written: who, when, and what is odd about it.
type plan struct {
	id         string
	seed       uint64 // of the telemetry
	start, end ticks
	digits     int // fractional digits that its times have at most

	group     bool
	organizer *identity
	people    []*identity
	legs      []leg
	joinURL   bool

	versions int
	visible  [2]ticks
	// lateLeg says that the last session comes with version 2 only.
	lateLeg bool

	organizerForm, participantForm form
	// full gives every property a value, odd takes values from the edges,
	// undeclared adds properties that no schema has.
	full, odd, undeclared bool
}

// form says which of a deprecated property and its successor a record has.
type form int

const (
	newForm form = iota
	bothForms
	oldForm
)

// leg is a session before it is written.
type leg struct {
	id             string
	caller, callee party
	start, end     ticks
	segments       int
	media          []string
	failure        string // failureInfo as JSON, null if empty
	segmentFailure string
	test           bool
}

// party is one end of a leg: someone's client, or a service with a role.
type party struct {
	who  *identity
	role string
	// clientAgent marks a service that carries a client's user agent.
	clientAgent bool
}

const (
	mainAudio     = "main-audio"
	mainVideo     = "main-video"
	screenSharing = "applicationsharing-video"
	dataChannel   = "data"
)

// newPlan plans when the index-th call of a date happens; who takes part
// follows. The second result is the source of all further choices.
func (g *Generator) newPlan(d day, index int) (*plan, *rand.Rand) {
	seed := mix(mix(g.options.Seed) ^ mix(uint64(d)) ^ mix(uint64(index)<<1|1))
	r := rand.New(rand.NewPCG(seed, uint64(index)))
	p := &plan{id: guid(r), seed: mix(seed + 1), versions: 1}
	switch n := r.Uint32N(100); {
	case n < 60:
		p.digits = 7
	case n < 85:
		p.digits = 6
	case n < 90:
		p.digits = 5
	}
	from, to := 7*hour, 17*hour
	if chance(r, 30) {
		from, to = 0, 24*hour-1
	}
	start := ticks(between(r, int64(from), int64(to)))
	length := ticks(tailed(r, int64(3*minute), int64(4*hour), 50)) + ticks(r.Int64N(int64(minute)))
	p.at(d, start, length, r)
	if chance(r, 12) {
		p.later(r)
	}
	return p, r
}

// at sets the call's times and when its first version becomes visible: mostly
// within half an hour after its end, at most after 150 minutes.
func (p *plan) at(d day, start, length ticks, r *rand.Rand) {
	p.start = (d.ticks() + start).cut(p.digits)
	p.end = (p.start + length).cut(p.digits)
	delay := ticks(tailed(r, int64(7*minute), int64(150*minute), 55))
	p.visible[0] = (p.end + delay).cut(p.digits)
}

// later gives the call a second version, hours after the first.
func (p *plan) later(r *rand.Rand) {
	p.versions = 2
	p.visible[1] = (p.visible[0] + ticks(tailed(r, int64(2*hour), int64(40*hour), 50))).cut(p.digits)
	p.lateLeg = chance(r, 25)
}

// join adds a session of someone with the meeting's service.
func (p *plan) join(r *rand.Rand, who *identity) *leg {
	roles := []string{"skypeForBusinessAudioVideoMcu", "mediaController", "skypeForBusinessAudioVideoMcu", "skypeForBusinessApplicationSharingMcu"}
	length := int64(p.end - p.start)
	start := p.start + ticks(r.Int64N(length/4+1)).cut(p.digits)
	end := p.end - ticks(r.Int64N(length/3+1)).cut(p.digits)
	l := p.connect(r, party{who: who}, party{role: pick(r, roles), clientAgent: chance(r, 8)})
	l.start, l.end = start.cut(p.digits), end.cut(p.digits)
	return l
}

// connect adds a session that lasts as long as the call.
func (p *plan) connect(r *rand.Rand, caller, callee party) *leg {
	l := leg{id: guid(r), caller: caller, callee: callee, start: p.start, end: p.end, segments: 1, media: []string{mainAudio}}
	if chance(r, 22) {
		l.segments = int(tailed(r, 2, 6, 40))
	}
	if chance(r, 45) {
		l.media = append(l.media, mainVideo)
	}
	if chance(r, 20) {
		l.media = append(l.media, screenSharing)
	}
	if chance(r, 8) {
		l.media = append(l.media, dataChannel)
	}
	p.legs = append(p.legs, l)
	return &p.legs[len(p.legs)-1]
}

// meeting fills the plan with a group call of the given people, some of whom
// join more than once.
func (p *plan) meeting(r *rand.Rand, people []*identity) {
	p.group, p.people, p.organizer = true, people, people[0]
	p.joinURL = chance(r, 85)
	for _, who := range people {
		p.join(r, who)
		if chance(r, 10) {
			p.join(r, who)
		}
	}
}

// peerToPeer fills the plan with a call of two parties.
func (p *plan) peerToPeer(r *rand.Rand, caller, callee *identity) *leg {
	p.organizer, p.people = caller, []*identity{caller, callee}
	l := p.connect(r, party{who: caller}, party{who: callee})
	l.id = p.id
	return l
}

// users returns n different users, and guests where the tenant has too few.
func (g *Generator) users(r *rand.Rand, n int) []*identity {
	users := g.people.users
	at := r.IntN(len(users))
	step := 1
	for _, prime := range []int{7919, 6101, 4801, 3559, 2357} {
		if len(users)%prime != 0 {
			step = prime
			break
		}
	}
	people := make([]*identity, 0, n)
	for i := range n {
		if i < len(users) {
			people = append(people, &users[(at+i*step)%len(users)])
			continue
		}
		visitor := g.people.other(guest, i, 40)
		people = append(people, &visitor)
	}
	return people
}

// crowd fills the plan with a group call of exactly so many sessions, whose
// first participants are listed in participants_v2.
func (p *plan) crowd(r *rand.Rand, people []*identity, sessions, participants int) {
	p.group, p.organizer, p.people = true, people[0], people[:participants]
	p.joinURL, p.lateLeg = true, false
	for i := range sessions {
		l := p.join(r, people[i%len(people)])
		l.segments, l.media = 1, []string{mainAudio}
		if i%16 == 3 {
			l.media = append(l.media, mainVideo)
		}
	}
}

// sized plans a group call of exactly so many sessions and participants.
func (g *Generator) sized(d day, index, sessions, participants int) *plan {
	p, r := g.newPlan(d, index)
	p.crowd(r, g.users(r, max(participants, 1)), sessions, participants)
	return p
}

// allHands plans the meeting that every Wednesday has.
func (g *Generator) allHands(d day) *plan {
	p, r := g.newPlan(d, allHandsIndex)
	p.at(d, 15*hour, hour, r)
	p.versions = 1
	n := max(1, g.options.AllHands*9/10)
	p.crowd(r, g.users(r, n), g.options.AllHands, n)
	return p
}
