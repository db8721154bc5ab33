package graphsim_test

import (
	"strings"
	"testing"
	"time"

	"etl/internal/graphsim"
)

func TestParseRecord(t *testing.T) {
	r, err := graphsim.ParseRecord([]byte(` { "id" : "a\u0062" , "version":4, "startDateTime":"2026-11-24T10:00:00.1234567Z", "endDateTime":null,
		"sessions":[ {"x":"]}\\\""} , {} ], "participants_v2":[], "deep":{"id":"no"} } `))
	if err != nil {
		t.Fatal(err)
	}
	if r.ID != "ab" || r.Version != 4 || !r.Start.Equal(time.Date(2026, 11, 24, 10, 0, 0, 123456700, time.UTC)) || !r.End.IsZero() || r.Sessions() != 2 || r.Participants() != 0 {
		t.Errorf("parsed %+v", r)
	}
	for body, want := range map[string]string{
		``:                    "unexpected end",
		`{"id":"a"`:           "unexpected end",
		`[]`:                  "isn't an object",
		`{"id":7}`:            "no id",
		`{"version":1}`:       "no id",
		`{"id":"a"} trailing`: "invalid character",
		`{"id":"a","sessions":[],"sessions@odata.nextLink":"https://x/y"}`: "isn't whole",
	} {
		if _, err := graphsim.ParseRecord([]byte(body)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one with %q", body, err, want)
		}
	}
}

func TestVersionsOfACall(t *testing.T) {
	now := noon
	tenant := graphsim.NewTenant(graphsim.TenantOptions{Now: func() time.Time { return now }})
	call := graphsim.Call{ID: "a", Versions: []graphsim.Version{
		{Record: record(t, "a", 1, noon), Visible: noon.Add(time.Hour)},
		{Record: record(t, "a", 2, noon), Visible: noon.Add(2 * time.Hour)},
	}}
	tenant.Add(func(yield func(graphsim.Call) bool) { yield(call) })
	for after, want := range map[time.Duration]int64{59 * time.Minute: 0, time.Hour: 1, 90 * time.Minute: 1, 2 * time.Hour: 2, 99 * time.Hour: 2} {
		now = noon.Add(after)
		if r, ok := tenant.Newest("a"); r.Version != want || ok != (want > 0) {
			t.Errorf("after %s the tenant shows version %d", after, r.Version)
		}
		if r, _ := call.At(now); r.Version != want {
			t.Errorf("after %s the call shows version %d", after, r.Version)
		}
	}
	// What is put last is the truth, also if its version is lower.
	tenant.Put(record(t, "a", 1, noon))
	if r, _ := tenant.Newest("a"); r.Version != 1 {
		t.Errorf("the tenant shows version %d", r.Version)
	}
}
