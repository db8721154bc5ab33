package graphsim_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"etl/internal/graphsim"
)

func TestLimits(t *testing.T) {
	now := noon
	tenant := graphsim.NewTenant(graphsim.TenantOptions{Now: func() time.Time { return now }})
	s := start(t, graphsim.Options{Tenant: tenant, Limits: graphsim.Limits{App: 6, List: 2, PerCall: 3}})
	for i := range 4 {
		tenant.Put(record(t, fmt.Sprint("call", i), 1, noon))
	}
	one, list := "/v1.0/communications/callRecords/call0", "/v1.0/communications/callRecords"
	s.get(200, one, nil)
	now = now.Add(5 * time.Second)
	s.get(200, one+"/sessions", nil)
	s.get(200, one+"?$expand=sessions", nil)
	wantRetryAfter := func(path, want string) {
		t.Helper()
		a := s.get(429, path, nil)
		if got := a.Header.Get("Retry-After"); got != want {
			t.Errorf("Retry-After is %q, want %q", got, want)
		}
		if e := a.object(t)["error"].(map[string]any); e["code"] != "TooManyRequests" {
			t.Errorf("answered %s", a.body)
		}
	}
	wantRetryAfter(one, "15")
	s.get(200, list, nil)
	s.get(200, list, nil)
	wantRetryAfter(list, "20")
	s.get(200, list+"/call1", nil)
	wantRetryAfter(list+"/call2", "15") // the app's six are used up
	now = noon.Add(20*time.Second - 1)
	wantRetryAfter(one, "1")
	now = noon.Add(20 * time.Second)
	s.get(200, one, nil)
	wantRetryAfter(one, "5")
	now = noon.Add(time.Hour - 1)
	for range 3 {
		s.get(200, one, nil)
	}
	if n := len(s.Requests().WithStatus(429)); n != 5 {
		t.Errorf("the log has %d refused requests", n)
	}
}

func TestFormsOfRetryAfter(t *testing.T) {
	for form, want := range map[graphsim.RetryAfter]string{
		graphsim.WholeSeconds:      "18",
		graphsim.FractionalSeconds: "17.872",
		graphsim.HTTPDate:          noon.Add(20 * time.Second).Format(http.TimeFormat),
		graphsim.NoRetryAfter:      "",
	} {
		now := noon
		tenant := graphsim.NewTenant(graphsim.TenantOptions{Now: func() time.Time { return now }})
		s := start(t, graphsim.Options{Tenant: tenant, Limits: graphsim.Limits{App: 1, RetryAfter: form}}, record(t, "a", 1, noon))
		s.get(200, "/v1.0/communications/callRecords/a", nil)
		now = now.Add(2128 * time.Millisecond)
		a := s.get(429, "/v1.0/communications/callRecords/a", nil)
		if got := a.Header.Get("Retry-After"); got != want {
			t.Errorf("form %d is %q, want %q", form, got, want)
		}
	}
	if l := graphsim.RealLimits(); l.App != 1500 || l.List != 40 || l.PerCall != 40 || l.Window != 20*time.Second {
		t.Errorf("the real limits are %+v", l)
	}
}
