package jobs_test

import (
	"slices"
	"testing"

	"etl/extract"
	"etl/internal/graphsim"
	"etl/load"
	"etl/transform"
)

// archivedVersions are the versions of a call in the archive, in order.
func archivedVersions(t *testing.T, lake *load.Lake, id string) (versions []int64) {
	t.Helper()
	for _, key := range rawKeys(t, lake) {
		in, err := lake.OpenRaw(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		for entry, err := range extract.ReadArchive(in) {
			if err != nil {
				t.Fatal(err)
			}
			key, err := transform.Key(entry.Record, entry.TenantID)
			if err != nil {
				t.Fatal(err)
			}
			if key.CallID == id {
				versions = append(versions, key.CallVersion)
			}
		}
		if err := in.Close(); err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(versions)
	return versions
}

// A lower version does not get into the tables, but it was fetched, and so it
// is kept: once.
func TestLowerVersionIsArchived(t *testing.T) {
	calls := generate(12)
	s := newTenant(t, calls...)
	lake := openLake(t, t.TempDir())
	i := slices.IndexFunc(calls, func(c graphsim.Call) bool { return len(c.Versions) > 1 })
	call := calls[i]
	load := func() {
		if report, err := s.run(lake, call.ID).Do(t.Context()); err != nil || report.Requested != 1 {
			t.Fatalf("error %v, report %s", err, report.JSON())
		}
	}
	load()
	s.Tenant().Put(call.Versions[0].Record)
	load()
	load()
	want := []int64{call.Versions[0].Record.Version, call.Final().Version}
	if got := archivedVersions(t, lake, call.ID); !slices.Equal(got, want) {
		t.Errorf("archived are versions %v, want %v", got, want)
	}
}
