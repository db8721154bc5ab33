package s3test

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Write is a request that has changed what the server keeps.
type Write struct {
	Method string
	Key    string // bucket and key
	Query  url.Values
	Header http.Header // of the request
	Body   []byte
	Upload string // the id that the server gave, where an upload was begun
}

// WriteLog holds writes in the order in which the server was done with them.
type WriteLog []Write

// Writes returns the log so far.
func (p *Proxy) Writes() WriteLog {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.writes[:len(p.writes):len(p.writes)]
}

// recording makes a handler log what it has written.
func (p *Proxy) recording(server http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet || r.Method == http.MethodHead {
			server.ServeHTTP(w, r)
			return
		}
		body, _ := io.ReadAll(r.Body) // from memory
		r.Body = again{bytes.NewReader(body)}
		answer := httptest.NewRecorder()
		server.ServeHTTP(answer, r)
		entry := Write{Method: r.Method, Key: strings.TrimPrefix(r.URL.Path, "/"), Query: r.URL.Query(), Header: r.Header.Clone(), Body: body}
		done := answer.Code < 300 && !bytes.Contains(answer.Body.Bytes(), []byte("<Error>"))
		if entry.Query.Has("uploads") {
			var begun struct{ UploadId string }
			done = done && xml.Unmarshal(answer.Body.Bytes(), &begun) == nil
			entry.Upload = begun.UploadId
		}
		if done {
			p.mu.Lock()
			p.writes = append(p.writes, entry)
			p.mu.Unlock()
		}
		for name, values := range answer.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(answer.Code)
		_, _ = w.Write(answer.Body.Bytes()) // an error means that the client has left
	})
}

// Replay does the writes again, one by one, with files in a folder for objects.
// It yields each write after which a reader sees something else: a process
// that dies then leaves the folder as it is.
func (l WriteLog) Replay(folder string) iter.Seq2[Write, error] {
	return func(yield func(Write, error) bool) {
		uploads := map[string]map[string][]byte{}
		for _, w := range l {
			visible, err := w.apply(folder, uploads)
			if err != nil {
				err = fmt.Errorf("doing %s %s again: %w", w.Method, w.Key, err)
			}
			if (visible || err != nil) && !yield(w, err) {
				return
			}
		}
	}
}

// apply does a write, and reports whether a reader sees it.
func (w Write) apply(folder string, uploads map[string]map[string][]byte) (visible bool, err error) {
	if strings.Contains(w.Header.Get("Content-Encoding"), "aws-chunked") {
		return false, fmt.Errorf("the body is in chunks of S3, which the log does not read")
	}
	file := filepath.Join(folder, filepath.FromSlash(w.Key))
	upload := w.Query.Get("uploadId")
	switch {
	case w.Upload != "":
		uploads[w.Upload] = map[string][]byte{}
		return false, nil
	case upload != "" && w.Method == http.MethodPut:
		uploads[upload][w.Query.Get("partNumber")] = w.Body
		return false, nil
	case upload != "" && w.Method == http.MethodDelete:
		delete(uploads, upload)
		return false, nil
	case upload != "":
		whole, err := join(w.Body, uploads[upload])
		if err != nil || uploads[upload] == nil {
			return false, err // completing twice changes nothing
		}
		delete(uploads, upload)
		return true, place(file, whole)
	case w.Method == http.MethodPut:
		return true, place(file, w.Body)
	case w.Method == http.MethodDelete:
		if err := os.Remove(file); err != nil && !os.IsNotExist(err) {
			return false, err
		}
		return true, nil
	}
	return false, fmt.Errorf("the log does not know this request")
}

// join puts the parts together that the completion of an upload names.
func join(completion []byte, parts map[string][]byte) ([]byte, error) {
	var list struct {
		Part []struct{ PartNumber int }
	}
	if err := xml.Unmarshal(completion, &list); err != nil {
		return nil, err
	}
	var whole []byte
	for _, p := range list.Part {
		whole = append(whole, parts[strconv.Itoa(p.PartNumber)]...)
	}
	return whole, nil
}

func place(file string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, content, 0o644)
}
