package transform

import "etl/schemas"

func (d *decoder) sessions() {
	for ordinal := range d.elements() {
		d.session(ordinal)
	}
}

// session reads an item of sessions, and the rows below it.
func (d *decoder) session(ordinal int64) {
	rows := &d.rows
	segments, media, streams := len(rows.Segments), len(rows.Media), len(rows.Streams)
	rows.Sessions = extend(d, rows.Sessions)
	row := &rows.Sessions[len(rows.Sessions)-1]
	row.SessionOrdinal = ordinal
	for name := range d.members() {
		switch name {
		case "id":
			row.SessionID = d.text()
		case "startDateTime":
			row.StartDateTime = d.time()
		case "endDateTime":
			row.EndDateTime = d.time()
		case "modalities":
			row.Modalities = d.names()
		case "isTest":
			row.IsTest = d.boolean()
		case "failureInfo":
			row.FailureInfoReason, row.FailureInfoStage = d.failureInfo("sessions.failureInfo")
		case "caller":
			d.endpoint((*schemas.Endpoint)(&row.CallerEndpoint), "sessions.caller", &d.caller)
		case "callee":
			d.endpoint((*schemas.Endpoint)(&row.CalleeEndpoint), "sessions.callee", &d.callee)
		case "segments":
			d.segments()
		default:
			d.unknown("sessions", name)
		}
	}
	for i := segments; i < len(rows.Segments); i++ {
		rows.Segments[i].SessionKey = row.SessionKey
	}
	for i := media; i < len(rows.Media); i++ {
		rows.Media[i].SessionKey = row.SessionKey
	}
	for i := streams; i < len(rows.Streams); i++ {
		rows.Streams[i].SessionKey = row.SessionKey
	}
}

func (d *decoder) failureInfo(path string) (reason, stage *string) {
	for name := range d.members() {
		switch name {
		case "reason":
			reason = d.text()
		case "stage":
			stage = d.text()
		default:
			d.unknown(path, name)
		}
	}
	return reason, stage
}

func (d *decoder) segments() {
	for ordinal := range d.elements() {
		d.segment(ordinal)
	}
}

// segment reads an item of a session's segments, and the rows below it.
func (d *decoder) segment(ordinal int64) {
	rows := &d.rows
	media, streams := len(rows.Media), len(rows.Streams)
	rows.Segments = extend(d, rows.Segments)
	row := &rows.Segments[len(rows.Segments)-1]
	row.SegmentOrdinal = ordinal
	for name := range d.members() {
		switch name {
		case "id":
			row.SegmentID = d.text()
		case "startDateTime":
			row.StartDateTime = d.time()
		case "endDateTime":
			row.EndDateTime = d.time()
		case "failureInfo":
			row.FailureInfoReason, row.FailureInfoStage = d.failureInfo("sessions.segments.failureInfo")
		case "caller":
			d.endpoint((*schemas.Endpoint)(&row.CallerEndpoint), "sessions.segments.caller", &d.caller)
		case "callee":
			d.endpoint((*schemas.Endpoint)(&row.CalleeEndpoint), "sessions.segments.callee", &d.callee)
		case "media":
			d.medias()
		default:
			d.unknown("sessions.segments", name)
		}
	}
	for i := media; i < len(rows.Media); i++ {
		rows.Media[i].SegmentKey = row.SegmentKey
	}
	for i := streams; i < len(rows.Streams); i++ {
		stream := &rows.Streams[i]
		stream.SegmentKey = row.SegmentKey
		stream.CallerAssociatedIdentityID = row.CallerEndpoint.AssociatedIdentityID
		stream.CallerUserAgentPlatform = row.CallerEndpoint.UserAgentPlatform
		stream.CallerUserAgentProductFamily = row.CallerEndpoint.UserAgentProductFamily
		stream.CalleeAssociatedIdentityID = row.CalleeEndpoint.AssociatedIdentityID
		stream.CalleeUserAgentPlatform = row.CalleeEndpoint.UserAgentPlatform
		stream.CalleeUserAgentProductFamily = row.CalleeEndpoint.UserAgentProductFamily
	}
}
