package graphsim

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"strconv"
)

// captured is an answer that was not sent yet, uncompressed.
type captured struct {
	status int
	header http.Header
	body   bytes.Buffer
}

func (c *captured) Header() http.Header         { return c.header }
func (c *captured) Write(b []byte) (int, error) { return c.body.Write(b) }
func (c *captured) WriteHeader(status int)      { c.status = status }

// capture returns the normal answer to r.
func capture(w http.ResponseWriter, r *http.Request, normal http.Handler) *captured {
	plain := r.Clone(r.Context())
	plain.Header.Del("Accept-Encoding")
	c := &captured{status: http.StatusOK, header: w.Header().Clone()}
	normal.ServeHTTP(c, plain)
	c.header.Del("Content-Length")
	return c
}

// send writes the status and the headers of the captured answer with another body.
func (c *captured) send(w http.ResponseWriter, r *http.Request, body []byte) {
	c.copyHeader(w)
	if acceptsGzip(r) {
		w.Header().Set("Content-Encoding", "gzip")
		body = compress(body)
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(c.status)
	writeAll(w, body)
}

func (c *captured) copyHeader(w http.ResponseWriter) {
	h := w.Header()
	clear(h)
	for name, values := range c.header {
		h[name] = values
	}
}

// writeAll writes b. If that fails the client has gone, which is no concern of
// an action's.
func writeAll(w http.ResponseWriter, b []byte) {
	_, _ = w.Write(b)
}

// flush sends what was written. A connection that can't is gone.
func flush(w http.ResponseWriter) {
	_ = http.NewResponseController(w).Flush()
}

func compress(b []byte) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	// Neither fails, since writing to a buffer doesn't.
	_, _ = z.Write(b)
	_ = z.Close()
	return out.Bytes()
}
