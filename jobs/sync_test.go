package jobs_test

import (
	"fmt"
	"testing"
	"time"

	"etl/internal/graphsim"
	"etl/internal/oracle"
	"etl/jobs"
	"etl/load"
)

// sync returns a run that finds the calls itself.
func (s *tenant) sync(lake *load.Lake) jobs.Run {
	r := s.run(lake)
	r.Command, r.Sync = "sync", new(jobs.Sync)
	return r
}

// advance lets time pass for the tenant and for those who serve it.
func (s *tenant) advance(d time.Duration) {
	now := s.now().Add(d)
	s.clock.Store(&now)
}

func readCoverage(t *testing.T, lake *load.Lake) jobs.Coverage {
	t.Helper()
	c, err := jobs.ReadCoverage(t.Context(), lake)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// wantCovered checks that a span of starts is known to be listed whole.
func wantCovered(t *testing.T, lake *load.Lake, from, until time.Time) {
	t.Helper()
	c := readCoverage(t, lake)
	if gaps := c.Gaps(jobs.Span{From: from, Until: until}, time.Time{}); len(gaps) > 0 {
		t.Errorf("not covered are %v", gaps)
	}
}

// checkSynced compares the lake with the naive flattening, but for the time of
// the fetch: calls come in several runs.
func (s *tenant) checkSynced(t *testing.T, dir string, ids []string) {
	t.Helper()
	got, err := oracle.ReadLake(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, difference := range oracle.Differences(got, s.truth(t, ids), "fetched_at") {
		t.Error(difference)
	}
}

// minimal is a record with nothing but a head.
func minimal(t *testing.T, id string, version int64, start, end time.Time) graphsim.Record {
	t.Helper()
	const form = "2006-01-02T15:04:05.9999999Z"
	record, err := graphsim.ParseRecord([]byte(fmt.Sprintf(
		`{"id":%q,"version":%d,"type":"peerToPeer","modalities":["audio"],"lastModifiedDateTime":%q,"startDateTime":%q,"endDateTime":%q,"sessions":[],"participants_v2":[]}`,
		id, version, end.Add(time.Hour).UTC().Format(form), start.UTC().Format(form), end.UTC().Format(form))))
	if err != nil {
		t.Fatal(err)
	}
	return record
}

// put gives the tenant so many calls of a minute that start at regular times.
func (s *tenant) put(t *testing.T, n int, from time.Time, every time.Duration) (ids []string) {
	t.Helper()
	for i := range n {
		start := from.Add(time.Duration(i) * every)
		id := fmt.Sprintf("%s-%03d", from.Format("0102-1504"), i)
		s.Tenant().Put(minimal(t, id, 1, start, start.Add(time.Minute)))
		ids = append(ids, id)
	}
	return ids
}

func TestSyncFindsAndLoadsEveryCall(t *testing.T) {
	t.Parallel()
	s := newTenant(t, generate(40)...)
	ids := s.Tenant().IDs()
	dir := t.TempDir()
	lake := openLake(t, dir)
	report, err := s.sync(lake).Do(t.Context())
	if err != nil || report.ExitCode != jobs.ExitLoaded || report.Loaded != int64(len(ids)) {
		t.Fatalf("error %v, report %s", err, report.JSON())
	}
	checkReport(t, report, int64(len(ids)))
	if l := report.Listing; l.Listed != int64(len(ids)) || l.New != l.Listed || l.Changed != 0 || len(l.Uncovered) != 0 {
		t.Errorf("listing %+v", l)
	}
	s.checkLake(t, dir, ids)
	wantCovered(t, lake, s.now().Add(-30*24*time.Hour), s.now().Add(-150*time.Minute))
	c := readCoverage(t, lake)
	if c.LastSuccess == nil || !c.LastSuccess.Equal(s.now()) || len(c.Listed) != 1 {
		t.Errorf("coverage %+v", c)
	}

	// A run after that finds nothing new, and lists the hot window only.
	s.advance(time.Hour)
	s.ResetLog()
	report, err = s.sync(lake).Do(t.Context())
	if err != nil || report.Requested != 0 || report.ObjectsWritten != 0 || report.ExitCode != jobs.ExitLoaded {
		t.Errorf("the second run: error %v, report %s", err, report.JSON())
	}
	if n := len(s.Requests().OfKind(graphsim.KindList)); n > 10 {
		t.Errorf("%d lists for the hot window", n)
	}
	wantCovered(t, lake, s.now().Add(-30*24*time.Hour), s.now().Add(-150*time.Minute))

	// A day later everything is listed again.
	s.advance(24 * time.Hour)
	report, err = s.sync(lake).Do(t.Context())
	if err != nil || report.ExitCode != jobs.ExitLoaded || report.Listing.Listed != int64(len(ids)) {
		t.Errorf("a day later: error %v, report %s", err, report.JSON())
	}
	if c := readCoverage(t, lake); len(c.Listed) > 2 {
		t.Errorf("coverage %+v", c)
	}
	s.checkSynced(t, dir, ids)
}
