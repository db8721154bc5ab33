package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"etl/internal/graphsim"
	"etl/jobs"
)

func TestSyncTellsThoseWhoWatch(t *testing.T) {
	server := useTenant(t, graphsim.Options{})
	lake, folder := t.TempDir(), t.TempDir()
	file := filepath.Join(folder, "etl.prom")
	var pings atomic.Int64
	watch := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if pings.Add(1) == 1 {
			w.WriteHeader(http.StatusBadGateway) // told again
		}
	}))
	t.Cleanup(watch.Close)
	t.Setenv("ETL_PING_URL", watch.URL+"/secret-canary")
	if r := etl(t, "sync", "--lake", lake, "--metrics-file", file); r.code != 0 || pings.Load() != 2 {
		t.Errorf("exit code %d, %d pings, standard error %s", r.code, pings.Load(), r.stderr)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	form := regexp.MustCompile(`^(# (HELP|TYPE) etl_[a-z_]+ .+|etl_[a-z_]+(\{[a-z]+="[^"]+"\})? -?[0-9.]+)$`)
	for line := range strings.Lines(string(text)) {
		if !form.MatchString(strings.TrimSuffix(line, "\n")) {
			t.Errorf("line %q", line)
		}
	}
	for _, want := range []string{
		`etl_last_run_calls{outcome="loaded"} `, "etl_pending_calls 0\n", "etl_last_success_timestamp_seconds 1", "etl_uncovered_seconds 0\n",
		"etl_last_run_exit_code 0\n", `etl_freshness_minutes{quantile="0.99"} `, `etl_last_run_rows{table="streams"} `,
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the metrics lack %q:\n%s", want, text)
		}
	}
	if strings.Contains(string(text), "etl_hours_to_first_loss") {
		t.Error("nothing is missing, but there are hours to the first loss")
	}

	// A run that did not go well pings nobody, but has metrics.
	server.Inject(graphsim.Fault{Match: graphsim.OnKind(graphsim.KindList), Do: graphsim.Error(400, "BadRequest", "no")})
	if r := etl(t, "sync", "--lake", lake, "--metrics-file", file); r.code != jobs.ExitIncomplete || pings.Load() != 2 {
		t.Errorf("exit code %d, %d pings, standard error %s", r.code, pings.Load(), r.stderr)
	}
	text, err = os.ReadFile(file)
	if err != nil || !strings.Contains(string(text), "etl_last_run_exit_code 3\n") {
		t.Errorf("error %v, metrics %s", err, text)
	}
	if names, err := filepath.Glob(filepath.Join(folder, ".*")); err != nil || len(names) > 0 {
		t.Errorf("left over are %v, error %v", names, err)
	}
}

func TestWatchersThatCannotBeTold(t *testing.T) {
	useTenant(t, graphsim.Options{})
	r := etl(t, "sync", "--lake", t.TempDir(), "--metrics-file", filepath.Join(t.TempDir(), "missing", "etl.prom"), "--ping-url", "http://127.0.0.1:1/secret-canary")
	if r.code != 0 || !strings.Contains(r.stderr, "metrics not written") || !strings.Contains(r.stderr, "nobody was told") || strings.Contains(r.stderr+r.stdout, "secret-canary") {
		t.Errorf("exit code %d, standard error %s", r.code, r.stderr)
	}
	r = etl(t, "sync", "--lake", t.TempDir(), "--ping-url", "secret-canary")
	if r.code != jobs.ExitUsage || strings.Contains(r.stderr, "secret-canary") {
		t.Errorf("exit code %d, standard error %s", r.code, r.stderr)
	}
}

func TestSyncWithAnInboxIntoABucket(t *testing.T) {
	server := useTenant(t, graphsim.Options{})
	bucket, _ := useS3(t)
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "ids"), []byte(server.Tenant().IDs()[0]), 0o600); err != nil {
		t.Fatal(err)
	}
	where := "s3://" + bucket + "/lake"
	if r := etl(t, "sync", "--lake", where, "--inbox", folder); r.code != 0 {
		t.Errorf("exit code %d, standard error %s", r.code, r.stderr)
	}
	if names, err := os.ReadDir(folder); err != nil || len(names) > 0 {
		t.Errorf("left in the inbox are %v, error %v", names, err)
	}
	if r := etl(t, "sync", "--lake", where, "--inbox", "s3://"+bucket+"/inbox"); r.code != 0 {
		t.Errorf("exit code %d, standard error %s", r.code, r.stderr)
	}
	if r := etl(t, "status", "--lake", where); r.code != 0 {
		t.Errorf("exit code %d, standard error %s", r.code, r.stderr)
	}
	if r := etl(t, "sync", "--lake", where, "--inbox", filepath.Join(folder, "missing")); r.code != jobs.ExitUsage {
		t.Errorf("exit code %d, standard error %s", r.code, r.stderr)
	}
}
