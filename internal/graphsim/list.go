package graphsim

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// period is what the $filter of a list lets through.
type period struct {
	conditions []condition
}

type condition struct {
	operator string
	at       time.Time
}

// parseFilter reads a $filter: comparisons of startDateTime with a time, joined by and.
func parseFilter(filter string) (period, error) {
	var p period
	words := strings.Fields(filter)
	if len(words) == 0 {
		return p, nil
	}
	for i := 0; i < len(words); i += 4 {
		if i+3 > len(words) || i+3 < len(words) && (words[i+3] != "and" || i+4 == len(words)) {
			return p, fmt.Errorf("syntax error in the filter %q", filter)
		}
		if words[i] != "startDateTime" {
			return p, fmt.Errorf("filtering by %q is not supported", words[i])
		}
		switch words[i+1] {
		case "lt", "le", "gt", "ge":
		default:
			return p, fmt.Errorf("the operator %q is not supported", words[i+1])
		}
		at, err := time.Parse(time.RFC3339Nano, words[i+2])
		if err != nil {
			return p, fmt.Errorf("%q is not a time with a zone", words[i+2])
		}
		p.conditions = append(p.conditions, condition{words[i+1], at})
	}
	return p, nil
}

func (p period) holds(t time.Time) bool {
	for _, c := range p.conditions {
		order := t.Compare(c.at)
		ok := false
		switch c.operator {
		case "lt":
			ok = order < 0
		case "le":
			ok = order <= 0
		case "gt":
			ok = order > 0
		case "ge":
			ok = order >= 0
		}
		if !ok {
			return false
		}
	}
	return true
}

// serveList answers a list of calls. Its order is that of the ids, which tells
// nothing about time; a page starts after the last id of the page before, so
// that calls which come and go between two pages move no others.
func (s *Server) serveList(w http.ResponseWriter, r *http.Request, rt route) {
	p, err := parseFilter(rt.query.filter)
	if err != nil {
		s.badRequest(w, err.Error())
		return
	}
	if missing := unknownProperty(rt.query.selected, rt); missing != "" {
		s.badRequest(w, "could not find a property named '"+missing+"'")
		return
	}
	prefer := parsePrefer(r.Header)
	size := s.options.ListPageSize
	if prefer.pageSize > 0 {
		size = min(size, prefer.pageSize)
	}
	token := skiptoken{page: 1}
	if rt.query.skiptoken != "" {
		ok := false
		if token, ok = parseSkiptoken(rt.query.skiptoken, KindList); !ok {
			s.badRequest(w, "the skiptoken is not valid")
			return
		}
	}
	ids := s.tenant.all()
	at, found := slices.BinarySearch(ids, token.after)
	if found {
		at++
	}
	var page []Record
	next := ""
	for _, id := range ids[at:] {
		record, ok := s.tenant.readable(id)
		if !ok || !p.holds(record.Start) {
			continue
		}
		if len(page) == size {
			t := skiptoken{kind: KindList, page: token.page + 1, after: page[size-1].ID}
			next = s.GraphURL + collectionPath + "?" + rt.listQuery() + "$skiptoken=" + t.encode()
			break
		}
		page = append(page, record)
	}
	var body pieces
	body.text(`{"@odata.context":"`, s.GraphURL, `/v1.0/$metadata#communications/callRecords"`)
	if next != "" {
		body.text(`,"@odata.nextLink":"`, next, `"`)
	}
	body.text(`,"value":[`)
	for i, record := range page {
		if i > 0 {
			body.text(",")
		}
		var members pieces
		s.members(&members, record, rt.query.selected)
		body.text("{")
		if len(members) > 0 {
			body = append(body, members[1:]...)
		}
		body.text("}")
	}
	body.text(`]}`)
	s.write(w, r, body, prefer, size)
}

// listQuery is what a list's next link repeats of the request's options. The
// filter stays as the client escaped it.
func (rt route) listQuery() string {
	q := ""
	if rt.query.rawFilter != "" {
		q += "$filter=" + strings.ReplaceAll(rt.query.rawFilter, `"`, "%22") + "&"
	}
	if len(rt.query.selected) > 0 {
		q += "$select=" + strings.Join(rt.query.selected, ",") + "&"
	}
	return q
}

// unknownProperty returns the first selected property that the schema doesn't have.
func unknownProperty(selected []string, rt route) string {
	known := []string{
		"id", "version", "type", "modalities", "lastModifiedDateTime", "startDateTime", "endDateTime", "joinWebUrl",
		"organizer", "participants", "organizer_v2", "participants_v2", "sessions",
	}
	if !rt.head {
		switch rt.kind {
		case KindSessions:
			known = []string{"id", "modalities", "startDateTime", "endDateTime", "isTest", "failureInfo", "caller", "callee", "segments"}
		case KindParticipants:
			known = []string{"id", "identity", "administrativeUnitInfos"}
		}
	}
	for _, name := range selected {
		if !slices.Contains(known, name) {
			return name
		}
	}
	return ""
}
