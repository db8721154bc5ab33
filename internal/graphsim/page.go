package graphsim

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// pieces are the parts of an answer's body: ranges of a record's JSON, which
// are not copied, and what the server writes between them.
type pieces [][]byte

func (p *pieces) text(s ...string) {
	for _, s := range s {
		*p = append(*p, []byte(s))
	}
}

func (p *pieces) bytes(b []byte) { *p = append(*p, b) }

// serveCall answers a request for a call or for a page of one of its relations.
func (s *Server) serveCall(w http.ResponseWriter, r *http.Request, rt route) {
	record, ok := s.tenant.readable(rt.id)
	if !ok {
		s.notFound(w)
		return
	}
	if missing := unknownProperty(rt.query.selected, rt); missing != "" {
		s.badRequest(w, "could not find a property named '"+missing+"'")
		return
	}
	key := keyOf(record, r)
	if page, ok := s.packed.get(key); ok && acceptsGzip(r) {
		page.write(w)
		return
	}
	prefer := parsePrefer(r.Header)
	var body pieces
	size := 0
	switch {
	case rt.kind == KindCall:
		s.head(&body, record, rt)
		body.text("}")
	case rt.kind == KindSegments:
		if !s.segmentPage(&body, record, rt) {
			s.badRequest(w, "the skiptoken is not valid")
			return
		}
	default:
		rel, limit := participants, s.options.ParticipantPageSize
		if rt.kind == KindSessions {
			rel, limit = sessions, s.options.SessionPageSize
		}
		if size = limit; prefer.pageSize > 0 {
			size = min(limit, prefer.pageSize)
		}
		if !s.relationPage(&body, record, rt, rel, size, r.URL.RawQuery) {
			s.badRequest(w, "the skiptoken is not valid")
			return
		}
	}
	if page, ok := s.write(w, r, body, prefer, size); ok {
		s.packed.put(key, page)
	}
}

// head writes the call's own members, and leaves the object open.
func (s *Server) head(body *pieces, record Record, rt route) {
	metadata := s.GraphURL + "/v1.0/$metadata#communications/callRecords"
	expanded := ""
	switch {
	case rt.kind == KindParticipants:
		expanded = "(participants_v2())"
	case rt.kind == KindSessions && rt.withSegments():
		expanded = "(sessions(segments()))"
	case rt.kind == KindSessions:
		expanded = "(sessions())"
	}
	body.text(`{"@odata.context":"`, metadata, expanded, `/$entity"`)
	s.members(body, record, rt.query.selected)
	if len(rt.query.selected) == 0 {
		body.text(`,"participants_v2@odata.context":"`, metadata, `('`, url.PathEscape(record.ID), `')/participants_v2/$entity"`)
	}
}

// members writes the call's members, each with a leading comma, those selected if any are.
func (s *Server) members(body *pieces, record Record, selected []string) {
	l := record.split()
	for i := 0; i < len(l.members); i++ {
		m := l.members[i]
		if len(selected) > 0 && !slices.Contains(selected, m.name) {
			continue
		}
		body.text(",")
		if m.name == "organizer_v2" {
			body.text(`"organizer_v2@odata.context":"`, s.GraphURL, `/v1.0/$metadata#communications/callRecords('`, url.PathEscape(record.ID), `')/organizer_v2/$entity",`)
		}
		body.bytes(m.pair.of(record.JSON))
	}
}

// withSegments reports whether the sessions are asked for with their segments.
func (rt route) withSegments() bool {
	if rt.head {
		return len(rt.query.expand) == 1 && len(rt.query.expand[0].expand) == 1
	}
	return len(rt.query.expand) == 1
}

// selectedOfItems is the $select that applies to a relation's items.
func (rt route) selectedOfItems() []string {
	if !rt.head {
		return rt.query.selected
	}
	if len(rt.query.expand) == 1 {
		return rt.query.expand[0].selected
	}
	return nil
}

// relationPage writes a page of a relation: the head with the first page, or a
// collection. It reports whether the skiptoken was one of the server's or of
// the recorded response.
func (s *Server) relationPage(body *pieces, record Record, rt route, rel relation, size int, rawQuery string) bool {
	c := record.split().of(rel)
	from, to, next := 0, 0, ""
	if len(c.recorded) > 0 {
		var ok bool
		if from, to, next, ok = s.recordedPage(c, rt, rawQuery); !ok {
			return false
		}
	} else {
		page := 1
		if rt.query.skiptoken != "" {
			t, ok := parseSkiptoken(rt.query.skiptoken, rt.kind)
			if !ok {
				return false
			}
			from, page = min(t.from, len(c.items)), t.page
		}
		to = min(from+size, len(c.items))
		if to < len(c.items) {
			next = s.link(record.ID, "/"+string(rel), rt.linkQuery(), skiptoken{kind: rt.kind, page: page + 1, from: to})
		}
	}
	if rt.head {
		s.head(body, record, rt)
		if next != "" && rel == participants {
			body.text(`,"`, string(rel), `@odata.nextLink":"`, next, `"`)
		}
		body.text(`,"`, string(rel), `":[`)
		s.items(body, record, rt, rel, from, to)
		body.text(`]`)
		if next != "" && rel == sessions {
			body.text(`,"`, string(rel), `@odata.nextLink":"`, next, `"`)
		}
		body.text(`}`)
		return true
	}
	body.text(`{"@odata.context":"`, s.GraphURL, `/v1.0/$metadata#communications/callRecords('`, url.PathEscape(record.ID), `')/`, string(rel))
	if rel == sessions && rt.withSegments() {
		body.text(`(segments())`)
	}
	body.text(`"`)
	if next != "" {
		body.text(`,"@odata.nextLink":"`, next, `"`)
	}
	body.text(`,"value":[`)
	s.items(body, record, rt, rel, from, to)
	body.text(`]}`)
	return true
}

// linkQuery is what a next link repeats of the request's options.
func (rt route) linkQuery() string {
	var options []string
	if rt.withSegments() {
		options = append(options, "$expand=segments")
	}
	if selected := rt.selectedOfItems(); len(selected) > 0 {
		options = append(options, "$select="+strings.Join(selected, ","))
	}
	return strings.Join(options, "&")
}

// recordedPage finds the recorded page that the request asks for, and the next
// link as it was recorded, on the server's own origin.
func (s *Server) recordedPage(c *collection, rt route, rawQuery string) (from, to int, next string, ok bool) {
	page := 0
	if !rt.head {
		for i, p := range c.recorded {
			_, query, _ := strings.Cut(p.link, "?")
			if p.link != "" && query == rawQuery {
				page = i + 1
				break
			}
		}
		if page == 0 && rt.query.skiptoken != "" {
			return 0, 0, "", false
		}
	}
	if page >= len(c.recorded) {
		return 0, 0, "", true // the link leads to what wasn't recorded
	}
	if page > 0 {
		from = c.recorded[page-1].end
	}
	if link := c.recorded[page].link; link != "" {
		next = s.GraphURL + link
	}
	return from, c.recorded[page].end, next, true
}

// items writes the items of a relation from one ordinal up to another. Items
// that need no change are one range of the record.
func (s *Server) items(body *pieces, record Record, rt route, rel relation, from, to int) {
	all := record.split().of(rel).items
	selected := rt.selectedOfItems()
	asIs := rel == participants || rt.withSegments() && s.options.SegmentPageSize == 0
	if from == to {
		return
	}
	if asIs && len(selected) == 0 {
		body.bytes(record.JSON[all[from].start:all[to-1].end])
		return
	}
	for i := from; i < to; i++ {
		if i > from {
			body.text(",")
		}
		s.item(body, record, rt, all[i], i, selected)
	}
}

// item writes one item member by member.
func (s *Server) item(body *pieces, record Record, rt route, at span, ordinal int, selected []string) {
	if record.JSON[at.start] != '{' {
		body.bytes(at.of(record.JSON))
		return
	}
	body.text("{")
	first := true
	eachMember(record.JSON, at.start, func(name, value span) bool {
		key := string(name.of(record.JSON))
		segments := rt.kind == KindSessions && key == "segments"
		if segments && !rt.withSegments() || !segments && len(selected) > 0 && !slices.Contains(selected, key) {
			return true
		}
		if !first {
			body.text(",")
		}
		first = false
		if segments && s.options.SegmentPageSize > 0 {
			s.firstSegments(body, record, ordinal)
			return true
		}
		body.bytes(record.JSON[name.start-1 : value.end])
		return true
	})
	body.text("}")
}
