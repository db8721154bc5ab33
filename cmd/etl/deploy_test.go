package main

import (
	"bytes"
	"debug/elf"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"etl/internal/graphsim"
	"etl/jobs"
)

// deployFile returns a file of the folder deploy.
func deployFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(source, "..", "..", "deploy", filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// installed makes a folder that stands for /, with etl in it and the settings
// for a simulated tenant.
func installed(t *testing.T) (root string) {
	t.Helper()
	useTenant(t, graphsim.Options{})
	root = t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"usr/local/bin", "etc/etl", "var/log/etl"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	env := "ETL_TEST_IS_ETL=1\n"
	for _, v := range os.Environ() {
		if strings.HasPrefix(v, "AZURE_") || strings.HasPrefix(v, "ETL_") {
			name, value, _ := strings.Cut(v, "=")
			env += fmt.Sprintf("%s='%s'\n", name, value)
		}
	}
	err = os.Symlink(self, filepath.Join(root, "usr/local/bin/etl"))
	if err == nil {
		err = os.WriteFile(filepath.Join(root, "etc/etl/etl.env"), []byte(env), 0o600)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(root, "etc/etl/etl.yaml"), []byte("lake: "+filepath.Join(root, "lake")+"\n"), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// TestCrontabLine runs the line as cron does: by sh, with next to no
// environment.
func TestCrontabLine(t *testing.T) {
	root := installed(t)
	text := deployFile(t, "crontab")
	line := text[strings.LastIndex(strings.TrimSpace(text), "\n")+1:]
	fields := regexp.MustCompile(`^((?:\S+ ){5})etl (.*)\n$`).FindStringSubmatch(line)
	if fields == nil || strings.Contains(line, "%") {
		t.Fatalf("the line is %q", line)
	}
	command := regexp.MustCompile(`/(etc|usr|var)/`).ReplaceAllString(fields[2], root+"/$1/")
	cmd := exec.CommandContext(t.Context(), "/bin/sh", "-c", command)
	cmd.Dir, cmd.Env = "/", []string{"PATH=/usr/bin:/bin", "SHELL=/bin/sh", "LOGNAME=etl"}
	out, err := cmd.CombinedOutput()
	if err != nil || len(out) > 0 {
		log, _ := os.ReadFile(filepath.Join(root, "var/log/etl/etl.log"))
		t.Fatalf("error %v, output %s, log %s", err, out, log)
	}
	if s, code := status(t, filepath.Join(root, "lake")); code != jobs.ExitLoaded || s.LastSuccess == nil {
		t.Errorf("exit code %d, status %+v", code, s)
	}
}

func TestSystemdUnits(t *testing.T) {
	root := installed(t)
	service, timer := deployFile(t, "systemd/etl-sync.service"), deployFile(t, "systemd/etl-sync.timer")
	start := regexp.MustCompile(`(?m)^ExecStart=/usr/local/bin/etl (.*)$`).FindStringSubmatch(service)
	if start == nil || !strings.Contains(timer, "Persistent=true") || strings.Contains(service, "SuccessExitStatus=4") {
		t.Fatalf("the units are\n%s\n%s", service, timer)
	}
	if r := etl(t, strings.Fields(strings.ReplaceAll(start[1], "/etc/", root+"/etc/"))...); r.code != 0 {
		t.Errorf("%s: exit code %d, standard error %s", start[1], r.code, r.stderr)
	}
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		return // this machine has no systemd to ask
	}
	dir := t.TempDir()
	files := map[string]string{
		"etl-sync.service": strings.ReplaceAll(service, "/usr/local/bin/etl", filepath.Join(root, "usr/local/bin/etl")), "etl-sync.timer": timer,
	}
	args := []string{"verify", "--recursive-errors=no"}
	for name, text := range files {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		args = append(args, file)
	}
	if out, err := exec.CommandContext(t.Context(), analyze, args...).CombinedOutput(); err != nil || bytes.Contains(out, []byte("etl-sync")) {
		t.Errorf("systemd-analyze verify: error %v, %s", err, out)
	}
}

func TestKubernetesCronJob(t *testing.T) {
	useTenant(t, graphsim.Options{})
	var job struct {
		APIVersion string `yaml:"apiVersion"`
		Kind       string
		Spec       struct {
			Schedule          string
			ConcurrencyPolicy string `yaml:"concurrencyPolicy"`
			JobTemplate       struct {
				Spec struct {
					Template struct {
						Spec struct {
							SecurityContext map[string]any `yaml:"securityContext"`
							Containers      []struct {
								Args            []string
								Env             []struct{ Name, Value string }
								SecurityContext map[string]any `yaml:"securityContext"`
							}
						}
					}
				}
			} `yaml:"jobTemplate"`
		}
	}
	if err := yaml.Unmarshal([]byte(deployFile(t, "kubernetes/cronjob.yaml")), &job); err != nil {
		t.Fatal(err)
	}
	pod := job.Spec.JobTemplate.Spec.Template.Spec
	if job.APIVersion != "batch/v1" || job.Kind != "CronJob" || job.Spec.ConcurrencyPolicy != "Forbid" || len(pod.Containers) != 1 ||
		pod.SecurityContext["runAsNonRoot"] != true || pod.Containers[0].SecurityContext["readOnlyRootFilesystem"] != true {
		t.Fatalf("the job is %+v", job)
	}
	container := pod.Containers[0]
	for _, v := range container.Env {
		t.Setenv(v.Name, v.Value)
	}
	t.Setenv("ETL_LAKE", t.TempDir())
	if r := etl(t, container.Args...); r.code != 0 || !slices.ContainsFunc(container.Env, func(v struct{ Name, Value string }) bool { return v.Name == "ETL_LAKE" }) {
		t.Errorf("exit code %d, standard error %s", r.code, r.stderr)
	}
}

// TestContainerFile builds the binary as the container file does: static, for
// an image that has no libraries, and run by nobody with rights.
func TestContainerFile(t *testing.T) {
	text := deployFile(t, "Dockerfile")
	build := regexp.MustCompile(`(?m)^RUN (CGO_ENABLED=0 go build .*) -o /etl (\S+)$`).FindStringSubmatch(text)
	user := regexp.MustCompile(`(?m)^USER (\d+):\d+$`).FindStringSubmatch(text)
	entry := regexp.MustCompile(`(?m)^ENTRYPOINT (.*)$`).FindStringSubmatch(text)
	if build == nil || user == nil || user[1] == "0" || entry == nil {
		t.Fatalf("the file is\n%s", text)
	}
	var argv []string
	if err := json.Unmarshal([]byte(entry[1]), &argv); err != nil || len(argv) != 1 || !strings.Contains(text, "COPY --from=build /etl "+argv[0]+"\n") {
		t.Errorf("the entry point is %s, error %v", entry[1], err)
	}
	binary := filepath.Join(t.TempDir(), "etl")
	cmd := exec.CommandContext(t.Context(), "/bin/sh", "-c", build[1]+" -o "+binary+" "+build[2])
	cmd.Dir = filepath.Join(source, "..", "..")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", build[1], err, out)
	}
	file, err := elf.Open(binary)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for _, p := range file.Progs {
		if p.Type == elf.PT_INTERP {
			t.Error("the binary is not static")
		}
	}
	if out, err := exec.CommandContext(t.Context(), binary, "version").CombinedOutput(); err != nil {
		t.Errorf("etl version: %v: %s", err, out)
	}
}
