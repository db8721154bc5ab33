// Package s3test serves S3 to tests: versitygw, a real S3 server, in process.
package s3test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/versity/versitygw/backend/meta"
	"github.com/versity/versitygw/backend/posix"
	"github.com/versity/versitygw/embedgw"
)

// Gateway is an S3 server whose objects are files below Root. There can be one
// in a process.
type Gateway struct {
	URL, Root string

	buckets atomic.Int64
}

// The root account, which the environment has after Setenv.
const (
	AccessKey = "testaccess"
	SecretKey = "testsecret"
)

// Start serves until ctx is done. The server makes its root the working
// directory of the process, and relies on that.
func Start(ctx context.Context) (*Gateway, error) {
	root, err := os.MkdirTemp("", "etl-s3-*")
	if err != nil {
		return nil, fmt.Errorf("starting the S3 server: %w", err)
	}
	// The server takes an address, not a listener.
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("starting the S3 server: %w", err)
	}
	address := listener.Addr().String()
	listener.Close()
	backend, err := posix.New(root, meta.XattrMeta{}, posix.PosixOpts{CopyObjectThreshold: 5 << 30})
	if err != nil {
		return nil, fmt.Errorf("starting the S3 server: %w", err)
	}
	failed := make(chan error, 1)
	go func() {
		failed <- embedgw.RunVersityGW(ctx, backend, &embedgw.Config{
			RootUserAccess: AccessKey, RootUserSecret: SecretKey, Ports: []string{address}, Quiet: true, KeepAlive: true,
			MaxConnections: 100_000, MaxRequests: 100_000, MultipartMaxParts: 10_000,
		})
	}()
	g := &Gateway{URL: "http://" + address, Root: root}
	for {
		if response, err := http.Get(g.URL); err == nil {
			response.Body.Close()
			return g, nil
		}
		select {
		case err := <-failed:
			return nil, fmt.Errorf("starting the S3 server: %w", err)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// Remove deletes what the server has kept.
func (g *Gateway) Remove() error { return os.RemoveAll(g.Root) }

// Setenv makes the AWS settings of the environment lead to the server, and to
// nothing that the machine has.
func (g *Gateway) Setenv(setenv func(name, value string)) {
	for name, value := range map[string]string{
		"AWS_ACCESS_KEY_ID": AccessKey, "AWS_SECRET_ACCESS_KEY": SecretKey, "AWS_ENDPOINT_URL_S3": g.URL,
		"AWS_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true",
		"AWS_CONFIG_FILE": "/nonexistent", "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
	} {
		setenv(name, value)
	}
}

// Client speaks to the server past the code under test.
func (g *Gateway) Client() *s3.Client {
	return s3.New(s3.Options{
		BaseEndpoint: &g.URL, Region: "us-east-1", UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider(AccessKey, SecretKey, ""),
	})
}

// Bucket makes a bucket of the test's own, and returns its name and the folder
// in which its objects are.
func (g *Gateway) Bucket(t testing.TB) (name, folder string) {
	t.Helper()
	name = fmt.Sprintf("test-%d-%d", os.Getpid(), g.buckets.Add(1))
	if _, err := g.Client().CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &name}); err != nil {
		t.Fatal(err)
	}
	return name, filepath.Join(g.Root, name)
}
