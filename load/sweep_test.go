package load

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// leave begins an upload as a run would that died this long ago.
func (p place) leave(t *testing.T, name string, age time.Duration) {
	t.Helper()
	created, err := testClient().CreateMultipartUpload(t.Context(), &s3.CreateMultipartUploadInput{Bucket: &p.bucket, Key: &name})
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(gateway.Root, p.bucket, ".sgwtmp", "multipart", fmt.Sprintf("%x", sha256.Sum256([]byte(name))), *created.UploadId)
	began := time.Now().Add(-age)
	if err := os.Chtimes(dir, began, began); err != nil {
		t.Fatal(err)
	}
}

// uploads returns the keys of the bucket's uploads, in order.
func (p place) uploads(t *testing.T) (keys []string) {
	t.Helper()
	out, err := testClient().ListMultipartUploads(t.Context(), &s3.ListMultipartUploadsInput{Bucket: &p.bucket})
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range out.Uploads {
		keys = append(keys, *u.Key)
	}
	return keys
}

// lockOnce takes the lock and lets it go, as any run does that writes.
func lockOnce(t *testing.T, p place, opts Options) {
	t.Helper()
	unlock, err := openWith(t, p, opts).Lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
}

const long, short = 25 * time.Hour, 23 * time.Hour

func TestSweepDropsOwnStaleUploads(t *testing.T) {
	for name, prefix := range map[string]string{"prefix": "some/lake/", "whole bucket": ""} {
		t.Run(name, func(t *testing.T) {
			p := s3Place(t)
			p.where = "s3://" + p.bucket + "/" + prefix
			for _, key := range []string{"streams/call_date=2026-10-05/part-0.parquet", "calls/call_date=0001-01-01/part-3.parquet", "raw/call_date=2026-10-05/x.jsonl.zst", "_state/probe/ABC", buildingsKey} {
				p.leave(t, prefix+key, long)
			}
			stay := []string{
				prefix + "_state/other/x", prefix + "calls/backup.tar", prefix + "raw/video.mp4", prefix + "buildings/other.parquet", prefix + "video/call_date=2026-10-05/x",
				"elsewhere/streams/call_date=2026-10-05/part-0.parquet", "some/lakes/streams/call_date=2026-10-05/part-0.parquet",
			}
			for _, key := range stay {
				p.leave(t, key, long)
			}
			young := prefix + "media/call_date=2026-10-05/part-0.parquet"
			p.leave(t, young, short)
			lockOnce(t, p, Options{})
			want := append(stay, young)
			slices.Sort(want)
			if got := p.uploads(t); !slices.Equal(got, want) {
				t.Errorf("uploads are %v, want %v", got, want)
			}
		})
	}
}

// The age is by the store's clock, whatever this machine's shows.
func TestSweepGoesByTheStoresClock(t *testing.T) {
	key := "some/lake/" + objectKey("calls", "2026-10-05")
	for _, test := range []struct {
		age, off time.Duration
		left     int
	}{
		{short, 2 * time.Hour, 0},
		{long, -2 * time.Hour, 1},
	} {
		p := s3Place(t)
		faults := behindProxy(t)
		p.leave(t, key, test.age)
		faults.set(1, "uploads", "", dated(test.off))
		lockOnce(t, p, Options{})
		if n := len(p.uploads(t)); n != test.left {
			t.Errorf("begun %s ago, store's clock off by %s: %d uploads are left, want %d", test.age, test.off, n, test.left)
		}
	}
	p := s3Place(t)
	faults := behindProxy(t)
	p.leave(t, key, long)
	faults.set(1, "uploads", "", edited(func(body []byte, h http.Header) []byte { h["Date"] = nil; return body }))
	lockOnce(t, p, Options{})
	if n := len(p.uploads(t)); n != 1 {
		t.Error("an upload was dropped without knowing its age")
	}
}

func TestSweepReadsAllPages(t *testing.T) {
	p := s3Place(t)
	faults := behindProxy(t)
	for day := range 7 {
		p.leave(t, "some/lake/"+objectKey("calls", fmt.Sprintf("2026-10-%02d", day+1)), long)
	}
	faults.set(1<<30, "uploads", "", altered(func(r *http.Request) {
		q := r.URL.Query()
		q.Set("max-uploads", "2")
		r.URL.RawQuery = q.Encode()
	}))
	lockOnce(t, p, Options{})
	if n := len(p.uploads(t)); n != 0 || faults.count("uploads") != 4 {
		t.Errorf("%d uploads are left after %d pages", n, faults.count("uploads"))
	}
}

// A run goes on where uploads cannot be listed or dropped, and says so once.
func TestSweepIsNotNeeded(t *testing.T) {
	stuck := edited(func(_ []byte, h http.Header) []byte {
		h.Del("Content-Length")
		return []byte(`<ListMultipartUploadsResult><IsTruncated>true</IsTruncated></ListMultipartUploadsResult>`)
	})
	for name, test := range map[string]struct {
		kind, path string
		fault      faultFunc
		want       string
	}{
		"not permitted":         {"uploads", "", status(403, s3Error("AccessDenied")), "s3:ListBucketMultipartUploads"},
		"not implemented":       {"uploads", "", status(501, s3Error("NotImplemented")), "NotImplemented"},
		"not permitted to drop": {"abort", "calls", status(403, s3Error("AccessDenied")), "s3:AbortMultipartUpload"},
		"endless":               {"uploads", "", stuck, "does not go on"},
	} {
		t.Run(name, func(t *testing.T) {
			p := s3Place(t)
			faults := behindProxy(t)
			p.leave(t, "some/lake/"+objectKey("calls", "2026-10-05"), long)
			var log bytes.Buffer
			l, m := openWith(t, p, Options{Log: slog.New(slog.NewTextHandler(&log, nil))}), model{}
			faults.set(1<<30, test.kind, test.path, test.fault)
			for _, id := range []string{"a", "b"} {
				wantOutcomes(t, mustCommit(t, l, m.put(id, 1, at("2026-10-06T12:00:00Z"), small)), Loaded)
			}
			if strings.Count(log.String(), "level=WARN") != 1 || !strings.Contains(log.String(), test.want) {
				t.Errorf("log is %q, lacks %q", log.String(), test.want)
			}
			p.check(t, m)
		})
	}
}

// A run whose uploads were dropped in the middle of its commit stages again.
func TestSweepUnderALiveRun(t *testing.T) {
	p := s3Place(t)
	l, m := open(t, p), model{}
	h := hook(l)
	h.before = once(objectKey("media", "2026-10-05"), func() {
		other := open(t, p)
		other.store.(*s3Store).staleAge = -time.Hour
		if _, err := other.Lock(context.Background()); err != nil {
			t.Error(err)
		}
		if n := p.staged(t); n != 0 {
			t.Errorf("%d uploads are left, want none to try this", n)
		}
	})
	wantOutcomes(t, mustCommit(t, l, m.put("a", 1, at("2026-10-05T12:00:00Z"), small)), Loaded)
	p.check(t, m)
}

func TestSweepFolder(t *testing.T) {
	p := folderPlace(t)
	holder := open(t, p)
	unlock, err := holder.Lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	left := filepath.Join(p.dir, "_state", "staged", "LEFT")
	if err := os.WriteFile(left, []byte("half an object"), 0o600); err != nil {
		t.Fatal(err)
	}
	// Who does not get the lock clears nothing.
	if _, err := open(t, p).Lock(t.Context()); !errors.Is(err, ErrLocked) || p.staged(t) != 1 {
		t.Errorf("%d files are staged, want that of the run that works; error %v", p.staged(t), err)
	}
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
	lockOnce(t, p, Options{})
	if n := p.staged(t); n != 0 {
		t.Errorf("%d files are left", n)
	}
}

// A lake is opened, which tries to write, while others take the lock and clear.
func TestSweepLetsOthersOpen(t *testing.T) {
	p := folderPlace(t)
	l := open(t, p)
	done := make(chan bool)
	go func() {
		defer close(done)
		for range 500 {
			unlock, err := l.Lock(context.Background())
			if err != nil {
				t.Error(err)
				return
			}
			unlock()
		}
	}()
	for {
		other, err := Open(t.Context(), p.where, Options{})
		if err != nil {
			t.Fatal(err)
		}
		other.Close()
		select {
		case <-done:
			return
		default:
		}
	}
}

func TestSweepDropsWhatOldProbesLeft(t *testing.T) {
	p := s3Place(t)
	dir := filepath.Join(p.dir, "_state", "probe")
	if err := os.MkdirAll(dir, 0o750); err != nil {
		t.Fatal(err)
	}
	for name, age := range map[string]time.Duration{"OLD": long, "NEW": short} {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte("{}"), 0o600); err != nil {
			t.Fatal(err)
		}
		at := time.Now().Add(-age)
		if err := os.Chtimes(file, at, at); err != nil {
			t.Fatal(err)
		}
	}
	lockOnce(t, p, Options{})
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 1 || left[0].Name() != "NEW" {
		t.Errorf("left are %v, error %v", left, err)
	}
}
