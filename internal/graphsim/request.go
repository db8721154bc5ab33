package graphsim

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Listener names one of the server's two listeners.
type Listener string

// The two listeners.
const (
	Graph Listener = "graph"
	Entra Listener = "entra"
)

// Kind says what a request asks for.
type Kind string

// The kinds of requests. KindCall is a call without sessions and participants;
// the head of a chain of pages has the kind of its relation and the page number 1.
const (
	KindDiscovery    Kind = "discovery" // the openid-configuration
	KindToken        Kind = "token"
	KindList         Kind = "list"
	KindCall         Kind = "call"
	KindSessions     Kind = "sessions"
	KindParticipants Kind = "participants"
	KindSegments     Kind = "segments"
	KindMetadata     Kind = "metadata" // $metadata, which no client should ask for

	KindPstnLog          Kind = "pstn_log"
	KindDirectRoutingLog Kind = "direct_routing_log"

	KindSubscriptions Kind = "subscriptions"
	KindOther         Kind = "other"
)

// Request is one request as the server saw it. It holds no secret: of a token
// only a fingerprint.
type Request struct {
	// Seq numbers the requests of a server from 1 in the order of arrival.
	Seq int
	// Time is by the tenant's clock.
	Time       time.Time
	Listener   Listener
	Method     string
	URI        string // the request target byte for byte
	Proto      string
	RemoteAddr string

	Kind   Kind
	CallID string // as in the path, percent-escapes decoded
	Page   int    // from 1 for kinds that have pages

	Prefer         string
	AcceptEncoding string
	UserAgent      string
	// ClientRequestID and RequestID are the ids that the two sides gave.
	ClientRequestID, RequestID string
	// Authorized says that an Authorization header came; Token is the start of
	// the SHA-256 of it, enough to tell tokens apart.
	Authorized bool
	Token      string
	// Credential says what a token request proved itself with: secret,
	// assertion or nothing. Claims is its claims parameter.
	Credential, Claims string

	// Status is what was answered, 0 as long as there was no answer, and for
	// ever where the connection was cut before one.
	Status int
	// Bytes is how many bytes of the body were written, compressed.
	Bytes int64
}

// RequestLog is a list of requests in the order of arrival.
type RequestLog []Request

// Where returns the requests that match.
func (l RequestLog) Where(match func(*Request) bool) RequestLog {
	var kept RequestLog
	for i := range l {
		if match(&l[i]) {
			kept = append(kept, l[i])
		}
	}
	return kept
}

// ForCall returns the requests about one call.
func (l RequestLog) ForCall(id string) RequestLog { return l.Where(OnCall(id)) }

// OfKind returns the requests of one kind.
func (l RequestLog) OfKind(kind Kind) RequestLog { return l.Where(OnKind(kind)) }

// WithStatus returns the requests that were answered with a status.
func (l RequestLog) WithStatus(status int) RequestLog {
	return l.Where(func(r *Request) bool { return r.Status == status })
}

// On returns the requests that came in on one listener.
func (l RequestLog) On(listener Listener) RequestLog {
	return l.Where(func(r *Request) bool { return r.Listener == listener })
}

// journal is the server's request log: the newest entries up to a limit.
type journal struct {
	mu      sync.Mutex
	limit   int
	seq     int
	entries []*Request
}

// add gives the request its number and id, and returns a copy of it.
func (j *journal) add(r *Request) Request {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.seq++
	r.Seq = j.seq
	r.RequestID = fmt.Sprintf("00000000-0000-4000-8000-%012x", r.Seq)
	if len(j.entries) >= 2*j.limit {
		j.entries = append(j.entries[:0], j.entries[len(j.entries)-j.limit:]...)
	}
	j.entries = append(j.entries, r)
	return *r
}

// update changes an entry under the lock and returns a copy.
func (j *journal) update(r *Request, change func(*Request)) Request {
	j.mu.Lock()
	defer j.mu.Unlock()
	change(r)
	return *r
}

func (j *journal) all() RequestLog {
	j.mu.Lock()
	defer j.mu.Unlock()
	entries := j.entries[max(0, len(j.entries)-j.limit):]
	log := make(RequestLog, len(entries))
	for i, r := range entries {
		log[i] = *r
	}
	return log
}

func (j *journal) reset() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.entries = nil
}

// describe makes the log's entry of a request. What it asks for is added by
// the listener that knows.
func describe(listener Listener, at time.Time, r *http.Request) *Request {
	entry := &Request{
		Time: at, Listener: listener, Method: r.Method, URI: r.RequestURI, Proto: r.Proto, RemoteAddr: r.RemoteAddr,
		Kind:            KindOther,
		Prefer:          strings.Join(r.Header.Values("Prefer"), ", "),
		AcceptEncoding:  r.Header.Get("Accept-Encoding"),
		UserAgent:       r.UserAgent(),
		ClientRequestID: r.Header.Get("client-request-id"),
	}
	if authorization := r.Header.Get("Authorization"); authorization != "" {
		entry.Authorized = true
		entry.Token = fingerprint(strings.TrimPrefix(authorization, "Bearer "))
	}
	return entry
}

// fingerprint tells tokens apart without giving them away.
func fingerprint(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:4])
}
