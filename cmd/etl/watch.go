package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"etl/jobs"
	"etl/load"
)

// watchFlags say who is told how a run went. That nobody can be told is
// logged and changes nothing else.
type watchFlags struct {
	MetricsFile string `help:"Write metrics after the run for the textfile collector of Prometheus; the name should end in .prom." placeholder:"FILE" group:"Monitoring"`
	PingURL     string `name:"ping-url" help:"Send a GET here after a run with exit code 0, for a service that raises the alarm when none comes." placeholder:"URL" group:"Monitoring"`
}

const (
	pingTimeout   = 10 * time.Second
	pingAttempts  = 2
	statusTimeout = time.Minute
)

// checkPing refuses what can't be asked. The URL itself may be a secret.
func (f *watchFlags) checkPing() error {
	if f.PingURL == "" {
		return nil
	}
	u, err := url.Parse(f.PingURL)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return fmt.Errorf("%w: --ping-url is no http or https URL", jobs.ErrUsage)
	}
	return nil
}

// tell tells those who watch how a run went, also one that was interrupted.
func (f *watchFlags) tell(a *app, lake *load.Lake, report *jobs.Report, hotWindow time.Duration) {
	ctx := context.WithoutCancel(a.ctx)
	f.tellMetrics(ctx, a, lake, report, hotWindow)
	if f.PingURL != "" && a.code == jobs.ExitLoaded {
		if err := f.ping(ctx); err != nil {
			a.log.Warn("nobody was told that the run went well", "error", err)
		}
	}
}

// tellMetrics writes the metrics to the file and sends them by OTLP, as far as
// either is wanted.
func (f *watchFlags) tellMetrics(ctx context.Context, a *app, lake *load.Lake, report *jobs.Report, hotWindow time.Duration) {
	otlp := newOTLP(a.getenv)
	if f.MetricsFile == "" && otlp == nil {
		return
	}
	reading, cancel := context.WithTimeout(ctx, statusTimeout)
	defer cancel()
	status, err := jobs.ReadStatus(reading, lake, time.Now(), hotWindow)
	if err != nil {
		a.log.Warn("metrics lack the status of the lake", "error", err)
		status = nil
	}
	metrics := jobs.Metrics(report, status)
	if f.MetricsFile != "" {
		if err := f.writeMetrics(metrics); err != nil {
			a.log.Warn("metrics not written", "error", err)
		}
	}
	if otlp != nil {
		if err := otlp.send(ctx, metrics, report.FinishedAt); err != nil {
			a.log.Warn("metrics not sent by OTLP", "error", err)
		}
	}
}

// writeMetrics replaces the file at once: the collector may read at any time.
func (f *watchFlags) writeMetrics(metrics []jobs.Metric) error {
	// Nothing in it is personal, and the collector is another user.
	return replaceFile(f.MetricsFile, jobs.PrometheusText(metrics))
}

// ping sends a GET. Its errors do not show the URL.
func (f *watchFlags) ping(ctx context.Context) (err error) {
	for range pingAttempts {
		if err = f.pingOnce(ctx); err == nil {
			return nil
		}
	}
	if failed := (*url.Error)(nil); errors.As(err, &failed) {
		err = failed.Err
	}
	return fmt.Errorf("asking --ping-url: %w", err)
}

func (f *watchFlags) pingOnce(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, pingTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, f.PingURL, nil)
	if err != nil {
		return err
	}
	request.Header.Set("User-Agent", "etl/"+version())
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if _, err := io.CopyN(io.Discard, answer.Body, 64<<10); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if answer.StatusCode >= 300 {
		return fmt.Errorf("the answer is %s", answer.Status)
	}
	return nil
}
