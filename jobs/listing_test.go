package jobs_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"etl/internal/graphsim"
	"etl/jobs"
)

// mustSync runs a sync that is to end with the exit code.
func (s *tenant) mustSync(t *testing.T, r jobs.Run, code int) *jobs.Report {
	t.Helper()
	report, err := r.Do(t.Context())
	if err != nil || report.ExitCode != code {
		t.Fatalf("error %v, want exit code %d: %s", err, code, report.JSON())
	}
	checkReport(t, report, report.Requested)
	return report
}

// TestSyncThroughFaultsOfTheList has each fault on lists only.
func TestSyncThroughFaultsOfTheList(t *testing.T) {
	replace := func(old, new string) graphsim.Action {
		return graphsim.RewriteBody(func(b []byte) []byte { return []byte(strings.ReplaceAll(string(b), old, new)) })
	}
	list := graphsim.OnKind(graphsim.KindList)
	for name, c := range map[string]struct {
		fault graphsim.Fault
		// reason is why spans are not covered in the run with the fault; "" if
		// it does no harm.
		reason  string
		anomaly string
	}{
		"throttled":              {graphsim.Fault{Times: 3, Do: graphsim.Throttle("0.02")}, "", ""},
		"throttled without time": {graphsim.Fault{Times: 1, Do: graphsim.Throttle("")}, "", ""},
		"server error":           {graphsim.Fault{Times: 1, Do: graphsim.Status(502, nil, "")}, "", ""},
		"unavailable":            {graphsim.Fault{Times: 1, Do: graphsim.Status(503, nil, "")}, "", ""},
		"connection cut":         {graphsim.Fault{Times: 1, Do: graphsim.Cut()}, "", ""},
		"reset":                  {graphsim.Fault{Times: 1, Do: graphsim.Reset()}, "", ""},
		"down":                   {graphsim.Fault{Do: graphsim.Status(500, nil, "")}, "server_error", ""},
		"error with 200":         {graphsim.Fault{Do: graphsim.ErrorWith200()}, "bad_page", ""},
		"empty object":           {graphsim.Fault{Do: graphsim.EmptyObject()}, "bad_page", ""},
		"null":                   {graphsim.Fault{Do: graphsim.Status(200, http.Header{"Content-Type": {"application/json"}}, "null")}, "bad_page", ""},
		"value is null":          {graphsim.Fault{Do: replace(`"value":[`, `"value":null,"x":[`)}, "bad_page", ""},
		"HTML":                   {graphsim.Fault{Do: graphsim.HTML()}, "not_json", ""},
		"one HTML page":          {graphsim.Fault{Times: 1, Do: graphsim.HTML()}, "", ""},
		"gzip bomb":              {graphsim.Fault{Do: graphsim.GzipBomb(70 << 20)}, "too_large", ""},
		"filter ignored":         {graphsim.Fault{Do: ignoreFilter}, "", "listed_outside_filter"},
		"calls twice":            {graphsim.Fault{Do: twice}, "", "listed_twice"},
		"no version":             {graphsim.Fault{Do: replace(`"version":`, `"v":`)}, "", ""},
		"null start":             {graphsim.Fault{Do: replace(`"startDateTime":"`, `"startDateTime":null,"x":"`)}, "", "listed_without_start"},
		"start of year 1":        {graphsim.Fault{Do: replace(`"startDateTime":"2026-11-18T`, `"startDateTime":"0001-01-01T`)}, "", "listed_with_odd_start"},
		"future start":           {graphsim.Fault{Do: replace(`"startDateTime":"2026-`, `"startDateTime":"2099-`)}, "", "listed_with_odd_start"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newTenant(t)
			if c.reason == "" {
				s.patience = time.Minute // the fault passes
			}
			ids := s.put(t, 70, day, 10*time.Minute)
			dir := t.TempDir()
			lake := openLake(t, dir)
			if c.fault.Match == nil {
				c.fault.Match = list
			}
			mend := s.Inject(c.fault)
			if c.reason != "" {
				report := s.mustSync(t, s.sync(lake), jobs.ExitLost) // nothing of the oldest is known
				if l := report.Listing; len(l.Uncovered) == 0 || l.Uncovered[0].Reason != c.reason || len(l.Lost) != 0 {
					t.Errorf("listing %+v, want %s", l, c.reason)
				}
				mend()
			}
			report := s.mustSync(t, s.sync(lake), jobs.ExitLoaded)
			if report.Loaded != int64(len(ids)) || c.anomaly != "" && report.Anomalies[c.anomaly] == 0 {
				t.Errorf("report %s", report.JSON())
			}
			s.checkLake(t, dir, ids)
			wantCovered(t, lake, s.now().Add(-30*24*time.Hour), s.now().Add(-150*time.Minute))
			if pending := readPending(t, lake); len(pending) > 0 {
				t.Errorf("pending are %v", pending)
			}
			for _, q := range s.Requests().On(graphsim.Graph) {
				if q.CallID != "" && !slices.Contains(ids, q.CallID) {
					t.Errorf("a request for %s", q.URI)
				}
			}
		})
	}
}

// ignoreFilter answers a list as if it had no filter.
func ignoreFilter(w http.ResponseWriter, r *http.Request, normal http.Handler) {
	all := r.Clone(r.Context())
	var kept []string
	for _, option := range strings.Split(r.URL.RawQuery, "&") {
		if !strings.HasPrefix(option, "$filter=") {
			kept = append(kept, option)
		}
	}
	all.URL.RawQuery = strings.Join(kept, "&")
	normal.ServeHTTP(w, all)
}

// twice repeats the calls of every page, in another order.
func twice(w http.ResponseWriter, r *http.Request, normal http.Handler) {
	graphsim.RewriteBody(func(body []byte) []byte {
		text := string(body)
		at := strings.Index(text, `"value":[`) + len(`"value":[`)
		items := text[at:strings.LastIndex(text, "]")]
		if items == "" {
			return body
		}
		return []byte(text[:at] + items + "," + items + "]}")
	})(w, r, normal)
}

// TestSyncTakesWhatWasListedBeforeAFailure breaks a list on its second page
// for ever.
func TestSyncTakesWhatWasListedBeforeAFailure(t *testing.T) {
	s := newTenant(t)
	ids := s.put(t, 100, day, 10*time.Minute)
	dir := t.TempDir()
	lake := openLake(t, dir)
	mend := s.Inject(graphsim.Fault{Match: graphsim.OnPage(graphsim.KindList, 2), Do: graphsim.Status(500, nil, "")})
	report := s.mustSync(t, s.sync(lake), jobs.ExitIncomplete)
	if report.Loaded < 60 || report.Loaded >= int64(len(ids)) {
		t.Errorf("%d calls are loaded, want those of first pages", report.Loaded)
	}
	gaps := report.Listing.Uncovered
	if len(gaps) == 0 || gaps[0].Reason != "server_error" || gaps[0].ListedBefore {
		t.Fatalf("listing %+v", report.Listing)
	}
	for _, gap := range gaps {
		if got := readCoverage(t, lake); len(got.Gaps(gap.Span, time.Time{})) == 0 {
			t.Errorf("%v is covered", gap)
		}
	}
	wantCovered(t, lake, s.now().Add(-30*24*time.Hour), gaps[0].From)
	mend()
	s.mustSync(t, s.sync(lake), jobs.ExitLoaded)
	s.checkLake(t, dir, ids)
	wantCovered(t, lake, s.now().Add(-30*24*time.Hour), s.now().Add(-150*time.Minute))
}

// TestSyncOfCallsOnTheBordersOfSlices has calls that start exactly where
// slices may begin and end, with all numbers of digits.
func TestSyncOfCallsOnTheBordersOfSlices(t *testing.T) {
	s := newTenant(t)
	midnight := day.Add(24 * time.Hour)
	var ids []string
	for _, digit := range []time.Duration{0, 900 * time.Millisecond, 90 * time.Millisecond, 9 * time.Millisecond, 900 * time.Microsecond, 90 * time.Microsecond, 9 * time.Microsecond, 900} {
		for _, at := range []time.Time{midnight, midnight.Add(-time.Hour), s.now().Add(-72 * time.Hour), s.now().Add(-30 * 24 * time.Hour)} {
			for _, by := range []time.Duration{0, digit, -digit} {
				id := fmt.Sprintf("call-%03d", len(ids))
				if at.Equal(s.now().Add(-30*24*time.Hour)) && by < 0 {
					continue // Graph has forgotten it
				}
				s.Tenant().Put(minimal(t, id, 1, at.Add(by), at.Add(by+time.Minute)))
				ids = append(ids, id)
			}
		}
	}
	dir := t.TempDir()
	lake := openLake(t, dir)
	report := s.mustSync(t, s.sync(lake), jobs.ExitLoaded)
	if report.Listing.Listed != int64(len(ids)) || len(report.Anomalies) > 0 {
		t.Errorf("listing %+v, anomalies %v, want %d calls once each", report.Listing, report.Anomalies, len(ids))
	}
	s.checkLake(t, dir, ids)
}
