package main

import (
	"bytes"
	"compress/gzip"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/otlptranslator"
	collector "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	"google.golang.org/protobuf/proto"

	"etl/internal/graphsim"
	"etl/jobs"
)

// receiver is an OpenTelemetry collector over TLS that keeps what it is sent.
type receiver struct {
	*httptest.Server
	answer func(n int, w http.ResponseWriter, r *http.Request) // may be nil

	mu       sync.Mutex
	requests []*http.Request
	got      []*collector.ExportMetricsServiceRequest
}

// receive makes the environment lead to a receiver.
func receive(t *testing.T) *receiver {
	t.Helper()
	c := &receiver{}
	c.Server = httptest.NewUnstartedServer(c)
	c.Config.ErrorLog = log.New(io.Discard, "", 0) // a client that doesn't trust it is part of the tests
	c.StartTLS()
	t.Cleanup(c.Close)
	ca := filepath.Join(t.TempDir(), "otlp.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", c.URL+"/path-canary")
	t.Setenv("OTEL_EXPORTER_OTLP_CERTIFICATE", ca)
	t.Setenv("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20header-canary")
	return c
}

func (c *receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	in := io.Reader(r.Body)
	if r.Header.Get("Content-Encoding") == "gzip" {
		in, _ = gzip.NewReader(r.Body)
	}
	body, err := io.ReadAll(in)
	message := new(collector.ExportMetricsServiceRequest)
	if err != nil || r.Header.Get("Content-Type") != "application/x-protobuf" || proto.Unmarshal(body, message) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	c.mu.Lock()
	c.requests, c.got = append(c.requests, r), append(c.got, message)
	n, answer := len(c.got), c.answer
	c.mu.Unlock()
	if answer != nil {
		answer(n, w, r)
	}
}

// prometheus writes what came as Prometheus would keep it, in the form of the
// metrics file.
func prometheus(t *testing.T, message *collector.ExportMetricsServiceRequest) string {
	t.Helper()
	namer := otlptranslator.NewMetricNamer("", otlptranslator.UnderscoreEscapingWithSuffixes)
	var text bytes.Buffer
	for _, m := range message.ResourceMetrics[0].ScopeMetrics[0].Metrics {
		name, err := namer.Build(otlptranslator.Metric{Name: m.Name, Unit: m.Unit, Type: otlptranslator.MetricTypeGauge})
		if err != nil {
			t.Fatal(err)
		}
		metric := jobs.Metric{Name: name, Help: m.Description}
		for _, p := range m.GetGauge().DataPoints {
			point := jobs.Point{Value: p.GetAsDouble()}
			for _, a := range p.Attributes {
				point.Label, point.LabelValue = a.Key, a.Value.GetStringValue()
			}
			if age := time.Since(time.Unix(0, int64(p.TimeUnixNano))); age < 0 || age > time.Hour {
				t.Errorf("a value of %s is %s old", m.Name, age)
			}
			metric.Points = append(metric.Points, point)
		}
		text.Write(jobs.PrometheusText([]jobs.Metric{metric}))
	}
	return text.String()
}

// TestSyncSendsItsMetrics compares what comes by OTLP, named as Prometheus
// names it, with the metrics file.
func TestSyncSendsItsMetrics(t *testing.T) {
	server := useTenant(t, graphsim.Options{})
	c := receive(t)
	c.answer = func(n int, w http.ResponseWriter, _ *http.Request) {
		if n == 1 {
			w.WriteHeader(http.StatusServiceUnavailable) // sent again
		}
	}
	lake, file := t.TempDir(), filepath.Join(t.TempDir(), "etl.prom")
	want := func(code, sent int) {
		t.Helper()
		r := etl(t, "sync", "--lake", lake, "--metrics-file", file)
		if r.code != code || len(c.got) != sent || strings.Contains(r.stderr, "OTLP") {
			t.Fatalf("exit code %d, %d requests, standard error %s", r.code, len(c.got), r.stderr)
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if got := prometheus(t, c.got[sent-1]); got != string(text) || !strings.Contains(got, fmt.Sprintf("etl_last_run_exit_code %d\n", code)) {
			t.Errorf("sent were\n%s\nthe file has\n%s", got, text)
		}
	}
	want(0, 2)
	if r := c.requests[1]; r.Method != http.MethodPost || r.URL.Path != "/path-canary/v1/metrics" || r.Header.Get("Authorization") != "Bearer header-canary" {
		t.Errorf("request %s %s %v", r.Method, r.URL, r.Header)
	}
	resource := fmt.Sprint(c.got[1].ResourceMetrics[0].Resource)
	for _, want := range []string{`"service.name"`, `"etl"`, `"service.version"`} {
		if !strings.Contains(resource, want) {
			t.Errorf("the resource lacks %s: %s", want, resource)
		}
	}

	// A run that does not go well, and settings of the operator.
	t.Setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip")
	t.Setenv("OTEL_SERVICE_NAME", "etl-west")
	t.Setenv("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", c.URL+"/as-it-is")
	server.Inject(graphsim.Fault{Match: graphsim.OnKind(graphsim.KindList), Do: graphsim.Error(400, "BadRequest", "no")})
	want(jobs.ExitIncomplete, 3)
	if r := c.requests[2]; r.URL.Path != "/as-it-is" || r.Header.Get("Content-Encoding") != "gzip" || !strings.Contains(fmt.Sprint(c.got[2].ResourceMetrics[0].Resource), `"etl-west"`) {
		t.Errorf("request %s %v, resource %v", r.URL, r.Header, c.got[2].ResourceMetrics[0].Resource)
	}
}

// TestMetricsThatCannotBeSent has what goes wrong with a collector. The run is
// none the worse for it, and no secret is shown.
func TestMetricsThatCannotBeSent(t *testing.T) {
	useTenant(t, graphsim.Options{})
	c := receive(t)
	lake := t.TempDir()
	for name, s := range map[string]struct {
		env    map[string]string
		answer func(n int, w http.ResponseWriter, r *http.Request)
		want   string // in the only warning; "": nothing is sent, and there is no warning
	}{
		"refused": {nil, func(_ int, w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprintf(w, "%s may not write to %s", r.Header.Get("Authorization"), c.URL)
		}, "401 Unauthorized"},
		"stalled": {map[string]string{"OTEL_EXPORTER_OTLP_TIMEOUT": "300"}, func(_ int, _ http.ResponseWriter, r *http.Request) {
			<-r.Context().Done()
		}, "deadline exceeded"},
		"not there":        {map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "https://127.0.0.1:1/path-canary", "OTEL_EXPORTER_OTLP_TIMEOUT": "300"}, nil, "connection refused"},
		"not trusted":      {map[string]string{"OTEL_EXPORTER_OTLP_CERTIFICATE": ""}, nil, "certificate"},
		"no URL":           {map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "path-canary:4318"}, nil, "is no http or https URL"},
		"bad header":       {map[string]string{"OTEL_EXPORTER_OTLP_HEADERS": "header-canary"}, func(_ int, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }, "403 Forbidden"},
		"other protocol":   {map[string]string{"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, nil, "http/protobuf"},
		"partly":           {nil, partly, "rejected"},
		"switched off":     {map[string]string{"OTEL_SDK_DISABLED": "true"}, nil, ""},
		"no exporter":      {map[string]string{"OTEL_METRICS_EXPORTER": "none"}, nil, ""},
		"no endpoint":      {map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": ""}, nil, ""},
		"endpoint of logs": {map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "", "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT": c.URL}, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			for key, value := range s.env {
				t.Setenv(key, value)
			}
			c.mu.Lock()
			c.answer, c.got = s.answer, nil
			c.mu.Unlock()
			// The SDK would write to the standard error of the process.
			cmd := process(t, t.Context(), "sync", "--lake", lake)
			var stdout, stderr bytes.Buffer
			cmd.Stdout, cmd.Stderr = &stdout, &stderr
			if err := cmd.Run(); err != nil {
				t.Errorf("error %v", err)
			}
			warnings := 0
			for line := range strings.Lines(stderr.String()) {
				if !strings.HasPrefix(line, `{"time":`) {
					t.Errorf("standard error has a line that is no log line: %s", line)
				}
				if strings.Contains(line, "metrics not sent by OTLP") && strings.Contains(line, s.want) {
					warnings++
				}
			}
			if warnings != strings.Count(stderr.String(), `"level":"WARN"`) || (warnings == 1) != (s.want != "") {
				t.Errorf("standard error is %s", &stderr)
			}
			if s.want == "" && len(c.got) > 0 {
				t.Errorf("%d requests are sent", len(c.got))
			}
			if strings.Contains(stdout.String()+stderr.String(), "canary") {
				t.Errorf("a secret is shown: %s%s", &stdout, &stderr)
			}
		})
	}
}

// partly answers that some values were not taken.
func partly(_ int, w http.ResponseWriter, _ *http.Request) {
	body, _ := proto.Marshal(&collector.ExportMetricsServiceResponse{
		PartialSuccess: &collector.ExportMetricsPartialSuccess{RejectedDataPoints: 2, ErrorMessage: "too old"},
	})
	w.Header().Set("Content-Type", "application/x-protobuf")
	w.Write(body)
}
