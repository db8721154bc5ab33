package load

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// onBothStores runs the acceptance test of a store on each kind.
func onBothStores(t *testing.T, test func(t *testing.T, s store, p place)) {
	t.Helper()
	onBoth(t, func(t *testing.T, p place) { test(t, open(t, p).store, p) })
}

func write(t *testing.T, s store, key string, content []byte) draft {
	t.Helper()
	d, err := s.create(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := io.Copy(d, bytes.NewReader(content)); err != nil || n != int64(len(content)) {
		t.Fatal(n, err)
	}
	return d
}

func seal(t *testing.T, d draft) draft {
	t.Helper()
	if err := d.seal(t.Context()); err != nil {
		t.Fatal(err)
	}
	return d
}

func publish(t *testing.T, d draft, version string) {
	t.Helper()
	if err := d.publish(t.Context(), version); err != nil {
		t.Fatal(err)
	}
}

func content(t *testing.T, s store, key string) (data []byte, version string) {
	t.Helper()
	o, err := s.open(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	defer o.close()
	data = make([]byte, o.size)
	if n, err := o.ReadAt(data, 0); n != len(data) || (err != nil && err != io.EOF) {
		t.Fatal(n, err)
	}
	if d, err := o.digest(); err != nil || d.size != o.size {
		t.Fatal(d, err)
	}
	return data, o.version
}

func TestStoreObjects(t *testing.T) {
	onBothStores(t, func(t *testing.T, s store, p place) {
		key := objectKey("streams", "2026-10-05")
		if _, err := s.open(t.Context(), key); !errors.Is(err, errNotExist) {
			t.Fatal(err)
		}
		d := write(t, s, key, []byte("one"))
		seal(t, d)
		if _, err := s.open(t.Context(), key); !errors.Is(err, errNotExist) {
			t.Fatal("a staged object is visible", err)
		}
		if p.staged(t) != 1 {
			t.Error("nothing is staged")
		}
		publish(t, d, noVersion)
		publish(t, d, noVersion)
		if err := d.abort(t.Context()); err != nil {
			t.Error(err)
		}
		data, one := content(t, s, key)
		if string(data) != "one" {
			t.Errorf("it holds %q", data)
		}
		// What was not there, was not what is there, or is gone, is a conflict.
		for _, version := range []string{noVersion, `"0123456789abcdef0123456789abcdef"`} {
			d := seal(t, write(t, s, key, []byte("two")))
			if err := d.publish(t.Context(), version); !errors.Is(err, ErrConflict) || errors.Is(err, ErrStorage) {
				t.Errorf("publishing over %q: %v", version, err)
			}
			if err := errors.Join(d.abort(t.Context()), d.abort(t.Context())); err != nil {
				t.Error(err)
			}
		}
		d = seal(t, write(t, s, "other/object", []byte("two")))
		if err := d.publish(t.Context(), one); !errors.Is(err, ErrConflict) {
			t.Errorf("replacing what does not exist: %v", err)
		}
		d.abort(t.Context())
		publish(t, seal(t, write(t, s, key, []byte("three"))), one)
		data, three := content(t, s, key)
		if string(data) != "three" || three == one {
			t.Errorf("it holds %q, version %s", data, three)
		}
		if err := s.remove(t.Context(), key, one); !errors.Is(err, ErrConflict) {
			t.Error("removing an older version:", err)
		}
		if err := s.remove(t.Context(), key, three); err != nil {
			t.Error(err)
		}
		if _, err := s.open(t.Context(), key); !errors.Is(err, errNotExist) {
			t.Error("it was removed:", err)
		}
		if p.staged(t) != 0 {
			t.Error("something is still staged")
		}
	})
}

// An object that is open stays what it was.
func TestStoreReplaceWhileOpen(t *testing.T) {
	onBothStores(t, func(t *testing.T, s store, p place) {
		publish(t, seal(t, write(t, s, "a/b", []byte("one"))), noVersion)
		o, err := s.open(t.Context(), "a/b")
		if err != nil {
			t.Fatal(err)
		}
		defer o.close()
		publish(t, seal(t, write(t, s, "a/b", []byte("two"))), o.version)
		data := make([]byte, 3)
		if _, err := o.ReadAt(data, 0); (err != nil && err != io.EOF) || string(data) != "one" {
			t.Errorf("%q %v", data, err)
		}
	})
}

func TestStoreSizes(t *testing.T) {
	onBothStores(t, func(t *testing.T, s store, p place) {
		r := rand.NewChaCha8([32]byte{1})
		for _, size := range []int{0, 1, minPartSize, minPartSize + 1} {
			if size == 0 && p.bucket != "" {
				continue // an upload without parts; tables have a footer at least
			}
			want := make([]byte, size)
			r.Read(want)
			key := fmt.Sprintf("size/%d", size)
			publish(t, seal(t, write(t, s, key, want)), noVersion)
			if got, _ := content(t, s, key); !bytes.Equal(got, want) {
				t.Errorf("%d bytes came back different", size)
			}
		}
	})
}

func TestStoreOneWinner(t *testing.T) {
	onBothStores(t, func(t *testing.T, s store, p place) {
		if p.bucket == "" {
			t.Skip("a folder is locked by its writer")
		}
		for round := range 3 {
			version := noVersion
			if round > 0 {
				_, version = content(t, s, "a/b")
			}
			var drafts []draft
			for i := range 8 {
				drafts = append(drafts, seal(t, write(t, s, "a/b", []byte(fmt.Sprint(round, i)))))
			}
			var group sync.WaitGroup
			var won atomic.Int32
			for _, d := range drafts {
				group.Go(func() {
					switch err := d.publish(t.Context(), version); {
					case err == nil:
						won.Add(1)
					case !errors.Is(err, ErrConflict):
						t.Error(err)
					}
					d.abort(t.Context())
				})
			}
			group.Wait()
			if won.Load() != 1 {
				t.Errorf("%d of 8 won", won.Load())
			}
		}
	})
}

func TestStoreRecords(t *testing.T) {
	onBothStores(t, func(t *testing.T, s store, p place) {
		ctx := t.Context()
		if _, _, err := s.get(ctx, "_state/x.json"); !errors.Is(err, errNotExist) {
			t.Fatal(err)
		}
		one, err := s.put(ctx, "_state/x.json", []byte("1"), noVersion)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.put(ctx, "_state/x.json", []byte("2"), noVersion); !errors.Is(err, ErrConflict) {
			t.Error(err)
		}
		two, err := s.put(ctx, "_state/x.json", []byte("2"), one)
		if err != nil || two == one {
			t.Error(two, err)
		}
		if _, err := s.put(ctx, "_state/x.json", []byte("3"), one); !errors.Is(err, ErrConflict) {
			t.Error(err)
		}
		if _, err := s.put(ctx, "_state/y.json", []byte("3"), one); !errors.Is(err, ErrConflict) {
			t.Error("replacing what does not exist:", err)
		}
		data, version, err := s.get(ctx, "_state/x.json")
		if err != nil || string(data) != "2" || version != two {
			t.Errorf("%q %s %v", data, version, err)
		}
		for _, text := range []string{"3", ""} {
			if _, err := s.put(ctx, "_state/x.json", []byte(text), anyVersion); err != nil {
				t.Error(err)
			}
		}
		if data, _, err := s.get(ctx, "_state/x.json"); err != nil || len(data) != 0 {
			t.Errorf("%q %v", data, err)
		}
	})
}

func TestStoreRefusesKeys(t *testing.T) {
	onBothStores(t, func(t *testing.T, s store, p place) {
		for _, key := range []string{"", "/a", "a/", "a//b", "a/../b", "..", "./a", "a b", "a\\b", "a\x00", "ä", "a?b", "a%2e", strings.Repeat("a", 600)} {
			if _, err := s.open(t.Context(), key); err == nil || errors.Is(err, errNotExist) {
				t.Errorf("opening %q: %v", key, err)
			}
			if _, err := s.create(t.Context(), key); err == nil {
				t.Errorf("creating %q", key)
			}
			if err := s.remove(t.Context(), key, "x"); err == nil {
				t.Errorf("removing %q", key)
			}
			if _, _, err := s.get(t.Context(), key); err == nil || errors.Is(err, errNotExist) {
				t.Errorf("getting %q: %v", key, err)
			}
			if _, err := s.put(t.Context(), key, nil, anyVersion); err == nil {
				t.Errorf("putting %q", key)
			}
		}
		if files := p.files(t); len(files) != 0 {
			t.Error(files)
		}
	})
}

func TestStoreEndedContext(t *testing.T) {
	onBothStores(t, func(t *testing.T, s store, p place) {
		d := write(t, s, "a/b", []byte("one"))
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, openErr := s.open(ctx, "a/b")
		_, _, getErr := s.get(ctx, "a/b")
		_, putErr := s.put(ctx, "a/b", []byte("x"), anyVersion)
		for i, err := range []error{openErr, getErr, putErr, d.seal(ctx)} {
			if !errors.Is(err, context.Canceled) || errors.Is(err, ErrStorage) {
				t.Error(i, err)
			}
		}
		if err := d.abort(t.Context()); err != nil {
			t.Error(err)
		}
		if p.staged(t) != 0 {
			t.Error("something is still staged")
		}
	})
}
