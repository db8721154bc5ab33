package graphsim_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"etl/internal/graphsim"
)

// logRow is a row of a log with nothing but its key.
func logRow(t *testing.T, id string, start time.Time) graphsim.LogRow {
	t.Helper()
	row, err := graphsim.ParseLogRow(fmt.Appendf(nil, `{"id":%q,"startDateTime":%q}`, id, start.Format(time.RFC3339Nano)))
	if err != nil {
		t.Fatal(err)
	}
	return row
}

// log reads all pages of a log.
func (s *simulated) log(call string) (ids []string, pages int) {
	s.t.Helper()
	for link := "/v1.0/communications/callRecords/" + call; link != ""; pages++ {
		page := s.get(200, link, nil).object(s.t)
		rows := page["value"].([]any)
		if n := fmt.Sprint(page["@odata.count"]); n != fmt.Sprint(len(rows)) {
			s.t.Errorf("@odata.count is %s on a page of %d rows", n, len(rows))
		}
		for _, row := range rows {
			ids = append(ids, row.(map[string]any)["id"].(string))
		}
		link, _ = page["@odata.nextLink"].(string)
	}
	return ids, pages
}

func TestLogs(t *testing.T) {
	s := start(t, graphsim.Options{LogPageSize: 10})
	day := noon.AddDate(0, 0, -3).Truncate(24 * time.Hour)
	for _, log := range []graphsim.Log{graphsim.PstnLog, graphsim.DirectRoutingLog} {
		for i := range 25 { // every hour, over the next midnight
			s.tenant.PutLogRow(log, logRow(t, fmt.Sprintf("id%02d", i), day.Add(time.Duration(i)*time.Hour)), noon)
		}
		s.tenant.PutLogRow(log, logRow(t, "id03", day.Add(3*time.Hour)), noon) // once more
		s.tenant.PutLogRow(log, logRow(t, "invisible", day), noon.Add(time.Hour))
	}
	for call, want := range map[string]int{
		"getPstnCalls(fromDateTime=2026-11-23,toDateTime=2026-11-24)":                                      25, // the end belongs to it
		"getDirectRoutingCalls(fromDateTime=2026-11-23,toDateTime=2026-11-24)":                             24,
		"getPstnCalls(fromDateTime=2026-11-23T01:00:00Z,toDateTime=2026-11-23T04:00:00Z)":                  4,
		"getPstnCalls(fromDateTime=2026-11-23T01%3A00%3A00Z,toDateTime=2026-11-23T04%3A00%3A00Z)":          4,
		"microsoft.graph.callRecords.getPstnCalls(fromDateTime=2026-08-26,toDateTime=2026-11-24)":          25,
		"getDirectRoutingCalls(fromDateTime=2020-01-01,toDateTime=2026-12-01)":                             25,
		"getPstnCalls(fromDateTime=2026-11-23,toDateTime=2026-11-24)?$filter=callType%20eq%20%27none%27":   25,
		"getDirectRoutingCalls(fromDateTime=2026-11-23T23:00:00Z,toDateTime=2026-11-23T23:00:00.0000001Z)": 1,
	} {
		ids, pages := s.log(call)
		seen := map[string]bool{}
		for _, id := range ids {
			seen[id] = true
		}
		if len(ids) != want || len(seen) != want || pages != (want+9)/10 {
			t.Errorf("%s: %d rows (%d different) in %d pages, want %d", call, len(ids), len(seen), pages, want)
		}
	}
	for call, status := range map[string]int{
		"getPstnCalls(fromDateTime=2026-08-25,toDateTime=2026-11-24)":                http.StatusNotAcceptable,
		"getPstnCalls(fromDateTime=,toDateTime=)":                                    http.StatusBadRequest,
		"getPstnCalls(fromDateTime='2026-11-23',toDateTime='2026-11-24')":            http.StatusBadRequest,
		"getPstnCalls(fromDateTime=2026-11-23,toDateTime=2026-11-24)?$top=5":         http.StatusBadRequest,
		"getPstnCalls(fromDateTime=2026-11-23,toDateTime=2026-11-24)?$skip=-1":       http.StatusBadRequest,
		"getDirectRoutingCalls(fromDateTime=2026-11-23,toDateTime=2026-11-23T25:00)": http.StatusBadRequest,
	} {
		s.get(status, "/v1.0/communications/callRecords/"+call, nil)
	}
	if n := len(s.Requests().OfKind(graphsim.KindPstnLog)); n == 0 {
		t.Error("the log of requests has no kind for them")
	}
}

func TestLimitOfALog(t *testing.T) {
	now := noon
	tenant := graphsim.NewTenant(graphsim.TenantOptions{Now: func() time.Time { return now }})
	s := start(t, graphsim.Options{Tenant: tenant, Limits: graphsim.Limits{Log: 2}})
	const pstn, directRouting = "/v1.0/communications/callRecords/getPstnCalls(fromDateTime=2026-11-23,toDateTime=2026-11-24)",
		"/v1.0/communications/callRecords/getDirectRoutingCalls(fromDateTime=2026-11-23,toDateTime=2026-11-24)"
	s.get(200, pstn, nil)
	s.get(200, pstn, nil)
	if a := s.get(429, pstn, nil); a.Header.Get("Retry-After") != "60" {
		t.Errorf("Retry-After is %q", a.Header.Get("Retry-After"))
	}
	s.get(200, directRouting, nil)
	now = now.Add(30 * time.Second)
	s.get(429, pstn, nil)
	now = now.Add(30 * time.Second)
	s.get(200, pstn, nil)
}

// TestLogRowsAreOfTheCalls sees that generated rows are those of generated
// calls, and the same each time.
func TestLogRowsAreOfTheCalls(t *testing.T) {
	g := graphsim.NewGenerator(graphsim.GeneratorOptions{Seed: 3, CallsPerDay: 120})
	first := noon.AddDate(0, 0, -9)
	records := map[string]graphsim.Record{}
	for call := range g.Days(first, 5) {
		records[call.ID] = call.Final()
	}
	ids, rows, unknown, undeclared := map[string]bool{}, map[graphsim.Log]int{}, 0, 0
	var bytesOf [2][]byte
	for i := range bytesOf {
		for row := range g.LogRows(first, 5) {
			bytesOf[i] = append(bytesOf[i], row.JSON...)
			if i == 1 {
				continue
			}
			var of struct {
				CallID, CorrelationID, UserID string
				StartDateTime, EndDateTime    time.Time
			}
			if err := json.Unmarshal(row.JSON, &of); err != nil {
				t.Fatal(err)
			}
			if ids[row.ID] {
				t.Errorf("row %s is there twice", row.ID)
			}
			ids[row.ID] = true
			rows[row.Log]++
			undeclared += strings.Count(string(row.JSON), "otherPartyCountryCode") + strings.Count(string(row.JSON), "transferorCorrelationId")
			record, known := records[of.CallID+of.CorrelationID]
			if !known {
				unknown++
				continue
			}
			if !bytes.Contains(record.JSON, []byte(of.UserID)) || of.StartDateTime.Sub(record.Start).Abs() > 5*time.Second {
				t.Errorf("row %s and record %s differ", row.JSON, record.ID)
			}
			if late := row.Visible.Sub(record.End); late < 24*time.Hour || late > 48*time.Hour {
				t.Errorf("row %s is visible %s after the call", row.ID, late)
			}
		}
	}
	if rows[graphsim.PstnLog] < 10 || rows[graphsim.DirectRoutingLog] < 10 || unknown == 0 || unknown > 20 || undeclared == 0 {
		t.Errorf("%v rows, %d of no call, %d with properties of no schema", rows, unknown, undeclared)
	}
	if !bytes.Equal(bytesOf[0], bytesOf[1]) {
		t.Error("the same options give other rows")
	}
}
