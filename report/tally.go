package report

import (
	"cmp"
	"math"
	"slices"
	"time"

	"etl/load"
	"etl/views"
)

// Tables are the rows of a date with the columns of Columns.
type Tables struct{ Calls, Sessions, Segments, Streams *load.Rows }

// Count counts the facts of a date. As in the views a call counts at the
// version that calls has, sessions that were tests and their streams don't,
// and a stream counts once for each of its ends that is a client where it is
// about networks. An error is that of reading rows.
func Count(date time.Time, rows Tables, judge *views.Judge, places *Places) (*Facts, error) {
	t := &tally{
		Facts: NewFacts(), day: newDay(date), judge: judge, places: places,
		texts: map[string]string{}, media: map[string]views.Media{}, subnetsInside: map[string]bool{},
		stream: views.Stream{Metrics: make([]float64, len(judge.Metrics))},
	}
	for rows.Calls.Next() {
		t.call(rows.Calls)
		t.sessions = t.sessions[:0]
		for rows.Sessions.NextOf(rows.Calls) {
			t.session(rows.Sessions)
		}
		for rows.Segments.NextOf(rows.Calls) {
			t.segment(rows.Segments)
		}
		for rows.Streams.NextOf(rows.Calls) {
			t.streamOf(rows.Streams)
		}
		for i := range t.sessions {
			t.settle(&t.sessions[i])
		}
	}
	for _, r := range []*load.Rows{rows.Calls, rows.Sessions, rows.Segments, rows.Streams} {
		if err := r.Err(); err != nil {
			return nil, err
		}
	}
	t.Days = []*Day{t.day}
	return t.Facts, nil
}

// tally counts one date.
type tally struct {
	*Facts
	day    *Day
	judge  *views.Judge
	places *Places

	callType string
	sessions []session // of the call, by ordinal

	// What is made anew for every row otherwise.
	texts         map[string]string
	media         map[string]views.Media
	subnetsInside map[string]bool
	stream        views.Stream
	broken        []string
}

// session is what is kept of a session while its call is counted.
type session struct {
	ordinal       int64
	isTest        bool
	says          bool // of a failure, be it that there is none
	stage, reason string
	ends          [2]sessionEnd // caller, callee
	audio         Streams
}

type sessionEnd struct {
	isService, isKnown bool
	client             client
}

// text returns a text of a row, to keep. NULL and "" are the same to a report.
func (t *tally) text(b []byte) string {
	s, ok := t.texts[string(b)]
	if !ok {
		s = string(b)
		t.texts[s] = s
	}
	return s
}

func (t *tally) call(r *load.Rows) {
	t.callType = t.text(r.Text(callType))
	t.day.Calls[t.callType]++
	participants, _ := r.Int(callParticipants)
	t.day.Participants += participants
	end, ended := r.Int(callEnd)
	if !ended {
		return
	}
	if start, ok := r.CallStart(); ok {
		t.day.Micros += end - start
	}
	if fetched, ok := r.Int(callFetched); ok {
		a := arrival{callID: string(r.Text(callID)), callType: t.callType, end: end, fetched: fetched}
		t.delays = append(t.delays, a.delay())
		t.day.delays = append(t.day.delays, a.delay())
		t.slow(a)
	}
}

func (t *tally) session(r *load.Rows) {
	s := session{isTest: r.True(sessionIsTest)}
	s.ordinal, _ = r.Int(sessionOrdinal)
	if stage := r.Text(sessionStage); stage != nil {
		s.says, s.stage, s.reason = true, t.text(stage), t.text(r.Text(sessionReason))
	}
	for side := range s.ends {
		at := sessionEnds + side*endColumns
		platform, product, version := r.Text(at+endPlatform), r.Text(at+endProduct), r.Text(at+endVersion)
		s.ends[side] = sessionEnd{
			isService: string(r.Text(at+endKind)) == "service",
			isKnown:   platform != nil || product != nil || version != nil,
			client:    client{t.text(platform), t.text(product), t.text(version)},
		}
	}
	t.sessions = append(t.sessions, s)
}

// sessionAt returns the session of the call with an ordinal, nil if there is
// none. Most calls have all, from 0.
func (t *tally) sessionAt(ordinal int64) *session {
	if ordinal >= 0 && ordinal < int64(len(t.sessions)) && t.sessions[ordinal].ordinal == ordinal {
		return &t.sessions[ordinal]
	}
	i, found := slices.BinarySearchFunc(t.sessions, ordinal, func(s session, o int64) int { return cmp.Compare(s.ordinal, o) })
	if !found {
		return nil
	}
	return &t.sessions[i]
}

// segment has a session that says nothing of a failure go by the first of its
// segments that does.
func (t *tally) segment(r *load.Rows) {
	stage := r.Text(segmentStage)
	if stage == nil {
		return
	}
	ordinal, _ := r.Int(segmentSession)
	if s := t.sessionAt(ordinal); s != nil && !s.says {
		s.says, s.stage, s.reason = true, t.text(stage), t.text(r.Text(segmentReason))
	}
}

func (t *tally) streamOf(r *load.Rows) {
	ordinal, _ := r.Int(streamSession)
	s := t.sessionAt(ordinal)
	if s == nil {
		s = &session{}
	}
	if s.isTest {
		return
	}
	var sender int // side; -1 where it is not known
	switch string(r.Text(streamDirection)) {
	case "callerToCallee":
		sender = 0
	case "calleeToCaller":
		sender = 1
	default:
		sender = -1
	}
	t.fill(r, sender >= 0 && s.ends[1-sender].isService)
	var class views.Quality
	class, t.broken = t.judge.Class(&t.stream, t.broken[:0])
	media := t.stream.Media
	t.day.Streams[media] = t.day.Streams[media].of(class)
	if media != views.Audio {
		return
	}
	s.audio = s.audio.of(class)
	for _, reason := range t.broken {
		t.reasons[reason]++
	}
	common, clients := inside|wired|wifi5|wifi24, 0
	for side := range s.ends {
		if s.ends[side].isService {
			continue
		}
		clients++
		common &= t.end(r, side, sender, class)
	}
	if clients == 0 {
		common = 0
	}
	g := streamGroup{t.callType, common}
	t.streams[g] = t.streams[g].of(class)
}

// fill reads what the judge asks of a stream.
func (t *tally) fill(r *load.Rows, outbound bool) {
	label := r.Text(streamLabel)
	media, ok := t.media[string(label)]
	if !ok {
		media = views.MediaOf(string(label))
		t.media[string(label)] = media
	}
	t.stream.Media, t.stream.IsOutbound = media, outbound
	t.stream.AudioCodec, t.stream.VideoCodec = t.text(r.Text(streamAudioCodec)), t.text(r.Text(streamVideoCodec))
	t.stream.Packets, _ = r.Int(streamPackets)
	for i := range t.stream.Metrics {
		value, ok := r.Double(streamMetrics + i)
		if !ok {
			value = math.NaN()
		}
		t.stream.Metrics[i] = value
	}
}

// end counts an audio stream at one of its ends, a client, and returns what is
// to be said of the end.
func (t *tally) end(r *load.Rows, side, sender int, class views.Quality) ends {
	at := streamEnds + side*streamEndColumns
	subnet := t.text(r.Text(at + endSubnet))
	n := network{t.text(r.Text(at + endConnection)), t.text(r.Text(at + endBand))}
	t.subnets[subnet] = t.subnets[subnet].of(class)
	t.networks[n] = t.networks[n].of(class)
	if sender >= 0 {
		d := device{"capture", t.text(r.Text(at + endMicrophone))}
		if side != sender {
			d = device{"render", t.text(r.Text(at + endSpeaker))}
		}
		if d.name != "" {
			t.devices[d] = t.devices[d].of(class)
		}
	}
	var is ends
	in, ok := t.subnetsInside[subnet]
	if !ok {
		b := t.places.of(subnet)
		in = b != nil && b.InsideCorp
		t.subnetsInside[subnet] = in
	}
	if in {
		is |= inside
	}
	switch {
	case n.connection == "wired":
		is |= wired
	case n.connection == "wifi" && n.band == "frequency50GHz":
		is |= wifi5
	case n.connection == "wifi" && n.band == "frequency24GHz":
		is |= wifi24
	}
	return is
}

// settle counts a session whose streams have been counted.
func (t *tally) settle(s *session) {
	if s.isTest {
		return
	}
	of := t.day.Sessions[t.callType]
	of.All++
	switch s.stage {
	case "callSetup":
		of.SetupFailed++
		t.failures[failure{"setup_failed", s.reason}]++
	case "midcall":
		of.Dropped++
		t.failures[failure{"dropped", s.reason}]++
	}
	t.day.Sessions[t.callType] = of
	for _, e := range s.ends {
		if e.isService || !e.isKnown {
			continue
		}
		c := t.clients[e.client]
		t.clients[e.client] = Client{c.Sessions + 1, c.Audio.plus(s.audio)}
	}
}
