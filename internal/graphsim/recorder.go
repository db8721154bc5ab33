package graphsim

import "net/http"

// answerRecorder notes in the request log what is answered.
type answerRecorder struct {
	http.ResponseWriter
	server *Server
	entry  *Request
	status int
	bytes  int64
}

func (a *answerRecorder) WriteHeader(status int) {
	if a.status == 0 && status >= 200 {
		a.status = status
		a.server.journal.update(a.entry, func(r *Request) { r.Status = status })
	}
	a.ResponseWriter.WriteHeader(status)
}

func (a *answerRecorder) Write(b []byte) (int, error) {
	if a.status == 0 {
		a.WriteHeader(http.StatusOK)
	}
	n, err := a.ResponseWriter.Write(b)
	a.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (a *answerRecorder) Unwrap() http.ResponseWriter { return a.ResponseWriter }
