package jobs

import (
	"bytes"
	"fmt"
	"strconv"
	"time"

	"etl/schemas"
)

// Metrics returns what a run did, and the status of the lake after it, in the
// text format of Prometheus. The names are a contract with operators. What is
// not known is left out.
func Metrics(r *Report, s *Status) []byte {
	m := &metrics{}
	m.gauge("etl_last_run_exit_code", "Exit code of the last run.", float64(r.ExitCode))
	m.gauge("etl_last_run_timestamp_seconds", "When the last run ended.", seconds(r.FinishedAt))
	m.gauge("etl_last_run_duration_seconds", "How long the last run took.", r.FinishedAt.Sub(r.StartedAt).Seconds())
	m.head("etl_last_run_calls", "Calls of the last run by outcome.")
	for _, c := range []struct {
		outcome Outcome
		calls   int64
	}{{Loaded, r.Loaded}, {Unchanged, r.Unchanged}, {Pending, r.Pending}, {Failed, r.Failed}, {Lost, r.Lost}} {
		m.value("etl_last_run_calls", fmt.Sprintf("outcome=%q", c.outcome), float64(c.calls))
	}
	m.head("etl_last_run_rows", "Rows written by the last run, by table.")
	for _, table := range schemas.Tables() {
		m.value("etl_last_run_rows", fmt.Sprintf("table=%q", table.Name), float64(r.Rows[table.Name]))
	}
	m.gauge("etl_last_run_objects", "Objects written by the last run.", float64(r.ObjectsWritten))
	m.gauge("etl_last_run_bytes", "Bytes written by the last run.", float64(r.BytesWritten))
	m.gauge("etl_last_run_graph_requests", "Requests to Graph by the last run.", float64(r.GraphRequests))
	m.gauge("etl_last_run_throttled", "Requests of the last run that Graph answered with 429.", float64(r.Throttled))
	if r.Listing != nil {
		m.gauge("etl_last_run_listed_calls", "Calls that Graph listed to the last run.", float64(r.Listing.Listed))
	}
	if s == nil {
		return m.text.Bytes()
	}
	if s.LastSuccess != nil {
		m.gauge("etl_last_success_timestamp_seconds", "When a sync has ended with exit code 0 last.", seconds(*s.LastSuccess))
	}
	pending, uncovered := 0, time.Duration(0)
	for _, n := range s.Pending {
		pending += n
	}
	for _, span := range s.Uncovered {
		uncovered += span.length()
	}
	m.gauge("etl_pending_calls", "Calls that are known and not in the lake yet.", float64(pending))
	m.gauge("etl_lost_calls", "Calls that Graph has forgotten and the lake never had.", float64(s.LostCalls))
	m.gauge("etl_lost_spans", "Spans of call starts that Graph has forgotten and that never were listed whole.", float64(len(s.Lost)))
	m.gauge("etl_uncovered_seconds", "Call starts that Graph keeps and that were not listed whole.", uncovered.Seconds())
	if s.HoursToFirstLoss != nil {
		m.gauge("etl_hours_to_first_loss", "Hours until Graph forgets a call that may not be in the lake.", *s.HoursToFirstLoss)
	}
	if f := s.Freshness; f.Calls > 0 {
		m.head("etl_freshness_minutes", "Minutes from the end of a call to its newest version in the lake, over the hot window.")
		m.value("etl_freshness_minutes", `quantile="0.5"`, f.P50)
		m.value("etl_freshness_minutes", `quantile="0.9"`, f.P90)
		m.value("etl_freshness_minutes", `quantile="0.99"`, f.P99)
		m.value("etl_freshness_minutes", `quantile="1"`, f.Max)
	}
	return m.text.Bytes()
}

// metrics is text in the making.
type metrics struct{ text bytes.Buffer }

func (m *metrics) head(name, help string) {
	fmt.Fprintf(&m.text, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name)
}

func (m *metrics) gauge(name, help string, value float64) {
	m.head(name, help)
	m.value(name, "", value)
}

func (m *metrics) value(name, labels string, value float64) {
	if labels != "" {
		labels = "{" + labels + "}"
	}
	fmt.Fprintf(&m.text, "%s%s %s\n", name, labels, strconv.FormatFloat(value, 'f', -1, 64))
}

func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }
