package load

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
)

func TestInbox(t *testing.T) {
	onBoth(t, func(t *testing.T, p place) {
		write := func(name, text string) {
			t.Helper()
			if p.bucket != "" {
				key := "some/lake/" + name
				if _, err := testClient().PutObject(t.Context(), &s3.PutObjectInput{Bucket: &p.bucket, Key: &key, Body: strings.NewReader(text)}); err != nil {
					t.Fatal(err)
				}
				return
			}
			path := filepath.Join(p.dir, name)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		for _, name := range []string{"b.txt", "a.txt", ".hidden", "c.txt.tmp", "folder/d.txt"} {
			write(name, "first "+name)
		}
		inbox, err := OpenInbox(t.Context(), p.where)
		if err != nil {
			t.Fatal(err)
		}
		if names, err := inbox.Names(t.Context()); err != nil || !slices.Equal(names, []string{"a.txt", "b.txt"}) {
			t.Errorf("names %v, error %v", names, err)
		}
		data, token, err := inbox.Read(t.Context(), "a.txt")
		if err != nil || string(data) != "first a.txt" {
			t.Fatalf("read %q, error %v", data, err)
		}
		write("a.txt", "second")
		if err := inbox.Remove(t.Context(), "a.txt", token); !errors.Is(err, ErrConflict) {
			t.Errorf("removing a file that has changed: error %v", err)
		}
		_, token, err = inbox.Read(t.Context(), "a.txt")
		if err = errors.Join(err, inbox.Remove(t.Context(), "a.txt", token), inbox.Remove(t.Context(), "a.txt", token)); err != nil {
			t.Error(err)
		}
		if names, err := inbox.Names(t.Context()); err != nil || !slices.Equal(names, []string{"b.txt"}) {
			t.Errorf("names %v, error %v", names, err)
		}
		if data, token, err := inbox.Read(t.Context(), "a.txt"); len(data) > 0 || token != "" || err != nil {
			t.Errorf("a file that is gone: %q, token %q, error %v", data, token, err)
		}
	})
}

func TestInboxOfManyFilesOnS3(t *testing.T) {
	p := s3Place(t)
	if err := os.MkdirAll(p.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for i := range 1100 {
		if err := os.WriteFile(filepath.Join(p.dir, string(rune('a'+i%26))+"-"+string(rune('a'+i/26%26))+"-"+string(rune('a'+i/676))), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	inbox, err := OpenInbox(t.Context(), p.where)
	if err != nil {
		t.Fatal(err)
	}
	if names, err := inbox.Names(t.Context()); err != nil || len(names) != 1100 {
		t.Errorf("%d names, error %v", len(names), err)
	}
}

func TestInboxThatIsNotThere(t *testing.T) {
	for _, where := range []string{filepath.Join(t.TempDir(), "missing"), "", "gs://bucket"} {
		if _, err := OpenInbox(t.Context(), where); !errors.Is(err, ErrLocation) {
			t.Errorf("%q: error %v", where, err)
		}
	}
	inbox, err := OpenInbox(t.Context(), "s3://no-such-bucket/inbox")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := inbox.Names(t.Context()); !errors.Is(err, ErrStorage) {
		t.Errorf("error %v", err)
	}
}

func TestInboxPut(t *testing.T) {
	onBoth(t, func(t *testing.T, p place) {
		if err := os.MkdirAll(p.dir, 0o755); err != nil {
			t.Fatal(err)
		}
		inbox, err := OpenInbox(t.Context(), p.where)
		if err != nil {
			t.Fatal(err)
		}
		if err := inbox.Put(t.Context(), "a.txt", []byte("first")); err != nil {
			t.Fatal(err)
		}
		if err := inbox.Put(t.Context(), "a.txt", []byte("second")); !errors.Is(err, ErrConflict) {
			t.Errorf("a name that is taken: error %v", err)
		}
		if data, token, err := inbox.Read(t.Context(), "a.txt"); err != nil || token == "" || string(data) != "first" {
			t.Errorf("read %q, error %v", data, err)
		}
		for _, name := range []string{"../b.txt", "", "a b"} {
			if err := inbox.Put(t.Context(), name, nil); !errors.Is(err, ErrStorage) {
				t.Errorf("the name %q: error %v", name, err)
			}
		}
		if p.bucket == "" {
			if entries, err := os.ReadDir(p.dir); err != nil || len(entries) != 1 {
				t.Errorf("in the folder are %v, error %v", entries, err)
			}
		}
	})
}

func TestInboxPutThatCannotBeWritten(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "inbox")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	folder, err := OpenInbox(t.Context(), dir)
	if err == nil {
		err = os.Remove(dir)
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := folder.Put(t.Context(), "a.txt", nil); !errors.Is(err, ErrStorage) {
		t.Errorf("a folder that is gone: error %v", err)
	}
	s3Place(t)
	bucket, err := OpenInbox(t.Context(), "s3://no-such-bucket/inbox")
	if err != nil {
		t.Fatal(err)
	}
	if err := bucket.Put(t.Context(), "a.txt", nil); !errors.Is(err, ErrStorage) {
		t.Errorf("a bucket that is not there: error %v", err)
	}
}
