package jobs_test

import (
	"path/filepath"
	"strings"
	"testing"

	"etl/internal/oracle"
	"etl/jobs"
)

// A reader finds the lake in order after each single write of a run, which is
// what there would be had the run died then.
func TestEveryWriteLeavesTheLakeInOrder(t *testing.T) {
	r := newRig(t, true, still)
	for _, records := range newStory(t, day) {
		r.put(records...)
		r.load(t)
	}
	folder := t.TempDir()
	bucket, prefix, _ := strings.Cut(strings.TrimPrefix(r.where, "s3://"), "/")
	replayed := &rig{
		tenant: r.tenant, truth: r.truth, seen: map[string]int64{},
		dir: filepath.Join(folder, bucket, filepath.FromSlash(prefix)),
	}
	tables := 0
	for w, err := range r.proxy.Writes().Replay(folder) {
		if err != nil {
			t.Fatal(err)
		}
		replayed.check(t, nil, crashed)
		if t.Failed() {
			t.Fatalf("after %s %s", w.Method, w.Key)
		}
		if strings.HasSuffix(w.Key, ".parquet") {
			tables++
		}
	}
	if tables < 24 {
		t.Errorf("%d writes of tables, want those of two runs on two dates", tables)
	}
	replayed.check(t, r.Tenant().IDs(), jobs.ExitLoaded)
	got, err := oracle.Objects(replayed.dir)
	if err != nil {
		t.Fatal(err)
	}
	want, err := oracle.Objects(r.dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != len(want) {
		t.Errorf("%d objects after all writes, want %d", len(got), len(want))
	}
	for key := range want {
		if got[key] != want[key] {
			t.Errorf("after all writes %s is another object", key)
		}
	}
}
