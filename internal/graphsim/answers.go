package graphsim

import (
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// The actions in this file answer instead of the service, or let another
// answer through.

// Status answers with a status, headers and a body; header may be nil.
func Status(code int, header http.Header, body string) Action {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		maps.Copy(w.Header(), header)
		if w.Header().Get("Content-Type") == "" {
			w.Header().Set("Content-Type", "application/json")
		}
		w.WriteHeader(code)
		writeAll(w, []byte(body))
	}
}

// Error answers with an error in Graph's form.
func Error(status int, code, message string) Action {
	return func(w http.ResponseWriter, r *http.Request, normal http.Handler) {
		Status(status, nil, errorBody(w, code, message))(w, r, normal)
	}
}

// Throttle answers 429, with Retry-After if it isn't empty.
func Throttle(retryAfter string) Action {
	return func(w http.ResponseWriter, r *http.Request, normal http.Handler) {
		if retryAfter != "" {
			w.Header().Set("Retry-After", retryAfter)
		}
		Error(http.StatusTooManyRequests, "TooManyRequests", "Too many requests")(w, r, normal)
	}
}

// ClaimsChallenge answers 401 and asks for a token with the given claims, as
// continuous access evaluation does.
func ClaimsChallenge(claims string) Action {
	return func(w http.ResponseWriter, r *http.Request, normal http.Handler) {
		w.Header().Set("WWW-Authenticate", fmt.Sprintf(`Bearer realm="", error="insufficient_claims", claims=%q`, base64.StdEncoding.EncodeToString([]byte(claims))))
		Error(http.StatusUnauthorized, "InvalidAuthenticationToken", "Continuous access evaluation resulted in challenge with result: InteractionRequired and code: TokenIssuedBeforeRevocationTimestamp.")(w, r, normal)
	}
}

// HTML answers 200 with a page, as captive portals do.
func HTML() Action {
	return Status(200, http.Header{"Content-Type": {"text/html; charset=utf-8"}}, "<!DOCTYPE html><html><body><h1>Please sign in</h1></body></html>")
}

// Garbage answers 200 with bytes that are neither JSON nor UTF-8.
func Garbage() Action {
	return Status(200, http.Header{"Content-Type": {jsonType}}, "\x00\xff\xfe\x1f}{\"value\"::\xc3\x28")
}

// EmptyObject answers 200 with an empty object.
func EmptyObject() Action { return Status(200, http.Header{"Content-Type": {jsonType}}, "{}") }

// ErrorWith200 answers 200 with an error body, which decodes to no items and no next link.
func ErrorWith200() Action {
	return func(w http.ResponseWriter, r *http.Request, normal http.Handler) {
		Status(200, http.Header{"Content-Type": {jsonType}}, errorBody(w, "UnknownError", "Object reference not set to an instance of an object."))(w, r, normal)
	}
}

// Redirect answers with a status and a Location.
func Redirect(code int, location string) Action {
	return Status(code, http.Header{"Location": {location}}, "")
}

// WrongCall answers with what another call's request would get.
func WrongCall(otherID string) Action {
	return func(w http.ResponseWriter, r *http.Request, normal http.Handler) {
		other := r.Clone(r.Context())
		if below, ok := strings.CutPrefix(r.URL.EscapedPath(), collectionPath); ok {
			raw := collectionPath + strings.Replace(below, url.PathEscape(parseRoute(r).id), url.PathEscape(otherID), 1)
			if path, err := url.PathUnescape(raw); err == nil {
				other.URL.Path, other.URL.RawPath = path, raw
			}
		}
		normal.ServeHTTP(w, other)
	}
}

// Delay answers normally after a while by the machine's clock.
func Delay(d time.Duration) Action {
	return func(w http.ResponseWriter, r *http.Request, normal http.Handler) {
		if sleep(r.Context(), d) {
			normal.ServeHTTP(w, r)
		}
	}
}

// LastOnConnection answers normally and ends the connection: under HTTP/2 with
// a GOAWAY, under HTTP/1.1 with Connection: close.
func LastOnConnection() Action {
	return func(w http.ResponseWriter, r *http.Request, normal http.Handler) {
		w.Header().Set("Connection", "close")
		normal.ServeHTTP(w, r)
	}
}

// errorBody is an error of Graph's with the ids and the time of this answer.
func errorBody(w http.ResponseWriter, code, message string) string {
	h := w.Header()
	at, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		at = time.Time{}
	}
	return string(graphError(code, message, at, h.Get("request-id"), h.Get("client-request-id")))
}
