package graphsim

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

// NextLinkForm is the form of the next links of a call's pages. Lists always
// have plain ones.
type NextLinkForm int

const (
	// Plain is /v1.0/communications/callRecords('id')/sessions?…
	Plain NextLinkForm = iota
	// PlainKey is /v1.0/communications/callRecords/id/sessions?…
	PlainKey
	// Documented is /v1.0/$metadata#communications/callRecords('id')/sessions?…,
	// the form in Graph's documentation. Sent as it is it would ask for
	// $metadata, since a fragment never leaves the client.
	Documented
	// Mixed has the three forms in turn, by page.
	Mixed
)

// skiptoken says where the next page starts. It doesn't hold the version: a
// chain of pages goes on in the newest record, whatever the version was when
// the chain began. A client has to notice that itself.
type skiptoken struct {
	kind    Kind
	page    int // the page that the token leads to
	from    int // the first item of that page
	session int // the ordinal of the session whose segments these are
	after   string
	salt    int // makes tokens for one place differ
}

// encode returns the token as it stands in a URL. It holds escapes that a
// client which decodes and encodes the link again would lose.
func (t skiptoken) encode() string {
	plain := fmt.Sprintf("%s|%d|%d|%d|%d|%s", t.kind, t.page, t.from, t.session, t.salt, t.after)
	escaped := strings.NewReplacer("+", "%2B", "/", "%2F", "=", "%3D").Replace(base64.StdEncoding.EncodeToString([]byte(plain)))
	return "X%2B%2F" + escaped + "%3D"
}

// parseSkiptoken reads a token of the given kind. It accepts only what encode
// made, byte for byte.
func parseSkiptoken(raw string, kind Kind) (skiptoken, bool) {
	escaped, ok := strings.CutPrefix(raw, "X%2B%2F")
	escaped, ok2 := strings.CutSuffix(escaped, "%3D")
	if !ok || !ok2 {
		return skiptoken{}, false
	}
	plain, err := base64.StdEncoding.DecodeString(strings.NewReplacer("%2B", "+", "%2F", "/", "%3D", "=").Replace(escaped))
	if err != nil {
		return skiptoken{}, false
	}
	fields := strings.SplitN(string(plain), "|", 6)
	if len(fields) != 6 {
		return skiptoken{}, false
	}
	t := skiptoken{kind: Kind(fields[0]), after: fields[5]}
	for i, n := range []*int{&t.page, &t.from, &t.session, &t.salt} {
		if *n, err = strconv.Atoi(fields[1+i]); err != nil || *n < 0 {
			return skiptoken{}, false
		}
	}
	return t, t.kind == kind && t.page > 0 && t.encode() == raw
}

// link returns the link to a page below a call. The path is that after the
// call; the query is complete but for the token.
func (s *Server) link(id, path, query string, t skiptoken) string {
	id = url.PathEscape(id)
	form := s.options.NextLinks
	if form == Mixed {
		form = NextLinkForm(t.page % 3)
	}
	var prefix string
	switch form {
	case PlainKey:
		prefix = "/v1.0/communications/callRecords/" + id
	case Documented:
		prefix = "/v1.0/$metadata#communications/callRecords('" + id + "')"
	default:
		prefix = "/v1.0/communications/callRecords('" + id + "')"
	}
	if query != "" {
		query += "&"
	}
	return s.GraphURL + prefix + path + "?" + query + "$skiptoken=" + t.encode()
}
