package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"etl/internal/graphsim"
	"etl/internal/oracle"
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
