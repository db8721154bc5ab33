package jobs_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// etlBinary builds the real etl when the first test needs it.
var etlBinary func() (string, error)

func build(to string) (string, error) {
	cmd := exec.Command("go", "build", "-o", to, "./cmd/etl")
	cmd.Dir = filepath.Dir(source)
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building etl: %w: %s", err, out)
	}
	return to, nil
}

// child is a run of the real etl.
type child struct {
	*os.Process
	done   chan struct{} // closed when the process is gone
	code   int           // then its exit code, or crashed
	output bytes.Buffer
}

// start starts etl run with all ids of the tenant, which speaks to S3 at the
// endpoint.
func (r *rig) start(t tester, endpoint string) *child {
	t.Helper()
	exe, err := etlBinary()
	if err != nil {
		t.Fatal(err)
	}
	ca := filepath.Join(r.scratch, "ca.pem")
	if err := os.WriteFile(ca, r.CAPEM, 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"run", "--lake", r.where, "--concurrency", "4", "--call-deadline", "1m", "--output", "json"}
	cmd := exec.Command(exe, append(args, r.Tenant().IDs()...)...)
	cmd.Env = []string{
		"TMPDIR=" + r.scratch, "ETL_GRAPH_URL=" + r.GraphURL, "ETL_AUTHORITY_URL=" + r.AuthorityURL, "ETL_CA_FILE=" + ca,
		"AZURE_TENANT_ID=" + r.TenantID, "AZURE_CLIENT_ID=" + r.ClientID, "AZURE_CLIENT_SECRET=" + r.ClientSecret,
	}
	if endpoint != "" {
		r.gateway.Setenv(func(name, value string) {
			if name == "AWS_ENDPOINT_URL_S3" {
				value = endpoint
			}
			cmd.Env = append(cmd.Env, name+"="+value)
		})
	}
	c := &child{done: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = &c.output, &c.output
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	c.Process = cmd.Process
	r.running.Store(c)
	go func() {
		defer close(c.done)
		_ = cmd.Wait() // the exit code says it
		c.code = cmd.ProcessState.ExitCode()
	}()
	return c
}

// wait waits for the end of the process, and checks the lake.
func (r *rig) wait(t tester, c *child) (code int) {
	t.Helper()
	<-c.done
	if r.proxy != nil {
		r.proxy.Wait() // for what the process had sent before it died
	}
	r.check(t, r.Tenant().IDs(), c.code)
	if t.Failed() {
		t.Log(c.output.String())
	}
	return c.code
}

// execute loads as load does, by a process of its own.
func (r *rig) execute(t tester) (code int) {
	t.Helper()
	return r.wait(t, r.start(t, r.endpoint))
}

// kill kills the process that was started last, by SIGKILL.
func (r *rig) kill() {
	if c := r.running.Load(); c != nil {
		_ = c.Kill() // it may be gone
		<-c.done
	}
}
