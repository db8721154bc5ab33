package graphsim

import (
	"compress/gzip"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"
)

// The actions in this file break the connection or the encoding of an answer.

// Cut closes the connection without an answer, for all requests on it.
func Cut() Action {
	return func(_ http.ResponseWriter, r *http.Request, _ http.Handler) {
		if c, ok := r.Context().Value(connectionKey{}).(net.Conn); ok {
			// The handler ends here whether closing works or not.
			_ = c.Close()
		}
		panic(http.ErrAbortHandler)
	}
}

// Reset breaks off in the middle of the body: HTTP/2 resets the stream,
// HTTP/1.1 closes the connection.
func Reset() Action {
	return func(w http.ResponseWriter, r *http.Request, normal http.Handler) {
		c := capture(w, r, normal)
		c.copyHeader(w)
		w.Header().Set("Content-Length", strconv.Itoa(c.body.Len()))
		w.WriteHeader(c.status)
		writeAll(w, c.body.Bytes()[:c.body.Len()/2])
		flush(w)
		panic(http.ErrAbortHandler)
	}
}

// Stall sends the headers and up to 1 KB of the normal body, and then nothing
// until the client leaves.
func Stall() Action {
	return func(w http.ResponseWriter, r *http.Request, normal http.Handler) {
		c := capture(w, r, normal)
		c.copyHeader(w)
		w.Header().Set("Content-Length", strconv.Itoa(c.body.Len()))
		w.WriteHeader(c.status)
		writeAll(w, c.body.Bytes()[:max(0, min(1024, c.body.Len()-1))])
		flush(w)
		<-r.Context().Done()
	}
}

// Drip sends the normal body byte by byte, with a pause before each.
func Drip(pause time.Duration) Action {
	return func(w http.ResponseWriter, r *http.Request, normal http.Handler) {
		c := capture(w, r, normal)
		c.copyHeader(w)
		w.WriteHeader(c.status)
		flush(w)
		for _, b := range c.body.Bytes() {
			if !sleep(r.Context(), pause) {
				return
			}
			writeAll(w, []byte{b})
			flush(w)
		}
	}
}

// ShortBody sends half of the body that Content-Length announces.
func ShortBody() Action {
	return func(w http.ResponseWriter, r *http.Request, normal http.Handler) {
		c := capture(w, r, normal)
		c.copyHeader(w)
		w.Header().Set("Content-Length", strconv.Itoa(c.body.Len()))
		w.WriteHeader(c.status)
		writeAll(w, c.body.Bytes()[:c.body.Len()/2])
	}
}

// CleanTruncation sends the first n bytes of the body and ends it as if that
// were all: no length, a proper last chunk, whole gzip.
func CleanTruncation(n int) Action {
	return func(w http.ResponseWriter, r *http.Request, normal http.Handler) {
		c := capture(w, r, normal)
		c.copyHeader(w)
		body := c.body.Bytes()[:min(n, c.body.Len())]
		if acceptsGzip(r) {
			w.Header().Set("Content-Encoding", "gzip")
			body = compress(body)
		}
		w.WriteHeader(c.status)
		flush(w) // from here on the body has no announced length
		writeAll(w, body)
	}
}

// TruncatedGzip sends a compressed body that lacks its second half, and ends
// it cleanly.
func TruncatedGzip() Action {
	return func(w http.ResponseWriter, r *http.Request, normal http.Handler) {
		c := capture(w, r, normal)
		c.copyHeader(w)
		w.Header().Set("Content-Encoding", "gzip")
		w.WriteHeader(c.status)
		flush(w)
		body := compress(c.body.Bytes())
		writeAll(w, body[:len(body)/2])
	}
}

// DoubleGzip compresses the body twice and says so once.
func DoubleGzip() Action {
	return func(w http.ResponseWriter, r *http.Request, normal http.Handler) {
		c := capture(w, r, normal)
		c.copyHeader(w)
		w.Header().Set("Content-Encoding", "gzip")
		w.WriteHeader(c.status)
		writeAll(w, compress(compress(c.body.Bytes())))
	}
}

// Encoding claims that the plain body has the given Content-Encoding.
func Encoding(name string) Action {
	return func(w http.ResponseWriter, r *http.Request, normal http.Handler) {
		c := capture(w, r, normal)
		c.copyHeader(w)
		w.Header().Set("Content-Encoding", name)
		w.WriteHeader(c.status)
		writeAll(w, c.body.Bytes())
	}
}

// GzipBomb answers 200 with an object of about size bytes of white space, a
// thousandth of that on the wire, compressed whether the client takes it or not.
func GzipBomb(size int64) Action {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.Header().Set("Content-Type", jsonType)
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		// Errors mean that the client had enough.
		_, _ = io.WriteString(z, "{")
		_, _ = io.CopyN(z, repeated(' '), size)
		_, _ = io.WriteString(z, "}")
		_ = z.Close()
	}
}

// repeated reads as one byte without end.
type repeated byte

func (c repeated) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = byte(c)
	}
	return len(b), nil
}
