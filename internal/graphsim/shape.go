package graphsim

import "math/rand/v2"

// shape is a kind of call that each date has one of. It changes a plan that
// has its times but nobody in it yet.
type shape func(g *Generator, d day, p *plan, r *rand.Rand)

// shapes are all shapes in the order in which a date's first calls take them.
func shapes() []shape {
	return []shape{
		everything, organizedBy(1), organizedBy(2), failedSetup, failedMidcall, fromPhone, withGuests, withBots, repeatedSession,
		inRoom, overACS, withOddNames, withoutMedia, withoutSessions, withoutSegments, acrossMidnight,
		longMeeting, deprecatedOnly, undeclaredProperties, escalated, oddValues, laterVersion, largeMeeting, peerToPeerVideo,
	}
}

// planOf plans the index-th call of a date.
func (g *Generator) planOf(d day, index int) *plan {
	p, r := g.newPlan(d, index)
	all := shapes()
	switch {
	case index < len(all):
		at := index
		if n := g.options.CallsPerDay; n < len(all) {
			at = (index + int(d)*n) % len(all)
		}
		all[at](g, d, p, r)
	default:
		g.ordinary(p, r)
	}
	return p
}

// ordinary plans a call like most.
func (g *Generator) ordinary(p *plan, r *rand.Rand) {
	p.undeclared = chance(r, 2)
	p.organizerForm = pick(r, []form{newForm, newForm, newForm, newForm, newForm, bothForms})
	p.participantForm = p.organizerForm
	switch n := r.Uint32N(100); {
	case n < 55:
		people := g.users(r, 2)
		p.peerToPeer(r, people[0], people[1])
	case n < 65:
		p.peerToPeer(r, g.people.of(phone, r.IntN(12)), g.users(r, 1)[0])
	default:
		people := g.users(r, int(tailed(r, 2, 120, 45)))
		if chance(r, 20) {
			people = append(people, g.people.of(pick(r, g.people.kinds), r.IntN(1000)))
		}
		p.meeting(r, distinct(people))
	}
}

// distinct drops those who are in the list already.
func distinct(people []*identity) []*identity {
	seen := map[*identity]bool{}
	kept := people[:0]
	for _, who := range people {
		if !seen[who] {
			seen[who] = true
			kept = append(kept, who)
		}
	}
	return kept
}

// everything has each kind of identity on each side, all roles of services,
// and a value for every property.
func everything(g *Generator, d day, p *plan, r *rand.Rand) {
	p.full, p.group, p.joinURL = true, true, true
	p.organizerForm, p.participantForm = bothForms, bothForms
	for _, k := range g.people.kinds {
		who := g.people.of(k, 0)
		p.people = append(p.people, who)
		l := p.join(r, who)
		l.failure, l.segments, l.test = `{"reason":"","stage":"midcall"}`, 1, true
		l = p.connect(r, party{who: g.people.of(user, int(d))}, party{who: who})
		l.segmentFailure = `{"reason":"Media connectivity failure.","stage":"unknown"}`
		l.media, l.segments = []string{mainAudio, mainVideo, screenSharing, dataChannel}, 1
	}
	for i, role := range serviceRoles() {
		l := p.connect(r, party{role: role, clientAgent: i%5 == 1}, party{role: role, clientAgent: i%5 == 2})
		l.media, l.segments = []string{mainAudio}, 1
	}
	p.organizer = g.people.organizer(d, 0)
}

// organizedBy is a small meeting whose organizer's kind changes from date to
// date; with three such calls a date, any seven dates show all kinds.
func organizedBy(n int) shape {
	return func(g *Generator, d day, p *plan, r *rand.Rand) {
		p.meeting(r, distinct(append(g.users(r, 2)[1:], g.people.organizer(d, n))))
		p.organizer = p.people[1]
		p.organizerForm, p.participantForm = bothForms, bothForms
	}
}

// organizer returns the organizer of the n-th of three calls of a date.
func (d *directory) organizer(date day, n int) *identity {
	return d.of(d.kinds[(int(date)*3+n)%len(d.kinds)], 0)
}

func failedSetup(g *Generator, _ day, p *plan, r *rand.Rand) {
	people := g.users(r, 2)
	l := p.peerToPeer(r, people[0], people[1])
	l.failure = `{"reason":"The callee \"didn't\" answer within 30 s.","stage":"callSetup"}`
	l.segmentFailure = `{"reason":null,"stage":"callSetup"}`
	l.media, l.segments = []string{mainAudio}, 1
	p.end, l.end = p.start, l.start
}

func failedMidcall(g *Generator, _ day, p *plan, r *rand.Rand) {
	p.meeting(r, g.users(r, 3))
	p.legs[1].failure = `{"reason":"","stage":"midcall"}`
	p.legs[1].segmentFailure = `{"stage":"midcall","reason":""}`
}

func fromPhone(g *Generator, d day, p *plan, r *rand.Rand) {
	caller, callee := g.people.of(phone, int(d)), g.users(r, 1)[0]
	p.peerToPeer(r, caller, callee)
	p.legs[0].media = []string{mainAudio}
	l := p.connect(r, party{who: caller}, party{role: "mediationServer"})
	l.media = []string{mainAudio}
}

func withGuests(g *Generator, d day, p *plan, r *rand.Rand) {
	p.meeting(r, append(g.users(r, 2), g.people.of(guest, int(d)), g.people.of(guest, int(d)+1)))
}

func withBots(g *Generator, d day, p *plan, r *rand.Rand) {
	p.meeting(r, append(g.users(r, 2), g.people.of(application, int(d)), g.people.of(applicationInstance, int(d))))
	p.connect(r, party{who: p.people[0]}, party{role: "customBot"})
}

// repeatedSession is a call that an auto attendant transfers: Graph then
// returns one session id several times, with different content.
func repeatedSession(g *Generator, d day, p *plan, r *rand.Rand) {
	attendant := g.people.of(applicationInstance, int(d))
	caller := g.people.of(phone, int(d))
	p.group, p.organizer = true, attendant
	p.people = append([]*identity{caller, attendant}, g.users(r, 1)...)
	p.connect(r, party{who: caller}, party{role: "skypeForBusinessAutoAttendant"})
	p.connect(r, party{who: caller}, party{role: "skypeForBusinessCallQueues"})
	p.connect(r, party{who: caller}, party{who: p.people[2]})
	for i := range p.legs {
		p.legs[i].id = p.legs[0].id
	}
}

func inRoom(g *Generator, d day, p *plan, r *rand.Rand) {
	p.meeting(r, append(g.users(r, 3), &g.people.rooms[int(d)%len(g.people.rooms)]))
}

func overACS(g *Generator, d day, p *plan, r *rand.Rand) {
	p.meeting(r, []*identity{g.people.of(acsUser, int(d)), g.people.of(acsUser, int(d)+1), g.users(r, 1)[0]})
}

func withOddNames(g *Generator, _ day, p *plan, r *rand.Rand) {
	var people []*identity
	for i := range g.people.odd {
		people = append(people, &g.people.odd[i])
	}
	p.meeting(r, people)
}

func withoutMedia(g *Generator, _ day, p *plan, r *rand.Rand) {
	people := g.users(r, 2)
	p.peerToPeer(r, people[0], people[1]).media = nil
	p.versions = 1
}

func withoutSessions(g *Generator, _ day, p *plan, r *rand.Rand) {
	people := g.users(r, 2)
	p.peerToPeer(r, people[0], people[1])
	p.legs, p.versions = nil, 1
}

func withoutSegments(g *Generator, _ day, p *plan, r *rand.Rand) {
	p.meeting(r, g.users(r, 2))
	p.legs[0].segments, p.versions = 0, 1
}

func acrossMidnight(g *Generator, d day, p *plan, r *rand.Rand) {
	p.at(d, 23*hour+40*minute+ticks(r.Int64N(int64(10*minute))), 50*minute, r)
	p.keepOrder(r)
	p.meeting(r, g.users(r, 4))
}

func longMeeting(g *Generator, d day, p *plan, r *rand.Rand) {
	p.at(d, 8*hour, 26*hour, r)
	p.keepOrder(r)
	p.meeting(r, g.users(r, 3))
}

func deprecatedOnly(g *Generator, _ day, p *plan, r *rand.Rand) {
	p.meeting(r, g.users(r, 3))
	p.organizerForm, p.participantForm = oldForm, oldForm
}

func undeclaredProperties(g *Generator, _ day, p *plan, r *rand.Rand) {
	p.meeting(r, g.users(r, 2))
	p.undeclared = true
}

// escalated is a call of two that became a meeting: its first leg has the
// call's id, no media, and ends when it starts.
func escalated(g *Generator, _ day, p *plan, r *rand.Rand) {
	people := g.users(r, 3)
	l := p.peerToPeer(r, people[0], people[1])
	l.media, l.end = nil, l.start
	p.meeting(r, people)
	p.joinURL = false
}

func oddValues(g *Generator, _ day, p *plan, r *rand.Rand) {
	p.meeting(r, g.users(r, 3))
	p.odd = true
}

func laterVersion(g *Generator, _ day, p *plan, r *rand.Rand) {
	p.meeting(r, g.users(r, 4))
	p.later(r)
	p.lateLeg = true
}

// largeMeeting needs more than one page of sessions, sometimes of participants.
func largeMeeting(g *Generator, _ day, p *plan, r *rand.Rand) {
	people := g.users(r, int(between(r, 62, 140)))
	p.meeting(r, people)
	for i := range p.legs {
		p.legs[i].segments, p.legs[i].media = 1, []string{mainAudio}
	}
}

func peerToPeerVideo(g *Generator, _ day, p *plan, r *rand.Rand) {
	people := g.users(r, 2)
	p.peerToPeer(r, people[0], people[1]).media = []string{mainAudio, mainVideo, screenSharing}
}

// keepOrder moves a second version behind the first after a change of times.
func (p *plan) keepOrder(r *rand.Rand) {
	if p.versions == 2 {
		p.later(r)
	}
}

func serviceRoles() []string {
	return []string{
		"unknown", "customBot", "skypeForBusinessMicrosoftTeamsGateway", "skypeForBusinessAudioVideoMcu",
		"skypeForBusinessApplicationSharingMcu", "skypeForBusinessCallQueues", "skypeForBusinessAutoAttendant",
		"mediationServer", "mediationServerCloudConnectorEdition", "exchangeUnifiedMessagingService", "mediaController",
		"conferencingAnnouncementService", "conferencingAttendant", "audioTeleconferencerController",
		"skypeForBusinessUnifiedCommunicationApplicationPlatform", "responseGroupServiceAnnouncementService", "gateway",
		"skypeTranslator", "skypeForBusinessAttendant", "responseGroupService", "voicemail",
		// A role that no published schema knows yet.
		"teamsCopilot",
	}
}
