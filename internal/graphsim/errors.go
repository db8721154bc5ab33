package graphsim

import (
	"encoding/json"
	"net/http"
	"time"
)

// goneText is what Graph says of a call that it doesn't have, or no longer.
const goneText = "Could not find the requested call record. Records about calls or online meetings that started more than 30 days ago are not available."

// graphError is an error body as Graph writes it.
func graphError(code, message string, at time.Time, requestID, clientRequestID string) []byte {
	type inner struct {
		Date            string `json:"date"`
		RequestID       string `json:"request-id"`
		ClientRequestID string `json:"client-request-id"`
	}
	body, _ := json.Marshal(map[string]any{"error": map[string]any{
		"code": code, "message": message, "innerError": inner{at.Format("2006-01-02T15:04:05"), requestID, clientRequestID},
	}})
	return body
}

// fail answers with an error of Graph's.
func (s *Server) fail(w http.ResponseWriter, status int, code, message string) {
	h := w.Header()
	body := graphError(code, message, s.tenant.Now(), h.Get("request-id"), h.Get("client-request-id"))
	h.Set("Content-Type", "application/json")
	w.WriteHeader(status)
	// A client that has gone gets no answer.
	_, _ = w.Write(body)
}

func (s *Server) badRequest(w http.ResponseWriter, message string) {
	s.fail(w, http.StatusBadRequest, "BadRequest", message)
}

func (s *Server) notFound(w http.ResponseWriter) {
	s.fail(w, http.StatusNotFound, "NotFound", goneText)
}
