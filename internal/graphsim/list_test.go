package graphsim_test

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"etl/internal/graphsim"
)

func (s *simulated) list(filter string, header http.Header) (ids []string, pages int) {
	s.t.Helper()
	link := "/v1.0/communications/callRecords"
	if filter != "" {
		link += "?$filter=" + url.QueryEscape(filter)
	}
	for link != "" {
		page := s.get(200, link, header).object(s.t)
		pages++
		for _, item := range page["value"].([]any) {
			call := item.(map[string]any)
			if call["sessions"] != nil || call["participants_v2"] != nil || call["organizer_v2"] == nil {
				s.t.Errorf("listed %v", call)
			}
			ids = append(ids, call["id"].(string))
		}
		link, _ = page["@odata.nextLink"].(string)
	}
	return ids, pages
}

func TestList(t *testing.T) {
	s := start(t, graphsim.Options{})
	day := noon.AddDate(0, 0, -2).Truncate(24 * time.Hour)
	for i := range 121 {
		s.tenant.Put(record(t, fmt.Sprintf("id%03d", i), 1, day.Add(time.Duration(i)*time.Minute)))
	}
	s.tenant.Put(record(t, "expired", 1, noon.AddDate(0, 0, -31)))
	s.tenant.PutAt(record(t, "invisible", 1, day), noon.Add(time.Hour))
	for filter, want := range map[string]int{
		"": 121,
		"startDateTime ge " + day.Format(time.RFC3339):                                                                                   121,
		"startDateTime gt " + day.Format(time.RFC3339):                                                                                   120,
		"startDateTime ge 2026-11-24T00:30:00Z and startDateTime lt 2026-11-24T00:35:00Z":                                                5,
		"startDateTime ge 2026-11-24T00:30:00.0000000Z and startDateTime le 2026-11-24T00:35:00Z":                                        6,
		"startDateTime ge 2026-11-24T01:30:00+01:00 and startDateTime lt 2026-11-24T00:35:00Z and startDateTime gt 2026-11-24T00:31:00Z": 3,
		"startDateTime lt 2026-11-24T00:00:00Z":                                                                                          0,
	} {
		ids, pages := s.list(filter, nil)
		seen := map[string]bool{}
		for _, id := range ids {
			seen[id] = true
		}
		if len(ids) != want || len(seen) != want || pages != max(1, (want+59)/60) {
			t.Errorf("%q lists %d calls (%d different) in %d pages, want %d", filter, len(ids), len(seen), pages, want)
		}
	}
	if ids, pages := s.list("", http.Header{"Prefer": {"odata.maxpagesize=50"}}); len(ids) != 121 || pages != 3 {
		t.Errorf("%d calls in %d pages of 50", len(ids), pages)
	}
	for _, query := range []string{
		"$filter=endDateTime%20ge%202026-11-24T00:00:00Z", "$filter=startDateTime%20eq%202026-11-24T00:00:00Z", "$filter=startDateTime%20ge",
		"$filter=startDateTime%20ge%202026-11-24", "$filter=startDateTime%20ge%202026-11-24T00:00:00Z%20and", "$top=5", "$orderby=startDateTime",
		"$filter=startDateTime%20ge%202026-11-24T00:00:00Z%20or%20startDateTime%20le%202026-11-24T00:00:00Z", "$count=true", "$skiptoken=abc",
		"$expand=sessions", "$select=nonsense", "$filter=startDateTime%20ge%20'2026-11-24T00:00:00Z'",
	} {
		s.get(400, "/v1.0/communications/callRecords?"+query, nil)
	}
}

// TestListUnderChange adds and removes calls between two pages.
func TestListUnderChange(t *testing.T) {
	s := start(t, graphsim.Options{ListPageSize: 2})
	for _, id := range []string{"b", "d", "f", "h"} {
		s.tenant.Put(record(t, id, 1, noon.Add(-time.Hour)))
	}
	page := s.get(200, "/v1.0/communications/callRecords?$select=id", nil).object(t)
	s.tenant.Put(record(t, "a", 1, noon.Add(-time.Hour)))
	s.tenant.Put(record(t, "e", 1, noon.Add(-time.Hour)))
	s.tenant.Remove("d")
	next := s.get(200, page["@odata.nextLink"].(string), nil).object(t)
	if got := fmt.Sprint(next["value"]); got != "[map[id:e] map[id:f]]" {
		t.Errorf("the second page has %s", got)
	}
}
