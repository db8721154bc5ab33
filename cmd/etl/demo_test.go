package main

import (
	"bufio"
	"context"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"etl/internal/graphsim"
	"etl/internal/oracle"
	"etl/jobs"
)

func TestDemoLoadsAndThenFindsNothingNew(t *testing.T) {
	lake := t.TempDir()
	args := []string{"demo", "--lake", lake, "--calls-per-day", "24"}
	r := etl(t, args...)
	if r.code != 0 || !strings.Contains(r.stdout, "read_parquet('"+lake+"/streams/call_date=*/part-*.parquet'") {
		t.Fatalf("exit code %d, standard output %s, standard error %s", r.code, r.stdout, r.stderr)
	}
	tables, err := oracle.ReadLake(t.Context(), lake)
	if err != nil {
		t.Fatal(err)
	}
	most := int64(0)
	for _, call := range tables["calls"] {
		most = max(most, call["session_count"].(int64))
	}
	if len(tables["calls"]) < 7*24 || most <= 1000 {
		t.Errorf("%d calls, of which the largest has %d sessions", len(tables["calls"]), most)
	}
	for _, table := range []string{"pstn_calls", "direct_routing_calls"} {
		if files, err := filepath.Glob(filepath.Join(lake, table, "call_date=*", "part-0.parquet")); err != nil || len(files) == 0 || !strings.Contains(r.stdout, table) {
			t.Errorf("%d objects of %s, error %v", len(files), table, err)
		}
	}
	before, err := oracle.Objects(lake)
	if err != nil {
		t.Fatal(err)
	}
	r = etl(t, args...)
	after, err := oracle.Objects(lake)
	if err != nil || r.code != 0 || !strings.Contains(r.stdout, "Nothing new") || !maps.Equal(before, after) {
		t.Errorf("second run: exit code %d, error %v, objects equal: %v, standard output %s", r.code, err, maps.Equal(before, after), r.stdout)
	}
}

// simulate starts etl simulate and returns the environment that it prints.
func simulate(t *testing.T, args ...string) (env []string, dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "simulate")
	ctx, cancel := context.WithCancel(t.Context())
	cmd := process(t, ctx, append([]string{"simulate", "--dir", dir}, args...)...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.Stderr = os.Stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		if err := cmd.Wait(); cmd.ProcessState.ExitCode() != 0 {
			t.Errorf("etl simulate: %v", err)
		}
	})
	export := regexp.MustCompile(`^export (\w+)='(.*)'$`)
	lines := bufio.NewScanner(stdout)
	for lines.Scan() && !strings.Contains(lines.Text(), "Ctrl-C") {
		if m := export.FindStringSubmatch(lines.Text()); m != nil {
			env = append(env, m[1]+"="+m[2])
		}
	}
	return env, dir
}

// TestDocumentedExamples serves the answers that Graph's documentation shows
// and loads them.
func TestDocumentedExamples(t *testing.T) {
	env, dir := simulate(t, "--records", filepath.Join(source, "../../internal/graphsim/testdata/documented"))
	lake := t.TempDir()
	cmd := process(t, t.Context(), "run", "--ids", filepath.Join(dir, "ids.txt"), "--lake", lake, "--output", "json")
	cmd.Env = append(cmd.Env, env...)
	stdout, err := cmd.Output()
	report := result{stdout: string(stdout)}.report(t)
	if err != nil || report.Loaded != 1 {
		t.Fatalf("error %v, report %+v", err, report)
	}
	tables, err := oracle.ReadLake(t.Context(), lake)
	if err != nil {
		t.Fatal(err)
	}
	at := func(text string) time.Time {
		v, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	const call, abbie, owen, tenant = "e523d2ed-2966-4b6b-925b-754a88034cc5", "821809f5-0000-0000-0000-3b5136c0e777", "f69e2c00-0000-0000-0000-185e5f5f5d8a", "dc368399-474c-4d40-900c-6265431fd81f"
	start, end := at("2020-02-25T18:52:21.216988Z"), at("2020-02-25T18:52:46.764001Z")
	want := map[string][]map[string]any{
		"calls": {{
			"call_id": call, "call_version": int64(1), "call_start_date_time": start, "end_date_time": end, "type": "peerToPeer",
			"modalities": []any{"audio"}, "last_modified_date_time": at("2020-02-25T19:00:24.582757Z"), "join_web_url": nil,
			"organizer_id": abbie, "organizer_identity_kind": "user", "organizer_identity_id": abbie, "organizer_identity_display_name": "Abbie Wilkins",
			"organizer_identity_tenant_id": tenant, "organizer_identity_user_principal_name": nil,
			"organizer_identity": `{"user":{"id":"` + abbie + `","displayName":"Abbie Wilkins","tenantId":"` + tenant + `"}}`,
			"participant_count":  int64(2), "session_count": int64(1), "segment_count": int64(1), "media_count": int64(1), "stream_count": int64(1),
		}},
		"participants": {
			{"participant_id": abbie, "participant_ordinal": int64(0), "identity_id": abbie, "identity_user_principal_name": "abbie.wilkins@contoso.com"},
			{"participant_id": abbie, "participant_ordinal": int64(1), "identity_id": owen, "identity_display_name": "Owen Franklin", "identity_kind": "user"},
		},
		"sessions": {{
			"session_id": call, "session_ordinal": int64(0), "start_date_time": start, "end_date_time": end, "is_test": false, "modalities": []any{"audio"},
			"caller_kind": "participant", "caller_name": "machineName_2", "caller_user_agent_kind": "client", "caller_user_agent_platform": "android",
			"caller_user_agent_product_family": "skypeForBusiness", "caller_associated_identity_id": abbie, "caller_feedback_rating": nil,
			"callee_name": "machineName_4", "callee_user_agent_header_value": "UCCAPI/16.0.12527.20122 OC/16.0.12527.20194 (Skype for Business)",
			"callee_associated_identity_user_principal_name": "owen.franklin@contoso.com", "callee_feedback_rating": "poor", "failure_info_stage": nil,
		}},
		"segments": {{"segment_id": call, "segment_ordinal": int64(0), "session_id": call, "start_date_time": start, "caller_kind": nil}},
		"media": {{
			"label": "main-audio", "media_ordinal": int64(0), "caller_network_ip_address": "10.150.0.2", "caller_network_subnet": "10.150.0.0",
			"caller_network_link_speed": int64(54000000), "caller_device_capture_device_name": "Default input device",
			"caller_device_render_device_name": "Default output device", "caller_device_received_signal_level": int64(-10), "callee_network_ip_address": nil,
		}},
		"streams": {{
			"stream_id": "1504545584", "stream_direction": "callerToCallee", "average_audio_degradation": nil, "average_jitter_ms": 16.0,
			"media_label": "main-audio", "call_type": "peerToPeer", "caller_network_subnet": "10.150.0.0",
			"caller_device_capture_device_name": "Default input device", "caller_associated_identity_id": nil, "call_id": call,
		}},
	}
	for table, rows := range want {
		if len(tables[table]) != len(rows) {
			t.Errorf("%s has %d rows, want %d", table, len(tables[table]), len(rows))
			continue
		}
		for i, row := range rows {
			got := oracle.Tables{table: {oracle.Row{}}}
			for column := range row {
				got[table][0][column] = tables[table][i][column]
			}
			for _, difference := range oracle.Differences(got, oracle.Tables{table: {row}}) {
				t.Error(difference)
			}
		}
	}
}

func TestSimulateServesATenantForOtherShells(t *testing.T) {
	env, dir := simulate(t, "--days", "1", "--calls-per-day", "6", "--throttle")
	lake := t.TempDir()
	// As a person would do it, by the shell.
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "sh", "-c", `. "$1/env.sh" && exec "$2" run --ids "$1/ids.txt" --lake "$3" --output json`, "sh", dir, exe, lake)
	cmd.Env = append(os.Environ(), "ETL_TEST_IS_ETL=1")
	stdout, err := cmd.Output()
	if report := (result{stdout: string(stdout)}).report(t); err != nil || report.Loaded < 6 || len(env) != 6 {
		t.Errorf("error %v, report %+v, environment %v", err, report, env)
	}
	secrets, err := os.Stat(filepath.Join(dir, "env.sh"))
	if err != nil || secrets.Mode().Perm() != 0o600 {
		t.Errorf("env.sh has mode %v, error %v", secrets.Mode(), err)
	}
}

func TestHelpAndVersion(t *testing.T) {
	r := etl(t, "--help")
	for _, want := range []string{"run", "demo", "simulate", "version", "AZURE_CLIENT_CERTIFICATE_PATH", "AWS_ENDPOINT_URL_S3", "130  interrupted", "Examples:"} {
		if r.code != 0 || !strings.Contains(r.stdout, want) {
			t.Errorf("exit code %d, the help lacks %q", r.code, want)
		}
	}
	if r := etl(t, "run", "--help"); r.code != 0 || !strings.Contains(r.stdout, "$ETL_GRAPH_URL") {
		t.Errorf("exit code %d, help %s", r.code, r.stdout)
	}
	if r := etl(t, "version"); r.code != 0 || !regexp.MustCompile(`^etl \S+ \(go\S+, \S+/\S+\)\n$`).MatchString(r.stdout) {
		t.Errorf("exit code %d, version %q", r.code, r.stdout)
	}
}

func TestDemoRefusesALakeThatIsLocked(t *testing.T) {
	server := useTenant(t, graphsim.Options{})
	lake := t.TempDir()
	first := process(t, t.Context(), "run", "--lake", lake, "--ids", "-")
	stdin, err := first.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	for len(server.Requests()) == 0 {
		time.Sleep(10 * time.Millisecond)
	}
	if r := etl(t, "demo", "--lake", lake); r.code != jobs.ExitLocked {
		t.Errorf("exit code %d, standard error %s", r.code, r.stderr)
	}
	stdin.Close()
	if err := first.Wait(); err != nil {
		t.Errorf("the first run: %v", err)
	}
}
