package jobs_test

import (
	"testing"
	"time"

	"etl/jobs"
)

func TestStatusOfALakeWithGaps(t *testing.T) {
	s := newTenant(t)
	s.put(t, 20, s.now().Add(-2*wholeDay), hour)
	lake := openLake(t, t.TempDir())
	status := func() *jobs.Status {
		t.Helper()
		status, err := jobs.ReadStatus(t.Context(), lake, s.now(), 72*hour)
		if err != nil {
			t.Fatal(err)
		}
		return status
	}
	if st := status(); st.ExitCode != jobs.ExitLost || *st.HoursToFirstLoss != 0 {
		t.Errorf("a lake that never was synced: %+v", st)
	}
	old, young := s.sync(lake), s.sync(lake)
	old.Sync.Until, young.Sync.Since = s.now().Add(-20*wholeDay), s.now().Add(-10*wholeDay)
	s.mustSync(t, old, jobs.ExitLoaded)
	s.mustSync(t, young, jobs.ExitLoaded)
	st := status()
	if st.ExitCode != jobs.ExitIncomplete || len(st.Uncovered) != 1 || *st.HoursToFirstLoss != 240 || !st.OldestUnloaded.Equal(s.now().Add(-20*wholeDay)) {
		t.Errorf("a lake with a gap: %+v", st)
	}
	if f := st.Freshness; f.Calls != 20 || f.Max != (48*hour-time.Minute).Minutes() || f.P50 <= 0 || f.P50 >= f.P90 {
		t.Errorf("freshness %+v", f)
	}
	s.mustSync(t, s.sync(lake), jobs.ExitLoaded)
	s.advance(20 * hour)
	if st := status(); st.ExitCode != jobs.ExitLoaded || len(st.Uncovered) != 0 {
		t.Errorf("a lake synced 20 hours ago: %+v", st)
	}
	s.advance(20 * hour)
	if st := status(); st.ExitCode != jobs.ExitIncomplete || len(st.Uncovered) != 1 {
		t.Errorf("a lake synced 40 hours ago: %+v", st)
	}
}
