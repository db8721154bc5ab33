package jobs

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"etl/schemas"
)

// Metric is a number that says how a run went or how complete the lake is after
// it, a gauge. Its name and unit follow OpenTelemetry's conventions
// (https://opentelemetry.io/docs/specs/semconv/general/metrics/); they are a
// contract with operators.
type Metric struct {
	Name   string // etl.last_run.duration
	Unit   string // by UCUM: s, By, h, min, what is counted in braces, or "" for a code
	Help   string
	Points []Point
}

// Point is a value of a metric. Where a metric has several, a label tells them
// apart.
type Point struct {
	Label, LabelValue string
	Value             float64
}

// unitWords are what Prometheus calls units.
var unitWords = map[string]string{"s": "seconds", "By": "bytes", "h": "hours", "min": "minutes"}

// PrometheusName returns the name that Prometheus knows the metric by, from a
// file as well as by OpenTelemetry: with the unit's word at its end, unless
// it has that already.
func (m Metric) PrometheusName() string {
	name := strings.ReplaceAll(m.Name, ".", "_")
	if word := unitWords[m.Unit]; word != "" && !slices.Contains(strings.Split(name, "_"), word) {
		name += "_" + word
	}
	return name
}

// Metrics returns what a run did and, unless s is nil, the status of the lake
// after it. What is not known is left out.
func Metrics(r *Report, s *Status) []Metric {
	var all metrics
	all.gauge("etl.last_run.exit_code", "", "Exit code of the last run.", float64(r.ExitCode))
	all.gauge("etl.last_run.timestamp", "s", "When the last run ended.", seconds(r.FinishedAt))
	all.gauge("etl.last_run.duration", "s", "How long the last run took.", r.FinishedAt.Sub(r.StartedAt).Seconds())
	all.gauges("etl.last_run.calls", "{call}", "Calls of the last run by outcome.", "outcome",
		Point{LabelValue: string(Loaded), Value: float64(r.Loaded)}, Point{LabelValue: string(Unchanged), Value: float64(r.Unchanged)},
		Point{LabelValue: string(Pending), Value: float64(r.Pending)}, Point{LabelValue: string(Failed), Value: float64(r.Failed)},
		Point{LabelValue: string(Lost), Value: float64(r.Lost)})
	var rows []Point
	for _, table := range schemas.Tables() {
		rows = append(rows, Point{LabelValue: table.Name, Value: float64(r.Rows[table.Name])})
	}
	all.gauges("etl.last_run.rows", "{row}", "Rows written by the last run, by table.", "table", rows...)
	all.gauge("etl.last_run.objects", "{object}", "Objects written by the last run.", float64(r.ObjectsWritten))
	all.gauge("etl.last_run.bytes", "By", "Bytes written by the last run.", float64(r.BytesWritten))
	all.gauge("etl.last_run.graph_requests", "{request}", "Requests to Graph by the last run.", float64(r.GraphRequests))
	all.gauge("etl.last_run.throttled", "{request}", "Requests of the last run that Graph answered with 429.", float64(r.Throttled))
	if r.Listing != nil {
		all.gauge("etl.last_run.listed_calls", "{call}", "Calls that Graph listed to the last run.", float64(r.Listing.Listed))
	}
	if s == nil {
		return all
	}
	if s.LastSuccess != nil {
		all.gauge("etl.last_success.timestamp", "s", "When a sync has ended with exit code 0 last.", seconds(*s.LastSuccess))
	}
	pending, uncovered := 0, time.Duration(0)
	for _, n := range s.Pending {
		pending += n
	}
	for _, span := range s.Uncovered {
		uncovered += span.length()
	}
	all.gauge("etl.pending_calls", "{call}", "Calls that are known and not in the lake yet.", float64(pending))
	all.gauge("etl.lost_calls", "{call}", "Calls that Graph has forgotten and the lake never had.", float64(s.LostCalls))
	all.gauge("etl.lost_spans", "{span}", "Spans of call starts that Graph has forgotten and that never were listed whole.", float64(len(s.Lost)))
	all.gauge("etl.uncovered", "s", "Call starts that Graph keeps and that were not listed whole.", uncovered.Seconds())
	if s.HoursToFirstLoss != nil {
		all.gauge("etl.hours_to_first_loss", "h", "Hours until Graph forgets a call that may not be in the lake.", *s.HoursToFirstLoss)
	}
	if f := s.Freshness; f.Calls > 0 {
		all.gauges("etl.freshness", "min", "Minutes from the end of a call to its newest version in the lake, over the hot window.", "quantile",
			Point{LabelValue: "0.5", Value: f.P50}, Point{LabelValue: "0.9", Value: f.P90}, Point{LabelValue: "0.99", Value: f.P99}, Point{LabelValue: "1", Value: f.Max})
	}
	return all
}

// metrics are those in the making.
type metrics []Metric

func (m *metrics) gauge(name, unit, help string, value float64) {
	*m = append(*m, Metric{name, unit, help, []Point{{Value: value}}})
}

// gauges adds a metric of which the points differ in the label.
func (m *metrics) gauges(name, unit, help, label string, points ...Point) {
	for i := range points {
		points[i].Label = label
	}
	*m = append(*m, Metric{name, unit, help, points})
}

func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }

// PrometheusText writes metrics in the text format of Prometheus.
func PrometheusText(all []Metric) []byte {
	var text bytes.Buffer
	for _, m := range all {
		name := m.PrometheusName()
		fmt.Fprintf(&text, "# HELP %s %s\n# TYPE %s gauge\n", name, m.Help, name)
		for _, p := range m.Points {
			labels := ""
			if p.Label != "" {
				labels = fmt.Sprintf("{%s=%q}", p.Label, p.LabelValue)
			}
			fmt.Fprintf(&text, "%s%s %s\n", name, labels, strconv.FormatFloat(p.Value, 'f', -1, 64))
		}
	}
	return text.Bytes()
}
