package load

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// at plays a fault on the k-th request from now on, and others on all that
// match; it returns how many requests there were.
func (p *proxy) at(k int, fault faultFunc, others map[string]faultFunc) (seen func() int) {
	n := 0
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fault = func(r *http.Request) faultFunc {
		n++
		other := others[kind(r)]
		switch {
		case n-1 != k:
			return other
		case other != nil:
			return both(other, fault)
		}
		return fault
	}
	return func() int {
		p.mu.Lock()
		defer p.mu.Unlock()
		return n
	}
}

// checkNothingLeft sees that the probe has cleared up behind itself, but for
// uploads that it could not know of.
func (p place) checkNothingLeft(t *testing.T, unknown int) {
	t.Helper()
	for key := range p.files(t) {
		if strings.HasPrefix(key, probeFolder) {
			t.Errorf("%s is left", key)
		}
	}
	if n := p.staged(t); n != unknown {
		t.Errorf("%d uploads are left, want %d", n, unknown)
	}
}

var conditions = []struct{ kind, header, name string }{
	{"put", "If-None-Match", "If-None-Match of PutObject"},
	{"put", "If-Match", "If-Match of PutObject"},
	{"complete", "If-None-Match", "If-None-Match of CompleteMultipartUpload"},
	{"complete", "If-Match", "If-Match of CompleteMultipartUpload"},
}

// A store that ignores any condition is not written to, unless the operator
// answers for it.
func TestProbeFindsIgnoredConditions(t *testing.T) {
	for _, c := range conditions {
		t.Run(c.name, func(t *testing.T) {
			p := s3Place(t)
			faults := behindProxy(t)
			faults.at(-1, nil, map[string]faultFunc{c.kind: ignores(c.header)})
			l, m := open(t, p), model{}
			call := m.put("a", 1, at("2026-10-05T12:00:00Z"), small)
			_, err := l.Commit(t.Context(), "test", []Change{call})
			if !errors.Is(err, ErrStorage) || errors.Is(err, ErrConflict) {
				t.Fatalf("error is %v", err)
			}
			for _, part := range []string{"ignores " + c.name + " for", p.bucket, "--single-writer"} {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("error is %q, lacks %q", err, part)
				}
			}
			if strings.Contains(err.Error(), "\n") || len(p.files(t)) > 0 {
				t.Errorf("error is %q, files are %v", err, p.files(t))
			}
			p.checkNothingLeft(t, 0)

			alone := openWith(t, p, Options{SingleWriter: true})
			wantOutcomes(t, mustCommit(t, alone, call), Loaded)
			p.check(t, m)
			p.checkNothingLeft(t, 0)
		})
	}
}

// Whichever reply is lost, the verdict is the same, on a good store and on one
// that ignores everything.
func TestProbeWithLostReplies(t *testing.T) {
	everything := map[string]faultFunc{}
	for _, c := range []string{"put", "complete"} {
		everything[c] = altered(func(r *http.Request) { r.Header.Del("If-Match"); r.Header.Del("If-None-Match") })
	}
	for name, store := range map[string]map[string]faultFunc{"good": nil, "ignoring": everything} {
		t.Run(name, func(t *testing.T) {
			faults := behindProxy(t)
			for k := 0; ; k++ {
				p := s3Place(t)
				l := open(t, p)
				quicken(l)
				unknown := 0
				seen := faults.at(k, func(w http.ResponseWriter, r *http.Request, server http.Handler) {
					if kind(r) == "create" {
						unknown++
					}
					lost(w, r, server)
				}, store)
				_, err := l.Lock(t.Context())
				if store == nil && err != nil {
					t.Errorf("reply %d is lost: %v", k, err)
				}
				for _, c := range conditions {
					if store != nil && (err == nil || !strings.Contains(err.Error(), c.name)) {
						t.Errorf("reply %d is lost: error is %v, lacks %s", k, err, c.name)
					}
				}
				met := seen() > k
				faults.set(0, "", "", nil)
				p.checkNothingLeft(t, unknown)
				if !met {
					return
				}
			}
		})
	}
}

// When the context ends in the middle, before or after the store has done what
// it was asked to, nothing is left, and the next attempt starts anew.
func TestProbeIsCancelled(t *testing.T) {
	p := s3Place(t)
	faults := behindProxy(t)
	for _, done := range []bool{false, true} {
		for k := 0; ; k++ {
			l := open(t, p)
			ctx, cancel := context.WithCancel(t.Context())
			interrupted := ""
			seen := faults.at(k, func(w http.ResponseWriter, r *http.Request, server http.Handler) {
				interrupted = kind(r)
				switch interrupted {
				case "create", "abort", "delete": // are seen to their end
					cancel()
					server.ServeHTTP(w, r)
					return
				}
				if done {
					server.ServeHTTP(httptest.NewRecorder(), r)
				}
				io.Copy(io.Discard, r.Body) // else the server does not see that the client has gone
				cancel()
				<-r.Context().Done()
			}, nil)
			_, err := l.Lock(ctx)
			cancel()
			met := seen() > k
			faults.set(0, "", "", nil)
			if !met {
				break
			}
			// After the last refusal all is proven.
			if proven := k >= 14; proven && err != nil || !proven && (!errors.Is(err, context.Canceled) || errors.Is(err, ErrStorage)) {
				t.Errorf("cancelled at request %d, %s: %v", k, interrupted, err)
			}
			p.checkNothingLeft(t, 0)
			if _, err := l.Lock(t.Context()); err != nil && !errors.Is(err, ErrLocked) {
				t.Errorf("after request %d: %v", k, err)
			}
		}
	}
}

// A lake is probed before its first write, and once.
func TestProbeOnce(t *testing.T) {
	p := s3Place(t)
	faults := behindProxy(t)
	l, m := open(t, p), model{}
	if _, _, err := l.ReadState(t.Context(), "pending"); err != nil || faults.count("put") != 0 {
		t.Errorf("%d objects were written for reading, error %v", faults.count("put"), err)
	}
	mustCommit(t, l, m.put("a", 1, at("2026-10-05T12:00:00Z"), small))
	if n := faults.count("put"); n != 4 { // three of the probe, and the format
		t.Errorf("%d records were written, want 4", n)
	}
	unlock, err := l.Lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	mustCommit(t, l, m.put("b", 1, at("2026-10-05T12:00:00Z"), small))
	if err := unlock(); err != nil || faults.count("put") != 4 || faults.count("uploads") != 1 {
		t.Errorf("%d records were written, uploads were listed %d times; error %v", faults.count("put"), faults.count("uploads"), err)
	}
	p.check(t, m)
}

// What a run will need is missed before anything is fetched.
func TestProbeNamesThePermission(t *testing.T) {
	for kind, permission := range map[string]string{
		"put": "s3:PutObject", "get": "s3:GetObject", "create": "kms:GenerateDataKey", "part": "s3:PutObject", "complete": "kms:Decrypt",
		"abort": "s3:AbortMultipartUpload", "delete": "s3:DeleteObject",
	} {
		t.Run(kind, func(t *testing.T) {
			p := s3Place(t)
			faults := behindProxy(t)
			l := open(t, p)
			faults.set(1<<30, kind, probeFolder, status(403, s3Error("AccessDenied")))
			_, err := l.Lock(t.Context())
			if !errors.Is(err, ErrStorage) || !strings.Contains(err.Error(), "needs ") || !strings.Contains(err.Error(), permission) || strings.Contains(err.Error(), "\n") {
				t.Errorf("error is %v, want %s named", err, permission)
			}
			faults.set(0, "", "", nil)
			if _, err := l.Lock(t.Context()); err != nil {
				t.Errorf("granted: %v", err)
			}
		})
	}
}

// A store that keeps other bytes, hides what was written, or knows things that
// were never written, is refused.
func TestProbeReadsBack(t *testing.T) {
	for name, test := range map[string]struct {
		kind  string
		fault faultFunc
		want  string
	}{
		"other bytes":   {"get", edited(func(body []byte, _ http.Header) []byte { body[3] ^= 1; return body }), "not what was written"},
		"hidden":        {"get", status(404, s3Error("NoSuchKey")), "does not show"},
		"always there":  {"put", status(412, s3Error("PreconditionFailed")), "as if it were there"},
		"not a header":  {"complete", status(501, s3Error("NotImplemented")), "NotImplemented"},
		"yes to it all": {"put", status(200, ""), "but it was not"},
	} {
		t.Run(name, func(t *testing.T) {
			p := s3Place(t)
			faults := behindProxy(t)
			l := open(t, p)
			faults.set(1<<30, test.kind, probeFolder, test.fault)
			_, err := l.Lock(t.Context())
			if !errors.Is(err, ErrStorage) || errors.Is(err, ErrConflict) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error is %v, want %q", err, test.want)
			}
			faults.set(0, "", "", nil)
			p.checkNothingLeft(t, 0)
		})
	}
}

func TestS3Clock(t *testing.T) {
	for off, want := range map[time.Duration]struct{ warned, refused bool }{
		0: {}, 4 * time.Minute: {}, -4 * time.Minute: {},
		6 * time.Minute: {warned: true}, -23 * time.Hour: {warned: true},
		25 * time.Hour: {refused: true}, -25 * time.Hour: {refused: true},
	} {
		t.Run(off.String(), func(t *testing.T) {
			p := s3Place(t)
			faults := behindProxy(t)
			var log bytes.Buffer
			l := openWith(t, p, Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
			faults.set(1, "delete", probeFolder, dated(off))
			_, err := l.Lock(t.Context())
			if errors.Is(err, ErrClock) != want.refused || !want.refused && err != nil || errors.Is(err, ErrStorage) {
				t.Errorf("error is %v", err)
			}
			if warned := strings.Count(log.String(), "clock"); (warned == 1) != want.warned || warned > 1 {
				t.Errorf("log is %q", log.String())
			}
			p.checkNothingLeft(t, 0)
		})
	}
}

// A clock by which the store refuses every request is told as such.
func TestS3ClockRefused(t *testing.T) {
	p := s3Place(t)
	faults := behindProxy(t)
	faults.set(1<<30, "get", "", status(403, s3Error("RequestTimeTooSkewed")))
	if _, err := Open(t.Context(), p.where, Options{}); !errors.Is(err, ErrClock) {
		t.Error(err)
	}
}
