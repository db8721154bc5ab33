package load

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"go.uber.org/goleak"
)

func TestLocation(t *testing.T) {
	for text, want := range map[string]location{
		"./lake":                     {folder: "lake"},
		"lake/":                      {folder: "lake"},
		"/data/lake":                 {folder: "/data/lake"},
		"C:lake":                     {folder: "C:lake"},
		"file:///data/my%20lake":     {folder: "/data/my lake"},
		"file://localhost/data":      {folder: "/data"},
		"s3://bucket":                {bucket: "bucket"},
		"s3://bucket/":               {bucket: "bucket"},
		"S3://my.bucket-1/a/b=c/d//": {bucket: "my.bucket-1", prefix: "a/b=c/d"},
	} {
		got, err := parseLocation(text)
		if err != nil || got != want {
			t.Errorf("%q is %+v (%v), want %+v", text, got, err, want)
		}
	}
	for _, text := range []string{
		"", "gs://bucket/x", "https://host/bucket", "azure://x", "s3://", "s3:///x", "s3://b", "s3://UPPER/x", "s3://bucket/a//b",
		"s3://bucket/../x", "s3://bucket/a b", "s3://bucket/a?b", "s3://user@bucket/x", "file://host/x", "file://", "file:///a?b",
	} {
		if got, err := parseLocation(text); !errors.Is(err, ErrLocation) {
			t.Errorf("%q is %+v (%v), want an error", text, got, err)
		}
	}
	if _, err := Open(t.Context(), "gs://bucket", Options{}); !errors.Is(err, ErrLocation) {
		t.Error(err)
	}
}

func TestOpenCreatesFolder(t *testing.T) {
	p := folderPlace(t)
	p.dir = filepath.Join(p.dir, "new", "lake")
	p.where = "file://" + p.dir
	mustCommit(t, open(t, p), change("a", 1, at("2026-10-05T12:00:00Z"), small))
	// Personal data is for the owner and, by the umask, the group.
	err := filepath.Walk(p.dir, func(name string, info os.FileInfo, err error) error {
		if err == nil && info.Mode()&0o007 != 0 {
			t.Errorf("%s has mode %v", name, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestOpenFolderErrors(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	closed := filepath.Join(dir, "closed")
	if err := os.Mkdir(closed, 0o500); err != nil {
		t.Fatal(err)
	}
	for _, where := range []string{file, filepath.Join(file, "lake"), filepath.Join(closed, "lake"), "/dev/null/lake"} {
		if where == filepath.Join(closed, "lake") && os.Geteuid() == 0 {
			continue // nothing is closed to root
		}
		if _, err := Open(t.Context(), where, Options{}); !errors.Is(err, ErrStorage) {
			t.Errorf("opening %s: %v", where, err)
		}
	}
}

func TestLock(t *testing.T) {
	p := folderPlace(t)
	a, b := open(t, p), open(t, p)
	unlock, err := a.Lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Lock(t.Context()); !errors.Is(err, ErrLocked) {
		t.Error(err)
	}
	if _, err := a.Lock(t.Context()); !errors.Is(err, ErrLocked) {
		t.Error(err)
	}
	c := change("a", 1, at("2026-10-05T12:00:00Z"), bare)
	if r, err := b.Commit(t.Context(), "test", []Change{c}); !errors.Is(err, ErrLocked) {
		t.Error(err)
	} else {
		wantOutcomes(t, r, Failed)
	}
	if err := b.WriteRun(t.Context(), "run", nil); !errors.Is(err, ErrLocked) {
		t.Error(err)
	}
	mustCommit(t, a, c)
	if err := errors.Join(unlock(), unlock()); err != nil {
		t.Error(err)
	}
	mustCommit(t, b, c)
	if _, err := b.Lock(t.Context()); err != nil {
		t.Error(err)
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	mustCommit(t, a, c)
}

func TestS3NeedsNoLock(t *testing.T) {
	p := s3Place(t)
	for range 2 {
		if _, err := open(t, p).Lock(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

func TestState(t *testing.T) {
	onBoth(t, func(t *testing.T, p place) {
		l, ctx := open(t, p), t.Context()
		data, token, err := l.ReadState(ctx, "pending")
		if err != nil || data != nil || token != "" {
			t.Errorf("%q %q %v", data, token, err)
		}
		one, err := l.WriteState(ctx, "pending", []byte("{}"), token)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := l.WriteState(ctx, "pending", []byte("[]"), ""); !errors.Is(err, ErrConflict) {
			t.Error(err)
		}
		two, err := l.WriteState(ctx, "pending", []byte("[1]"), one)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := l.WriteState(ctx, "pending", []byte("[2]"), one); !errors.Is(err, ErrConflict) {
			t.Error(err)
		}
		data, token, err = l.ReadState(ctx, "pending")
		if err != nil || string(data) != "[1]" || token != two {
			t.Errorf("%q %q %v", data, token, err)
		}
		for range 2 {
			if err := l.WriteRun(ctx, "2026-10-05T12-00-00Z", []byte(`{"run":1}`)); err != nil {
				t.Error(err)
			}
		}
		for _, name := range []string{"", "..", "a/b", "../x", ".x", "a b", "x=y"} {
			if _, _, err := l.ReadState(ctx, name); err == nil {
				t.Errorf("reading state %q", name)
			}
			if _, err := l.WriteState(ctx, name, nil, ""); err == nil {
				t.Errorf("writing state %q", name)
			}
			if err := l.WriteRun(ctx, name, nil); err == nil {
				t.Errorf("writing run %q", name)
			}
		}
		files := p.files(t)
		for _, key := range []string{"_state/pending.json", "_state/lake.json", "_runs/2026-10-05T12-00-00Z.json"} {
			if files[key] == "" {
				t.Errorf("%s is not there: %v", key, files)
			}
		}
	})
}

func TestCommitNothing(t *testing.T) {
	onBoth(t, func(t *testing.T, p place) {
		r, err := open(t, p).Commit(t.Context(), "test", nil)
		if err != nil || len(r.Results) != 0 || r.Objects != 0 {
			t.Error(r, err)
		}
	})
}

func TestNoGoroutinesAreLeft(t *testing.T) {
	for _, p := range []place{folderPlace(t), s3Place(t)} {
		before := goleak.IgnoreCurrent()
		l, err := Open(t.Context(), p.where, Options{TempDir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		mustCommit(t, l, change("a", 1, at("2026-10-05T12:00:00Z"), large))
		ctx, cancel := context.WithCancel(t.Context())
		hook(l).before = once(objectKey("media", "2026-10-05"), cancel)
		l.Commit(ctx, "test", []Change{change("b", 1, at("2026-10-05T12:00:00Z"), large)})
		l.Close()
		// The SDK gives no way to close its idle connections; they end by themselves.
		goleak.VerifyNone(t, before, goleak.IgnoreAnyFunction("net/http.(*persistConn).readLoop"), goleak.IgnoreAnyFunction("net/http.(*persistConn).writeLoop"),
			goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.(*workerPool).workerFunc"))
	}
}
