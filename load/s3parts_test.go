package load

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"etl/schemas"
)

// wideCalls are enough calls for objects that are larger than what is read
// first.
func wideCalls(n int) []Change {
	var changes []Change
	for i := range n {
		start := *at("2026-10-05T00:00:00Z") + int64(i)*1e6
		changes = append(changes, change("call-"+strconv.Itoa(i), 1, &start, large))
	}
	return changes
}

func countRows(r *Rows) (n int) {
	for r.Next() {
		n++
	}
	return n
}

func TestRowsReadPartsOfObjects(t *testing.T) {
	p := s3Place(t)
	front := behindProxy(t)
	l := open(t, p)
	mustCommit(t, l, wideCalls(300)...)
	var read, size int64
	front.mu.Lock()
	front.fault = func(r *http.Request) faultFunc {
		if r.Method != http.MethodGet || r.Header.Get("Range") == "" {
			return nil
		}
		return func(w http.ResponseWriter, r *http.Request, server http.Handler) {
			answer := httptest.NewRecorder()
			server.ServeHTTP(answer, r)
			front.mu.Lock()
			read += int64(answer.Body.Len())
			_, total, _ := strings.Cut(answer.Header().Get("Content-Range"), "/")
			size, _ = strconv.ParseInt(total, 10, 64)
			front.mu.Unlock()
			copyAnswer(w, answer)
		}
	}
	front.mu.Unlock()
	r := rowsOf(t, l, schemas.Streams, "2026-10-05", "stream_ordinal", "media_label")
	if n, want := countRows(r), 300*large.sessions*large.segments*large.media*large.streams; n != want || r.Err() != nil {
		t.Errorf("%d rows, want %d, error %v", n, want, r.Err())
	}
	if size < 4*tailBytes || read > size/2 {
		t.Errorf("%d bytes of %d were read", read, size)
	}
}

func copyAnswer(w http.ResponseWriter, answer *httptest.ResponseRecorder) {
	for name, values := range answer.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(answer.Code)
	io.Copy(w, answer.Body)
}

// TestPartsThatGoWrong has answers that break off, that are no parts, and an
// object that is replaced while it is read.
func TestPartsThatGoWrong(t *testing.T) {
	p := s3Place(t)
	front := behindProxy(t)
	l := open(t, p)
	mustCommit(t, l, wideCalls(300)...)
	ranged := func(fault func(n int) faultFunc) {
		front.mu.Lock()
		defer front.mu.Unlock()
		n := 0
		front.fault = func(r *http.Request) faultFunc {
			if r.Method != http.MethodGet || r.Header.Get("Range") == "" {
				return nil
			}
			n++
			return fault(n)
		}
	}
	cut := func(w http.ResponseWriter, r *http.Request, server http.Handler) {
		answer := httptest.NewRecorder()
		server.ServeHTTP(answer, r)
		half := answer.Body.Len() / 2
		answer.Body.Truncate(half)
		copyAnswer(w, answer) // the length announced is that of the whole
	}
	read := func() (int, error) {
		r, err := l.Rows(t.Context(), schemas.Streams, "2026-10-05", "media_label")
		if err != nil {
			return 0, err
		}
		defer r.Close()
		n := countRows(r)
		return n, r.Err()
	}
	want, err := read()
	if err != nil || want == 0 {
		t.Fatal(want, err)
	}
	ranged(func(n int) faultFunc {
		if n%2 == 1 {
			return cut
		}
		return nil
	})
	if n, err := read(); n != want || err != nil {
		t.Errorf("every other answer breaks off: %d rows, want %d, error %v", n, want, err)
	}
	ranged(func(int) faultFunc { return cut })
	if _, err := read(); !errors.Is(err, ErrStorage) || errors.Is(err, ErrDamaged) {
		t.Errorf("every answer breaks off: error %v", err)
	}
	ranged(func(int) faultFunc {
		return func(w http.ResponseWriter, r *http.Request, server http.Handler) {
			answer := httptest.NewRecorder()
			server.ServeHTTP(answer, r)
			answer.Code = http.StatusOK
			answer.Header().Del("Content-Range")
			copyAnswer(w, answer)
		}
	})
	if _, err := read(); !errors.Is(err, ErrStorage) || !strings.Contains(err.Error(), "ranges") {
		t.Errorf("the store knows no ranges: error %v", err)
	}
	ranged(func(int) faultFunc { return nil })
	r := rowsOf(t, l, schemas.Streams, "2026-10-05", "media_label")
	mustCommit(t, l, change("call-7", 2, at("2026-10-05T00:00:07Z"), small))
	if n := countRows(r); !errors.Is(r.Err(), ErrConflict) {
		t.Errorf("replaced while it was read: %d rows, error %v", n, r.Err())
	}
}
