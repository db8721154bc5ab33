package jobs_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"etl/internal/graphsim"
	"etl/internal/oracle"
	"etl/jobs"
	"etl/load"
	"etl/schemas"
)

// logTables are the tables of the logs.
var logTables = map[graphsim.Log]string{graphsim.PstnLog: schemas.PstnCalls, graphsim.DirectRoutingLog: schemas.DirectRoutingCalls}

// syncLogs returns a sync that keeps the logs, too.
func (s *tenant) syncLogs(lake *load.Lake) jobs.Run {
	r := s.sync(lake)
	r.Logs = new(jobs.Logs)
	return r
}

// putLogs gives the tenant the rows of generated calls, each when it appears.
func (s *tenant) putLogs(first time.Time, days int) {
	options := graphsim.GeneratorOptions{Seed: 3, CallsPerDay: 40, AllHands: 65}
	for row := range graphsim.NewGenerator(options).LogRows(first, days) {
		s.Tenant().PutLogRow(row.Log, row.LogRow, row.Visible)
	}
}

// putLogRow gives the tenant a row that is there at once.
func (s *tenant) putLogRow(t *testing.T, log graphsim.Log, format string, args ...any) {
	t.Helper()
	row, err := graphsim.ParseLogRow(fmt.Appendf(nil, format, args...))
	if err != nil {
		t.Fatal(err)
	}
	s.Tenant().PutLogRow(log, row, s.now())
}

// checkLogs compares the logs' tables with what the tenant has, but for some
// rows.
func (s *tenant) checkLogs(t *testing.T, dir string, except ...string) {
	t.Helper()
	checker := oracle.LogChecker{Lake: dir, TenantID: s.TenantID, Truth: map[string][][]byte{}}
	for log, table := range logTables {
		for _, row := range s.Tenant().LogRows(log) {
			if !slices.Contains(except, row.ID) {
				checker.Truth[table] = append(checker.Truth[table], row.JSON)
			}
		}
	}
	problems, err := checker.Problems(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Error(p)
	}
}

// mustKeep runs a sync with the logs, and wants its exit code.
func (s *tenant) mustKeep(t *testing.T, lake *load.Lake, code int) *jobs.Report {
	t.Helper()
	report, err := s.syncLogs(lake).Do(t.Context())
	if err != nil || report.ExitCode != code {
		t.Fatalf("error %v, want exit code %d: %s", err, code, report.JSON())
	}
	return report
}

func readLogCoverage(t *testing.T, lake *load.Lake, table string) jobs.LogCoverage {
	t.Helper()
	c, err := jobs.ReadLogCoverage(t.Context(), lake, table)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestSyncKeepsTheLogs(t *testing.T) {
	t.Parallel()
	s := newTenant(t, generate(40)...)
	s.putLogs(day.AddDate(0, 0, -80), 83)
	s.putLogRow(t, graphsim.PstnLog, `{"id":"older","startDateTime":"2026-01-01T00:00:00Z"}`)
	dir := t.TempDir()
	lake := openLake(t, dir)
	report := s.mustKeep(t, lake, jobs.ExitLoaded)
	for log, table := range logTables {
		l := report.Logs[table]
		want := int64(len(s.Tenant().LogRows(log)))
		if table == schemas.PstnCalls {
			want-- // what is older than the window
		}
		if want < 100 || l.Loaded != want || l.Listed < want || report.Rows[table] != want || l.Slices < 2 || l.Slices > 6 || len(l.Uncovered)+len(l.Lost)+len(l.BadRows) != 0 || l.Refused != "" {
			t.Errorf("%s: %+v, want %d rows", table, l, want)
		}
		c := readLogCoverage(t, lake, table)
		if gaps := c.Gaps(jobs.Span{From: s.now().AddDate(0, 0, -90), Until: s.now().Add(-48 * time.Hour)}, time.Time{}); len(gaps) != 0 || len(c.Listed) != 1 || c.LastSuccess == nil {
			t.Errorf("%s: coverage %+v, not covered are %v", table, c, gaps)
		}
	}
	if n := report.UnknownProperties["pstnCallLogRow.otherPartyCountryCode"]; n == 0 {
		t.Errorf("unknown properties %v", report.UnknownProperties)
	}

	// Soon after there is little to list, and nothing to write.
	s.advance(time.Second)
	before := stamps(t, dir)
	report = s.mustKeep(t, lake, jobs.ExitLoaded)
	for _, table := range logTables {
		if l := report.Logs[table]; l.Slices != 1 || l.Listed == 0 || l.Loaded != 0 {
			t.Errorf("soon after: %s: %+v", table, l)
		}
	}
	if report.ObjectsWritten != 0 || !maps.Equal(stamps(t, dir), before) {
		t.Errorf("something was written: %s", report.JSON())
	}

	// A day later all is listed again; rows that come late are found, and so
	// are those that change.
	s.advance(24 * time.Hour)
	changed := s.Tenant().LogRows(graphsim.PstnLog)[7]
	changed.JSON = []byte(strings.Replace(string(changed.JSON), `"currency":"EUR"`, `"currency":"USD"`, 1))
	s.Tenant().PutLogRow(graphsim.PstnLog, changed, s.now())
	s.putLogRow(t, graphsim.DirectRoutingLog, `{"id":"late","startDateTime":%q}`, s.now().AddDate(0, 0, -50).Format(time.RFC3339))
	report = s.mustKeep(t, lake, jobs.ExitLoaded)
	if report.Logs[schemas.PstnCalls].Loaded == 0 || report.Logs[schemas.DirectRoutingCalls].Loaded == 0 {
		t.Errorf("a day later: %s", report.JSON())
	}
	s.checkLogs(t, dir, "older")

	// And nothing is wrong with the lake.
	if audited := mustAudit(t, s.audit(lake)); len(audited.Findings) != 0 {
		t.Errorf("findings %+v", audited.Findings)
	}
}

func TestLogIsRefused(t *testing.T) {
	calls := generate(24)
	s := newTenant(t, calls...)
	s.putLogs(day.AddDate(0, 0, -9), 10)
	remove := s.Inject(graphsim.Fault{Match: graphsim.OnKind(graphsim.KindPstnLog), Do: graphsim.Error(http.StatusForbidden, "Forbidden", "")})
	dir := t.TempDir()
	lake := openLake(t, dir)
	report := s.mustKeep(t, lake, jobs.ExitLoaded)
	if report.Loaded != int64(len(s.Tenant().IDs())) {
		t.Errorf("%d calls loaded: %s", report.Loaded, report.JSON())
	}
	refused, given := report.Logs[schemas.PstnCalls], report.Logs[schemas.DirectRoutingCalls]
	if !strings.Contains(refused.Refused, "CallRecords.Read.All") || refused.Slices != 1 || len(refused.Uncovered) != 0 || given.Refused != "" || given.Loaded == 0 {
		t.Errorf("%+v and %+v", refused, given)
	}
	if n := len(s.Requests().OfKind(graphsim.KindPstnLog)); n != 1 {
		t.Errorf("%d requests for the log that is refused", n)
	}
	status, err := jobs.ReadStatus(t.Context(), lake, s.now(), time.Hour)
	if err != nil || status.ExitCode != jobs.ExitLoaded || status.Logs[schemas.PstnCalls].Refused == "" || len(status.Logs[schemas.PstnCalls].Uncovered) != 0 || status.Logs[schemas.DirectRoutingCalls].Refused != "" {
		t.Errorf("status %+v, error %v", status, err)
	}
	// Once it is permitted, all is fetched.
	remove()
	s.advance(time.Hour)
	if report = s.mustKeep(t, lake, jobs.ExitLoaded); report.Logs[schemas.PstnCalls].Loaded == 0 {
		t.Errorf("%s", report.JSON())
	}
	s.checkLogs(t, dir)
	if c := readLogCoverage(t, lake, schemas.PstnCalls); c.Refused != "" || c.RefusedAt != nil {
		t.Errorf("coverage %+v", c)
	}
}

func TestLogThatGoesWrong(t *testing.T) {
	s := newTenant(t)
	s.putLogs(day.AddDate(0, 0, -40), 41)
	dir := t.TempDir()
	lake := openLake(t, dir)
	// The second list fails, and a third one on its way.
	remove := s.Inject(graphsim.Fault{Match: func(r *graphsim.Request) bool {
		return r.Kind == graphsim.KindDirectRoutingLog && strings.Contains(r.URI, "fromDateTime=2026-08-29")
	}, Do: graphsim.Status(500, nil, "")})
	report := s.mustKeep(t, lake, jobs.ExitIncomplete)
	l := report.Logs[schemas.DirectRoutingCalls]
	if len(l.Uncovered) != 1 || l.Uncovered[0].Reason != "server_error" || l.Uncovered[0].ListedBefore || report.Logs[schemas.PstnCalls].Loaded == 0 || len(report.Logs[schemas.PstnCalls].Uncovered) != 0 || l.Loaded == 0 {
		t.Errorf("%s", report.JSON())
	}
	status, err := jobs.ReadStatus(t.Context(), lake, s.now(), time.Hour)
	if err != nil || status.ExitCode != jobs.ExitIncomplete || len(status.Logs[schemas.DirectRoutingCalls].Uncovered) != 1 || len(status.Logs[schemas.PstnCalls].Uncovered) != 0 {
		t.Errorf("status %+v, error %v", status, err)
	}
	remove()
	s.advance(time.Hour)
	s.mustKeep(t, lake, jobs.ExitLoaded)
	s.checkLogs(t, dir)

	// What was never listed and is past 90 days is lost; that is said once.
	s.advance(91 * 24 * time.Hour)
	report = s.mustKeep(t, lake, jobs.ExitLost)
	if lost := report.Logs[schemas.PstnCalls].Lost; len(lost) != 1 || lost[0].Until.Sub(lost[0].From) > 4*24*time.Hour {
		t.Errorf("lost %v", lost)
	}
}

// A log that fails in every run shows in the status, too.
func TestLogThatNeverWorks(t *testing.T) {
	s := newTenant(t)
	s.Inject(graphsim.Fault{Match: graphsim.OnKind(graphsim.KindPstnLog), Do: graphsim.Status(400, nil, "")})
	lake := openLake(t, t.TempDir())
	report := s.mustKeep(t, lake, jobs.ExitIncomplete)
	if l := report.Logs[schemas.PstnCalls]; l.Slices != 3 || len(l.Uncovered) == 0 || l.Uncovered[0].Reason != "http_400" {
		t.Errorf("%s", report.JSON())
	}
	status, err := jobs.ReadStatus(t.Context(), lake, s.now(), time.Hour)
	if err != nil || status.ExitCode != jobs.ExitIncomplete || len(status.Logs[schemas.PstnCalls].Uncovered) != 1 {
		t.Errorf("status %+v, error %v", status, err)
	}
}

// Without any permission the run ends as it does without logs, for one reason.
func TestLogsWithoutConsent(t *testing.T) {
	s := newTenant(t, generate(24)...)
	s.SetConsent(false)
	lake := openLake(t, t.TempDir())
	report, err := s.syncLogs(lake).Do(t.Context())
	if err == nil || report.ExitCode != jobs.ExitSignIn || strings.Count(err.Error(), "listing calls") != 1 {
		t.Errorf("error %v: %s", err, report.JSON())
	}
}

func TestBadLogRows(t *testing.T) {
	s := newTenant(t)
	put := func(text string, start time.Time, id string) {
		s.Tenant().PutLogRow(graphsim.PstnLog, graphsim.LogRow{ID: id, Start: start, JSON: []byte(text)}, s.now())
	}
	yesterday := s.now().AddDate(0, 0, -1)
	put(`{"id":"good","startDateTime":"`+yesterday.Format(time.RFC3339)+`"}`, yesterday, "good")
	put(`{"callId":"without an id","startDateTime":"`+yesterday.Format(time.RFC3339)+`"}`, yesterday, "")
	put(`{"id":"","startDateTime":"soon"}`, yesterday, "")
	put(`null`, yesterday, "")
	put(`{"id":"without a start","callId":"x"}`, yesterday, "without a start")
	put(`{"id":"odd start","startDateTime":"yesterday"}`, yesterday, "odd start")
	dir := t.TempDir()
	lake := openLake(t, dir)
	for run := range 2 {
		report := s.mustKeep(t, lake, jobs.ExitLoaded)
		l := report.Logs[schemas.PstnCalls]
		reasons := map[string]int{}
		for _, row := range l.BadRows {
			reasons[row.Reason+" "+row.Date+" "+row.ID]++
		}
		want := map[string]int{
			"no_id " + yesterday.Format(time.DateOnly) + " ": 1, "no_id 0001-01-01 ": 2,
			"no_start 0001-01-01 without a start": 1, "no_start 0001-01-01 odd start": 1,
		}
		if fmt.Sprint(reasons) != fmt.Sprint(want) || report.Anomalies["log_row_without_id"] != 3 || l.Listed != 6 {
			t.Errorf("run %d: %v: %s", run, reasons, report.JSON())
		}
		if run == 0 && (l.Loaded != 3 || report.Anomalies["missing_start"] != 2 || report.Anomalies["bad_time"] != 1) || run == 1 && report.ObjectsWritten != 0 {
			t.Errorf("run %d: %s", run, report.JSON())
		}
		s.checkLogs(t, dir)
		s.advance(time.Hour)
	}
	if found := mustAudit(t, s.audit(lake)); len(found.Findings) != 0 {
		t.Errorf("findings %+v", found.Findings)
	}
}

// A row that is twice in a list, with other content, counts as it came last.
func TestLogRowTwice(t *testing.T) {
	s := newTenant(t)
	s.putLogRow(t, graphsim.PstnLog, `{"id":"a","startDateTime":%q,"currency":"EUR"}`, s.now().Format(time.RFC3339))
	dir := t.TempDir()
	lake := openLake(t, dir)
	again := graphsim.RewriteBody(func(body []byte) []byte {
		text := string(body)
		row := text[strings.Index(text, "[")+1 : strings.LastIndex(text, "]")]
		return []byte(strings.Replace(text, row, strings.Join([]string{row, strings.Replace(row, "EUR", "USD", 1), strings.Replace(row, "EUR", "USD", 1)}, ","), 1))
	})
	s.Inject(graphsim.Fault{Match: func(r *graphsim.Request) bool {
		return r.Kind == graphsim.KindPstnLog && strings.Contains(r.URI, "toDateTime=2026-11-20T12:00:00Z")
	}, Do: again})
	report := s.mustKeep(t, lake, jobs.ExitLoaded)
	if report.Anomalies["log_row_twice"] != 1 || report.Logs[schemas.PstnCalls].Loaded != 1 {
		t.Fatalf("%s", report.JSON())
	}
	s.putLogRow(t, graphsim.PstnLog, `{"id":"a","startDateTime":%q,"currency":"USD"}`, day.Add(60*time.Hour).Format(time.RFC3339))
	s.checkLogs(t, dir)
}

func TestLogsFeedTheListOfCalls(t *testing.T) {
	const (
		listed   = "11111111-0000-4000-8000-000000000001"
		hidden   = "11111111-0000-4000-8000-000000000002"
		unknown  = "11111111-0000-4000-8000-000000000003"
		stubborn = "11111111-0000-4000-8000-000000000004"
		tooOld   = "11111111-0000-4000-8000-000000000005"
	)
	s := newTenant(t)
	start := s.now().Add(-50 * time.Hour)
	for _, id := range []string{listed, hidden, stubborn} {
		s.Tenant().Put(minimal(t, id, 1, start, start.Add(time.Minute)))
	}
	// Graph's list lacks two of the calls.
	s.Inject(graphsim.Fault{Match: graphsim.OnKind(graphsim.KindList), Do: graphsim.RewriteBody(func(body []byte) []byte {
		var page map[string]any
		if err := json.Unmarshal(body, &page); err != nil {
			return body
		}
		page["value"] = slices.DeleteFunc(page["value"].([]any), func(call any) bool { return call.(map[string]any)["id"] != listed })
		body, err := json.Marshal(page)
		if err != nil {
			t.Error(err)
		}
		return body
	})})
	fails := s.Inject(graphsim.Fault{Match: graphsim.OnCall(stubborn), Do: graphsim.Status(500, nil, "")})
	at := start.Format(time.RFC3339)
	for i, id := range []string{listed, hidden, unknown, "no GUID", hidden} {
		s.putLogRow(t, graphsim.PstnLog, `{"id":"p%d","callId":%q,"startDateTime":%q}`, i, id, at)
	}
	s.putLogRow(t, graphsim.PstnLog, `{"id":"without a call","callId":null,"startDateTime":%q}`, at)
	s.putLogRow(t, graphsim.PstnLog, `{"id":"forgotten","callId":%q,"startDateTime":%q}`, tooOld, s.now().AddDate(0, 0, -31).Format(time.RFC3339))
	s.putLogRow(t, graphsim.DirectRoutingLog, `{"id":"d1","correlationId":%q,"startDateTime":%q}`, stubborn, at)
	s.putLogRow(t, graphsim.DirectRoutingLog, `{"id":"d2","correlationId":%q,"startDateTime":%q}`, stubborn, at)
	dir := t.TempDir()
	lake := openLake(t, dir)
	run := s.syncLogs(lake)
	run.Pull.CallDeadline = time.Second
	report, err := run.Do(t.Context())
	if err != nil || report.ExitCode != jobs.ExitIncomplete || report.Loaded != 2 || report.Pending != 1 || report.Lost != 0 || report.Requested != 3 {
		t.Fatalf("error %v: %s", err, report.JSON())
	}
	if c := report.Calls[0]; c.ID != stubborn || c.Source != schemas.DirectRoutingCalls || report.Logs[schemas.PstnCalls].UnknownIDs != 1 || report.Logs[schemas.PstnCalls].IDs != 2 || report.Logs[schemas.DirectRoutingCalls].IDs != 1 {
		t.Errorf("%s", report.JSON())
	}
	if n := len(s.Requests().ForCall(tooOld)) + len(s.Requests().ForCall("no GUID")); n != 0 {
		t.Errorf("%d requests for ids that can be no call records", n)
	}
	pending, err := jobs.ReadPending(t.Context(), lake)
	if err != nil || len(pending) != 1 || pending[stubborn].Source != schemas.DirectRoutingCalls {
		t.Errorf("pending %v, error %v", pending, err)
	}

	// What was asked for is not asked for again; what is pending is, and if Graph
	// then does not know it, that is no loss either.
	fails()
	s.Tenant().Remove(stubborn)
	s.ResetLog()
	s.advance(time.Hour)
	report = s.mustKeep(t, lake, jobs.ExitLoaded)
	if n := len(s.Requests().ForCall(unknown)); n != 0 || report.Logs[schemas.DirectRoutingCalls].UnknownIDs != 1 || report.Requested != 0 {
		t.Errorf("%d requests for the unknown id: %s", n, report.JSON())
	}
	if pending, err = jobs.ReadPending(t.Context(), lake); err != nil || len(pending) != 0 {
		t.Errorf("pending %v, error %v", pending, err)
	}
	if lost, err := jobs.ReadLost(t.Context(), lake); err != nil || len(lost) != 0 {
		t.Errorf("lost %v, error %v", lost, err)
	}
	s.checkLogs(t, dir)
}

// A run that ends before it has asked for the ids leaves that to the next.
func TestLogIDsAreAskedForAfterADeadRun(t *testing.T) {
	const hidden = "11111111-0000-4000-8000-000000000002"
	s := newTenant(t)
	s.putLogRow(t, graphsim.PstnLog, `{"id":"p","callId":%q,"startDateTime":%q}`, hidden, s.now().AddDate(0, 0, -5).Format(time.RFC3339))
	lake := openLake(t, t.TempDir())
	ctx, stop := context.WithCancelCause(t.Context())
	// The row is in the lake before the hot window is listed.
	s.Inject(graphsim.Fault{Match: func(r *graphsim.Request) bool {
		return r.Kind == graphsim.KindPstnLog && strings.Contains(r.URI, "toDateTime=2026-11-20T12:00:00Z")
	}, Times: 1, Do: func(w http.ResponseWriter, r *http.Request, normal http.Handler) {
		stop(jobs.ErrInterrupted)
		normal.ServeHTTP(w, r)
	}})
	report, err := s.syncLogs(lake).Do(ctx)
	if !errors.Is(err, jobs.ErrInterrupted) || report.ExitCode != jobs.ExitInterrupted || report.Rows[schemas.PstnCalls] != 1 || len(s.Requests().ForCall(hidden)) != 0 {
		t.Fatalf("error %v: %s", err, report.JSON())
	}
	s.advance(time.Hour)
	s.ResetLog()
	report = s.mustKeep(t, lake, jobs.ExitLoaded)
	if n := len(s.Requests().ForCall(hidden)); n == 0 || report.Logs[schemas.PstnCalls].UnknownIDs != 1 {
		t.Errorf("%d requests: %s", n, report.JSON())
	}
}

func TestReplayRebuildsTheLogs(t *testing.T) {
	t.Parallel()
	s := newTenant(t, generate(24)...)
	s.putLogs(day.AddDate(0, 0, -9), 10)
	dir := t.TempDir()
	lake := openLake(t, dir)
	s.mustKeep(t, lake, jobs.ExitLoaded)
	s.advance(time.Hour)
	changed := s.Tenant().LogRows(graphsim.PstnLog)[3]
	changed.JSON = []byte(strings.Replace(string(changed.JSON), `"currency":"EUR"`, `"currency":"USD"`, 1))
	s.Tenant().PutLogRow(graphsim.PstnLog, changed, s.now())
	s.advance(24 * time.Hour)
	s.mustKeep(t, lake, jobs.ExitLoaded)
	want, err := oracle.Objects(dir)
	if err != nil {
		t.Fatal(err)
	}
	replay := func(into *load.Lake, inPlace bool) *jobs.Report {
		report, err := jobs.Replay{From: lake, Into: into, InPlace: inPlace, Log: slog.New(slog.DiscardHandler)}.Do(t.Context())
		if err != nil || report.ExitCode != jobs.ExitLoaded {
			t.Fatalf("error %v: %s", err, report.JSON())
		}
		return report
	}
	same := func(dir string) {
		t.Helper()
		got, err := oracle.Objects(dir)
		if err != nil || len(got) != len(want) {
			t.Fatalf("%d objects, want %d, error %v", len(got), len(want), err)
		}
		for key := range want {
			if got[key] != want[key] {
				t.Errorf("%s is another", key)
			}
		}
	}
	if report := replay(lake, true); report.ObjectsWritten != 0 {
		t.Errorf("replaying wrote %s", report.JSON())
	}
	for _, table := range logTables {
		if err := os.RemoveAll(filepath.Join(dir, table)); err != nil {
			t.Fatal(err)
		}
	}
	replay(lake, true)
	same(dir)
	other := t.TempDir()
	replay(openLake(t, other), false)
	same(other)
	if raw, err := filepath.Glob(filepath.Join(other, "raw*")); err != nil || len(raw) != 0 {
		t.Errorf("the other lake has archives: %v, error %v", raw, err)
	}
}

// The commit of a dead run is completed from the archive.
func TestUnfinishedCommitOfALog(t *testing.T) {
	s := newTenant(t)
	s.putLogs(day.AddDate(0, 0, -9), 10)
	dir := t.TempDir()
	lake := openLake(t, dir)
	report := s.mustKeep(t, lake, jobs.ExitLoaded)
	var raw []string
	for _, o := range report.Objects {
		if strings.HasPrefix(o.Key, "raw_pstn_calls/") {
			raw = append(raw, o.Key)
		}
	}
	text, err := json.Marshal(load.Unfinished{Raw: raw})
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{
		os.RemoveAll(filepath.Join(dir, schemas.PstnCalls)),
		os.RemoveAll(filepath.Join(dir, "_runs")),
		os.MkdirAll(filepath.Join(dir, "_state", "commits"), 0o755),
		os.WriteFile(filepath.Join(dir, "_state", "commits", "dead.json"), text, 0o644),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	run := s.run(lake) // of given ids, of which there are none
	if report, err = run.Do(t.Context()); err != nil || report.Anomalies["unfinished_commit"] != 1 {
		t.Fatalf("error %v: %s", err, report.JSON())
	}
	s.checkLogs(t, dir)
	reported := 0
	for _, o := range report.Objects {
		if strings.HasPrefix(o.Key, schemas.PstnCalls+"/") && o.SHA256 != "" {
			reported++
		}
	}
	if reported == 0 {
		t.Errorf("the report has no object of the table: %s", report.JSON())
	}
}

func TestAuditOfTheLogs(t *testing.T) {
	t.Parallel()
	s := newTenant(t, generate(24)...)
	s.putLogs(day.AddDate(0, 0, -9), 10)
	dir := t.TempDir()
	lake := openLake(t, dir)
	s.mustKeep(t, lake, jobs.ExitLoaded)
	whole, err := oracle.Objects(dir)
	if err != nil {
		t.Fatal(err)
	}
	objects := func(table string) []string {
		files, err := filepath.Glob(filepath.Join(dir, table, "call_date=*", "*"))
		if err != nil || len(files) < 4 {
			t.Fatalf("objects %v, error %v", files, err)
		}
		return files
	}
	pstn, routing := objects(schemas.PstnCalls), objects(schemas.DirectRoutingCalls)
	flip(t, pstn[0])
	if err := os.Remove(pstn[1]); err != nil {
		t.Fatal(err)
	}
	// The rows of one date under another.
	text, err := os.ReadFile(routing[0])
	if err == nil {
		err = os.WriteFile(routing[1], text, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	report := mustAudit(t, s.audit(lake))
	kinds := map[string]int{}
	for _, f := range report.Findings {
		key := strings.TrimPrefix(filepath.ToSlash(f.Object), "/")
		kinds[f.Kind+" "+strings.SplitN(key, "/", 2)[0]]++
	}
	for _, want := range []string{"damaged_object pstn_calls", "missing_object pstn_calls", "not_in_tables ", "wrong_partition direct_routing_calls", "unreported_object direct_routing_calls"} {
		if kinds[want] == 0 {
			t.Errorf("no %s in %v", want, kinds)
		}
	}
	repair := s.audit(lake)
	repair.Repair = true
	report = mustAudit(t, repair)
	if report.ExitCode != jobs.ExitLoaded {
		t.Errorf("repaired: %s", report.JSON())
	}
	got, err := oracle.Objects(dir)
	if err != nil || len(got) != len(whole) {
		t.Fatalf("%d objects, want %d, error %v", len(got), len(whole), err)
	}
	for key := range whole {
		if got[key] != whole[key] {
			t.Errorf("%s is another", key)
		}
	}
	if again := mustAudit(t, s.audit(lake)); len(again.Findings) != 0 {
		t.Errorf("afterwards: %s", again.JSON())
	}
}

// flip flips a bit in the middle of a file.
func flip(t *testing.T, file string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err == nil {
		text[len(text)/3] ^= 4
		err = os.WriteFile(file, text, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// Nothing of the logs is asked for where a run does not keep them.
func TestSyncWithoutLogs(t *testing.T) {
	s := newTenant(t)
	s.putLogs(day.AddDate(0, 0, -9), 10)
	lake := openLake(t, t.TempDir())
	report, err := s.sync(lake).Do(t.Context())
	if err != nil || report.Logs != nil {
		t.Errorf("error %v: %s", err, report.JSON())
	}
	if n := len(s.Requests().Where(func(r *graphsim.Request) bool {
		return r.Kind == graphsim.KindPstnLog || r.Kind == graphsim.KindDirectRoutingLog
	})); n != 0 {
		t.Errorf("%d requests for logs", n)
	}
	status, err := jobs.ReadStatus(t.Context(), lake, s.now(), time.Hour)
	if err != nil || len(status.Logs) != 0 {
		t.Errorf("status %+v, error %v", status, err)
	}
}

func TestSyncKeepsTheLogsOnS3(t *testing.T) {
	clock := day.Add(60 * time.Hour)
	r := newRig(t, true, func() time.Time { return clock })
	r.putLogs(day.AddDate(0, 0, -9), 8)
	lake, err := r.open(t)
	if err != nil {
		t.Fatal(err)
	}
	defer lake.Close()
	for i := range 2 {
		run := r.run(lake)
		run.Logs = new(jobs.Logs)
		report, err := run.Do(t.Context())
		if err != nil || report.ExitCode != jobs.ExitLoaded || (report.ObjectsWritten == 0) != (i == 1) {
			t.Fatalf("run %d: error %v: %s", i, err, report.JSON())
		}
	}
	r.checkLogs(t, r.dir)
}
