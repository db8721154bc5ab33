package extract

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"etl/internal/graphsim"
)

// listed collects what a list yields.
func (r *rig) listed(from, until time.Time) (ids []string, err error) {
	r.t.Helper()
	for l, err := range r.client.List(r.t.Context(), from, until) {
		if err != nil {
			return ids, err
		}
		record, ok := r.tenant.Newest(l.ID)
		if !ok || l.Version != record.Version || !l.Start.Equal(record.Start) || !l.End.Equal(record.End) || l.LastModified.IsZero() {
			r.t.Errorf("listed %+v, want version %d from %v to %v", l, record.Version, record.Start, record.End)
		}
		ids = append(ids, l.ID)
	}
	slices.Sort(ids)
	return ids, nil
}

// put puts calls into the tenant that start at the given times.
func (r *rig) put(starts ...time.Time) (ids []string) {
	r.t.Helper()
	for i, start := range starts {
		id := fmt.Sprintf("call-%03d", i)
		record, err := graphsim.ParseRecord([]byte(fmt.Sprintf(
			`{"id":%q,"version":%d,"type":"peerToPeer","modalities":[],"lastModifiedDateTime":"2026-11-25T12:00:00Z","startDateTime":%q,"endDateTime":%q,"sessions":[],"participants_v2":[]}`,
			id, i+1, start.Format(time.RFC3339Nano), start.Add(time.Minute).Format(time.RFC3339Nano))))
		if err != nil {
			r.t.Fatal(err)
		}
		r.tenant.Put(record)
		ids = append(ids, id)
	}
	return ids
}

func TestListYieldsEveryCallOfAPeriodOnce(t *testing.T) {
	r := newRig(t)
	from := noon.Add(-48 * time.Hour)
	var starts []time.Time
	for i := range 150 {
		starts = append(starts, from.Add(time.Duration(i)*time.Second))
	}
	ids := r.put(starts...)
	got, err := r.listed(from, noon)
	if err != nil || !slices.Equal(got, ids) {
		t.Errorf("%d calls, want %d, error %v", len(got), len(ids), err)
	}
	requests := r.sim.Requests().OfKind(graphsim.KindList)
	if len(requests) != 3 || requests[2].Page != 3 {
		t.Errorf("%d requests, want a page of 60 each", len(requests))
	}
	for _, q := range requests {
		if !strings.Contains(q.Prefer, "include-unknown-enum-members") {
			t.Errorf("Prefer is %q on page %d", q.Prefer, q.Page)
		}
	}
}

func TestListIsHalfOpen(t *testing.T) {
	r := newRig(t)
	from, until := noon.Add(-2*time.Hour), noon.Add(-time.Hour)
	ids := r.put(from, from.Add(-100*time.Nanosecond), until.Add(-100*time.Nanosecond), until, from.Add(time.Minute))
	got, err := r.listed(from, until)
	if want := []string{ids[0], ids[2], ids[4]}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, want %v, error %v", got, want, err)
	}
}

func TestListThatGoesWrong(t *testing.T) {
	foreign := "https://127.0.0.1:1" + listPath + "?$skiptoken=x"
	for name, c := range map[string]struct {
		page   int
		do     graphsim.Action
		reason Reason
	}{
		"error in a page":    {2, graphsim.ErrorWith200(), ReasonBadPage},
		"no value":           {2, graphsim.EmptyObject(), ReasonBadPage},
		"HTML":               {1, graphsim.HTML(), ReasonNotJSON},
		"cut off":            {3, graphsim.ShortBody(), ReasonNetwork},
		"server error":       {2, graphsim.Status(500, nil, ""), ReasonServerError},
		"a call without id":  {2, graphsim.RewriteBody(replace(`"id":`, `"di":`)), ReasonBadPage},
		"link elsewhere":     {1, graphsim.RewriteNextLink(func(_ *http.Request, _ string) string { return foreign }), ReasonBadLink},
		"link to a call":     {1, graphsim.RewriteNextLink(func(_ *http.Request, l string) string { return strings.Replace(l, "callRecords?", "callRecords/x?", 1) }), ReasonBadLink},
		"link to itself":     {2, graphsim.RewriteNextLink(func(_ *http.Request, _ string) string { return "" }), ""},
		"the same calls":     {2, graphsim.SameItems(), ReasonNoProgress},
		"refused next page":  {2, graphsim.Error(400, "BadRequest", "expired"), "http_400"},
		"misspelt next link": {1, graphsim.RewriteBody(replace("@odata.nextLink", "@odata.nextlink")), ReasonBadLink},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			var starts []time.Time
			for i := range 180 {
				starts = append(starts, noon.Add(-time.Duration(i+1)*time.Minute))
			}
			r.put(starts...)
			match := graphsim.OnPage(graphsim.KindList, c.page)
			if name == "the same calls" {
				match = graphsim.OnKind(graphsim.KindList)
			}
			r.sim.Inject(graphsim.Fault{Match: match, Do: c.do})
			got, err := r.listed(noon.Add(-24*time.Hour), noon)
			var failure *Failure
			if c.reason == "" {
				if err != nil || len(got) != 120 {
					t.Errorf("%d calls, error %v; want an empty link to be the end", len(got), err)
				}
				return
			}
			if !errors.As(err, &failure) || failure.Reason != c.reason || !strings.HasPrefix(err.Error(), "listing calls: ") {
				t.Errorf("error %v, want %s", err, c.reason)
			}
			if n := 60 * (c.page - 1); name != "the same calls" && len(got) < n {
				t.Errorf("%d calls came before the failure, want at least %d", len(got), n)
			}
			for _, q := range r.sim.Requests().On(graphsim.Graph) {
				if q.Kind != graphsim.KindList {
					t.Errorf("a request to %s", q.URI)
				}
			}
		})
	}
}

func TestListPassesOverEmptyPages(t *testing.T) {
	r := newRig(t)
	var starts []time.Time
	for i := range 130 {
		starts = append(starts, noon.Add(-time.Duration(i+1)*time.Minute))
	}
	ids := r.put(starts...)
	r.sim.Inject(graphsim.Fault{Match: graphsim.OnPage(graphsim.KindList, 1), Times: 1, Do: graphsim.EmptyPage()})
	got, err := r.listed(noon.Add(-24*time.Hour), noon)
	if err != nil || len(got) < len(ids)-60 {
		t.Errorf("%d calls, error %v", len(got), err)
	}
}

func TestListWithoutPermission(t *testing.T) {
	r := newRig(t)
	r.sim.SetConsent(false)
	if _, err := r.listed(noon.Add(-time.Hour), noon); !errors.Is(err, ErrSignIn) || !strings.Contains(err.Error(), "CallRecords.Read.All") {
		t.Errorf("error %v, want ErrSignIn", err)
	}
}

func TestListStopsWhenNobodyListens(t *testing.T) {
	r := newRig(t)
	var starts []time.Time
	for i := range 130 {
		starts = append(starts, noon.Add(-time.Duration(i+1)*time.Minute))
	}
	r.put(starts...)
	for range r.client.List(t.Context(), noon.Add(-24*time.Hour), noon) {
		break
	}
	if n := len(r.sim.Requests().OfKind(graphsim.KindList)); n != 1 {
		t.Errorf("%d requests, want 1", n)
	}
	if got, err := r.listed(noon.Add(-24*time.Hour), noon); err != nil || len(got) != 130 {
		t.Errorf("%d calls afterwards, error %v", len(got), err)
	}
}

func TestListKeepsItsBudget(t *testing.T) {
	r := newRig(t, func(s *setUp) {
		s.sim.Limits = graphsim.Limits{List: 2, Window: 300 * time.Millisecond}
		s.tenant.Now = time.Now
		s.client.Now = time.Now
		s.client.Budgets = Budgets{ListRequests: 2, Window: 300 * time.Millisecond}
	})
	now := time.Now()
	var starts []time.Time
	for i := range 300 {
		starts = append(starts, now.Add(-time.Duration(i+1)*time.Minute))
	}
	r.put(starts...)
	got, err := r.listed(now.Add(-24*time.Hour), now)
	if n := len(r.sim.Requests().WithStatus(http.StatusTooManyRequests)); err != nil || len(got) != 300 || n > 0 {
		t.Errorf("%d calls, %d refused requests, error %v", len(got), n, err)
	}
}
