package graphsim

import (
	"net/http"
	"net/url"
	"strings"
)

const collectionPath = "/v1.0/communications/callRecords"

// route is what a request to Graph asks for.
type route struct {
	kind    Kind
	id      string
	session string // the session id of a request for segments
	query   query
	log     logSpan // of a request for a log
	// head says that the request is for the call itself, with or without an
	// expanded relation, and not for a page of a collection.
	head bool
	page int
	// problem is the reason why Graph refuses the request, if it does.
	problem string
}

// parseRoute reads the request's path and query. It works on the escaped path,
// so that an escaped slash in an id stays part of the id.
func parseRoute(r *http.Request) route {
	path := strings.ReplaceAll(r.URL.EscapedPath(), "%27", "'")
	if path == "/v1.0/$metadata" || path == "/v1.0/%24metadata" {
		return route{kind: KindMetadata}
	}
	if path == subscriptionsPath || strings.HasPrefix(path, subscriptionsPath+"/") {
		return route{kind: KindSubscriptions}
	}
	rest, ok := strings.CutPrefix(path, collectionPath)
	if !ok {
		return route{kind: KindOther}
	}
	if rest == "" {
		return listRoute(r)
	}
	if span, ok := cutLog(rest); ok {
		return span.route(r)
	}
	id, rest, ok := cutKey(rest)
	if !ok {
		return route{kind: KindOther}
	}
	rt := route{id: id}
	var err error
	switch rest {
	case "":
		rt.head, rt.kind = true, KindCall
		rt.query, err = parseQuery(r.URL.RawQuery, "$select", "$expand")
		if err == nil {
			rt.expandHead()
		}
	case "/sessions":
		rt.kind = KindSessions
		rt.query, err = parseQuery(r.URL.RawQuery, "$select", "$expand", "$skiptoken")
		if err == nil {
			rt.problem = onlySegments(rt.query.expand)
		}
	case "/participants_v2":
		rt.kind = KindParticipants
		rt.query, err = parseQuery(r.URL.RawQuery, "$select", "$skiptoken")
	default:
		below, isSession := strings.CutPrefix(rest, "/sessions")
		session, below, hasKey := cutKey(below)
		if !isSession || !hasKey || below != "/segments" {
			return route{kind: KindOther, id: id}
		}
		rt.kind, rt.session = KindSegments, session
		rt.query, err = parseQuery(r.URL.RawQuery, "$skiptoken")
		if err == nil && rt.query.skiptoken == "" {
			// Segments have no endpoint of their own; only a next link leads there.
			rt.problem = "segments can only be read by expanding sessions"
		}
	}
	if err != nil {
		rt.problem = err.Error()
	}
	rt.number()
	return rt
}

func listRoute(r *http.Request) route {
	rt := route{kind: KindList}
	var err error
	if rt.query, err = parseQuery(r.URL.RawQuery, "$select", "$filter", "$skiptoken"); err != nil {
		rt.problem = err.Error()
	}
	rt.number()
	return rt
}

// number finds the page that the request asks for: 0 for a next link that the
// server didn't make, as in recorded responses.
func (rt *route) number() {
	switch {
	case rt.kind == KindCall:
	case rt.query.skiptoken == "":
		rt.page = 1
	default:
		t, _ := parseSkiptoken(rt.query.skiptoken, rt.kind)
		rt.page = t.page
	}
}

// expandHead turns the request for a call into one for a relation's first page.
func (rt *route) expandHead() {
	x := rt.query.expand
	switch {
	case len(x) == 0:
	case len(x) > 1:
		rt.problem = "only one relationship can be expanded at a time"
	case x[0].relation == string(sessions):
		rt.kind = KindSessions
		rt.problem = onlySegments(x[0].expand)
	case x[0].relation == string(participants) && len(x[0].expand) == 0:
		rt.kind = KindParticipants
	default:
		rt.problem = "could not find a property named '" + x[0].relation + "' on type 'microsoft.graph.callRecords.callRecord'"
	}
}

func onlySegments(x []expansion) string {
	if len(x) > 1 || len(x) == 1 && (x[0].relation != "segments" || len(x[0].expand) > 0) {
		return "could not find a property named '" + x[0].relation + "' on type 'microsoft.graph.callRecords.session'"
	}
	return ""
}

// cutKey cuts ('key') or /key from the start of an escaped path.
func cutKey(path string) (key, rest string, ok bool) {
	if quoted, isQuoted := strings.CutPrefix(path, "('"); isQuoted {
		key, rest, ok = strings.Cut(quoted, "')")
	} else if after, isPlain := strings.CutPrefix(path, "/"); isPlain {
		key, rest, _ = strings.Cut(after, "/")
		if len(after) > len(key) {
			rest = "/" + rest
		}
		// A session's key in brackets may follow: callRecords/id/sessions('x').
		ok = true
	}
	key, err := url.PathUnescape(key)
	return key, rest, ok && err == nil && key != ""
}
