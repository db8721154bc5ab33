package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-logr/logr"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/sdk/instrumentation"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/resource"

	"etl/jobs"
)

const (
	// otlpTimeout bounds the sending of metrics, retries included. The
	// variables of OpenTelemetry can make it shorter only: cron waits.
	otlpTimeout = 10 * time.Second
	otlpPause   = 500 * time.Millisecond // before the first retry
	// maxOTLPError is how much of an answer's text is logged.
	maxOTLPError = 300
)

// otlp sends metrics to an OpenTelemetry collector. How is said by
// OpenTelemetry's own variables; see
// https://opentelemetry.io/docs/specs/otel/protocol/exporter/.
type otlp struct{ getenv func(string) string }

// newOTLP returns nil unless the environment names an endpoint.
func newOTLP(getenv func(string) string) *otlp {
	o := &otlp{getenv}
	exporters := strings.Split(getenv("OTEL_METRICS_EXPORTER"), ",")
	if o.setting("ENDPOINT") == "" || strings.EqualFold(getenv("OTEL_SDK_DISABLED"), "true") ||
		exporters[0] != "" && !slices.Contains(exporters, "otlp") {
		return nil
	}
	return o
}

// setting returns a variable of the exporter: the one for metrics, else the one
// for all signals.
func (o *otlp) setting(name string) string {
	if value := o.getenv("OTEL_EXPORTER_OTLP_METRICS_" + name); value != "" {
		return value
	}
	return o.getenv("OTEL_EXPORTER_OTLP_" + name)
}

// send sends the metrics of a run that ended at the given time. Its errors show
// neither the endpoint nor a header: either may hold a secret.
func (o *otlp) send(ctx context.Context, metrics []jobs.Metric, ended time.Time) error {
	if protocol := o.setting("PROTOCOL"); protocol != "" && protocol != "http/protobuf" {
		return fmt.Errorf("the protocol %q is not supported: set OTEL_EXPORTER_OTLP_PROTOCOL to http/protobuf", protocol)
	}
	if u, err := url.Parse(o.setting("ENDPOINT")); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return errors.New("OTEL_EXPORTER_OTLP_ENDPOINT is no http or https URL")
	}
	timeout := otlpTimeout
	if ms, err := strconv.Atoi(o.setting("TIMEOUT")); err == nil && ms > 0 {
		timeout = min(timeout, time.Duration(ms)*time.Millisecond)
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	// The SDK would write settings that it can't read to standard error, secret
	// ones too.
	otel.SetLogger(logr.Discard())
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(error) {}))
	exporter, err := otlpmetrichttp.New(ctx, otlpmetrichttp.WithRetry(otlpmetrichttp.RetryConfig{
		Enabled: true, InitialInterval: otlpPause, MaxInterval: timeout, MaxElapsedTime: timeout,
	}))
	if err != nil {
		return o.redacted(err)
	}
	// What can't be read of OTEL_RESOURCE_ATTRIBUTES is left out.
	source, _ := resource.New(ctx,
		resource.WithTelemetrySDK(),
		resource.WithAttributes(attribute.String("service.name", "etl"), attribute.String("service.version", version())),
		resource.WithFromEnv(),
	)
	err = exporter.Export(ctx, &metricdata.ResourceMetrics{Resource: source, ScopeMetrics: []metricdata.ScopeMetrics{{
		Scope: instrumentation.Scope{Name: "etl", Version: version()}, Metrics: gauges(metrics, ended),
	}}})
	if err != nil {
		return o.redacted(err)
	}
	return exporter.Shutdown(ctx)
}

// gauges are metrics as the SDK has them.
func gauges(metrics []jobs.Metric, at time.Time) []metricdata.Metrics {
	var all []metricdata.Metrics
	for _, m := range metrics {
		var points []metricdata.DataPoint[float64]
		for _, p := range m.Points {
			point := metricdata.DataPoint[float64]{Time: at, Value: p.Value}
			if p.Label != "" {
				point.Attributes = attribute.NewSet(attribute.String(p.Label, p.LabelValue))
			}
			points = append(points, point)
		}
		all = append(all, metricdata.Metrics{Name: m.Name, Unit: m.Unit, Description: m.Help, Data: metricdata.Gauge[float64]{DataPoints: points}})
	}
	return all
}

// address is a URL in a text.
var address = regexp.MustCompile(`https?://[^\s"]+`)

// redacted returns an error without what may be secret in it.
func (o *otlp) redacted(err error) error {
	if failed := (*url.Error)(nil); errors.As(err, &failed) {
		err = failed.Err
	}
	text := address.ReplaceAllString(err.Error(), "the endpoint")
	for _, name := range []string{"OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_METRICS_HEADERS"} {
		for _, header := range strings.Split(o.getenv(name), ",") {
			_, value, _ := strings.Cut(header, "=")
			plain, err := url.PathUnescape(value)
			if err != nil {
				plain = value
			}
			for _, secret := range []string{value, plain} {
				if secret = strings.TrimSpace(secret); secret != "" {
					text = strings.ReplaceAll(text, secret, "…")
				}
			}
		}
	}
	if len(text) > maxOTLPError {
		text = strings.ToValidUTF8(text[:maxOTLPError], "") + "…"
	}
	return errors.New(text)
}
