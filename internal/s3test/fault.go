package s3test

import (
	"bytes"
	"context"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strconv"
	"time"
)

// Refuse answers with an error of S3, and the server is not asked.
func Refuse(status int, code string) Fault {
	return Answer(status, `<?xml version="1.0" encoding="UTF-8"?><Error><Code>`+code+`</Code><Message>played by the test</Message></Error>`)
}

// Answer answers with a status and a body, and the server is not asked.
func Answer(status int, body string) Fault {
	return func(w http.ResponseWriter, _ *http.Request, _ *Proxy) {
		w.Header().Set("Content-Type", "application/xml")
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		w.WriteHeader(status)
		// An error means that the client has left.
		_, _ = io.WriteString(w, body)
	}
}

// Cut closes the connection, and the server is not asked.
func Cut(http.ResponseWriter, *http.Request, *Proxy) { panic(http.ErrAbortHandler) }

// Lost lets the server do what it is asked, and closes the connection in place
// of the answer.
func Lost(_ http.ResponseWriter, r *http.Request, p *Proxy) {
	p.ask(r)
	panic(http.ErrAbortHandler)
}

// Late closes the connection at once, and asks the server after a while.
func Late(d time.Duration) Fault {
	return func(_ http.ResponseWriter, r *http.Request, p *Proxy) {
		end := p.begin()
		go func() {
			defer end()
			time.Sleep(d)
			p.ask(r)
		}()
		panic(http.ErrAbortHandler)
	}
}

// Delay asks the server after a while.
func Delay(d time.Duration) Fault {
	return func(w http.ResponseWriter, r *http.Request, p *Proxy) {
		time.Sleep(d)
		p.pass(w, r)
	}
}

// Before calls a function, and asks the server then.
func Before(do func()) Fault {
	return func(w http.ResponseWriter, r *http.Request, p *Proxy) {
		do()
		p.pass(w, r)
	}
}

// InPlace calls a function and closes the connection; the server is not asked.
func InPlace(do func()) Fault {
	return func(http.ResponseWriter, *http.Request, *Proxy) {
		do()
		panic(http.ErrAbortHandler)
	}
}

// After lets the server do what it is asked, calls a function, and closes the
// connection in place of the answer.
func After(do func()) Fault {
	return func(_ http.ResponseWriter, r *http.Request, p *Proxy) {
		p.ask(r)
		do()
		panic(http.ErrAbortHandler)
	}
}

// Corrupt flips a bit in the middle of the body, of the request or, where that
// has none, of the answer.
func Corrupt(w http.ResponseWriter, r *http.Request, p *Proxy) {
	flip := func(body []byte) []byte {
		body = bytes.Clone(body)
		if len(body) > 0 {
			body[len(body)/2] ^= 0x10
		}
		return body
	}
	if r.ContentLength > 0 {
		body, _ := io.ReadAll(r.Body) // from memory
		r.Body = again{bytes.NewReader(flip(body))}
		p.pass(w, r)
		return
	}
	answer := p.ask(r)
	maps.Copy(w.Header(), answer.Header())
	w.WriteHeader(answer.Code)
	_, _ = w.Write(flip(answer.Body.Bytes())) // an error means that the client has left
}

// Truncate sends the first half of the answer's body and ends it as if that
// were all.
func Truncate(w http.ResponseWriter, r *http.Request, p *Proxy) {
	answer := p.ask(r)
	maps.Copy(w.Header(), answer.Header())
	if r.Method != http.MethodHead {
		w.Header().Del("Content-Length")
	}
	w.WriteHeader(answer.Code)
	if f, ok := w.(http.Flusher); ok {
		f.Flush() // from here on the body has no announced length
	}
	_, _ = w.Write(answer.Body.Bytes()[:answer.Body.Len()/2]) // an error means that the client has left
}

// ask lets the server do what it is asked, whether the client is still there
// or not.
func (p *Proxy) ask(r *http.Request) *httptest.ResponseRecorder {
	answer := httptest.NewRecorder()
	p.pass(answer, r.WithContext(context.Background()))
	return answer
}
