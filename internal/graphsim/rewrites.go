package graphsim

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
)

// The actions in this file change the normal answer. Bodies are changed before
// they are compressed.

// RewriteBody changes the body of the normal answer.
func RewriteBody(change func([]byte) []byte) Action {
	return func(w http.ResponseWriter, r *http.Request, normal http.Handler) {
		c := capture(w, r, normal)
		c.send(w, r, change(c.body.Bytes()))
	}
}

// RewriteHeader changes the headers of the normal answer. What the body's
// encoding needs is set afterwards.
func RewriteHeader(change func(http.Header)) Action {
	return func(w http.ResponseWriter, r *http.Request, normal http.Handler) {
		c := capture(w, r, normal)
		change(c.header)
		c.send(w, r, c.body.Bytes())
	}
}

// RewriteNextLink changes the next link of a page. The function gets "" where
// a page has none; if it returns "" the page has none afterwards.
func RewriteNextLink(change func(r *http.Request, link string) string) Action {
	return func(w http.ResponseWriter, r *http.Request, normal http.Handler) {
		c := capture(w, r, normal)
		c.send(w, r, setNextLink(c.body.Bytes(), func(link string) string { return change(r, link) }))
	}
}

// EmptyPage takes all items from a page and leaves its next link.
func EmptyPage() Action {
	return RewriteBody(func(body []byte) []byte {
		for _, name := range []string{"value", string(sessions), string(participants)} {
			if m, ok := memberNamed(body, name); ok {
				body = slices.Concat(body[:m.value.start], []byte("[]"), body[m.value.end:])
			}
		}
		return body
	})
}

// SameItems answers each request for a further page with the items of the
// first one, and with a next link that was never given before.
func SameItems() Action {
	var salt atomic.Int64
	return func(w http.ResponseWriter, r *http.Request, normal http.Handler) {
		token, ok := parseSkiptoken(parseRoute(r).query.skiptoken, parseRoute(r).kind)
		if !ok {
			normal.ServeHTTP(w, r)
			return
		}
		first := r.Clone(r.Context())
		token.from, token.after = 0, ""
		first.URL.RawQuery = strings.Replace(r.URL.RawQuery, parseRoute(r).query.skiptoken, token.encode(), 1)
		RewriteNextLink(func(_ *http.Request, link string) string {
			at := strings.Index(link, "$skiptoken=") + len("$skiptoken=")
			if at < len("$skiptoken=") {
				return link
			}
			next, _ := parseSkiptoken(link[at:], token.kind)
			next.salt = int(salt.Add(1))
			return link[:at] + next.encode()
		})(w, first, normal)
	}
}

// InvalidUTF8 puts a byte that isn't UTF-8 into the first display name, or
// into the id where there is none.
func InvalidUTF8() Action {
	return RewriteBody(func(body []byte) []byte {
		for _, name := range []string{`"displayName":"`, `"id":"`} {
			if at := bytes.Index(body, []byte(name)); at >= 0 {
				return slices.Insert(bytes.Clone(body), at+len(name), 0xff)
			}
		}
		return body
	})
}

// Deep adds a member to the body's object whose value is an array in an array
// in an array, n deep.
func Deep(n int) Action {
	return RewriteBody(func(body []byte) []byte {
		return addMember(body, `"deep":`+strings.Repeat("[", n)+strings.Repeat("]", n))
	})
}

// Huge adds a member to the body's object with a text of n bytes.
func Huge(n int64) Action {
	return func(w http.ResponseWriter, r *http.Request, normal http.Handler) {
		c := capture(w, r, normal)
		c.copyHeader(w)
		at := openBrace(c.body.Bytes())
		var out io.Writer = w
		if acceptsGzip(r) {
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			defer z.Close()
			out = z
		}
		w.WriteHeader(c.status)
		// Errors mean that the client had enough.
		_, _ = out.Write(c.body.Bytes()[:at])
		_, _ = io.WriteString(out, `"huge":"`)
		_, _ = io.CopyN(out, repeated('a'), n)
		_, _ = io.WriteString(out, `",`)
		_, _ = out.Write(c.body.Bytes()[at:])
	}
}

// openBrace returns the index after the brace that opens the body's object.
func openBrace(body []byte) int { return bytes.IndexByte(body, '{') + 1 }

// addMember adds a member in front of the others of the body's object.
func addMember(body []byte, text string) []byte {
	at := openBrace(body)
	if rest := skipSpace(body, at); at > 0 && rest < len(body) && body[rest] != '}' {
		text += ","
	}
	return slices.Concat(body[:at], []byte(text), body[at:])
}

func memberNamed(body []byte, name string) (found member, ok bool) {
	eachMember(body, 0, func(key, value span) bool {
		if string(key.of(body)) != name {
			return true
		}
		found, ok = member{name, span{key.start - 1, value.end}, value}, true
		return false
	})
	return found, ok
}

// setNextLink changes, adds or removes the next link of a page.
func setNextLink(body []byte, change func(string) string) []byte {
	name := "@odata.nextLink"
	for _, rel := range []relation{sessions, participants} {
		if _, ok := memberNamed(body, string(rel)); ok {
			name = string(rel) + name
		}
	}
	m, has := memberNamed(body, name)
	old := ""
	if has {
		old = text(m.value.of(body))
	}
	link := change(old)
	if link == old {
		return body
	}
	if has {
		// What goes is the pair with the comma before it: a link is never first.
		before := bytes.LastIndexByte(body[:m.pair.start], ',')
		body = slices.Concat(body[:max(before, 0)], body[m.pair.end:])
	}
	if link == "" {
		return body
	}
	quoted, err := json.Marshal(link)
	if err != nil {
		return body
	}
	return addMember(body, `"`+name+`":`+string(quoted))
}

// RequestURL is the full URL of a request, byte for byte, on the server's own
// origin. As the next link of a page it makes the page its own successor.
func (s *Server) RequestURL(r *http.Request) string { return s.GraphURL + r.RequestURI }
