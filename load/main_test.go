package load

import (
	"context"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/versity/versitygw/backend/meta"
	"github.com/versity/versitygw/backend/posix"
	"github.com/versity/versitygw/embedgw"
)

var (
	update = flag.Bool("update", false, "write the golden files anew")
	every  = flag.Bool("every", false, "try faults at every request")
)

// gateway is the S3 server of the tests: one per test binary, and a bucket per
// test, whose objects are files below root.
var gateway struct {
	url, root string
	testdata  string // absolute, since the server changes the working directory
	buckets   atomic.Int64
}

const (
	accessKey = "testaccess"
	secretKey = "testsecret"
)

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
	gateway.testdata = filepath.Join(wd, "testdata")
	gateway.root, err = os.MkdirTemp("", "etl-s3-*")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(gateway.root)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	startGateway(ctx)
	for name, value := range map[string]string{
		"AWS_ACCESS_KEY_ID": accessKey, "AWS_SECRET_ACCESS_KEY": secretKey, "AWS_ENDPOINT_URL_S3": gateway.url,
		"AWS_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true",
		"AWS_CONFIG_FILE": "/nonexistent", "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
	} {
		os.Setenv(name, value)
	}
	return m.Run()
}

func startGateway(ctx context.Context) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	address := listener.Addr().String()
	listener.Close()
	gateway.url = "http://" + address
	backend, err := posix.New(gateway.root, meta.XattrMeta{}, posix.PosixOpts{})
	if err != nil {
		panic(err)
	}
	go func() {
		err := embedgw.RunVersityGW(ctx, backend, &embedgw.Config{
			RootUserAccess: accessKey, RootUserSecret: secretKey, Ports: []string{address}, Quiet: true, KeepAlive: true,
			MaxConnections: 100_000, MaxRequests: 100_000, MultipartMaxParts: 10000,
		})
		if err != nil && ctx.Err() == nil {
			panic(err)
		}
	}()
	for range 500 {
		if response, err := http.Get(gateway.url); err == nil {
			response.Body.Close()
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	panic("the S3 server does not answer")
}

// testClient speaks to the server past the code under test.
var testClient = sync.OnceValue(func() *s3.Client {
	return s3.New(s3.Options{
		BaseEndpoint: &gateway.url, Region: "us-east-1", UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider(accessKey, secretKey, ""),
	})
})

func newBucket(t testing.TB) string {
	t.Helper()
	bucket := fmt.Sprintf("test-%d-%d", os.Getpid(), gateway.buckets.Add(1))
	if _, err := testClient().CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &bucket}); err != nil {
		t.Fatal(err)
	}
	return bucket
}

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
	bucket := newBucket(t)
	return place{where: "s3://" + bucket + "/some/lake", dir: filepath.Join(gateway.root, bucket, "some", "lake"), bucket: bucket}
}

// onBoth runs a test on a folder and on S3.
func onBoth(t *testing.T, test func(t *testing.T, p place)) {
	t.Helper()
	t.Run("folder", func(t *testing.T) { test(t, folderPlace(t)) })
	t.Run("s3", func(t *testing.T) { test(t, s3Place(t)) })
}

func open(t testing.TB, p place) *Lake {
	t.Helper()
	l, err := Open(context.Background(), p.where, Options{TempDir: t.TempDir()})
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
