package load

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"etl/internal/s3test"
)

// Faults that pass leave a commit as if they had not been.
func TestS3FaultsThatPass(t *testing.T) {
	html := func(_ []byte, h http.Header) []byte {
		h.Set("Content-Type", "text/html")
		h.Del("Content-Length")
		h.Del("Etag")
		return []byte("<html>welcome</html>")
	}
	cutClean := func(body []byte, h http.Header) []byte {
		h.Del("Content-Length") // chunked: the end is no error
		return body[:len(body)/2]
	}
	flipped := func(body []byte, _ http.Header) []byte { body[len(body)/2] ^= 1; return body }
	cut := func(body []byte, h http.Header) []byte { return body[:len(body)/2] }
	for name, test := range map[string]struct {
		n     int
		kind  string
		path  string
		fault faultFunc
	}{
		"slow down":                  {2, "part", "streams", status(503, s3Error("SlowDown"))},
		"internal error":             {1, "create", "media", status(500, s3Error("InternalError"))},
		"timeout":                    {1, "part", "media", status(408, "")},
		"reset":                      {1, "part", "sessions", func(http.ResponseWriter, *http.Request, http.Handler) { panic(http.ErrAbortHandler) }},
		"bytes changed on the way":   {1, "part", "sessions", status(400, s3Error("BadDigest"))},
		"conditional conflict":       {1, "complete", "calls", status(409, s3Error("ConditionalRequestConflict"))},
		"operation aborted":          {1, "complete", "streams", status(409, s3Error("OperationAborted"))},
		"precondition failed":        {1, "complete", "segments", status(412, s3Error("PreconditionFailed"))},
		"upload unknown":             {1, "complete", "segments", status(404, s3Error("NoSuchUpload"))},
		"error in a good answer":     {1, "complete", "calls", status(200, s3Error("InternalError"))},
		"good answer, nothing done":  {1, "complete", "calls", status(200, "<html>welcome</html>")},
		"empty answer, nothing done": {2, "complete", "calls", status(200, "")},
		"good answer lost in HTML":   {1, "complete", "calls", edited(html)},
		"part reply lost":            {1, "part", "calls", lost},
		"complete reply lost":        {1, "complete", "streams", lost},
		"complete replies lost":      {3, "complete", "calls", lost},
		"lost, then a conflict":      {2, "complete", "calls", inTurn(lost, status(412, s3Error("PreconditionFailed")))},
		"lost, then unknown":         {2, "complete", "calls", inTurn(lost, status(404, s3Error("NoSuchUpload")))},
		"head fails":                 {2, "head", "calls", status(500, "")},
		"head finds nothing yet":     {3, "head", "calls", status(404, "")},
		"download cut":               {2, "get", "streams", edited(cut)},
		"download cut cleanly":       {1, "get", "media", edited(cutClean)},
		"download changed":           {1, "get", "calls", edited(flipped)},
		"download fails":             {2, "get", "calls", status(503, s3Error("SlowDown"))},
	} {
		t.Run(name, func(t *testing.T) {
			p := s3Place(t)
			faults := behindProxy(t)
			l, m := open(t, p), model{}
			start := at("2026-10-05T12:00:00Z")
			mustCommit(t, l, m.put("a", 1, start, small))
			faults.set(test.n, test.kind, test.path, test.fault)
			before := faults.count(test.kind)
			wantOutcomes(t, mustCommit(t, l, m.put("b", 1, start, small)), Loaded)
			if faults.count(test.kind) == before {
				t.Error("the fault was not met")
			}
			p.check(t, m)
			if n := p.staged(t); n != 0 {
				t.Errorf("%d objects are still staged", n)
			}
		})
	}
}

// Faults that stay are told in one sentence, and nothing is half done.
func TestS3FaultsThatStay(t *testing.T) {
	always := 1 << 30
	for name, test := range map[string]struct {
		kind, path string
		fault      faultFunc
		want       string
	}{
		"access denied":      {"create", "streams", status(403, s3Error("AccessDenied")), "access denied"},
		"no access to read":  {"get", "calls", status(403, s3Error("AccessDenied")), "s3:GetObject"},
		"bucket deleted":     {"complete", "streams", status(404, s3Error("NoSuchBucket")), "does not exist"},
		"store full":         {"part", "streams", status(507, ""), "full"},
		"no room":            {"part", "streams", status(507, s3Error("NoRoom")), "full"},
		"MinIO full":         {"part", "streams", status(503, s3Error("XMinioStorageFull")), "full"},
		"token expired":      {"part", "streams", status(400, s3Error("ExpiredToken")), "credentials were refused"},
		"clock wrong":        {"part", "streams", status(403, s3Error("RequestTimeTooSkewed")), "clock"},
		"archived":           {"get", "calls", status(403, s3Error("InvalidObjectState")), "archived"},
		"nothing is written": {"complete", "streams", status(200, "<html>welcome</html>"), "was not"},
		"object damaged": {"get", "calls/call_date=2026-10-05", edited(func(body []byte, _ http.Header) []byte {
			if len(body) > 100 {
				body[50] ^= 1
			}
			return body
		}), "SHA-256"},
	} {
		t.Run(name, func(t *testing.T) {
			p := s3Place(t)
			faults := behindProxy(t)
			l, m := open(t, p), model{}
			start := at("2026-10-05T12:00:00Z")
			mustCommit(t, l, m.put("a", 1, start, small))
			faults.set(always, test.kind, test.path, test.fault)
			r, err := l.Commit(t.Context(), "test", []Change{change("b", 1, start, small)})
			if !errors.Is(err, ErrStorage) || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), p.bucket) {
				t.Errorf("error is %v, want %q", err, test.want)
			}
			if strings.Contains(err.Error(), s3test.SecretKey) || strings.Contains(err.Error(), "\n") {
				t.Errorf("error is %q", err)
			}
			t.Log(err)
			wantOutcomes(t, r, Failed)
			p.check(t, m)
			faults.set(0, "", "", nil)
			if n := p.staged(t); n != 0 {
				t.Errorf("%d objects are still staged", n)
			}
			wantOutcomes(t, mustCommit(t, l, m.put("b", 1, start, small)), Loaded)
			p.check(t, m)
		})
	}
}

// At whatever request the store fails for a while, or a reply is lost, the
// next run completes what this one began.
func TestS3FaultAtEveryRequest(t *testing.T) {
	start := at("2026-10-05T12:00:00Z")
	skip := 4 // of five requests four; -every tries all
	if *every {
		skip = 0
	}
	for name, fault := range map[string]faultFunc{"lost": lost, "denied": status(403, s3Error("AccessDenied"))} {
		t.Run(name, func(t *testing.T) {
			for k := 0; ; k++ {
				p := s3Place(t)
				faults := behindProxy(t)
				l, m := open(t, p), model{}
				mustCommit(t, l, m.put("a", 1, start, small), m.put("b", 1, start, small))
				seen := 0
				faults.mu.Lock()
				faults.fault = func(*http.Request) faultFunc {
					seen++
					if seen == k+1 {
						return fault
					}
					return nil
				}
				faults.mu.Unlock()
				_, err := l.Commit(t.Context(), "test", []Change{m.put("a", 2, start, bare), m.put("c", 1, start, small)})
				if err != nil && !errors.Is(err, ErrStorage) {
					t.Errorf("request %d: %v", k, err)
				}
				faults.set(0, "", "", nil)
				mustCommit(t, l, m.put("a", 2, start, bare), m.put("c", 1, start, small))
				p.check(t, m)
				if seen <= k || t.Failed() {
					return
				}
				k += skip
			}
		})
	}
}

func TestS3OpenErrors(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := "http://" + listener.Addr().String()
	listener.Close()
	bucket, _ := gateway.Bucket(t)
	for name, test := range map[string]struct {
		where string
		env   map[string]string
		fault faultFunc
		want  string
	}{
		"no bucket":        {"s3://no-such-bucket/x", nil, nil, "bucket no-such-bucket does not exist"},
		"wrong secret":     {"s3://" + bucket, map[string]string{"AWS_SECRET_ACCESS_KEY": "notthesecret"}, nil, "credentials were refused"},
		"unknown key":      {"s3://" + bucket, map[string]string{"AWS_ACCESS_KEY_ID": "nobody"}, nil, "credentials were refused"},
		"no credentials":   {"s3://" + bucket, map[string]string{"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}, nil, "no AWS credentials"},
		"endpoint down":    {"s3://" + bucket, map[string]string{"AWS_ENDPOINT_URL_S3": nobody}, nil, "no answer from " + nobody},
		"not encrypted":    {"s3://" + bucket, map[string]string{"AWS_ENDPOINT_URL_S3": "http://192.0.2.1:9000"}, nil, "not encrypted"},
		"no URL":           {"s3://" + bucket, map[string]string{"AWS_ENDPOINT_URL_S3": "localhost:9000"}, nil, "AWS_ENDPOINT_URL_S3"},
		"no region":        {"s3://" + bucket, map[string]string{"AWS_ENDPOINT_URL_S3": "", "AWS_REGION": ""}, nil, "set AWS_REGION"},
		"no profile":       {"s3://" + bucket, map[string]string{"AWS_PROFILE": "missing"}, nil, "missing"},
		"access denied":    {"s3://" + bucket, nil, status(403, s3Error("AccessDenied")), "s3:ListBucket"},
		"not S3":           {"s3://" + bucket, nil, status(200, "<html>welcome</html>"), "no ETag"},
		"another region":   {"s3://" + bucket, nil, regionError(301, "PermanentRedirect"), "set AWS_REGION"},
		"signed for other": {"s3://" + bucket, nil, regionError(400, "AuthorizationHeaderMalformed"), "is in region eu-west-9"},
	} {
		t.Run(name, func(t *testing.T) {
			faults := behindProxy(t)
			for variable, value := range test.env {
				t.Setenv(variable, value)
				if value == "" {
					os.Unsetenv(variable)
				}
			}
			if test.fault != nil {
				faults.set(1<<30, "get", "", test.fault)
			}
			began := time.Now()
			_, err := Open(t.Context(), test.where, Options{})
			if !errors.Is(err, ErrStorage) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error is %v, want %q", err, test.want)
			} else if strings.Contains(err.Error(), s3test.SecretKey) || strings.Contains(err.Error(), "notthesecret") || strings.Contains(err.Error(), "\n") {
				t.Errorf("error is %q", err)
			}
			t.Log(time.Since(began).Round(time.Millisecond), err)
		})
	}
}

func regionError(code int, name string) faultFunc {
	return func(w http.ResponseWriter, r *http.Request, s http.Handler) {
		w.Header().Set("X-Amz-Bucket-Region", "eu-west-9")
		status(code, s3Error(name))(w, r, s)
	}
}

func TestS3OpenIsCancelled(t *testing.T) {
	faults := behindProxy(t)
	ctx, cancel := context.WithCancel(t.Context())
	faults.set(1<<30, "get", "", func(w http.ResponseWriter, r *http.Request, _ http.Handler) { cancel(); <-r.Context().Done() })
	bucket, _ := gateway.Bucket(t)
	if _, err := Open(ctx, "s3://"+bucket, Options{}); !errors.Is(err, context.Canceled) || errors.Is(err, ErrStorage) {
		t.Error(err)
	}
}

// Credentials that can be renewed are, when the store says that they expired.
func TestS3RenewsCredentials(t *testing.T) {
	p := s3Place(t)
	faults := behindProxy(t)
	dir := t.TempDir()
	asked := filepath.Join(dir, "asked")
	script := filepath.Join(dir, "credentials")
	text := fmt.Sprintf("#!/bin/sh\necho >>%s\necho '{\"Version\":1,\"AccessKeyId\":\"%s\",\"SecretAccessKey\":\"%s\",\"Expiration\":\"2099-01-01T00:00:00Z\"}'\n", asked, s3test.AccessKey, s3test.SecretKey)
	config := filepath.Join(dir, "config")
	if err := errors.Join(os.WriteFile(script, []byte(text), 0o700), os.WriteFile(config, []byte("[default]\nregion=us-east-1\ncredential_process="+script+"\n"), 0o600)); err != nil {
		t.Fatal(err)
	}
	t.Setenv("AWS_CONFIG_FILE", config)
	for _, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"} {
		t.Setenv(name, "")
		os.Unsetenv(name)
	}
	l, m := open(t, p), model{}
	faults.set(1, "part", "streams", status(400, s3Error("ExpiredToken")))
	mustCommit(t, l, m.put("a", 1, at("2026-10-05T12:00:00Z"), small))
	p.check(t, m)
	if times, err := os.ReadFile(asked); err != nil || len(times) != 2 {
		t.Errorf("credentials were asked for %d times (%v), want 2", len(times), err)
	}
}

// A full store is not asked eight times, and one bad minute does not leave the
// rest of the run without retries.
func TestS3Retries(t *testing.T) {
	p := s3Place(t)
	faults := behindProxy(t)
	l := open(t, p)
	faults.set(1<<30, "part", "", status(503, s3Error("XMinioStorageFull")))
	if _, err := l.Commit(t.Context(), "test", []Change{change("a", 1, nil, bare)}); !errors.Is(err, ErrStorage) || faults.count("part") != 1 {
		t.Error(faults.count("part"), err)
	}
	retryer := newRetryer(&expiredToken{})
	for range 200 {
		if _, err := retryer.GetRetryToken(t.Context(), errors.New("x")); err != nil {
			t.Fatal("retries are used up:", err)
		}
	}
}

// What S3 asks to repeat is repeated; a condition that failed is not.
func TestS3Retryable(t *testing.T) {
	p := s3Place(t)
	faults := behindProxy(t)
	s := open(t, p).store
	for code, want := range map[string]int{"ConditionalRequestConflict": 3, "OperationAborted": 3, "SlowDown": 3, "PreconditionFailed": 1} {
		d := seal(t, write(t, s, "a/"+code, []byte("x")))
		httpStatus := map[string]int{"SlowDown": 503, "PreconditionFailed": 412}[code]
		faults.set(2, "complete", code, status(max(httpStatus, 409), s3Error(code)))
		before := faults.count("complete")
		err := d.publish(t.Context(), noVersion)
		if got := faults.count("complete") - before; got != want || (err != nil) != (want == 1) {
			t.Errorf("%s: %d requests, %v", code, got, err)
		}
		d.abort(t.Context())
	}
}

// What is read back is compared with what was written.
func TestS3ReadBack(t *testing.T) {
	p := s3Place(t)
	faults := behindProxy(t)
	s := open(t, p).store
	for name, edit := range map[string]func(h http.Header){
		"digest": func(h http.Header) { h.Set("X-Amz-Meta-Sha256", "00") },
		"size":   func(h http.Header) { h.Set("Content-Length", "7") },
		"crc":    func(h http.Header) { h.Set("X-Amz-Checksum-Crc32", "AAAAAA==-1") },
	} {
		d := seal(t, write(t, s, "a/"+name, []byte("some bytes")))
		faults.set(1<<30, "head", name, edited(func(body []byte, h http.Header) []byte { edit(h); return nil }))
		if err := d.publish(t.Context(), noVersion); !errors.Is(err, ErrStorage) || !strings.Contains(err.Error(), "reading back") {
			t.Errorf("%s differs: %v", name, err)
		}
	}
}

func TestPartSize(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for range 1000 {
		size := r.Int64N(5 << 40)
		part := partSize(size)
		if parts := (size + part - 1) / part; parts > maxParts || part < minPartSize || part > 5<<30 {
			t.Fatalf("%d bytes make %d parts of %d", size, parts, part)
		}
	}
}
