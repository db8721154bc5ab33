package jobs_test

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"etl/extract"
	"etl/internal/graphsim"
	"etl/internal/oracle"
	"etl/internal/s3test"
	"etl/jobs"
	"etl/load"
)

// rig is a lake, a tenant whose calls change, and what is true of both.
type rig struct {
	*tenant
	where    string // the lake, as given to load.Open
	dir      string // the lake's files
	gateway  *s3test.Gateway
	proxy    *s3test.Proxy // before the lake on S3; nil for a folder
	endpoint string        // of S3
	truth    oracle.Truth
	seen     map[string]int64
	scratch  string                // for temporary files
	patience time.Duration         // with one call
	running  atomic.Pointer[child] // the process that was started last

	forgotten map[string]bool // calls that Graph has no more
}

// tester is a test or a property of rapid's.
type tester interface {
	Helper()
	Context() context.Context
	Log(args ...any)
	Error(args ...any)
	Errorf(format string, args ...any)
	Fatal(args ...any)
	Failed() bool
}

// Patience with a call: short where Graph's faults keep it from being loaded,
// long where nothing must.
const (
	short = 2 * time.Second
	long  = time.Minute
)

// newRig has an empty lake, on S3 or in a folder, and a tenant on the given clock.
func newRig(t *testing.T, onS3 bool, now func() time.Time) *rig {
	t.Helper()
	r := &rig{tenant: serveSmallPages(t, "", now), truth: oracle.Truth{}, seen: map[string]int64{}, scratch: t.TempDir(), patience: long, forgotten: map[string]bool{}}
	t.Cleanup(r.kill)
	if !onS3 {
		r.where = t.TempDir()
		r.dir = r.where
		return r
	}
	g := gateway(t)
	r.gateway = g
	bucket, folder := g.Bucket(t)
	r.where, r.dir = "s3://"+bucket+"/some/lake", filepath.Join(folder, "some", "lake")
	r.proxy = g.Proxy(t)
	r.endpoint = r.proxy.URL
	return r
}

// serveSmallPages serves an empty tenant.
func serveSmallPages(t *testing.T, tenantID string, now func() time.Time) *tenant {
	t.Helper()
	sim := graphsim.NewTenant(graphsim.TenantOptions{Now: now})
	return serve(t, graphsim.Options{Tenant: sim, TenantID: tenantID, NextLinks: graphsim.Mixed, ParticipantPageSize: 2}, now)
}

// beside is the same lake, with a tenant that is another view of the same one.
func (r *rig) beside(t *testing.T) *rig {
	t.Helper()
	return &rig{
		tenant: serveSmallPages(t, r.TenantID, r.now), where: r.where, dir: r.dir,
		proxy: r.proxy, endpoint: r.endpoint, truth: r.truth, seen: r.seen, scratch: r.scratch, patience: long,
	}
}

func (r *rig) put(records ...graphsim.Record) { put(r.Tenant(), r.truth, records...) }

// endpoints keeps lakes from being opened while another test's endpoint is set.
var endpoints sync.Mutex

// open opens the lake as a new process does.
func (r *rig) open(t tester) (*load.Lake, error) {
	t.Helper()
	if r.endpoint != "" {
		endpoints.Lock()
		defer endpoints.Unlock()
		os.Setenv("AWS_ENDPOINT_URL_S3", r.endpoint)
	}
	return load.Open(t.Context(), r.where, load.Options{TempDir: r.scratch})
}

// load runs with all ids of the tenant, as a process does, and returns the
// exit code. After a run that says it is done the lake must be, and after any
// other run as good as after a crash.
func (r *rig) load(t tester) (code int) {
	t.Helper()
	code = r.loadOnly(t)
	r.check(t, r.Tenant().IDs(), code)
	return code
}

// loadOnly does not look at the lake.
func (r *rig) loadOnly(t tester) (code int) {
	t.Helper()
	ids := r.Tenant().IDs()
	lake, err := r.open(t)
	if err != nil {
		return jobs.ExitCode(err)
	}
	defer lake.Close()
	run := r.run(lake)
	run.IDs = r.refs()
	run.Pull = extract.Pull{Concurrency: 4, CallDeadline: r.patience}
	report, err := run.Do(t.Context())
	if (err != nil) != (report.ExitCode >= jobs.ExitSignIn) {
		t.Errorf("error %v, report %s", err, report.JSON())
	}
	if err == nil && report.Requested < int64(len(ids)) {
		t.Errorf("%d calls accounted for, want %d: %s", report.Requested, len(ids), report.JSON())
	}
	return report.ExitCode
}

// refs are the calls of the tenant, with their starts, as a listing has them.
func (r *rig) refs() iter.Seq2[extract.Ref, error] {
	return func(yield func(extract.Ref, error) bool) {
		for _, id := range r.Tenant().IDs() {
			call, _ := r.Tenant().Newest(id)
			if !yield(extract.Ref{ID: id, Start: call.Start}, nil) {
				return
			}
		}
	}
}

// crashed stands for the exit code of a process that was killed.
const crashed = -1

// check checks the lake and whether the exit code is true.
func (r *rig) check(t tester, asked []string, code int) {
	t.Helper()
	checker := oracle.Checker{
		Lake: r.dir, TenantID: r.TenantID, Truth: r.truth, Asked: asked, Seen: r.seen,
		Forgotten: r.forgotten,
		Crashed:   code == crashed || code >= jobs.ExitSignIn,
	}
	problems, err := checker.Problems(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("after exit code %d: %s", code, p)
	}
	named := len(r.named(t, "pending")) + len(r.named(t, "lost"))
	if code == jobs.ExitLoaded && named > 0 || (code == jobs.ExitIncomplete || code == jobs.ExitLost) && named == 0 {
		t.Errorf("exit code %d, and %d calls are named as pending or lost", code, named)
	}
}

// named are the ids in a record of the lake.
func (r *rig) named(t tester, record string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(r.dir, "_state", record+".json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var calls map[string]json.RawMessage
	if err = errors.Join(err, json.Unmarshal(text, &calls)); err != nil {
		t.Fatal(err)
	}
	var ids []string
	for id := range calls {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}
