package graphsim

import (
	"net/http"
	"strconv"
	"strings"
)

const (
	jsonType     = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"
	metadataXML  = `<?xml version="1.0" encoding="utf-8"?><edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices/></edmx:Edmx>`
	metadataType = "application/xml"
)

// classifyGraph adds to the log's entry what the request asks for.
func classifyGraph(entry *Request, r *http.Request) {
	rt := parseRoute(r)
	entry.Kind, entry.CallID, entry.Page = rt.kind, rt.id, rt.page
}

// serveGraph is Graph as it works without faults.
func (s *Server) serveGraph(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-cache")
	h.Set("Strict-Transport-Security", "max-age=31536000")
	h.Set("x-ms-ags-diagnostic", `{"ServerInfo":{"DataCenter":"Simulated","Slice":"E","Ring":"1","ScaleUnit":"000","RoleInstance":"GRAPHSIM"}}`)
	rt := parseRoute(r)
	if rt.kind == KindMetadata {
		h.Set("Content-Type", metadataType)
		_, _ = w.Write([]byte(metadataXML))
		return
	}
	if r.Method != http.MethodGet && rt.kind != KindSubscriptions {
		s.fail(w, http.StatusMethodNotAllowed, "Request_BadRequest", "the method is not supported here")
		return
	}
	if !s.admit(w, rt) || !s.authorize(w, r) {
		return
	}
	switch {
	case rt.kind == KindSubscriptions:
		s.serveSubscriptions(w, r)
	case rt.kind == KindOther:
		s.badRequest(w, "Resource not found for the segment '"+r.URL.Path+"'.")
	case rt.problem != "":
		s.badRequest(w, rt.problem)
	case rt.kind == KindList:
		s.serveList(w, r, rt)
	case rt.kind == KindPstnLog, rt.kind == KindDirectRoutingLog:
		s.serveLog(w, r, rt)
	default:
		s.serveCall(w, r, rt)
	}
}

// authorize answers requests whose token isn't valid or whose app has no consent.
func (s *Server) authorize(w http.ResponseWriter, r *http.Request) bool {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok || !s.tokens.valid(token, s.tenant.Now()) {
		message := "Lifetime validation failed, the token is expired."
		if !ok {
			message = "Access token is empty."
		}
		w.Header().Set("WWW-Authenticate", `Bearer realm="", authorization_uri="`+s.AuthorityURL+`/common/oauth2/authorize", client_id="00000003-0000-0000-c000-000000000000"`)
		s.fail(w, http.StatusUnauthorized, "InvalidAuthenticationToken", message)
		return false
	}
	if !s.consent.Load() {
		s.fail(w, http.StatusForbidden, "Forbidden", "")
		return false
	}
	return true
}

// write answers with a page, changed as the client prefers, compressed if it
// accepts that. It returns the page if that was compressed.
func (s *Server) write(w http.ResponseWriter, r *http.Request, body pieces, prefer preferences, size int) (packedPage, bool) {
	if !prefer.unknownEnums {
		body = pieces{s.enums.mask(body.join())}
	}
	if prefer.omitNulls {
		body = pieces{omitNulls(body.join())}
	}
	applied := prefer.applied(size)
	if acceptsGzip(r) {
		page := packedPage{applied, s.pack(body)}
		page.write(w)
		return page, true
	}
	length := 0
	for _, b := range body {
		length += len(b)
	}
	describePage(w.Header(), applied)
	w.Header().Set("Content-Length", strconv.Itoa(length))
	for _, b := range body {
		if _, err := w.Write(b); err != nil {
			break // the client has gone
		}
	}
	return packedPage{}, false
}

// describePage sets the headers that all pages have.
func describePage(h http.Header, applied string) {
	h.Set("Content-Type", jsonType)
	h.Set("OData-Version", "4.0")
	h.Set("Vary", "Accept-Encoding")
	if applied != "" {
		h.Set("Preference-Applied", applied)
	}
}

// acceptsGzip reports whether the client takes gzip. It looks for the word
// only: clients under test send it plainly or not at all.
func acceptsGzip(r *http.Request) bool {
	return strings.Contains(r.Header.Get("Accept-Encoding"), "gzip")
}

func (p pieces) join() []byte {
	length := 0
	for _, b := range p {
		length += len(b)
	}
	joined := make([]byte, 0, length)
	for _, b := range p {
		joined = append(joined, b...)
	}
	return joined
}
