package graphsim

import "strconv"

// stream writes the i-th stream of a media line. A bare one has no telemetry.
func (w *writer) stream(p *plan, label string, n, i int, start, end ticks, bare bool) {
	audio, video := label == mainAudio, label == mainVideo || label == screenSharing
	w.raw(`{"streamId":"`)
	if w.r.Uint32()%3 == 0 {
		w.b = strconv.AppendUint(w.b, 1+uint64(w.r.Uint32()), 10)
	} else {
		w.b = strconv.AppendInt(w.b, int64(1000+i), 10)
	}
	if i%2 == 0 {
		w.raw(`","streamDirection":"callerToCallee"`)
	} else {
		w.raw(`","streamDirection":"calleeToCaller"`)
	}
	// The metrics of a stream that never reported are null for ever.
	gone := bare || !p.full && w.r.Uint32()%32 == 0
	audio, video = (audio || p.full) && !gone, (video || p.full) && !gone
	if p.full || w.r.Uint32()%16 == 0 {
		w.raw(`,"startDateTime":`)
		w.time(start)
		w.raw(`,"endDateTime":`)
		w.time(end)
	} else {
		w.raw(`,"startDateTime":null,"endDateTime":null`)
	}
	w.codecs(p, audio, video, n)
	w.count(p, !gone, `,"packetUtilization":`, 200_000)
	w.count(p, !gone, `,"averageBandwidthEstimate":`, 40_000_000)
	w.jitter(p, !gone, `,"averageJitter":`, 60)
	w.jitter(p, !gone, `,"maxJitter":`, 400)
	w.jitter(p, !gone, `,"averageRoundTripTime":`, 300)
	w.jitter(p, !gone, `,"maxRoundTripTime":`, 2000)
	w.share(p, !gone, `,"averagePacketLossRate":`)
	w.share(p, !gone, `,"maxPacketLossRate":`)
	w.jitter(p, audio, `,"averageAudioNetworkJitter":`, 80)
	w.jitter(p, audio, `,"maxAudioNetworkJitter":`, 600)
	w.share(p, audio, `,"averageRatioOfConcealedSamples":`)
	w.share(p, audio, `,"maxRatioOfConcealedSamples":`)
	w.amount(p, audio, `,"averageAudioDegradation":`, 3_000_000, 6)
	w.flag(p, audio, `,"isAudioForwardErrorCorrectionUsed":`)
	w.share(p, video, `,"averageVideoPacketLossRate":`)
	w.share(p, video, `,"postForwardErrorCorrectionPacketLossRate":`)
	w.amount(p, video, `,"averageVideoFrameLossPercentage":`, 100_000, 4)
	w.amount(p, video, `,"averageVideoFrameRate":`, 300_000_000, 7)
	w.amount(p, video, `,"averageReceivedFrameRate":`, 300_000_000, 7)
	w.share(p, video, `,"lowFrameRateRatio":`)
	w.share(p, video, `,"lowVideoProcessingCapabilityRatio":`)
	w.jitter(p, video, `,"averageFreezeDuration":`, 900)
	w.jitter(p, video, `,"rmsFreezeDuration":`, 900)
	w.flag(p, !gone, `,"wasMediaBypassed":`)
	w.raw(`}`)
}

func (w *writer) codecs(p *plan, audio, video bool, n int) {
	w.raw(`,"audioCodec":`)
	switch {
	case !audio:
		w.raw("null")
	case p.full:
		codecs := [...]string{
			"unknown", "invalid", "cn", "pcma", "pcmu", "amrWide", "g722", "g7221", "g7221c", "g729", "multiChannelAudio", "muchv2", "opus",
			"satin", "satinFullband", "rtAudio8", "rtAudio16", "silk", "silkNarrow", "silkWide", "siren", "xmsRta", "lyra",
		}
		w.string(codecs[n%len(codecs)])
	default:
		w.string([...]string{"satin", "silkWide", "opus", "g722", "satinFullband", "pcmu", "satin", "satin"}[w.r.Uint32()%8])
	}
	w.raw(`,"videoCodec":`)
	switch {
	case !video:
		w.raw("null")
	case p.full:
		codecs := [...]string{"unknown", "invalid", "av1", "h263", "h264", "h264s", "h264uc", "h265", "rtvc1", "rtVideo", "xrtvc1", "h266"}
		w.string(codecs[n%len(codecs)])
	default:
		w.string([...]string{"h264", "h264uc", "av1", "h264s"}[w.r.Uint32()%4])
	}
}

// metric writes the name of a stream's metric and reports whether a value
// follows: none does for a metric of another kind of media.
func (w *writer) metric(p *plan, there bool, name string) bool {
	if there {
		return w.optional(p, name)
	}
	w.raw(name)
	w.raw("null")
	return false
}

func (w *writer) count(p *plan, there bool, name string, limit uint32) {
	if w.metric(p, there, name) {
		w.int(int64(w.r.Uint32() % limit))
	}
}

func (w *writer) flag(p *plan, there bool, name string) {
	if w.metric(p, there, name) {
		w.bool(w.r.Uint32()%2 == 0)
	}
}

func (w *writer) share(p *plan, there bool, name string) {
	if w.metric(p, there, name) {
		w.ratio()
	}
}

func (w *writer) amount(p *plan, there bool, name string, limit uint32, digits int) {
	if w.metric(p, there, name) {
		w.decimal(uint64(w.r.Uint32()%limit), digits)
	}
}

// jitter writes a duration of up to so many milliseconds, mostly whole ones.
func (w *writer) jitter(p *plan, there bool, name string, limit uint32) {
	if !w.metric(p, there, name) {
		return
	}
	switch v := w.r.Uint32(); {
	case p.odd:
		odd := [...]string{`"PT3M27.1364656S"`, `"-PT1.5S"`, `"P1DT2H"`, `"PT0S"`, `"-PT1M28.6559915S"`, `"P2D"`, `"PT1H"`, `"PT0.0000001S"`}
		w.raw(odd[v%uint32(len(odd))])
	case v%4096 == 0:
		w.raw(`"-PT1.5S"`)
	case v%16 == 1:
		w.length(ticks(v>>4) % (ticks(limit) * millisecond))
	default:
		w.length(ticks(v>>4%limit) * millisecond)
	}
}
