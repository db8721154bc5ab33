//go:build cgo

package views_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"etl/internal/graphsim"
)

// TestHandWorkedCall has what the simulated calls lack: endpoints that only
// the session names, stays within others, an end before the start, a subnet of
// home routers, and a test call.
func TestHandWorkedCall(t *testing.T) {
	person := func(id string) values {
		return values{
			"@odata.type": "#microsoft.graph.callRecords.participantEndpoint", "associatedIdentity": values{"id": id, "displayName": "D " + id, "userPrincipalName": id + "@x"},
			"userAgent": values{"@odata.type": "#microsoft.graph.callRecords.clientUserAgent", "platform": "windows", "productFamily": "teams", "applicationVersion": "1.2"},
		}
	}
	service := values{"@odata.type": "#microsoft.graph.callRecords.serviceEndpoint", "userAgent": values{"role": "mediaController"}}
	session := func(caller values, from, to string) values {
		stream := func(direction string) values {
			return values{"streamId": "1", "streamDirection": direction, "packetUtilization": 900, "averageJitter": "PT0.04S"}
		}
		media := values{
			"label": "main-audio", "streams": []values{stream("callerToCallee"), stream("calleeToCaller")},
			"callerNetwork": values{"subnet": "192.168.1.0"}, "calleeNetwork": values{"subnet": "10.9.9.0"},
			"callerDevice": values{"captureDeviceName": "mic", "renderDeviceName": "speaker", "micGlitchRate": 3, "speakerGlitchRate": 5},
		}
		return values{
			"id": from, "caller": caller, "callee": service, "startDateTime": "2026-11-18T" + from + "Z", "endDateTime": "2026-11-18T" + to + "Z",
			"segments": []values{{"id": "g", "media": []values{media}}},
		}
	}
	test := session(person("tester"), "09:00:00", "09:59:00")
	test["isTest"] = true
	body, err := json.Marshal(values{
		"id": "worked", "version": 1, "type": "groupCall", "startDateTime": "2026-11-18T09:00:00Z", "endDateTime": "2026-11-18T10:00:00Z", "modalities": []string{"audio"},
		"organizer_v2": values{"id": "ann"}, "participants_v2": []values{},
		"sessions": []values{
			session(person("ann"), "09:00:00", "09:10:00"), session(person("ann"), "09:02:00", "09:04:00"), // within the first
			session(person("ann"), "09:05:00", "09:15:00"), session(person("ann"), "09:30:00", "09:30:30"), session(person("ann"), "09:50:00", "09:40:00"), // ends before it starts
			session(person("bob"), "09:01:00", "09:02:00"), test,
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	r, err := graphsim.ParseRecord(body)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if _, err := fill(t.Context(), dir, []graphsim.Record{r}); err != nil {
		t.Fatal(err)
	}
	db := duckDB(t, dir)
	for text, want := range map[string]string{
		"SELECT user_id, display_name, joins, attendance_ms, is_organizer FROM meeting_attendance ORDER BY ALL":                                       "ann D ann 5 930000 true; bob D bob 1 60000 false",
		"SELECT subnet, is_home_default, audio_streams, users FROM missing_subnets":                                                                   "192.168.1.0 true 12 2",
		"SELECT subnet, streams, users, poor_percent FROM network_quality":                                                                            "192.168.1.0 12 2 100",
		"SELECT device_kind, device_name, platform, streams, average_glitch_rate FROM device_quality ORDER BY ALL":                                    "capture mic windows 6 3; render speaker windows 6 5",
		"SELECT platform, application_version, sessions, users, audio_streams FROM client_versions":                                                   "windows 1.2 6 2 12",
		"SELECT legs, poor_legs, streams FROM call_quality":                                                                                           "6 6 12",
		"SELECT sessions, setup_failed_sessions FROM setup_and_drop":                                                                                  "6 0",
		"SELECT DISTINCT caller_user_agent_platform, caller_associated_identity_id FROM stream_facts WHERE NOT coalesce(is_test, false) ORDER BY ALL": "windows ann; windows bob",
		"SELECT count(*) FROM stream_quality WHERE is_test":                                                                                           "2",
		"SELECT side, stream_role, is_client, count(*) FROM stream_ends GROUP BY ALL ORDER BY ALL":                                                    "callee receiver false 6; callee sender false 6; caller receiver true 6; caller sender true 6",
	} {
		if got := table(t, db, text); got != want {
			t.Errorf("%s:\n%s\nwant\n%s", text, got, want)
		}
	}
}

// TestRates counts drops against the sessions that were set up, and has subnets
// on both sides of the least number of streams.
func TestRates(t *testing.T) {
	client := values{"@odata.type": "#microsoft.graph.callRecords.participantEndpoint"}
	service := values{"@odata.type": "#microsoft.graph.callRecords.serviceEndpoint"}
	session := func(stage, subnet string, streams int) values {
		s := values{"id": "s", "caller": client, "callee": service, "startDateTime": "2026-11-18T09:00:00Z", "endDateTime": "2026-11-18T09:01:00Z"}
		if stage != "" {
			s["failureInfo"] = values{"stage": stage, "reason": "r " + stage}
		}
		media := values{"label": "main-audio", "callerNetwork": values{"subnet": subnet}}
		for range streams {
			list, _ := media["streams"].([]values)
			media["streams"] = append(list, values{"streamId": "1", "streamDirection": "callerToCallee"})
		}
		s["segments"] = []values{{"id": "g", "media": []values{media}}}
		return s
	}
	body, err := json.Marshal(values{
		"id": "rates", "version": 1, "type": "peerToPeer", "startDateTime": "2026-11-18T09:00:00Z", "endDateTime": "2026-11-18T10:00:00Z", "modalities": []string{"audio"},
		"participants_v2": []values{},
		"sessions": []values{
			session("callSetup", "10.1.0.0", 4), session("midcall", "10.1.0.0", 6), session("", "10.2.0.0", 9), session("unknown", "10.3.0.0", 11),
			session("", "", 20),
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	r, err := graphsim.ParseRecord(body)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if _, err := fill(t.Context(), dir, []graphsim.Record{r}); err != nil {
		t.Fatal(err)
	}
	db := duckDB(t, dir)
	for text, want := range map[string]string{
		"SELECT sessions, setup_failed_sessions, dropped_sessions, setup_failure_percent, drop_failure_percent FROM setup_and_drop": "5 1 1 20 25",
		"SELECT subnet, audio_streams FROM missing_subnets ORDER BY ALL":                                                            "10.1.0.0 10; 10.3.0.0 11",
		"SELECT outcome, failure_reason FROM session_outcomes ORDER BY session_ordinal":                                             "setup_failed r callSetup; dropped r midcall; succeeded <nil>; succeeded r unknown; succeeded <nil>",
	} {
		if got := table(t, db, text); got != want {
			t.Errorf("%s:\n%s\nwant\n%s", text, got, want)
		}
	}
}

// TestCallsThatAreNotReadyYet has a call of which a dead run has replaced the
// streams, but not yet the row in calls.
func TestCallsThatAreNotReadyYet(t *testing.T) {
	dir := t.TempDir()
	first := record(t, gradedStreams())
	if _, err := fill(t.Context(), dir, []graphsim.Record{first}); err != nil {
		t.Fatal(err)
	}
	other := t.TempDir()
	second, err := graphsim.ParseRecord([]byte(strings.Replace(string(first.JSON), `"version":1`, `"version":2`, 1)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fill(t.Context(), other, []graphsim.Record{second}); err != nil {
		t.Fatal(err)
	}
	copyObject(t, objects(t, other, "streams")[0], objects(t, dir, "streams")[0])
	db := duckDB(t, dir)
	for _, view := range []string{"stream_facts", "stream_quality", "stream_ends", "network_quality"} {
		if n := count(t, db, view); n != 0 {
			t.Errorf("%s shows %d rows of a version that calls has not", view, n)
		}
	}
	if got := fmt.Sprint(count(t, db, "call_quality"), " ", count(t, db, "streams")); got != fmt.Sprint("1 ", len(gradedStreams())) {
		t.Errorf("calls and streams: %s", got)
	}
}
