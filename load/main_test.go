package load

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"etl/internal/s3test"
)

var (
	update = flag.Bool("update", false, "write the golden files anew")
	every  = flag.Bool("every", false, "try faults at every request")
)

// gateway is the S3 server of the tests: one per test binary, and a bucket per
// test, whose objects are files.
var gateway *s3test.Gateway

// testdata is absolute, since the server changes the working directory.
var testdata string

func TestMain(m *testing.M) {
	flag.Parse()
	debug.SetGCPercent(400) // writers are short-lived here, and fresh memory is dear
	os.Exit(run(m))
}

func run(m *testing.M) int {
	wd, err := os.Getwd()
	if err != nil {
		panic(err)
	}
	testdata = filepath.Join(wd, "testdata")
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if gateway, err = s3test.Start(ctx); err != nil {
		panic(err)
	}
	defer gateway.Remove()
	gateway.Setenv(func(name, value string) { os.Setenv(name, value) })
	return m.Run()
}

// testClient speaks to the server past the code under test.
var testClient = sync.OnceValue(func() *s3.Client { return gateway.Client() })

// place is where a test's lake is, and how to see its files from outside.
type place struct {
	where  string // as given to Open
	dir    string // where its objects are files
	bucket string // on S3
}

func folderPlace(t testing.TB) place {
	dir := t.TempDir()
	return place{where: dir, dir: dir}
}

func s3Place(t testing.TB) place {
	bucket, folder := gateway.Bucket(t)
	return place{where: "s3://" + bucket + "/some/lake", dir: filepath.Join(folder, "some", "lake"), bucket: bucket}
}

// onBoth runs a test on a folder and on S3.
func onBoth(t *testing.T, test func(t *testing.T, p place)) {
	t.Helper()
	t.Run("folder", func(t *testing.T) { test(t, folderPlace(t)) })
	t.Run("s3", func(t *testing.T) { test(t, s3Place(t)) })
}

func open(t testing.TB, p place) *Lake {
	t.Helper()
	return openWith(t, p, Options{})
}

func openWith(t testing.TB, p place, opts Options) *Lake {
	t.Helper()
	opts.TempDir = t.TempDir()
	l, err := Open(context.Background(), p.where, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// files lists the lake's files by key, with something that changes when they
// are written.
func (p place) files(t testing.TB) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.Walk(p.dir, func(name string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() {
			return err
		}
		key := filepath.ToSlash(strings.TrimPrefix(name, p.dir+string(filepath.Separator)))
		all[key] = fileVersion(info)
		return nil
	})
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return all
}

// content reads every table object.
func (p place) content(t testing.TB) map[string]string {
	t.Helper()
	all := map[string]string{}
	for key := range p.files(t) {
		if strings.HasSuffix(key, ".parquet") {
			data, err := os.ReadFile(filepath.Join(p.dir, filepath.FromSlash(key)))
			if err != nil {
				t.Fatal(err)
			}
			all[key] = string(data)
		}
	}
	return all
}

// uploads counts the staged uploads of the bucket, or the folder's staged files.
func (p place) staged(t testing.TB) int {
	t.Helper()
	if p.bucket == "" {
		entries, err := os.ReadDir(filepath.Join(p.dir, "_state", "staged"))
		if err != nil {
			t.Fatal(err)
		}
		return len(entries)
	}
	out, err := testClient().ListMultipartUploads(context.Background(), &s3.ListMultipartUploadsInput{Bucket: aws.String(p.bucket)})
	if err != nil {
		t.Fatal(err)
	}
	return len(out.Uploads)
}
