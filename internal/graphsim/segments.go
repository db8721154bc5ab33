package graphsim

import "net/url"

// Graph isn't known to page the segments inside a session, but OData allows
// it, and a client that overlooks such a link loses segments without a sign.

// firstSegments writes the segments member of a session as its first page.
func (s *Server) firstSegments(body *pieces, record Record, ordinal int) {
	list := record.segmentsOf(ordinal)
	to := min(s.options.SegmentPageSize, len(list.items))
	body.text(`"segments":[`)
	segmentRange(body, record, list, 0, to)
	body.text(`]`)
	if to < len(list.items) {
		body.text(`,"segments@odata.nextLink":"`, s.segmentLink(record, ordinal, 2, to), `"`)
	}
}

// segmentPage writes a further page of a session's segments. The token names
// the session by its ordinal, since session ids may repeat within a call.
func (s *Server) segmentPage(body *pieces, record Record, rt route) bool {
	t, ok := parseSkiptoken(rt.query.skiptoken, KindSegments)
	if !ok || t.session >= record.Sessions() {
		return false
	}
	list := record.segmentsOf(t.session)
	from := min(t.from, len(list.items))
	to := min(from+max(1, s.options.SegmentPageSize), len(list.items))
	body.text(`{"@odata.context":"`, s.GraphURL, `/v1.0/$metadata#communications/callRecords('`, url.PathEscape(record.ID), `')/sessions('`, url.PathEscape(rt.session), `')/segments","value":[`)
	segmentRange(body, record, list, from, to)
	body.text(`]`)
	if to < len(list.items) {
		body.text(`,"@odata.nextLink":"`, s.segmentLink(record, t.session, t.page+1, to), `"`)
	}
	body.text(`}`)
	return true
}

func segmentRange(body *pieces, record Record, list segmentList, from, to int) {
	if from < to {
		body.bytes(record.JSON[list.items[from].start:list.items[to-1].end])
	}
}

func (s *Server) segmentLink(record Record, ordinal, page, from int) string {
	session := ""
	eachMember(record.JSON, record.split().sessions.items[ordinal].start, func(name, value span) bool {
		if string(name.of(record.JSON)) == "id" {
			session = text(value.of(record.JSON))
		}
		return session == ""
	})
	return s.link(record.ID, "/sessions('"+url.PathEscape(session)+"')/segments", "", skiptoken{kind: KindSegments, page: page, from: from, session: ordinal})
}
