package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"etl/internal/graphsim"
	"etl/internal/oracle"
	"etl/jobs"
)

func writeFile(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestRunTakesIDsInEveryForm(t *testing.T) {
	server := useTenant(t, graphsim.Options{})
	ids := server.Tenant().IDs()
	notification := `{"value":[{"subscriptionId":"x","changeType":"created","resource":"communications/callRecords/` + ids[0] + `","resourceData":{"@odata.type":"#microsoft.graph.callRecord","@odata.id":"communications/callRecords/` + ids[0] + `","id":"` + ids[0] + `"}}]}`
	for name, c := range map[string]struct {
		stdin string
		args  []string
		want  int64
	}{
		"arguments":       {"", ids[:3], 3},
		"lines":           {"", []string{"--ids", writeFile(t, "ids.txt", "# two calls\n"+ids[0]+"\n\n  "+ids[1]+"\r\n"+ids[0]+"\n")}, 2},
		"standard input":  {strings.Join(ids, "\n"), []string{"--ids", "-"}, int64(len(ids))},
		"CSV":             {"", []string{"--ids", writeFile(t, "ids.csv", "name,id\nfirst,"+ids[0]+"\nsecond,"+ids[1]+"\n")}, 2},
		"JSON lines":      {`{"id":"` + ids[0] + `"}` + "\n" + `{"id":"` + ids[1] + `","other":1}`, []string{"--ids", "-"}, 2},
		"notifications":   {notification, []string{"--ids", "-"}, 1},
		"arguments, file": {"", []string{ids[2], "--ids", writeFile(t, "more.txt", ids[0]+"\n"+ids[2])}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			args := append([]string{"run", "--output", "json", "--lake", t.TempDir()}, c.args...)
			r := etlWith(t, c.stdin, args...)
			if report := r.report(t); r.code != 0 || report.Requested != c.want || report.Loaded != c.want || report.Command != "run" {
				t.Errorf("exit code %d, report %+v, standard error %s", r.code, report, r.stderr)
			}
		})
	}
}

func TestRunSummaryForPeople(t *testing.T) {
	server := useTenant(t, graphsim.Options{})
	lake := t.TempDir()
	r := etl(t, "run", "--lake", lake, server.Tenant().IDs()[0], "no-such-call", "../x")
	if r.code != jobs.ExitIncomplete {
		t.Errorf("exit code %d", r.code)
	}
	for _, want := range []string{
		"3 calls asked for: 1 loaded, 0 unchanged, 1 pending, 1 failed, 0 lost", `"no-such-call": pending, not_found`, `"../x": failed, bad_id`,
		"calls   1 rows",
	} {
		if !strings.Contains(r.stdout, want) {
			t.Errorf("the summary lacks %q:\n%s", want, r.stdout)
		}
	}
	for _, line := range strings.Split(strings.TrimSpace(r.stderr), "\n") {
		if !strings.HasPrefix(line, `{"time":`) {
			t.Errorf("standard error has a line that is no log line: %s", line)
		}
	}
}

// TestBadUsage has what an operator may get wrong before a call is fetched.
func TestBadUsage(t *testing.T) {
	server := useTenant(t, graphsim.Options{})
	id := server.Tenant().IDs()[0]
	file := writeFile(t, "file", "x")
	missing := filepath.Join(t.TempDir(), "missing")
	for name, c := range map[string]struct {
		args []string
		env  map[string]string
		code int
		says string
	}{
		"no command":             {nil, nil, jobs.ExitUsage, "expected one of"},
		"unknown command":        {[]string{"runn"}, nil, jobs.ExitUsage, "runn"},
		"unknown flag":           {[]string{"run", "--lakee", "x", id}, nil, jobs.ExitUsage, "--lakee"},
		"no ids":                 {[]string{"run"}, nil, jobs.ExitUsage, "no ids"},
		"ids file missing":       {[]string{"run", "--ids", missing}, nil, jobs.ExitUsage, missing},
		"ids file of no form":    {[]string{"run", "--ids", writeFile(t, "ids", "[1]")}, nil, jobs.ExitUsage, "line 1"},
		"bad number":             {[]string{"run", "--concurrency", "many", id}, nil, jobs.ExitUsage, "--concurrency"},
		"zero":                   {[]string{"run", "--concurrency", "0", id}, nil, jobs.ExitUsage, "--concurrency"},
		"bad variable":           {[]string{"run", id}, map[string]string{"ETL_DEADLINE": "soon"}, jobs.ExitUsage, "ETL_DEADLINE"},
		"unknown cloud":          {[]string{"run", "--cloud", "china", id}, nil, jobs.ExitUsage, "--cloud"},
		"plain http":             {[]string{"run", "--graph-url", "http://graph.example", id}, nil, jobs.ExitUsage, "https"},
		"graph URL with path":    {[]string{"run", "--graph-url", "https://graph.example/v1.0", id}, nil, jobs.ExitUsage, "graph.example"},
		"config missing":         {[]string{"run", "--config", missing, id}, nil, jobs.ExitUsage, missing},
		"config of no form":      {[]string{"run", "--config", writeFile(t, "c1.yaml", "a: [b"), id}, nil, jobs.ExitUsage, "c1.yaml"},
		"unknown config key":     {[]string{"run", "--config", writeFile(t, "c2.yaml", "lakee: x\n"), id}, nil, jobs.ExitUsage, `"lakee"`},
		"nested config":          {[]string{"run", "--config", writeFile(t, "c3.yaml", "lake:\n  a: b\n"), id}, nil, jobs.ExitUsage, "lake"},
		"secret as config":       {[]string{"run", "--config", writeFile(t, "c4.yaml", "azure-client-secret: x\n"), id}, nil, jobs.ExitUsage, "azure-client-secret"},
		"CA file missing":        {[]string{"run", "--ca-file", missing, id}, nil, jobs.ExitUsage, missing},
		"CA file of no form":     {[]string{"run", "--ca-file", file, id}, nil, jobs.ExitUsage, "no certificate"},
		"lake is a file":         {[]string{"run", "--lake", file, id}, nil, jobs.ExitStorage, file},
		"lake of unknown kind":   {[]string{"run", "--lake", "gs://bucket", id}, nil, jobs.ExitUsage, "gs://"},
		"wrong secret":           {[]string{"run", id}, map[string]string{"AZURE_CLIENT_SECRET": "wrong-canary"}, jobs.ExitSignIn, "AADSTS7000215"},
		"unknown app":            {[]string{"run", id}, map[string]string{"AZURE_CLIENT_ID": "nobody"}, jobs.ExitSignIn, "AADSTS700016"},
		"certificate missing":    {[]string{"run", id}, map[string]string{"AZURE_CLIENT_SECRET": "", "AZURE_CLIENT_CERTIFICATE_PATH": missing}, jobs.ExitSignIn, missing},
		"tenant missing":         {[]string{"run", id}, map[string]string{"AZURE_TENANT_ID": ""}, jobs.ExitUsage, "AZURE_TENANT_ID"},
		"records folder missing": {[]string{"simulate", "--records", missing}, nil, jobs.ExitUsage, missing},
		"days":                   {[]string{"demo", "--days", "0"}, nil, jobs.ExitUsage, "--days"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("ETL_LAKE", t.TempDir())
			for name, value := range c.env {
				t.Setenv(name, value)
			}
			r := etl(t, c.args...)
			if r.code != c.code || !strings.Contains(r.stderr, c.says) {
				t.Errorf("exit code %d, want %d; standard error lacks %q:\n%s", r.code, c.code, c.says, r.stderr)
			}
			if n := strings.Count(strings.TrimSpace(r.stderr), "\n"); n > 0 {
				t.Errorf("standard error has %d lines more than the one sentence:\n%s", n, r.stderr)
			}
			if strings.Contains(r.stdout+r.stderr, "wrong-canary") || strings.Contains(r.stdout+r.stderr, server.ClientSecret) {
				t.Errorf("a secret is in the output:\n%s%s", r.stdout, r.stderr)
			}
		})
	}
}

func TestPendingCommand(t *testing.T) {
	useTenant(t, graphsim.Options{})
	lake := t.TempDir()
	if r := etl(t, "pending", "--lake", lake); r.code != 0 || !strings.Contains(r.stdout, "No call is pending") {
		t.Errorf("exit code %d, standard output %s", r.code, r.stdout)
	}
	old := time.Now().Add(-28 * 24 * time.Hour).UTC().Format(time.RFC3339)
	etlWith(t, "id,startDateTime\nsomewhere,\nold,"+old+"\n", "run", "--lake", lake, "--ids", "-")
	r := etl(t, "pending", "--lake", lake)
	if r.code != jobs.ExitLost || !strings.Contains(r.stdout, "2 calls are pending") || strings.Index(r.stdout, "\nold ") > strings.Index(r.stdout, "\nsomewhere ") {
		t.Errorf("exit code %d, standard output %s", r.code, r.stdout)
	}
	var listed struct{ Pending map[string]jobs.PendingCall }
	r = etl(t, "pending", "--lake", lake, "--output", "json")
	if err := json.Unmarshal([]byte(r.stdout), &listed); err != nil || listed.Pending["old"].Reason != "not_found" || listed.Pending["somewhere"].Attempts != 1 {
		t.Errorf("error %v, standard output %s", err, r.stdout)
	}
	if r := etl(t, "run", "--lake", lake, "--pending", "--output", "json"); r.report(t).Requested != 2 {
		t.Errorf("exit code %d, standard output %s", r.code, r.stdout)
	}
}

func TestConsentMissing(t *testing.T) {
	server := useTenant(t, graphsim.Options{})
	server.SetConsent(false)
	r := etl(t, "run", "--lake", t.TempDir(), server.Tenant().IDs()[0])
	if r.code != jobs.ExitSignIn || !strings.Contains(r.stderr, "CallRecords.Read.All") {
		t.Errorf("exit code %d, standard error %s", r.code, r.stderr)
	}
}

func TestGraphOutOfReach(t *testing.T) {
	server := useTenant(t, graphsim.Options{})
	server.Inject(graphsim.Fault{Match: graphsim.OnGraph(), Do: graphsim.Cut()})
	r := etl(t, "run", "--lake", t.TempDir(), "--call-deadline", "1s", "--output", "json", server.Tenant().IDs()[0])
	report := r.report(t)
	if r.code != jobs.ExitIncomplete || len(report.Calls) != 1 || report.Calls[0].Reason != "network" || !strings.Contains(r.stderr, "the connection to Graph broke") {
		t.Errorf("exit code %d, report %+v, standard error %s", r.code, report, r.stderr)
	}
}

func TestWhereSettingsComeFrom(t *testing.T) {
	server := useTenant(t, graphsim.Options{})
	id := server.Tenant().IDs()[0]
	dir := t.TempDir()
	config := writeFile(t, "etl.yaml", fmt.Sprintf("lake: %s\noutput: json\nconcurrency: 2\n", filepath.Join(dir, "config")))
	lakes := func() []string {
		t.Helper()
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, e := range entries {
			names = append(names, e.Name())
		}
		return names
	}
	for _, step := range []struct {
		env  map[string]string
		args []string
		want []string
	}{
		{map[string]string{"ETL_CONFIG": config}, nil, []string{"config"}},
		{map[string]string{"ETL_LAKE": filepath.Join(dir, "variable")}, []string{"--config", config}, []string{"config", "variable"}},
		{nil, []string{"--config", config, "--lake", filepath.Join(dir, "flag")}, []string{"config", "flag", "variable"}},
	} {
		for name, value := range step.env {
			t.Setenv(name, value)
		}
		r := etl(t, append([]string{"run", id}, step.args...)...)
		if r.code != 0 || r.report(t).Loaded != 1 || !slices.Equal(lakes(), step.want) {
			t.Errorf("exit code %d, lakes %v, want %v; standard error %s", r.code, lakes(), step.want, r.stderr)
		}
	}
}

// TestFirstSignalEndsTheRunWhole stops a process of its own while calls stall.
func TestFirstSignalEndsTheRunWhole(t *testing.T) {
	server := useTenant(t, graphsim.Options{})
	ids := server.Tenant().IDs()
	server.Inject(graphsim.Fault{Match: graphsim.OnCall(ids[0]), Do: graphsim.Stall()})
	lake := t.TempDir()
	cmd := process(t, t.Context(), append([]string{"run", "--lake", lake, "--output", "json"}, ids...)...)
	var stdout strings.Builder
	cmd.Stdout = &stdout
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for len(server.Requests().ForCall(ids[0])) == 0 {
		time.Sleep(10 * time.Millisecond)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	err := cmd.Wait()
	if cmd.ProcessState.ExitCode() != jobs.ExitInterrupted {
		t.Fatalf("%v, standard output %s", err, stdout.String())
	}
	report := result{stdout: stdout.String()}.report(t)
	if report.ExitCode != jobs.ExitInterrupted || report.Requested != int64(len(ids)) || report.Pending == 0 {
		t.Errorf("report %+v", report)
	}
	tables, err := oracle.ReadLake(t.Context(), lake)
	if err != nil || int64(len(tables["calls"])) != report.Loaded {
		t.Errorf("%d calls in the lake, want %d, error %v", len(tables["calls"]), report.Loaded, err)
	}
}

func TestSecondSignalEndsAtOnce(t *testing.T) {
	server := useTenant(t, graphsim.Options{})
	ids := server.Tenant().IDs()
	release := make(chan struct{})
	defer close(release)
	cmd := process(t, t.Context(), "run", "--lake", t.TempDir(), "--ids", "-")
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	server.Inject(graphsim.Fault{Match: graphsim.OnToken(), Do: graphsim.Stall()})
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fprintln(stdin, ids[0]); err != nil {
		t.Fatal(err)
	}
	for len(server.Requests()) == 0 {
		time.Sleep(10 * time.Millisecond)
	}
	for range 2 {
		if err := cmd.Process.Signal(os.Interrupt); err != nil {
			break // it has ended already
		}
	}
	if err := cmd.Wait(); cmd.ProcessState.ExitCode() != jobs.ExitInterrupted {
		t.Errorf("%v", err)
	}
}

func TestRunWithClosedOutputs(t *testing.T) {
	server := useTenant(t, graphsim.Options{})
	lake := t.TempDir()
	cmd := process(t, t.Context(), append([]string{"run", "--lake", lake}, server.Tenant().IDs()...)...)
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	read.Close()
	cmd.Stdout, cmd.Stderr = write, write
	_ = cmd.Run() // it can't say how it went
	write.Close()
	tables, err := oracle.ReadLake(t.Context(), lake)
	if err != nil || len(tables["calls"]) != len(server.Tenant().IDs()) {
		t.Errorf("%d calls in the lake, error %v", len(tables["calls"]), err)
	}
}
