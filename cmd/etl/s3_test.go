package main

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"etl/internal/graphsim"
	"etl/internal/oracle"
	"etl/internal/s3test"
	"etl/jobs"
)

func TestRunIntoABucketWithIDsFromABucket(t *testing.T) {
	server := useTenant(t, graphsim.Options{})
	bucket, folder := useS3(t)
	ids := server.Tenant().IDs()
	if err := os.WriteFile(filepath.Join(folder, "ids.txt"), []byte(strings.Join(ids, "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"run", "--lake", "s3://" + bucket + "/teams/lake", "--ids", "s3://" + bucket + "/ids.txt", "--output", "json"}
	for i, want := range []int64{int64(len(ids)), 0} {
		r := etl(t, args...)
		if report := r.report(t); r.code != 0 || report.Loaded != want || report.Requested != int64(len(ids)) {
			t.Fatalf("run %d: exit code %d, report %+v, standard error %s", i, r.code, report, r.stderr)
		}
	}
	tables, err := oracle.ReadLake(t.Context(), filepath.Join(folder, "teams", "lake"))
	if err != nil || len(tables["calls"]) != len(ids) {
		t.Errorf("%d calls in the bucket, error %v", len(tables["calls"]), err)
	}
}

func TestBadBuckets(t *testing.T) {
	server := useTenant(t, graphsim.Options{})
	bucket, _ := useS3(t)
	id := server.Tenant().IDs()[0]
	for name, c := range map[string]struct {
		env  map[string]string
		args []string
		code int
		says string
	}{
		"bucket missing":      {nil, []string{"--lake", "s3://no-such-bucket/x", id}, jobs.ExitStorage, "no-such-bucket"},
		"bucket without name": {nil, []string{"--lake", "s3://", id}, jobs.ExitUsage, "name of a bucket"},
		"wrong key":           {map[string]string{"AWS_SECRET_ACCESS_KEY": "wrong-canary"}, []string{"--lake", "s3://" + bucket, id}, jobs.ExitStorage, "credentials were refused"},
		"endpoint down":       {map[string]string{"AWS_ENDPOINT_URL_S3": "http://127.0.0.1:1"}, []string{"--lake", "s3://" + bucket, id}, jobs.ExitStorage, "127.0.0.1:1"},
		"ids missing":         {nil, []string{"--lake", t.TempDir(), "--ids", "s3://" + bucket + "/missing.txt"}, jobs.ExitStorage, "missing.txt"},
		"ids without key":     {nil, []string{"--lake", t.TempDir(), "--ids", "s3://" + bucket}, jobs.ExitUsage, "s3://bucket/key"},
	} {
		t.Run(name, func(t *testing.T) {
			for name, value := range c.env {
				t.Setenv(name, value)
			}
			r := etl(t, append([]string{"run"}, c.args...)...)
			if r.code != c.code || !strings.Contains(r.stderr, c.says) || strings.Contains(r.stderr, "wrong-canary") {
				t.Errorf("exit code %d, want %d; standard error lacks %q:\n%s", r.code, c.code, c.says, r.stderr)
			}
			if len(server.Requests().On(graphsim.Graph)) > 0 {
				t.Error("calls were fetched that could not be kept")
			}
		})
	}
}

// before puts a proxy before the S3 server, which changes requests, that are
// signed anew, and answers.
func before(t *testing.T, request func(*http.Request), answer func(*http.Response)) {
	t.Helper()
	target, err := url.Parse(os.Getenv("AWS_ENDPOINT_URL_S3"))
	if err != nil {
		t.Fatal(err)
	}
	signer := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true })
	front := httptest.NewServer(&httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.Header.Del("Authorization")
			request(r.Out)
			who := aws.Credentials{AccessKeyID: s3test.AccessKey, SecretAccessKey: s3test.SecretKey}
			if err := signer.SignHTTP(r.Out.Context(), who, r.Out, r.Out.Header.Get("X-Amz-Content-Sha256"), "s3", "us-east-1", time.Now()); err != nil {
				t.Error(err)
			}
		},
		ModifyResponse: func(r *http.Response) error { answer(r); return nil },
	})
	t.Cleanup(front.Close)
	t.Setenv("AWS_ENDPOINT_URL_S3", front.URL)
}

// A store on which two runs could harm each other is refused before anything is
// fetched, and used where the operator says that there is one run only.
func TestStoreThatIgnoresConditions(t *testing.T) {
	server := useTenant(t, graphsim.Options{})
	bucket, folder := useS3(t)
	before(t, func(r *http.Request) { r.Header.Del("If-Match"); r.Header.Del("If-None-Match") }, func(*http.Response) {})
	ids := server.Tenant().IDs()
	args := append([]string{"run", "--lake", "s3://" + bucket + "/lake", "--output", "json"}, ids...)
	r := etl(t, args...)
	if r.code != jobs.ExitStorage || !strings.Contains(r.stderr, "ignores If-None-Match") || !strings.Contains(r.stderr, "--single-writer") {
		t.Errorf("exit code %d, standard error %s", r.code, r.stderr)
	}
	if n := len(server.Requests().On(graphsim.Graph)); n > 0 {
		t.Errorf("%d requests to Graph for calls that could not be kept", n)
	}
	t.Setenv("ETL_SINGLE_WRITER", "true")
	if r := etl(t, args...); r.code != jobs.ExitLoaded {
		t.Fatalf("exit code %d, standard error %s", r.code, r.stderr)
	}
	tables, err := oracle.ReadLake(t.Context(), filepath.Join(folder, "lake"))
	if err != nil || len(tables["calls"]) != len(ids) {
		t.Errorf("%d calls in the bucket, error %v", len(tables["calls"]), err)
	}
}

func TestStoreWithAnotherClock(t *testing.T) {
	server := useTenant(t, graphsim.Options{})
	bucket, _ := useS3(t)
	off := time.Duration(0)
	before(t, func(*http.Request) {}, func(r *http.Response) {
		if r.Request.Method == http.MethodDelete && !r.Request.URL.Query().Has("uploadId") {
			r.Header.Set("Date", time.Now().Add(off).UTC().Format(http.TimeFormat))
		}
	})
	args := []string{"run", "--lake", "s3://" + bucket + "/lake", server.Tenant().IDs()[0]}
	off = 10 * time.Minute
	if r := etl(t, args...); r.code != jobs.ExitLoaded || !strings.Contains(r.stderr, "clock is off") {
		t.Errorf("exit code %d, standard error %s", r.code, r.stderr)
	}
	off = 30 * time.Hour
	if r := etl(t, args...); r.code != jobs.ExitClock || !strings.Contains(r.stderr, "set the clock") {
		t.Errorf("exit code %d, standard error %s", r.code, r.stderr)
	}
}
