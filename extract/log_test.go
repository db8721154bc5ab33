package extract

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"etl/internal/graphsim"
)

// putLogRows puts n rows into a log, an hour apart and up to noon.
func (r *rig) putLogRows(log graphsim.Log, n int) {
	r.t.Helper()
	for i := range n {
		start := noon.Add(-time.Duration(i) * time.Hour)
		row, err := graphsim.ParseLogRow(fmt.Appendf(nil, `{"id":"row%04d","startDateTime":%q}`, i, start.Format(time.RFC3339)))
		if err != nil {
			r.t.Fatal(err)
		}
		r.tenant.PutLogRow(log, row, time.Time{})
	}
}

func (r *rig) logRows(ctx context.Context, log Log, from, until time.Time) (rows []string, err error) {
	r.t.Helper()
	for row, err := range r.client.ListLog(ctx, log, from, until) {
		if err != nil {
			return rows, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// midnight is that before noon.
var midnight = noon.Truncate(24 * time.Hour)

var logKinds = map[Log]graphsim.Kind{PstnLog: graphsim.KindPstnLog, DirectRoutingLog: graphsim.KindDirectRoutingLog}

func TestListLogReadsAllPages(t *testing.T) {
	for log, kind := range logKinds {
		r := newRig(t, func(s *setUp) { s.sim.LogPageSize = 20 })
		r.putLogRows(graphsim.Log(log), 61) // from 25 November, midnight
		rows, err := r.logRows(t.Context(), log, midnight.AddDate(0, 0, -10), midnight.AddDate(0, 0, 1))
		if err != nil || len(rows) != 61 || rows[0] != `{"id":"row0000","startDateTime":"2026-11-26T12:00:00Z"}` {
			t.Fatalf("%s: %d rows, error %v", log, len(rows), err)
		}
		requests := r.sim.Requests().OfKind(kind)
		if len(requests) != 4 || !strings.HasSuffix(requests[0].URI, "/"+string(log)+"(fromDateTime=2026-11-16,toDateTime=2026-11-27)") {
			t.Errorf("%s: %d requests, the first to %s", log, len(requests), requests[0].URI)
		}
		for _, q := range requests {
			if !strings.Contains(q.Prefer, "include-unknown-enum-members") {
				t.Errorf("Prefer is %q", q.Prefer)
			}
		}
		// The start belongs to it, the end perhaps.
		rows, err = r.logRows(t.Context(), log, noon.AddDate(0, 0, -1), noon.Add(time.Nanosecond))
		if err != nil || len(rows) < 24 || len(rows) > 25 {
			t.Errorf("%s: %d rows of a day, error %v", log, len(rows), err)
		}
		if last := r.sim.Requests().OfKind(kind)[4].URI; !strings.HasSuffix(last, "(fromDateTime=2026-11-25T12:00:00Z,toDateTime=2026-11-26T12:00:00Z)") {
			t.Errorf("%s: a request to %s", log, last)
		}
	}
}

func TestListLogThatGoesWrong(t *testing.T) {
	link := func(from, to string) graphsim.Action {
		return graphsim.RewriteNextLink(func(_ *http.Request, l string) string { return strings.Replace(l, from, to, 1) })
	}
	self := func(r *http.Request, _ string) string { return "https://" + r.Host + r.RequestURI }
	for name, c := range map[string]struct {
		do     graphsim.Action
		reason Reason
	}{
		"error in a page":        {graphsim.ErrorWith200(), ReasonBadPage},
		"no value":               {graphsim.EmptyObject(), ReasonBadPage},
		"HTML":                   {graphsim.HTML(), ReasonNotJSON},
		"cut off":                {graphsim.ShortBody(), ReasonNetwork},
		"server error":           {graphsim.Status(500, nil, ""), ReasonServerError},
		"range refused":          {graphsim.Error(406, "NotAcceptable", ""), "http_406"},
		"not permitted":          {graphsim.Error(403, "Forbidden", ""), ReasonForbidden},
		"link to another server": {link("https://127.0.0.1:", "https://127.0.0.2:"), ReasonBadLink},
		"link to the other log":  {link("getPstnCalls", "getDirectRoutingCalls"), ReasonBadLink},
		"link to the calls":      {link("/getPstnCalls(", "/x/getPstnCalls("), ReasonBadLink},
		"link below":             {link(")?", ")/x?"), ReasonBadLink},
		"link with a slash":      {link("from=", "from=%2f..%2f"), ReasonBadLink},
		"link to itself":         {graphsim.RewriteNextLink(self), ReasonNoProgress},
		"misspelt next link":     {graphsim.RewriteBody(replace("@odata.nextLink", "@odata.nextlink")), ReasonBadLink},
		"old form of next links": {graphsim.RewriteBody(replace("@odata.nextLink", "@odata.NextLink")), ""},
		"documented link":        {link("/v1.0/comm", "/v1.0/$metadata#comm"), ""},
		"qualified link":         {link("/getPstnCalls(", "/microsoft.graph.callRecords.getPstnCalls("), ""},
		"escaped link":           {link("from=2026-11-16", "from=2026-11-16T00%3A00%3A00Z"), ""},
		"an empty page":          {graphsim.EmptyPage(), ""},
		"wrong count":            {graphsim.RewriteBody(replace(`"@odata.count":20`, `"@odata.count":61`)), ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, func(s *setUp) { s.sim.LogPageSize = 20 })
			r.putLogRows(graphsim.PstnLog, 61)
			fault := graphsim.Fault{Match: graphsim.OnKind(graphsim.KindPstnLog), After: 1, Do: c.do}
			if c.reason == "" {
				fault.Times = 1
			}
			r.sim.Inject(fault)
			rows, err := r.logRows(t.Context(), PstnLog, midnight.AddDate(0, 0, -10), midnight.AddDate(0, 0, 1))
			var failure *Failure
			if c.reason == "" {
				want := 61
				if name == "an empty page" {
					want = 41
				}
				if err != nil || len(rows) != want {
					t.Errorf("%d rows, want %d, error %v", len(rows), want, err)
				}
				return
			}
			if !errors.As(err, &failure) || failure.Reason != c.reason || !strings.HasPrefix(err.Error(), "listing getPstnCalls: ") || errors.Is(err, ErrSignIn) {
				t.Errorf("error %v, want %s", err, c.reason)
			}
			if len(rows) < 20 {
				t.Errorf("%d rows came before the failure, want the first page", len(rows))
			}
			for _, q := range r.sim.Requests().On(graphsim.Graph) {
				if q.Kind != graphsim.KindPstnLog {
					t.Errorf("a request to %s", q.URI)
				}
			}
			// Neither a log nor a call is worse off for it.
			if _, err := r.logRows(t.Context(), DirectRoutingLog, noon, noon); err != nil {
				t.Errorf("the other log: %v", err)
			}
		})
	}
}

func TestListLogKeepsItsBudget(t *testing.T) {
	const window = 300 * time.Millisecond
	r := newRig(t, func(s *setUp) {
		s.sim.LogPageSize = 10
		s.sim.Limits = graphsim.Limits{Log: 2, Window: window}
		s.tenant.Now = time.Now
		s.client.Now = time.Now
		s.client.Budgets = Budgets{LogRequests: 2, LogWindow: 3 * window}
	})
	r.putLogRows(graphsim.PstnLog, 61)
	r.tenant.PutLogRow(graphsim.PstnLog, graphsim.LogRow{JSON: []byte(`null`)}, time.Time{})
	rows, err := r.logRows(t.Context(), PstnLog, noon.AddDate(0, 0, -10), noon.AddDate(0, 0, 1))
	if err != nil || len(rows) == 0 {
		t.Fatalf("%d rows, error %v", len(rows), err)
	}
	if n := len(r.sim.Requests().WithStatus(http.StatusTooManyRequests)); n != 0 {
		t.Errorf("%d requests were throttled", n)
	}
}

func TestListLogIsThrottled(t *testing.T) {
	r := newRig(t)
	r.putLogRows(graphsim.PstnLog, 3)
	r.sim.Inject(graphsim.Fault{Match: graphsim.OnKind(graphsim.KindPstnLog), Times: 2, Do: graphsim.Throttle("0.1")})
	rows, err := r.logRows(t.Context(), PstnLog, midnight, noon.AddDate(0, 0, 1))
	if err != nil || len(rows) != 3 || r.client.Stats().Throttled != 2 {
		t.Errorf("%d rows, error %v, %+v", len(rows), err, r.client.Stats())
	}
}
