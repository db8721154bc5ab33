package main

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"etl/jobs"
)

// allMetrics are all that a sync can have.
func allMetrics() []jobs.Metric {
	hours, now := 1.0, time.Now()
	return jobs.Metrics(&jobs.Report{Listing: &jobs.Listing{}}, &jobs.Status{LastSuccess: &now, HoursToFirstLoss: &hours, Freshness: jobs.Freshness{Calls: 1}})
}

// written are the names of all metrics that a sync writes.
func written() []string {
	text := jobs.PrometheusText(allMetrics())
	var names []string
	for _, m := range regexp.MustCompile(`(?m)^# TYPE (\S+) gauge$`).FindAllSubmatch(text, -1) {
		names = append(names, string(m[1]))
	}
	return names
}

// checkExpr reports what an expression names that no sync writes, and brackets
// without a partner.
func checkExpr(t *testing.T, where, expr string) (metrics []string) {
	t.Helper()
	metrics = regexp.MustCompile(`\betl_[a-z_]+`).FindAllString(expr, -1)
	if len(metrics) == 0 {
		t.Errorf("%s: %q names no metric", where, expr)
	}
	for _, name := range metrics {
		if !slices.Contains(written(), name) {
			t.Errorf("%s: %q names %s, which nothing writes", where, expr, name)
		}
	}
	var open []rune
	for _, r := range expr {
		if i := strings.IndexRune("([{", r); i >= 0 {
			open = append(open, []rune(")]}")[i])
		} else if strings.ContainsRune(")]}", r) {
			if len(open) == 0 || open[len(open)-1] != r {
				t.Fatalf("%s: the brackets of %q don't match", where, expr)
			}
			open = open[:len(open)-1]
		}
	}
	if len(open) > 0 {
		t.Errorf("%s: the brackets of %q don't match", where, expr)
	}
	return metrics
}

func TestAlertRules(t *testing.T) {
	var file struct {
		Groups []struct {
			Name  string
			Rules []struct {
				Alert, Expr, For    string
				Labels, Annotations map[string]string
			}
		}
	}
	d := yaml.NewDecoder(strings.NewReader(deployFile(t, "prometheus/etl.rules.yaml")))
	d.KnownFields(true)
	if err := d.Decode(&file); err != nil || len(file.Groups) != 1 || file.Groups[0].Name == "" {
		t.Fatalf("groups %+v, error %v", file.Groups, err)
	}
	used := map[string][]string{}
	duration := regexp.MustCompile(`^(\d+[smhd])?$`)
	for _, rule := range file.Groups[0].Rules {
		if rule.Labels["severity"] == "" || rule.Annotations["summary"] == "" || rule.Annotations["description"] == "" || !duration.MatchString(rule.For) || used[rule.Alert] != nil {
			t.Errorf("rule %+v", rule)
		}
		used[rule.Alert] = checkExpr(t, rule.Alert, rule.Expr)
	}
	for alert, metric := range map[string]string{
		"EtlLossNear": "etl_hours_to_first_loss", "EtlLost": "etl_lost_calls", "EtlNoSuccess": "etl_last_success_timestamp_seconds", "EtlPendingGrows": "etl_pending_calls",
	} {
		if !slices.Contains(used[alert], metric) {
			t.Errorf("the alert %s looks at %v, want %s", alert, used[alert], metric)
		}
	}
}

// TestDashboard holds the dashboard to the metrics: it shows all of them, and
// no others.
func TestDashboard(t *testing.T) {
	var board struct {
		Title, UID    string
		SchemaVersion int
		Templating    struct {
			List []struct{ Name, Query string }
		}
		Panels []struct {
			ID      int
			Title   string
			GridPos struct{ X, Y, W, H int }
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal([]byte(deployFile(t, "grafana/etl.json")), &board); err != nil || board.Title == "" || board.UID == "" || board.SchemaVersion == 0 {
		t.Fatalf("dashboard %+v, error %v", board, err)
	}
	variables := map[string]bool{}
	for _, v := range board.Templating.List {
		variables["$"+v.Name] = true
		if strings.Contains(v.Query, "label_values") {
			checkExpr(t, "the variable "+v.Name, v.Query)
		}
	}
	var shown []string
	ids, places := map[int]bool{}, map[[2]int]string{}
	for _, p := range board.Panels {
		if ids[p.ID] || p.Title == "" || len(p.Targets) == 0 {
			t.Errorf("panel %+v", p)
		}
		ids[p.ID] = true
		for x := p.GridPos.X; x < p.GridPos.X+p.GridPos.W; x++ {
			for y := p.GridPos.Y; y < p.GridPos.Y+p.GridPos.H; y++ {
				if other := places[[2]int{x, y}]; other != "" || x >= 24 {
					t.Fatalf("the panel %q has no room beside %q", p.Title, other)
				}
				places[[2]int{x, y}] = p.Title
			}
		}
		for _, target := range p.Targets {
			shown = append(shown, checkExpr(t, p.Title, target.Expr)...)
			for _, v := range regexp.MustCompile(`\$\w+`).FindAllString(target.Expr, -1) {
				if !variables[v] {
					t.Errorf("%s: %q names the variable %s, which is not there", p.Title, target.Expr, v)
				}
			}
		}
	}
	for _, name := range written() {
		if !slices.Contains(shown, name) {
			t.Errorf("no panel shows %s", name)
		}
	}
}
