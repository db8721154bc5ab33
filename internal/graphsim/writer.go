package graphsim

import (
	"math/rand/v2"
	"strconv"
)

// writer writes planned calls as JSON. It appends to one buffer, which is
// copied when a record is done.
type writer struct {
	generator *Generator
	b         []byte
	source    rand.PCG
	r         *rand.Rand
	ends      [2][]byte // caller and callee of the leg at hand
}

// seed makes all further choices depend on the call and on what is written,
// so that a part is the same in each version that has it.
func (w *writer) seed(p *plan, part int) {
	if w.r == nil {
		w.r = rand.New(&w.source)
	}
	w.source.Seed(p.seed, mix(uint64(part)))
}

func (w *writer) raw(s string)    { w.b = append(w.b, s...) }
func (w *writer) int(v int64)     { w.b = strconv.AppendInt(w.b, v, 10) }
func (w *writer) time(t ticks)    { w.b = append(t.appendTime(append(w.b, '"')), '"') }
func (w *writer) length(t ticks)  { w.b = append(t.appendDuration(append(w.b, '"')), '"') }
func (w *writer) bool(v bool)     { w.b = strconv.AppendBool(w.b, v) }
func (w *writer) string(s string) { w.b = appendQuoted(w.b, s, false) }

// decimal writes v / 10^digits without zeros at the end.
func (w *writer) decimal(v uint64, digits int) {
	scale := uint64(1)
	for range digits {
		scale *= 10
	}
	w.b = strconv.AppendUint(w.b, v/scale, 10)
	w.b = appendFraction(w.b, v%scale, digits)
}

// ratio writes a number from 0 to 1, mostly small; 0 and 1 as integers.
func (w *writer) ratio() {
	switch n := w.r.Uint32(); {
	case n%16 < 6:
		w.b = append(w.b, '0')
	case n%64 == 15:
		w.b = append(w.b, '1')
	case n%4 == 3:
		w.decimal(uint64(n>>8)%10_000, 4)
	default:
		w.decimal(uint64(n>>8)%200_000, 7)
	}
}

// absence says how a value that isn't there is written.
type absence int

const (
	asValue absence = iota // it is there
	asNull
	asEmpty // "" where the value is a text, else null
	asGap   // the member is left out
)

// missing chooses how to write a value of an optional property, which is
// there unless the record is made of gaps.
func (w *writer) missing(p *plan) absence {
	if p.full {
		return asValue
	}
	switch w.r.Uint32() % 16 {
	case 0:
		return asNull
	case 1:
		return asEmpty
	case 2:
		return asGap
	}
	return asValue
}

// text writes an optional text member, with a leading comma.
func (w *writer) text(p *plan, name, value string) {
	switch w.missing(p) {
	case asValue:
		w.raw(name)
		w.b = append(w.b, '"')
		w.raw(value)
		w.b = append(w.b, '"')
	case asNull:
		w.raw(name)
		w.raw("null")
	case asEmpty:
		w.raw(name)
		w.raw(`""`)
	}
}

// optional writes a member's name and reports whether its value has to follow.
func (w *writer) optional(p *plan, name string) bool {
	switch w.missing(p) {
	case asValue:
		w.raw(name)
		return true
	case asNull, asEmpty:
		w.raw(name)
		w.raw("null")
	}
	return false
}

// record writes one version of the call.
func (w *writer) record(p *plan, version int, modified ticks) {
	w.seed(p, -1)
	w.raw(`{"version":`)
	w.int(int64(version))
	if p.group {
		w.raw(`,"type":"groupCall"`)
	} else {
		w.raw(`,"type":"peerToPeer"`)
	}
	w.raw(`,"modalities":`)
	w.modalities(p.legs...)
	w.raw(`,"lastModifiedDateTime":`)
	w.time(modified)
	w.raw(`,"startDateTime":`)
	w.time(p.start)
	w.raw(`,"endDateTime":`)
	w.time(p.end)
	w.raw(`,"joinWebUrl":`)
	if p.joinURL {
		w.raw(`"https://teams.microsoft.com/l/meetup-join/19%3ameeting_`)
		w.raw(p.id)
		w.raw(`%40thread.v2/0?context=%7b%22Tid%22%3a%22`)
		w.raw(w.generator.options.TenantID)
		w.raw(`%22%7d"`)
	} else {
		w.raw("null")
	}
	w.raw(`,"id":"`)
	w.raw(p.id)
	w.raw(`"`)
	w.people(p)
	w.raw(`,"sessions":[`)
	for i := range p.legs {
		if p.lateLeg && version < p.versions && i > 0 && i == len(p.legs)-1 {
			break
		}
		if i > 0 {
			w.raw(",")
		}
		w.seed(p, i)
		w.session(p, &p.legs[i], i, version < p.versions && i%2 == 0)
	}
	w.raw(`]}`)
}

// people writes the organizer and the participants in the forms that the record has.
func (w *writer) people(p *plan) {
	if p.organizerForm != newForm {
		w.raw(`,"organizer":`)
		w.raw(p.organizer.set)
	}
	if p.organizerForm != oldForm {
		w.raw(`,"organizer_v2":`)
		w.participant(p.organizer)
	}
	if p.participantForm != newForm {
		w.raw(`,"participants":[`)
		for i, who := range p.people[:min(len(p.people), 130)] {
			if i > 0 {
				w.raw(",")
			}
			w.raw(who.set)
		}
		w.raw(`]`)
	}
	if p.participantForm != oldForm {
		w.raw(`,"participants_v2":[`)
		for i, who := range p.people {
			if i > 0 {
				w.raw(",")
			}
			w.participant(who)
		}
		w.raw(`]`)
	}
}

func (w *writer) participant(who *identity) {
	w.raw(`{"id":"`)
	w.raw(who.id)
	w.raw(`","identity":`)
	w.raw(who.set)
	w.raw(who.more)
	w.raw(`}`)
}

// modalities writes the distinct modalities of the legs. Data channels have none.
func (w *writer) modalities(legs ...leg) {
	has := map[string]bool{}
	for i := range legs {
		for _, label := range legs[i].media {
			has[label] = true
		}
	}
	w.raw(`[`)
	first := true
	for _, m := range [...][2]string{{mainAudio, `"audio"`}, {mainVideo, `"video"`}, {screenSharing, `"videoBasedScreenSharing"`}} {
		if !has[m[0]] {
			continue
		}
		if !first {
			w.raw(",")
		}
		first = false
		w.raw(m[1])
	}
	w.raw(`]`)
}
