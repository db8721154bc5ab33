package jobs_test

import (
	"slices"
	"testing"
	"time"

	"etl/internal/graphsim"
	"etl/jobs"
)

const hour, wholeDay = time.Hour, 24 * time.Hour

func TestSyncTakesCallsThatAppearLate(t *testing.T) {
	s := newTenant(t)
	now := s.now()
	dir := t.TempDir()
	lake := openLake(t, dir)
	ended := now.Add(-10 * time.Minute)
	s.Tenant().PutAt(minimal(t, "slow", 1, ended.Add(-hour), ended), ended.Add(150*time.Minute))
	s.Tenant().PutAt(minimal(t, "long", 1, ended.Add(-26*hour), ended), ended.Add(150*time.Minute))
	s.mustSync(t, s.sync(lake), jobs.ExitLoaded)
	wantCovered(t, lake, now.Add(-30*wholeDay), now.Add(-150*time.Minute))
	for range 3 {
		s.advance(hour)
		s.mustSync(t, s.sync(lake), jobs.ExitLoaded)
	}
	s.checkSynced(t, dir, []string{"slow", "long"})
}

// TestSyncReplacesVersions has newer versions of calls, one of them on another
// date than before, then older ones, and the same version modified later.
func TestSyncReplacesVersions(t *testing.T) {
	t.Parallel()
	calls := generate(12)
	s := newTenant(t, calls...)
	midnight := day.Add(wholeDay)
	move := func(version int64, start time.Time) {
		s.Tenant().Put(minimal(t, "moving", version, start, start.Add(2*hour)))
	}
	move(1, midnight.Add(-time.Minute))
	changed := int64(1)
	for _, call := range calls {
		s.Tenant().Put(call.Versions[0].Record)
		if len(call.Versions) > 1 {
			changed++
		}
	}
	ids := s.Tenant().IDs()
	dir := t.TempDir()
	lake := openLake(t, dir)
	s.mustSync(t, s.sync(lake), jobs.ExitLoaded)
	s.checkSynced(t, dir, ids)

	for _, call := range calls {
		s.Tenant().Put(call.Final())
	}
	move(2, midnight.Add(time.Minute))
	s.ResetLog()
	report := s.mustSync(t, s.sync(lake), jobs.ExitLoaded)
	if report.Requested != changed || report.Loaded != changed || report.Listing.Changed != changed || report.Listing.New != 0 {
		t.Errorf("want %d changed calls and no other: %s", changed, report.JSON())
	}
	s.checkSynced(t, dir, ids)

	for _, call := range calls {
		s.Tenant().Put(call.Versions[0].Record)
	}
	move(1, midnight.Add(-time.Minute))
	report = s.mustSync(t, s.sync(lake), jobs.ExitLoaded)
	if report.Requested != 0 || report.Anomalies["listed_older_version"] != changed {
		t.Errorf("older versions: %s", report.JSON())
	}
	for _, call := range calls {
		s.Tenant().Put(call.Final())
	}
	move(2, midnight.Add(time.Minute))
	s.checkSynced(t, dir, ids)
}

func TestSyncAsksAgainForTheSameVersionModifiedLater(t *testing.T) {
	s := newTenant(t)
	start := day.Add(hour)
	s.Tenant().Put(minimal(t, "a", 1, start, start.Add(hour)))
	lake := openLake(t, t.TempDir())
	s.mustSync(t, s.sync(lake), jobs.ExitLoaded)
	later, err := graphsim.ParseRecord([]byte(`{"id":"a","version":1,"type":"peerToPeer","modalities":["video"],"lastModifiedDateTime":"2026-11-19T12:00:00Z","startDateTime":"2026-11-18T01:00:00Z","endDateTime":"2026-11-18T02:00:00Z","sessions":[],"participants_v2":[]}`))
	if err != nil {
		t.Fatal(err)
	}
	s.Tenant().Put(later)
	if report := s.mustSync(t, s.sync(lake), jobs.ExitLoaded); report.Requested != 1 || report.Listing.Changed != 1 {
		t.Errorf("report %s", report.JSON())
	}
}

func TestSyncInfersNothingFromACallThatIsNotListed(t *testing.T) {
	s := newTenant(t)
	ids := s.put(t, 10, day, hour)
	dir := t.TempDir()
	lake := openLake(t, dir)
	hidden, _ := s.Tenant().Newest(ids[3])
	fresh, _ := s.Tenant().Newest(ids[5])
	s.Tenant().Remove(fresh.ID)
	s.mustSync(t, s.sync(lake), jobs.ExitLoaded)
	s.Tenant().Remove(hidden.ID)
	s.Tenant().Put(fresh)
	s.mustSync(t, s.sync(lake), jobs.ExitLoaded)
	s.Tenant().Put(hidden)
	s.mustSync(t, s.sync(lake), jobs.ExitLoaded)
	s.checkSynced(t, dir, ids)
}

// TestSyncAfterTenDaysWithoutAny has calls of each day, of which the oldest
// must come first.
func TestSyncAfterTenDaysWithoutAny(t *testing.T) {
	s := newTenant(t)
	dir := t.TempDir()
	lake := openLake(t, dir)
	ids := s.put(t, 5, s.now().Add(-6*wholeDay), wholeDay)
	s.mustSync(t, s.sync(lake), jobs.ExitLoaded)
	missed := s.put(t, 20, s.now(), 11*hour)
	s.advance(10 * wholeDay)
	s.ResetLog()
	r := s.sync(lake)
	r.Pull.Concurrency = 1
	if report := s.mustSync(t, r, jobs.ExitLoaded); report.Loaded != int64(len(missed)) || len(report.Listing.Lost) != 0 {
		t.Errorf("report %s", report.JSON())
	}
	var order []string
	for _, q := range s.Requests().OfKind(graphsim.KindSessions) {
		if !slices.Contains(order, q.CallID) {
			order = append(order, q.CallID)
		}
	}
	// The hot window comes after what was never listed, so all are in order.
	if !slices.Equal(order, missed) {
		t.Errorf("fetched %v, want the oldest first: %v", order, missed)
	}
	s.checkSynced(t, dir, append(ids, missed...))
	wantCovered(t, lake, s.now().Add(-30*wholeDay), s.now().Add(-150*time.Minute))
}

func TestSyncAfterMoreDaysThanGraphKeeps(t *testing.T) {
	s := newTenant(t)
	lake := openLake(t, t.TempDir())
	s.put(t, 5, s.now().Add(-wholeDay), hour)
	s.mustSync(t, s.sync(lake), jobs.ExitLoaded)
	before := s.now()
	s.put(t, 3, before.Add(5*hour), hour) // nobody sees these in time
	s.advance(33 * wholeDay)
	report := s.mustSync(t, s.sync(lake), jobs.ExitLost)
	want := jobs.Span{From: before.Add(-150 * time.Minute), Until: s.now().Add(-30 * wholeDay)}
	if lost := report.Listing.Lost; len(lost) != 1 || !lost[0].From.Equal(want.From) || !lost[0].Until.Equal(want.Until) {
		t.Errorf("lost are %v, want %v", lost, want)
	}
	if c := readCoverage(t, lake); len(c.Lost) != 1 || !c.Lost[0].FoundLost.Equal(s.now()) {
		t.Errorf("coverage %+v", c)
	}
	// It is said once, and stays in the coverage and the status.
	s.advance(hour)
	s.mustSync(t, s.sync(lake), jobs.ExitLoaded)
	status, err := jobs.ReadStatus(t.Context(), lake, s.now(), 72*hour)
	if err != nil || len(status.Lost) != 1 || len(status.Uncovered) != 0 || status.ExitCode != jobs.ExitLoaded {
		t.Errorf("status %+v, error %v", status, err)
	}
}

// TestSyncDoubtsAnEmptyList has a server that lists nothing for a while.
func TestSyncDoubtsAnEmptyList(t *testing.T) {
	s := newTenant(t)
	dir := t.TempDir()
	lake := openLake(t, dir)
	ids := s.put(t, 9*24, s.now().Add(-9*wholeDay), hour)
	s.mustSync(t, s.sync(lake), jobs.ExitLoaded)
	covered := readCoverage(t, lake).Listed[len(readCoverage(t, lake).Listed)-1].Until

	s.advance(wholeDay)
	ids = append(ids, s.put(t, 20, s.now().Add(-20*hour), 40*time.Minute)...)
	mend := s.Inject(graphsim.Fault{Match: graphsim.OnKind(graphsim.KindList), Do: graphsim.EmptyPage()})
	for range 2 { // within an hour the same is no proof
		report := s.mustSync(t, s.sync(lake), jobs.ExitIncomplete)
		gaps := report.Listing.Uncovered
		if len(gaps) == 0 || gaps[0].Reason != "doubtful" || !gaps[0].ListedBefore {
			t.Errorf("listing %+v", report.Listing)
		}
		if c := readCoverage(t, lake); len(c.Doubtful) == 0 || len(c.Gaps(jobs.Span{From: covered, Until: s.now().Add(-3 * hour)}, time.Time{})) == 0 {
			t.Errorf("coverage %+v", c)
		}
	}
	mend()
	s.mustSync(t, s.sync(lake), jobs.ExitLoaded)
	if c := readCoverage(t, lake); len(c.Doubtful) != 0 {
		t.Errorf("still doubtful are %+v", c.Doubtful)
	}
	s.checkSynced(t, dir, ids)
	wantCovered(t, lake, s.now().Add(-30*wholeDay), s.now().Add(-150*time.Minute))
}

func TestSyncBelievesAFewCallsSeenTwice(t *testing.T) {
	s := newTenant(t)
	lake := openLake(t, t.TempDir())
	s.put(t, 8*48, s.now().Add(-8*wholeDay), 30*time.Minute)
	s.mustSync(t, s.sync(lake), jobs.ExitLoaded)
	s.advance(wholeDay) // a holiday
	report := s.mustSync(t, s.sync(lake), jobs.ExitIncomplete)
	if gaps := report.Listing.Uncovered; len(gaps) == 0 || gaps[0].Reason != "doubtful" {
		t.Errorf("listing %+v", report.Listing)
	}
	for range 4 {
		s.advance(hour + time.Minute)
		s.mustSync(t, s.sync(lake), jobs.ExitLoaded)
	}
	wantCovered(t, lake, s.now().Add(-30*wholeDay), s.now().Add(-150*time.Minute))
}
