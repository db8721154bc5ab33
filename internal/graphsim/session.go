package graphsim

// session writes the n-th session of a call. A bare one lacks the telemetry
// that a later version brings.
func (w *writer) session(p *plan, l *leg, n int, bare bool) {
	for side, end := range [2]party{l.caller, l.callee} {
		w.ends[side] = w.endpoint(w.ends[side][:0], p, end, n+side)
	}
	w.raw(`{"id":"`)
	w.raw(l.id)
	w.raw(`","modalities":`)
	w.modalities(*l)
	w.raw(`,"startDateTime":`)
	w.time(l.start)
	w.raw(`,"endDateTime":`)
	w.time(l.end)
	if w.optional(p, `,"isTest":`) {
		w.bool(l.test)
	}
	w.failure(l.failure)
	w.parties()
	if p.undeclared {
		w.raw(`,"isRecorded":false`)
	}
	w.raw(`,"segments":[`)
	for i := range l.segments {
		if i > 0 {
			w.raw(",")
		}
		w.segment(p, l, n, i, bare)
	}
	w.raw(`]}`)
}

// segment writes the i-th segment of a session; segments share its time.
func (w *writer) segment(p *plan, l *leg, n, i int, bare bool) {
	share := func(i int) ticks {
		return (l.start + (l.end-l.start)*ticks(i)/ticks(l.segments)).cut(p.digits)
	}
	start, end := share(i), share(i+1)
	w.raw(`{"startDateTime":`)
	w.time(start)
	w.raw(`,"endDateTime":`)
	w.time(end)
	w.raw(`,"id":"`)
	if i == 0 {
		w.raw(l.id)
	} else {
		w.raw(guid(w.r))
	}
	w.raw(`"`)
	w.failure(l.segmentFailure)
	w.parties()
	w.raw(`,"media":[`)
	for m, label := range l.media {
		if m > 0 {
			w.raw(",")
		}
		w.media(p, l, label, n+m, start, end, bare)
	}
	w.raw(`]}`)
}

func (w *writer) failure(info string) {
	if info == "" {
		info = "null"
	}
	w.raw(`,"failureInfo":`)
	w.raw(info)
}

func (w *writer) parties() {
	w.raw(`,"caller":`)
	w.b = append(w.b, w.ends[0]...)
	w.raw(`,"callee":`)
	w.b = append(w.b, w.ends[1]...)
}

// endpoint appends one end of a session. It is rendered once and then used in
// the session and in each of its segments.
func (w *writer) endpoint(b []byte, p *plan, end party, n int) []byte {
	if end.who == nil {
		b = append(b, `{"@odata.type":"#microsoft.graph.callRecords.serviceEndpoint","userAgent":{`...)
		switch {
		case end.clientAgent:
			b = append(b, `"@odata.type":"#microsoft.graph.callRecords.clientUserAgent","headerValue":null,"applicationVersion":null,"platform":"unknown","productFamily":"unknown"}}`...)
		default:
			b = append(b, `"@odata.type":"#microsoft.graph.callRecords.serviceUserAgent","headerValue":"CallSignalingAgent (27/1.0;MediaServer)","applicationVersion":"1.0.0.`...)
			b = append(b, `7","role":"`...)
			b = append(b, end.role...)
			b = append(b, `"}}`...)
		}
		return b
	}
	b = append(b, end.who.client...)
	switch {
	case p.full, w.r.Uint32()%8 == 0:
		b = append(b, `,"feedback":`...)
		all := feedbacks()
		b = append(b, all[n%len(all)]...)
	case w.r.Uint32()%2 == 0:
		b = append(b, `,"feedback":null`...)
	}
	return append(b, '}')
}

// feedbacks are ratings, most with tokens: an open set of names, of which the
// documentation knows two families.
func feedbacks() [7]string {
	return [7]string{
		`{"rating":"poor","text":"Echo \"all\" the time","tokens":{"NoSound":false,"OtherNoSound":false,"Echo":true,"Noisy":false,"LowVolume":false,"Stopped":false,"DistortedSound":false,"Interruptions":true}}`,
		`{"rating":"notRated","text":null,"tokens":{}}`,
		`{"rating":"bad","text":"听不见 🙁","tokens":{"BackgroundNoise":true,"DistortedSpeech":false,"Echo":false,"ElectronicFeedback":false,"MuffledSpeech":true}}`,
		`{"rating":"excellent","text":"","tokens":null}`,
		`{"rating":"good"}`,
		`{"rating":"fair","text":"","tokens":{"VideoFroze":true,"BrandNewToken":false}}`,
		`{"rating":"thumbsUp","text":null,"tokens":{"Echo":null}}`,
	}
}
