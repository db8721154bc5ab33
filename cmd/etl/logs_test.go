package main

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"etl/internal/graphsim"
	"etl/internal/oracle"
	"etl/jobs"
)

// useLogs gives the commands a tenant whose logs have rows of the last days.
func useLogs(t *testing.T) *graphsim.Server {
	t.Helper()
	server := useTenant(t, graphsim.Options{})
	generator := graphsim.NewGenerator(graphsim.GeneratorOptions{Seed: 5, CallsPerDay: 12, AllHands: -1})
	for row := range generator.LogRows(time.Now().UTC().AddDate(0, 0, -9), 8) {
		server.Tenant().PutLogRow(row.Log, row.LogRow, time.Time{})
	}
	return server
}

func TestSyncKeepsTheLogs(t *testing.T) {
	server := useLogs(t)
	lake := t.TempDir()
	r := etl(t, "sync", "--lake", lake)
	if r.code != 0 || !strings.Contains(r.stdout, "Graph's log for pstn_calls has ") || !strings.Contains(r.stdout, "direct_routing_calls") || !strings.Contains(r.stdout, "are new or have changed") {
		t.Fatalf("exit code %d, standard output %s, standard error %s", r.code, r.stdout, r.stderr)
	}
	checker := oracle.LogChecker{Lake: lake, TenantID: server.TenantID, Truth: map[string][][]byte{}}
	for log, table := range map[graphsim.Log]string{graphsim.PstnLog: "pstn_calls", graphsim.DirectRoutingLog: "direct_routing_calls"} {
		for _, row := range server.Tenant().LogRows(log) {
			checker.Truth[table] = append(checker.Truth[table], row.JSON)
		}
		if len(checker.Truth[table]) == 0 {
			t.Fatalf("the tenant has no rows for %s", table)
		}
	}
	problems, err := checker.Problems(t.Context())
	if err != nil || len(problems) > 0 {
		t.Errorf("problems %v, error %v", problems, err)
	}
	s, code := status(t, lake)
	if code != 0 || len(s.Logs) != 2 || s.Logs["pstn_calls"].LastSuccess == nil || len(s.Logs["pstn_calls"].Listed) != 1 {
		t.Errorf("exit code %d, status %+v", code, s.Logs)
	}
	if text := etl(t, "status", "--lake", lake); !strings.Contains(text.stdout, "pstn_calls") || strings.Contains(text.stdout, "not covered") {
		t.Errorf("status:\n%s", text.stdout)
	}
	if r := etl(t, "audit", "--lake", lake); r.code != 0 {
		t.Errorf("the audit: exit code %d, %s", r.code, r.stdout)
	}
}

func TestSyncSaysThatALogIsRefused(t *testing.T) {
	server := useLogs(t)
	server.Inject(graphsim.Fault{Match: graphsim.OnKind(graphsim.KindDirectRoutingLog), Do: graphsim.Error(http.StatusForbidden, "Forbidden", "")})
	lake := t.TempDir()
	r := etl(t, "sync", "--lake", lake)
	if r.code != 0 || !strings.Contains(r.stdout, "direct_routing_calls is not kept") || strings.Count(r.stderr, "Graph does not permit it") != 1 {
		t.Errorf("exit code %d, standard output %s, standard error %s", r.code, r.stdout, r.stderr)
	}
	if text := etl(t, "status", "--lake", lake); text.code != 0 || !strings.Contains(text.stdout, "not permitted") {
		t.Errorf("exit code %d, status:\n%s", text.code, text.stdout)
	}
}

func TestSyncWithoutLogs(t *testing.T) {
	server := useLogs(t)
	lake := t.TempDir()
	r := etl(t, "sync", "--no-logs", "--lake", lake, "--output", "json")
	if report := r.report(t); r.code != 0 || report.Logs != nil || report.Loaded == 0 {
		t.Errorf("exit code %d, report %+v", r.code, report)
	}
	if n := len(server.Requests().OfKind(graphsim.KindPstnLog)); n != 0 {
		t.Errorf("%d requests for the log", n)
	}
	if r := etl(t, "sync", "--graph-log-requests", "0", "--lake", lake); r.code != jobs.ExitUsage {
		t.Errorf("exit code %d for a budget of nothing", r.code)
	}
}
