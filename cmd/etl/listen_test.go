package main

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/pem"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"etl/internal/graphsim"
	"etl/jobs"
)

const testState = "state-canary-0123456789"

// freeAddress is an address that nothing listens at.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// text is a buffer that can be read while it is written.
type text struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (x *text) Write(p []byte) (int, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.buffer.Write(p)
}

func (x *text) String() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.buffer.String()
}

// listening runs etl listen until the returned function stops it as a signal
// does, and returns its exit code.
func listening(t *testing.T, args ...string) (log *text, stop func() int) {
	t.Helper()
	log = new(text)
	ctx, cancel := context.WithCancelCause(t.Context())
	code := make(chan int, 1)
	go func() {
		code <- run(ctx, world{append([]string{"listen"}, args...), os.Getenv, strings.NewReader(""), new(bytes.Buffer), log})
	}()
	return log, func() int {
		cancel(jobs.ErrInterrupted)
		return <-code
	}
}

// until waits for something that must happen.
func until(t *testing.T, what string, happened func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !happened(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s has not happened", what)
		}
	}
}

func TestListen(t *testing.T) {
	server := useTenant(t, graphsim.Options{})
	t.Setenv("ETL_CLIENT_STATE", testState)
	inbox, lake, address := t.TempDir(), t.TempDir(), freeAddress(t)
	args := []string{"--inbox", inbox, "--address", address, "--notification-url", "http://" + address + "/notifications"}
	log, stop := listening(t, args...)
	until(t, "the subscription", func() bool { return len(server.Subscriptions()) == 1 })
	first := server.Subscriptions()[0].ID

	ids := server.Tenant().IDs()
	if err := server.Notify(t.Context(), ids[0], ids[1]); err != nil {
		t.Fatal(err)
	}
	if err := server.NotifyLifecycle(t.Context(), "reauthorizationRequired"); err != nil {
		t.Fatal(err)
	}
	until(t, "the renewal", func() bool { return strings.Count(log.String(), "subscribed to call records") == 2 })
	if patched := server.Requests().Where(func(r *graphsim.Request) bool { return r.Method == http.MethodPatch }); len(patched) != 1 {
		t.Errorf("requests to renew: %+v", patched)
	}
	if err := server.NotifyLifecycle(t.Context(), "subscriptionRemoved"); err != nil {
		t.Fatal(err)
	}
	until(t, "the new subscription", func() bool { return len(server.Subscriptions()) == 1 && server.Subscriptions()[0].ID != first })
	until(t, "what is logged of it", func() bool { return strings.Count(log.String(), "subscribed to call records") == 3 })
	if code := stop(); code != jobs.ExitLoaded {
		t.Errorf("exit code %d, standard error %s", code, log)
	}
	if strings.Contains(log.String(), "canary") || strings.Contains(log.String(), server.ClientSecret) {
		t.Errorf("standard error has a secret: %s", log)
	}

	// One that comes after it replaces its subscription, and misses nothing that
	// is told meanwhile.
	second := server.Subscriptions()[0].ID
	log, stop = listening(t, args...)
	until(t, "the third subscription", func() bool { return len(server.Subscriptions()) == 1 && server.Subscriptions()[0].ID != second })
	if code := stop(); code != jobs.ExitLoaded {
		t.Errorf("exit code %d, standard error %s", code, log)
	}

	r := etl(t, "sync", "--lake", lake, "--inbox", inbox, "--since", "1h", "--output", "json")
	if report := r.report(t); r.code != 0 || report.Loaded != 2 {
		t.Errorf("exit code %d, report %+v, standard error %s", r.code, report, r.stderr)
	}
	if left, err := os.ReadDir(inbox); err != nil || len(left) > 0 {
		t.Errorf("left in the inbox are %v, error %v", left, err)
	}
}

func TestListenIntoABucketOverTLS(t *testing.T) {
	server := useTenant(t, graphsim.Options{})
	bucket, folder := useS3(t)
	t.Setenv("ETL_CLIENT_STATE", testState)
	shown := httptest.NewTLSServer(nil) // for its certificate
	defer shown.Close()
	cert, key := filepath.Join(t.TempDir(), "cert.pem"), filepath.Join(t.TempDir(), "key.pem")
	chain := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: shown.Certificate().Raw})
	if err := os.WriteFile(cert, chain, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(key, keyOf(t, shown), 0o600); err != nil {
		t.Fatal(err)
	}
	// The simulated Graph does not trust the certificate, so that it refuses the
	// subscription; a client that does is served until then.
	server.Inject(graphsim.Fault{Match: graphsim.OnKind(graphsim.KindSubscriptions), Do: graphsim.Error(503, "ServiceNotAvailable", "later")})
	address := freeAddress(t)
	log, stop := listening(t, "--inbox", "s3://"+bucket+"/inbox", "--address", address, "--notification-url", "https://"+address, "--tls-cert", cert, "--tls-key", key)
	until(t, "listening", func() bool { return strings.Contains(log.String(), `"listening"`) })
	body := `{"value":[{"clientState":"` + testState + `","resource":"communications/callRecords/x","resourceData":{"id":"` + server.Tenant().IDs()[0] + `"}}]}`
	resp, err := shown.Client().Post("https://"+address, "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	files, err := filepath.Glob(filepath.Join(folder, "inbox", "notifications-*"))
	if resp.StatusCode != http.StatusAccepted || err != nil || len(files) != 1 {
		t.Errorf("status %d, files %v, error %v", resp.StatusCode, files, err)
	}
	shown.Client().CloseIdleConnections()
	if code := stop(); code != jobs.ExitLoaded {
		t.Errorf("exit code %d, standard error %s", code, log)
	}
}

func TestListenThatCannot(t *testing.T) {
	server := useTenant(t, graphsim.Options{})
	inbox, address := t.TempDir(), freeAddress(t)
	base := []string{"listen", "--inbox", inbox, "--address", address}
	url := "--notification-url=http://" + address
	for name, c := range map[string]struct {
		state string
		args  []string
		code  int
	}{
		"no state":                    {"", []string{url}, jobs.ExitUsage},
		"a short state":               {"canary", []string{url}, jobs.ExitUsage},
		"a state with a space":        {testState + " canary", []string{url}, jobs.ExitUsage},
		"no URL":                      {testState, nil, jobs.ExitUsage},
		"a URL without TLS":           {testState, []string{"--notification-url=http://etl.example/"}, jobs.ExitUsage},
		"a URL with a password":       {testState, []string{"--notification-url=https://me:canary@etl.example/"}, jobs.ExitUsage},
		"a URL that leads elsewhere":  {testState, []string{"--notification-url=" + server.GraphURL}, jobs.ExitUsage},
		"an inbox that is not there":  {testState, []string{url, "--inbox", inbox + "/missing"}, jobs.ExitUsage},
		"an address that is nobody's": {testState, []string{url, "--address", "192.0.2.1:1"}, jobs.ExitUsage},
		"no certificate":              {testState, []string{url, "--tls-cert", inbox + "/missing"}, jobs.ExitUsage},
	} {
		t.Setenv("ETL_CLIENT_STATE", c.state)
		server.ResetLog()
		if r := etl(t, append(base, c.args...)...); r.code != c.code || strings.Contains(r.stderr, "canary") {
			t.Errorf("%s: exit code %d, standard error %s", name, r.code, r.stderr)
		}
		// Only Graph can know of a URL where it leads.
		if asked := len(server.Requests()) > 0; asked != (name == "a URL that leads elsewhere") {
			t.Errorf("%s: Graph was asked: %t", name, asked)
		}
	}
	t.Setenv("ETL_CLIENT_STATE", testState)
	server.SetConsent(false)
	if r := etl(t, append(base, url)...); r.code != jobs.ExitSignIn {
		t.Errorf("no consent: exit code %d, standard error %s", r.code, r.stderr)
	}
}

// keyOf is the key of a server's certificate, in PEM form.
func keyOf(t *testing.T, server *httptest.Server) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(server.TLS.Certificates[0].PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}
