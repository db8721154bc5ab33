package main

import (
	"database/sql"
	"encoding/base64"
	"encoding/csv"
	"fmt"
	"html"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	_ "github.com/duckdb/duckdb-go/v2"

	"etl/internal/graphsim"
	"etl/internal/s3test"
	"etl/jobs"
)

// someBuildings are some of those of the simulated tenant, one within another.
const someBuildings = "10.12.0.0,n,16,Harbour House,,,,Hamburg,,Germany,,,1,0\n10.12.2.0,n,24,Annex,,,,Hamburg,,Germany,,,0,0\n" +
	"10.16.0.0,n,12,Mill,,,,Leeds,,United Kingdom,,,1,0,0\n"

// tablesOf are the tables of a page, from its CSV, with the names of the
// columns first.
func tablesOf(t *testing.T, page string) map[string][][]string {
	t.Helper()
	tables := map[string][][]string{}
	for _, link := range regexp.MustCompile(`href="data:text/csv;charset=utf-8;base64,([^"]*)" download="([a-z_]+)\.csv"`).FindAllStringSubmatch(page, -1) {
		text, err := base64.StdEncoding.DecodeString(html.UnescapeString(link[1]))
		if err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(strings.NewReader(string(text))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			for i, value := range row {
				// The mark that keeps spreadsheets from computing it.
				if len(value) > 1 && value[0] == '\'' && strings.ContainsRune("=+-@\t\r", rune(value[1])) {
					row[i] = value[1:]
				}
			}
		}
		tables[link[2]] = rows
	}
	return tables
}

// asked returns what DuckDB answers, in the form of tablesOf.
func asked(t *testing.T, db *sql.DB, query string) [][]string {
	t.Helper()
	result, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatalf("%v\n%s", err, query)
	}
	defer result.Close()
	columns, err := result.Columns()
	if err != nil {
		t.Fatal(err)
	}
	rows := [][]string{columns}
	for result.Next() {
		values := make([]any, len(columns))
		pointers := make([]any, len(columns))
		for i := range values {
			pointers[i] = &values[i]
		}
		if err := result.Scan(pointers...); err != nil {
			t.Fatal(err)
		}
		var row []string
		for _, v := range values {
			row = append(row, plain(v))
		}
		rows = append(rows, row)
	}
	if err := result.Err(); err != nil {
		t.Fatal(err)
	}
	return rows
}

func plain(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case *big.Int:
		return v.String()
	case time.Time:
		if v.Equal(v.Truncate(24 * time.Hour)) {
			return v.Format(time.DateOnly)
		}
		return v.UTC().Format(time.RFC3339Nano)
	}
	return fmt.Sprint(v)
}

// rate is a share in percent, in SQL.
func rate(part, whole string) string {
	return fmt.Sprintf("round(100e0 * coalesce(%s, 0) / nullif(%s, 0), 2)", part, whole)
}

// byEnd are groups of audio streams as the page ranks them, in SQL.
func byEnd(columns, from string) string {
	return fmt.Sprintf(`SELECT %s, sum(streams) AS streams, sum(poor_streams) AS poor_streams, %s AS poor_percent
		FROM %s GROUP BY ALL ORDER BY poor_streams DESC, sum(good_streams) DESC, streams DESC, 1, 2, 3`, columns, rate("sum(poor_streams)", "sum(poor_streams + good_streams)"), from)
}

// overall is Microsoft's target for all calls, in SQL.
func overall(metric string) string {
	return "(SELECT target FROM quality_targets WHERE call_type = 'any' AND network = 'any' AND link = 'any' AND metric = '" + metric + "')"
}

// reportQueries ask the views of etl sql what the page's tables have, between
// the dates %[1]s and %[2]s.
func reportQueries() map[string]string {
	const (
		within = "call_date BETWEEN DATE '%[1]s' AND DATE '%[2]s'"
		dates  = "(SELECT unnest(range(DATE '%[1]s', DATE '%[2]s' + 1, INTERVAL 1 DAY))::DATE AS call_date)"
		audio  = "(FROM network_quality WHERE media_kind = 'audio' AND " + within + ")"
		delay  = "epoch_us(fetched_at) - epoch_us(end_date_time)"
	)
	quality := "SELECT d.call_date"
	for _, media := range []string{"audio", "video", "vbss"} {
		of := "count(*) FILTER (WHERE media_kind = '" + media + "'"
		quality += fmt.Sprintf(", %s) AS %[2]s_streams, %[1]s AND quality = 'poor') AS poor_%[2]s_streams, %[3]s AS %[2]s_poor_percent", of, media,
			rate(of+" AND quality = 'poor')", of+" AND quality <> 'unclassified')"))
	}
	const address = "split_part(subnet, '.', 1)::BIGINT * 16777216 + split_part(subnet, '.', 2)::BIGINT * 65536 + split_part(subnet, '.', 3)::BIGINT * 256 + split_part(subnet, '.', 4)::BIGINT"
	failures := func(columns string) string {
		return columns + `, sum(sessions) AS sessions, sum(setup_failed_sessions) AS setup_failed_sessions, sum(dropped_sessions) AS dropped_sessions
			FROM setup_and_drop WHERE ` + within
	}
	return map[string]string{
		"calls_by_date": `SELECT d.call_date, count(*) FILTER (WHERE type = 'groupCall') AS group_calls, count(*) FILTER (WHERE type = 'peerToPeer') AS peer_to_peer_calls,
			count(call_id) - group_calls - peer_to_peer_calls AS other_calls, count(call_id) AS calls, coalesce(sum(participant_count), 0) AS participants,
			round(coalesce(sum(epoch_us(end_date_time) - epoch_us(call_start_date_time)), 0) / 3600e6, 1) AS hours
			FROM ` + dates + ` d LEFT JOIN calls c ON c.call_date = d.call_date GROUP BY ALL ORDER BY ALL`,
		"quality_by_date": quality + " FROM " + dates + " d LEFT JOIN (FROM stream_quality WHERE NOT is_test) s ON s.call_date = d.call_date GROUP BY ALL ORDER BY ALL",
		"failures_by_date": `SELECT d.call_date, coalesce(sessions, 0) AS sessions, coalesce(setup_failed_sessions, 0) AS setup_failed_sessions, ` +
			rate("setup_failed_sessions", "sessions") + ` AS setup_failure_percent, coalesce(dropped_sessions, 0) AS dropped_sessions, ` +
			rate("dropped_sessions", "sessions - setup_failed_sessions") + ` AS drop_failure_percent
			FROM ` + dates + ` d LEFT JOIN (` + failures("SELECT call_date") + ` GROUP BY ALL) f ON f.call_date = d.call_date ORDER BY ALL`,
		"targets": `WITH ends AS (
			SELECT call_date, call_id, session_ordinal, segment_ordinal, media_ordinal, stream_ordinal,
				bool_and(coalesce(inside_corp, false)) AS internal, bool_and(coalesce(connection_type = 'wired', false)) AS wired,
				bool_and(coalesce(connection_type = 'wifi' AND wifi_band = 'frequency50GHz', false)) AS "wifi_5ghz", bool_and(coalesce(connection_type = 'wifi' AND wifi_band = 'frequency24GHz', false)) AS "wifi_2.4ghz"
			FROM (SELECT *, CASE WHEN subnet <> '' THEN ` + address + ` END AS a FROM stream_ends) LEFT JOIN buildings ON a BETWEEN first_address AND last_address
			WHERE is_client GROUP BY ALL),
			streams AS (SELECT s.call_type, s.quality, e.* FROM stream_quality s LEFT JOIN ends e USING (call_date, call_id, session_ordinal, segment_ordinal, media_ordinal, stream_ordinal)
				WHERE media_kind = 'audio' AND NOT is_test AND ` + within + `),
			scopes AS (SELECT call_type, network, link, max(target) FILTER (WHERE metric = 'poor_percent') AS p, max(target) FILTER (WHERE metric = 'setup_failure_percent') AS s,
				max(target) FILTER (WHERE metric = 'drop_failure_percent') AS d FROM quality_targets GROUP BY ALL)
			SELECT t.call_type, t.network, t.link, count(s.quality) AS streams, ` + rate("count(*) FILTER (WHERE s.quality = 'poor')", "count(*) FILTER (WHERE s.quality <> 'unclassified')") + ` AS poor_percent, p AS poor_percent_target,
				f.sessions, ` + rate("setup_failed_sessions", "sessions") + ` AS setup_failure_percent, CASE WHEN sessions IS NOT NULL THEN t.s END AS setup_failure_percent_target, ` +
			rate("dropped_sessions", "sessions - setup_failed_sessions") + ` AS drop_failure_percent, CASE WHEN sessions IS NOT NULL THEN d END AS drop_failure_percent_target
			FROM scopes t LEFT JOIN streams s ON t.call_type IN ('any', s.call_type) AND (t.network = 'any' OR s.internal)
				AND (t.link = 'any' OR t.link = 'wired' AND s.wired OR t.link = 'wifi_5ghz' AND s.wifi_5ghz OR t.link = 'wifi_2.4ghz' AND s."wifi_2.4ghz")
			LEFT JOIN (` + failures("SELECT call_type") + ` GROUP BY ALL UNION ALL ` + failures("SELECT 'any'") + `) f ON t.network = 'any' AND t.link = 'any' AND f.call_type = t.call_type
			GROUP BY ALL`,
		"failure_reasons": `SELECT outcome, coalesce(failure_reason, '') AS failure_reason, count(*) AS sessions, ` + rate("count(*)", "sum(count(*)) OVER ()") + ` AS percent
			FROM session_outcomes WHERE outcome <> 'succeeded' AND ` + within + ` GROUP BY 1, 2 ORDER BY sessions DESC, 1, 2`,
		"poor_reasons": `SELECT r.reason, count(*) AS streams, ` + rate("count(*)", "(SELECT count(*) FROM stream_quality WHERE NOT is_test AND quality = 'poor' AND media_kind = 'audio' AND "+within+")") + ` AS percent
			FROM stream_quality s JOIN (VALUES ('round_trip'), ('packet_loss'), ('jitter')) AS r (reason) ON s.poor_reasons LIKE concat('%%', r.reason, '%%')
			WHERE media_kind = 'audio' AND NOT is_test AND ` + within + ` GROUP BY 1 ORDER BY 2 DESC`,
		"poor_by_building":     byEnd("coalesce(building_name, '') AS building_name, coalesce(city, '') AS city, coalesce(country, '') AS country", audio),
		"poor_by_subnet":       byEnd("coalesce(subnet, '') AS subnet, coalesce(building_name, '') AS building_name", audio),
		"poor_by_network_type": byEnd("coalesce(connection_type, '') AS connection_type, coalesce(wifi_band, '') AS wifi_band", audio),
		"poor_by_device":       byEnd("device_kind, device_name", "(FROM device_quality WHERE device_name <> '' AND "+within+")"),
		"poor_by_client": byEnd("coalesce(platform, '') AS platform, coalesce(product_family, '') AS product_family, coalesce(application_version, '') AS application_version, sum(sessions) AS sessions",
			"(SELECT *, audio_streams AS streams, poor_audio_streams AS poor_streams, good_audio_streams AS good_streams FROM client_versions WHERE "+within+")"),
		"arrival_by_date": `SELECT d.call_date, count(d2) AS calls, round(quantile_disc(d2, 0.5) / 60e6, 1) AS p50_minutes, round(quantile_disc(d2, 0.9) / 60e6, 1) AS p90_minutes, round(max(d2) / 60e6, 1) AS max_minutes
			FROM ` + dates + ` d LEFT JOIN (SELECT call_date, ` + delay + ` AS d2 FROM calls) c ON c.call_date = d.call_date GROUP BY ALL ORDER BY ALL`,
		"slowest_calls": `SELECT call_id, type AS call_type, end_date_time, fetched_at, round((` + delay + `) / 60e6, 1) AS minutes FROM calls WHERE ` + within + ` ORDER BY ` + delay + ` DESC, call_id LIMIT 10`,
		"summary": `WITH c AS (SELECT count(*) AS calls, sum(participant_count) AS participants, sum(epoch_us(end_date_time) - epoch_us(call_start_date_time)) AS micros FROM calls WHERE ` + within + `),
			q AS (SELECT ` + rate("count(*) FILTER (WHERE quality = 'poor')", "count(*) FILTER (WHERE quality <> 'unclassified')") + ` AS poor FROM stream_quality WHERE NOT is_test AND media_kind = 'audio' AND ` + within + `),
			f AS (` + failures("SELECT 1") + `)
			SELECT 'calls' AS measure, calls AS value, NULL::DOUBLE AS target FROM c UNION ALL SELECT 'participants', participants, NULL FROM c UNION ALL SELECT 'hours', round(micros / 3600e6, 1), NULL FROM c
			UNION ALL SELECT 'poor_percent', poor, ` + overall("poor_percent") + ` FROM q
			UNION ALL SELECT 'setup_failure_percent', ` + rate("setup_failed_sessions", "sessions") + `, ` + overall("setup_failure_percent") + ` FROM f
			UNION ALL SELECT 'drop_failure_percent', ` + rate("dropped_sessions", "sessions - setup_failed_sessions") + `, ` + overall("drop_failure_percent") + ` FROM f`,
	}
}

// notAsked are the tables of the page whose numbers are no query's.
var notAsked = []string{"completeness", "rules"}

// reportOfDemo makes a page of a simulated tenant.
func reportOfDemo(t *testing.T) reported {
	t.Helper()
	r := reported{lake: t.TempDir(), buildings: writeFile(t, "buildings.csv", someBuildings), out: filepath.Join(t.TempDir(), "report.html")}
	if r := etl(t, "demo", "--lake", r.lake, "--days", "3", "--calls-per-day", "50"); r.code != 0 {
		t.Fatalf("exit code %d: %s", r.code, r.stderr)
	}
	made := etl(t, "report", "--lake", r.lake, "--out", r.out, "--from", "2d", "--buildings", r.buildings)
	said := regexp.MustCompile(`has the calls from (\S+) to (\S+)\.\n$`).FindStringSubmatch(made.stdout)
	if made.code != 0 || said == nil {
		t.Fatalf("exit code %d, standard output %s, standard error %s", made.code, made.stdout, made.stderr)
	}
	r.from, r.to = said[1], said[2]
	return r
}

// reported is a page and what it was made from.
type reported struct{ lake, buildings, out, from, to string }

// TestReportSaysWhatDuckDBSays compares every table of the page with what the
// views that etl sql prints answer.
func TestReportSaysWhatDuckDBSays(t *testing.T) {
	r := reportOfDemo(t)
	page, err := os.ReadFile(r.out)
	if err != nil {
		t.Fatal(err)
	}
	got := tablesOf(t, string(page))
	r.compare(t, got)
	// The script has published the buildings, so that they need not be given any more.
	again := etl(t, "report", "--lake", r.lake, "--out", "-", "--from", r.from, "--to", r.to)
	if have := tablesOf(t, again.stdout)["poor_by_building"]; again.code != 0 || !reflect.DeepEqual(have, got["poor_by_building"]) {
		t.Errorf("exit code %d, with the lake's buildings:\n%s", again.code, strings.Join(lines(have), "\n"))
	}
}

// compare compares the tables of the page with DuckDB's answers.
func (r reported) compare(t *testing.T, got map[string][][]string) {
	t.Helper()
	script := etl(t, "sql", "duckdb", "--lake", r.lake, "--buildings", r.buildings)
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1) // variables are those of a session
	if _, err := db.ExecContext(t.Context(), script.stdout); err != nil {
		t.Fatal(err)
	}
	queries := reportQueries()
	for name, query := range queries {
		want, have := asked(t, db, fmt.Sprintf(query, r.from, r.to)), slices.Clone(got[name])
		if len(want) < 2 {
			t.Errorf("%s: DuckDB has no rows", name)
		}
		if name == "targets" { // in the order of Microsoft's page
			slices.SortFunc(want[1:], slices.Compare)
			slices.SortFunc(have[1:], slices.Compare)
		}
		if !reflect.DeepEqual(have, want) {
			t.Errorf("%s:\n%s\nwant\n%s", name, strings.Join(lines(have), "\n"), strings.Join(lines(want), "\n"))
		}
	}
	for name := range got {
		if queries[name] == "" && !slices.Contains(notAsked, name) {
			t.Errorf("%s is compared with nothing", name)
		}
	}
}

func lines(rows [][]string) []string {
	var all []string
	for _, row := range rows {
		all = append(all, strings.Join(row, " | "))
	}
	return all
}

func TestReportOfOtherRules(t *testing.T) {
	lake := t.TempDir()
	if r := etl(t, "demo", "--lake", lake, "--days", "1", "--calls-per-day", "20"); r.code != 0 {
		t.Fatalf("exit code %d: %s", r.code, r.stderr)
	}
	pages := map[string][][]string{}
	for _, rules := range []string{"cqd-2022-07", "cqd-2021-01", "cqd-2020"} {
		r := etl(t, "report", "--lake", lake, "--out", "-", "--rules", rules, "--title", "Calls of <Contoso>")
		if r.code != 0 || !strings.Contains(r.stdout, rules) || !strings.Contains(r.stdout, "<h1>Calls of &lt;Contoso&gt;</h1>") {
			t.Fatalf("exit code %d, standard error %s", r.code, r.stderr)
		}
		pages[rules] = tablesOf(t, r.stdout)["poor_reasons"]
	}
	if len(pages["cqd-2022-07"]) >= len(pages["cqd-2021-01"]) || reflect.DeepEqual(pages["cqd-2021-01"], pages["cqd-2020"]) {
		t.Errorf("the rules make no difference: %v", pages)
	}
}

// TestReportOfABucket compares a page of a lake on S3 with that of the same
// objects in a folder, while another run seems to replace some.
func TestReportOfABucket(t *testing.T) {
	bucket, folder := useS3(t)
	lake := "s3://" + bucket + "/lake"
	if r := etl(t, "demo", "--lake", lake, "--days", "2", "--calls-per-day", "20"); r.code != 0 {
		t.Fatalf("exit code %d: %s", r.code, r.stderr)
	}
	want := etl(t, "report", "--lake", filepath.Join(folder, "lake"), "--from", "3d", "--out", "-")
	gateway, err := startGateway()
	if err != nil {
		t.Fatal(err)
	}
	proxy := gateway.Proxy(t)
	t.Setenv("AWS_ENDPOINT_URL_S3", proxy.URL)
	parts, replaced := 0, 0
	proxy.Play(func(_ int, r *http.Request) s3test.Fault {
		if r.Header.Get("Range") == "" {
			return nil
		}
		if parts++; parts != 3 && parts != 8 {
			return nil
		}
		replaced++
		return s3test.Refuse(http.StatusPreconditionFailed, "PreconditionFailed")
	})
	got := etl(t, "report", "--lake", lake, "--from", "3d", "--out", "-")
	if got.code != 0 || len(tablesOf(t, got.stdout)) < 15 || !reflect.DeepEqual(tablesOf(t, got.stdout), tablesOf(t, want.stdout)) {
		t.Errorf("exit code %d, standard error %s; the page differs from that of the folder", got.code, got.stderr)
	}
	if replaced == 0 {
		t.Error("nothing was replaced")
	}
	proxy.Play(func(_ int, r *http.Request) s3test.Fault {
		if r.Header.Get("Range") == "" {
			return nil
		}
		return s3test.Refuse(http.StatusPreconditionFailed, "PreconditionFailed")
	})
	if r := etl(t, "report", "--lake", lake, "--out", "-"); r.code != jobs.ExitStorage || r.stdout != "" || !strings.Contains(r.stderr, "try again") {
		t.Errorf("all is being replaced: exit code %d, standard error %s", r.code, r.stderr)
	}
}

// TestReportOfCompleteness has a lake that a sync has filled but for a call.
func TestReportOfCompleteness(t *testing.T) {
	server := useTenant(t, graphsim.Options{})
	lake := t.TempDir()
	missing := func(args ...string) [][]string {
		t.Helper()
		r := etl(t, append([]string{"report", "--lake", lake, "--out", "-"}, args...)...)
		if r.code != 0 {
			t.Fatalf("exit code %d, standard error %s", r.code, r.stderr)
		}
		return tablesOf(t, r.stdout)["completeness"][1:]
	}
	if rows := missing(); len(rows) != 0 {
		t.Errorf("of a lake that no sync has filled is missing %v", rows)
	}
	id := server.Tenant().IDs()[0]
	server.Inject(graphsim.Fault{Match: graphsim.OnCall(id), Do: graphsim.Error(500, "InternalServerError", "later")})
	if r := etl(t, "sync", "--lake", lake, "--since", "5d", "--call-deadline", "1s"); r.code != jobs.ExitIncomplete {
		t.Fatalf("exit code %d, standard error %s", r.code, r.stderr)
	}
	rows := missing("--from", "10d")
	if len(rows) != 2 || rows[0][0] != "uncovered_span" || rows[1][0] != "pending_calls" || rows[1][3] != "1" || rows[1][4] != "server_error" {
		t.Errorf("missing are %v", rows)
	}
	if rows := missing("--from", "20d", "--to", "15d"); len(rows) != 1 || rows[0][0] != "uncovered_span" {
		t.Errorf("missing of a time that was never listed are %v", rows)
	}
}

func TestReportThatCanNotBeMade(t *testing.T) {
	lake, gone := t.TempDir(), filepath.Join(t.TempDir(), "gone", "report.html")
	for args, c := range map[string]struct {
		code int
		says string
	}{
		"--from 2026-11-20 --to 2026-11-19":  {jobs.ExitUsage, "before"},
		"--from 2024-01-01 --to 2026-11-19":  {jobs.ExitUsage, "366"},
		"--from someday":                     {jobs.ExitUsage, "someday"},
		"--rules mine":                       {jobs.ExitUsage, "cqd-2022-07"},
		"--buildings " + gone:                {jobs.ExitUsage, "no such file"},
		"--out " + gone:                      {jobs.ExitUnexpected, "writing the report"},
		"--lake gs://bucket":                 {jobs.ExitUsage, "gs://"},
		"--from 2026-11-01 --to 2026-11-02 ": {jobs.ExitLoaded, ""},
	} {
		out := filepath.Join(t.TempDir(), "report.html")
		r := etl(t, append([]string{"report", "--lake", lake, "--out", out}, strings.Fields(args)...)...)
		if r.code != c.code || !strings.Contains(r.stderr, c.says) {
			t.Errorf("%s: exit code %d, standard error %s", args, r.code, r.stderr)
		}
		if left, err := os.ReadDir(filepath.Dir(out)); err != nil || len(left) > 0 != (c.code == jobs.ExitLoaded) {
			t.Errorf("%s: left are %v, error %v", args, left, err)
		}
	}
}
