package graphsim

import (
	"context"
	"net/http"
	"time"
)

// handle wraps what a listener serves: the log, latency and faults come
// before it, in this order.
func (s *Server) handle(listener Listener, classify func(*Request, *http.Request), normal http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.enter() {
			return
		}
		defer s.handlers.Done()
		now := s.tenant.Now()
		entry := describe(listener, now, r)
		classify(entry, r)
		seen := s.journal.add(entry)

		h := w.Header()
		h.Set("Date", now.Format(http.TimeFormat))
		h.Set("request-id", seen.RequestID)
		if seen.ClientRequestID != "" {
			h.Set("client-request-id", seen.ClientRequestID)
		}
		answer := &answerRecorder{ResponseWriter: w, server: s, entry: entry}
		defer func() {
			done := s.journal.update(entry, func(e *Request) { e.Bytes = answer.bytes })
			if s.options.Observe != nil {
				s.options.Observe(done)
			}
		}()
		if s.options.Latency != nil && !sleep(r.Context(), s.options.Latency(&seen)) {
			return
		}
		r = r.WithContext(context.WithValue(r.Context(), entryKey{}, entry))
		if action := s.faults.take(&seen); action != nil {
			action(answer, r, normal)
			return
		}
		normal.ServeHTTP(answer, r)
	})
}

// enter counts a request as at work, unless the server is closing.
func (s *Server) enter() bool {
	s.closeMu.Lock()
	defer s.closeMu.Unlock()
	if !s.closing {
		s.handlers.Add(1)
	}
	return !s.closing
}

// sleep waits for d and reports whether the client is still there.
func sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// Tenant returns the tenant that is served.
func (s *Server) Tenant() *Tenant { return s.tenant }

// Requests returns the log: all requests since the start or the last
// ResetLog, as far as it keeps them, in the order of arrival.
func (s *Server) Requests() RequestLog { return s.journal.all() }

// ResetLog empties the log. Requests go on being numbered.
func (s *Server) ResetLog() { s.journal.reset() }

// SetConsent gives or takes the app's consent: without it Graph answers 403.
func (s *Server) SetConsent(given bool) { s.consent.Store(given) }

// RevokeTokens makes all tokens invalid that were given out so far.
func (s *Server) RevokeTokens() { s.tokens.revoke() }

// IssueToken gives out a valid token without asking for a credential.
func (s *Server) IssueToken() string {
	return s.tokens.issue(s.TenantID, s.ClientID, s.GraphURL, s.issuer(), s.tenant.Now(), s.options.TokenLifetime)
}
