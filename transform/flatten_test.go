package transform

import (
	"errors"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"etl/extract/jsonscan"
	"etl/internal/graphsim"
	"etl/schemas"
)

// flatten flattens a record with the given members beside id and version.
func flatten(t *testing.T, members string) (*schemas.Rows, Notes) {
	t.Helper()
	rows, notes, err := Flatten(`{"id":"c","version":1,"startDateTime":"2026-11-23T10:00:00Z"`+members+`}`, Origin{TenantID: "t", FetchedAt: 7})
	if err != nil {
		t.Fatal(err)
	}
	return rows, notes
}

func show(s *string) string {
	if s == nil {
		return "NULL"
	}
	return *s
}

func TestEveryRowHasItsKeys(t *testing.T) {
	rows, _ := flatten(t, `,"type":"groupCall","participants_v2":[{"id":"p0"},{"id":"p1"}],
		"sessions":[{"segments":[{"id":"g0","media":[{"label":"a","streams":[{},{}]},{"streams":[{}]}]},{"id":"g1"}],"id":"s0"},
		{"id":"s1","segments":[{"id":"g2","media":[{"streams":[{}]}]}]}]`)
	if c := rows.Call; c.ParticipantCount != 2 || c.SessionCount != 2 || c.SegmentCount != 3 || c.MediaCount != 3 || c.StreamCount != 4 || c.FetchedAt != 7 {
		t.Errorf("call %+v", c.CallProperties)
	}
	var got []string
	for _, s := range rows.Streams {
		if s.TenantID != "t" || s.CallID != "c" || s.CallVersion != 1 || schemas.CallDate(s.CallStartDateTime) != "2026-11-23" || show(s.CallType) != "groupCall" {
			t.Errorf("stream with key %+v", s.CallKey)
		}
		got = append(got, show(s.SessionID)+show(s.SegmentID)+string('0'+rune(s.SessionOrdinal))+string('0'+rune(s.SegmentOrdinal))+string('0'+rune(s.MediaOrdinal))+string('0'+rune(s.StreamOrdinal))+show(s.MediaLabel))
	}
	if want := "s0g00000a s0g00001a s0g00010NULL s1g21000NULL"; strings.Join(got, " ") != want {
		t.Errorf("streams %v, want %s", got, want)
	}
	if m := rows.Media[2]; m.SessionOrdinal != 1 || show(m.SegmentID) != "g2" || m.MediaOrdinal != 0 {
		t.Errorf("media %+v %+v %+v", m.SessionKey, m.SegmentKey, m.MediaKey)
	}
	if p := rows.Participants[1]; p.ParticipantOrdinal != 1 || show(p.ParticipantID) != "p1" || p.CallID != "c" {
		t.Errorf("participant %+v", p)
	}
}

func TestNullItemsKeepTheirOrdinals(t *testing.T) {
	rows, notes := flatten(t, `,"participants_v2":[null,{"id":"p"}],"modalities":["audio",null],
		"sessions":[null,{"id":"s","segments":[null,{"media":[null,{"streams":[null,{"streamId":"1"}],"callerNetwork":{"traceRouteHops":[null,{"hopCount":2}]}}]}]}]`)
	if len(rows.Sessions) != 2 || rows.Sessions[0].SessionID != nil || rows.Sessions[1].SessionOrdinal != 1 {
		t.Errorf("sessions %+v", rows.Sessions)
	}
	if s := rows.Streams; len(s) != 2 || s[1].SegmentOrdinal != 1 || s[1].MediaOrdinal != 1 || s[1].StreamOrdinal != 1 || s[0].StreamID != nil {
		t.Errorf("streams %+v", s)
	}
	if len(rows.Participants) != 2 || rows.Participants[0].ParticipantID != nil || rows.Participants[1].ParticipantOrdinal != 1 {
		t.Errorf("participants %+v", rows.Participants)
	}
	if hops := rows.Media[1].CallerNetwork.TraceRouteHops; len(hops) != 2 || hops[0].HopCount != nil || *hops[1].HopCount != 2 {
		t.Errorf("hops %+v", hops)
	}
	if len(rows.Call.Modalities) != 1 || notes.Anomalies[NullItem] != 1 || notes.Anomalies[TypeMismatch] != 0 {
		t.Errorf("modalities %v, anomalies %v", rows.Call.Modalities, notes.Anomalies)
	}
}

func TestEmptyAbsentAndNullStayApart(t *testing.T) {
	rows, _ := flatten(t, `,"modalities":[],"joinWebUrl":"","sessions":[{"modalities":null,"caller":{"name":"","feedback":{"tokens":{}}}}]`)
	if m := rows.Call.Modalities; m == nil || len(m) != 0 {
		t.Errorf("an empty list became %v", m)
	}
	s := rows.Sessions[0]
	if s.Modalities != nil || s.CallerEndpoint.Name == nil || *s.CallerEndpoint.Name != "" || s.CalleeEndpoint.Name != nil {
		t.Errorf("session %+v", s)
	}
	if show(rows.Call.JoinWebURL) != "" || show(s.CallerEndpoint.FeedbackTokens) != "{}" {
		t.Errorf("join URL %s, tokens %s", show(rows.Call.JoinWebURL), show(s.CallerEndpoint.FeedbackTokens))
	}
}

func TestMemberThatStandsForAnIdentitySet(t *testing.T) {
	for set, want := range map[string]string{
		`{"device":{"id":"d"},"phone":{"id":"p"},"user":{"id":"u"}}`:              "user u",
		`{"guest":{"id":"g"},"phone":{"id":"p"},"user":null}`:                     "phone p",
		`{"applicationInstance":{"id":"i"},"guest":{"id":"g"}}`:                   "guest g",
		`{"device":{"id":"d"},"application":{"id":"a"}}`:                          "application a",
		`{"application":{"id":"a"},"applicationInstance":{"id":"i"}}`:             "applicationInstance i",
		`{"onPremises":{"id":"o"},"azureCommunicationServicesUser":{"id":"acs"}}`: "azureCommunicationServicesUser acs",
		`{"zzz":{"id":"z"},"device":{"id":"d"},"endpointType":"default"}`:         "device d",
		`{"endpointType":"default","x@odata.type":{"id":"no"}}`:                   "NULL NULL",
		`{}`:                   "NULL NULL",
		`{"user":{"id":null}}`: "user NULL",
	} {
		rows, notes := flatten(t, `,"participants_v2":[{"identity":`+set+`}]`)
		p := rows.Participants[0]
		if got := show(p.IdentityKind) + " " + show(p.IdentityID); got != want {
			t.Errorf("%s: got %s, want %s", set, got, want)
		}
		if show(p.Identity) != set || len(notes.Unknown) != 0 {
			t.Errorf("%s: stored as %s, unknown %v", set, show(p.Identity), notes.Unknown)
		}
	}
}

func TestDeprecatedPropertiesStandIn(t *testing.T) {
	rows, _ := flatten(t, `,"organizer":{ "user" : {"id":"o","displayName":"O"} },"participants":[{"phone":{"id":"+49"}},{"user":{"id":"u","tenantId":"h"}}],
		"participants_v2":[],"sessions":[{"caller":{"identity":{"user":{"id":"u","displayName":"U","userPrincipalName":"u@x"}}},
		"callee":{"associatedIdentity":{"id":"new"},"identity":{"user":{"id":"old","tenantId":"h"}}}}]`)
	c := rows.Call
	if show(c.OrganizerID) != "o" || show(c.OrganizerIdentityKind) != "user" || show(c.OrganizerIdentity) != `{"user":{"id":"o","displayName":"O"}}` || show(c.OrganizerIdentityDisplayName) != "O" {
		t.Errorf("organizer %+v", c.CallProperties)
	}
	if p := rows.Participants; len(p) != 2 || show(p[0].ParticipantID) != "+49" || show(p[0].IdentityKind) != "phone" || show(p[1].IdentityTenantID) != "h" || p[1].ParticipantOrdinal != 1 {
		t.Errorf("participants %+v", p)
	}
	caller, callee := rows.Sessions[0].CallerEndpoint, rows.Sessions[0].CalleeEndpoint
	if show(caller.AssociatedIdentityID) != "u" || show(caller.AssociatedIdentityUserPrincipalName) != "u@x" || show(caller.IdentityDisplayName) != "U" {
		t.Errorf("caller %+v", caller)
	}
	if show(callee.AssociatedIdentityID) != "new" || callee.AssociatedIdentityTenantID != nil || show(callee.IdentityID) != "old" {
		t.Errorf("callee %+v", callee)
	}

	rows, _ = flatten(t, `,"organizer_v2":{"id":"new","identity":null},"organizer":{"user":{"id":"o"}},"participants_v2":[{"id":"n"}],"participants":[{"user":{"id":"u"}},{}]`)
	if show(rows.Call.OrganizerID) != "new" || rows.Call.OrganizerIdentityID != nil || len(rows.Participants) != 1 {
		t.Errorf("the deprecated properties replaced the new ones: %+v, %d participants", rows.Call.CallProperties, len(rows.Participants))
	}
}

func TestSubtypes(t *testing.T) {
	rows, _ := flatten(t, `,"sessions":[
		{"caller":{"@odata.type":"#microsoft.graph.callRecords.participantEndpoint","userAgent":{"@odata.type":"#microsoft.graph.callRecords.clientUserAgent"}},
		"callee":{"@odata.type":"#microsoft.graph.callRecords.serviceEndpoint","userAgent":{"@odata.type":"#microsoft.graph.callRecords.serviceUserAgent"}}},
		{"caller":{"@odata.type":"#microsoft.graph.callRecords.endpoint","userAgent":{"role":"gateway"}},"callee":{"@odata.type":"#microsoft.graph.callRecords.newEndpoint"}}]`)
	var got []string
	for _, s := range rows.Sessions {
		got = append(got, show(s.CallerEndpoint.Kind), show(s.CallerEndpoint.UserAgentKind), show(s.CalleeEndpoint.Kind), show(s.CalleeEndpoint.UserAgentKind))
	}
	if want := "participant client service service endpoint NULL new NULL"; strings.Join(got, " ") != want {
		t.Errorf("kinds %v, want %s", got, want)
	}
}

func TestUnknownPropertiesAreCountedByPath(t *testing.T) {
	_, notes := flatten(t, `,"a":{"deep":1},"sessions@odata.context":"x","organizer_v2":{"b":1,"identity":{"user":{"kept":1}}},
		"sessions":[{"c":null,"caller":{"d":1,"userAgent":{"e":1},"feedback":{"f":1,"tokens":{"open":true}},"associatedIdentity":{"email":"x"}},
		"segments":[{"g":1,"media":[{"h":1,"callerNetwork":{"i":1,"traceRouteHops":[{"j":1}]},"calleeDevice":{"k":1},"streams":[{"l":1},{"l":1}]}]}]}],
		"participants_v2":[{"m":1,"administrativeUnitInfos":[{"n":1}]}]`)
	want := map[string]int64{
		"a": 1, "organizer_v2.b": 1, "sessions.c": 1, "sessions.caller.d": 1, "sessions.caller.userAgent.e": 1, "sessions.caller.feedback.f": 1,
		"sessions.caller.associatedIdentity.email": 1, "sessions.segments.g": 1, "sessions.segments.media.h": 1,
		"sessions.segments.media.callerNetwork.i": 1, "sessions.segments.media.callerNetwork.traceRouteHops.j": 1,
		"sessions.segments.media.calleeDevice.k": 1, "sessions.segments.media.streams.l": 2,
		"participants_v2.m": 1, "participants_v2.administrativeUnitInfos.n": 1,
	}
	if !maps.Equal(notes.Unknown, want) {
		t.Errorf("got %v, want %v", notes.Unknown, want)
	}
}

func TestValuesThatDoNotFitBecomeNull(t *testing.T) {
	rows, notes := flatten(t, `,"joinWebUrl":5,"modalities":"audio","endDateTime":"2026-02-30T00:00:00Z","organizer_v2":[1],
		"sessions":[{"isTest":"yes","caller":"x","segments":{"0":1}},7,{"segments":[{"media":[{"streams":[{"averagePacketLossRate":"NaN","maxPacketLossRate":1e999,
		"packetUtilization":1.5,"averageBandwidthEstimate":9223372036854775808,"averageJitter":"P1Y","maxJitter":16,"lowFrameRateRatio":"Single","streamId":"a\ud800","streamId":"b"}]}]}]}]`)
	want := map[string]int64{TypeMismatch: 9, BadTime: 1, NotANumber: 1, NumberRange: 3, BadDuration: 1, LoneSurrogate: 1, DuplicateName: 1}
	if !maps.Equal(notes.Anomalies, want) {
		t.Errorf("anomalies %v, want %v", notes.Anomalies, want)
	}
	s := rows.Streams[0]
	if s.AveragePacketLossRate != nil || s.MaxPacketLossRate != nil || s.PacketUtilization != nil || s.AverageJitterMs != nil || s.MaxJitterMs != nil || show(s.StreamID) != "a\ufffd" {
		t.Errorf("stream %+v", s.StreamProperties)
	}
	if len(rows.Sessions) != 3 || rows.Sessions[1].SessionID != nil {
		t.Errorf("%d sessions", len(rows.Sessions))
	}
}

func TestNumbersAreExact(t *testing.T) {
	rows, _ := flatten(t, `,"sessions":[{"segments":[{"media":[{"callerNetwork":{"linkSpeed":4294967295},"streams":[{"packetUtilization":9007199254740993,"averagePacketLossRate":0.1,"maxPacketLossRate":1,"averageAudioDegradation":-0.0}]}]}]}]`)
	s := rows.Streams[0]
	if *s.PacketUtilization != 9007199254740993 || *s.AveragePacketLossRate != 0.1 || *s.MaxPacketLossRate != 1 || *rows.Media[0].CallerNetwork.LinkSpeed != 4294967295 {
		t.Errorf("stream %+v", s.StreamProperties)
	}
}

func TestCallWithoutReadableStart(t *testing.T) {
	for _, start := range []string{`null`, `"soon"`} {
		rows, notes, err := Flatten(`{"id":"c","version":1,"startDateTime":`+start+`}`, Origin{})
		if err != nil || rows.Call.CallStartDateTime != nil || schemas.CallDate(rows.Call.CallStartDateTime) != schemas.NoStartDate || notes.Anomalies[MissingStart] != 1 {
			t.Errorf("start %s: %+v, %v, error %v", start, rows, notes, err)
		}
	}
}

func TestRecordsThatCannotBeKeyed(t *testing.T) {
	for _, record := range []string{
		`{}`, `{"id":"c"}`, `{"version":1}`, `{"id":"","version":1}`, `{"id":"c","version":"1"}`, `{"id":"c","version":1.5}`,
		`{"id":"c","version":9223372036854775808}`, `{"id":5,"version":1}`, `{"id":null,"version":null}`, `[]`, `null`, `"x"`,
	} {
		if _, _, err := Flatten(record, Origin{}); !errors.Is(err, ErrNoKey) {
			t.Errorf("%s: error %v, want ErrNoKey", record, err)
		}
		if _, err := Key(record, ""); !errors.Is(err, ErrNoKey) {
			t.Errorf("key of %s: error %v, want ErrNoKey", record, err)
		}
	}
	for record, want := range map[string]error{
		`{"id":"c","version":1`: jsonscan.ErrSyntax, `{"id":"c","version":1}x`: jsonscan.ErrSyntax,
		"{\"id\":\"c\xff\",\"version\":1}": jsonscan.ErrInvalidUTF8,
		`{"id":"c","version":1,"x":` + strings.Repeat("[", 1000) + strings.Repeat("]", 1000) + `}`: jsonscan.ErrTooDeep,
	} {
		if _, _, err := Flatten(record, Origin{}); !errors.Is(err, want) {
			t.Errorf("%.40s: error %v, want %v", record, err, want)
		}
	}
}

// Rows that are freed give their memory, and nothing of what was in it, to the
// rows of the next record.
func TestFlattenerUsesMemoryAgain(t *testing.T) {
	var records []string
	streams := int64(0)
	for call := range graphsim.NewGenerator(graphsim.GeneratorOptions{Seed: 3, CallsPerDay: 48, AllHands: 1100}).Day(time.Date(2026, 11, 18, 0, 0, 0, 0, time.UTC)) {
		records = append(records, string(call.Final().JSON))
	}
	var f Flattener
	flatten := func() {
		streams = 0
		for _, record := range records {
			rows, _, err := f.Flatten(record, Origin{TenantID: "t"})
			if err != nil {
				t.Fatal(err)
			}
			streams += rows.Call.StreamCount
			rows.Free()
		}
	}
	for round := range 2 {
		for _, record := range records {
			want, wantNotes, err := Flatten(record, Origin{TenantID: "t"})
			if err != nil {
				t.Fatal(err)
			}
			got, notes, err := f.Flatten(record, Origin{TenantID: "t"})
			if err != nil {
				t.Fatal(err)
			}
			if !sameRows(got, want) || !reflect.DeepEqual(notes, wantNotes) {
				t.Fatalf("round %d: rows of the call %s differ", round, want.Call.CallID)
			}
			got.Free()
		}
	}
	perStream := testing.AllocsPerRun(3, flatten) / float64(streams)
	// What is left are JSON texts without white space and strings with escapes;
	// the race detector has the pool lose some memory.
	if perStream > 2.5 {
		t.Errorf("%.1f allocations for each row of streams", perStream)
	}
}

// sameRows compares rows but for tables without any, which are nil or empty.
func sameRows(a, b *schemas.Rows) bool {
	return reflect.DeepEqual(a.Call, b.Call) && slices.EqualFunc(a.Participants, b.Participants, equal) && slices.EqualFunc(a.Sessions, b.Sessions, equal) &&
		slices.EqualFunc(a.Segments, b.Segments, equal) && slices.EqualFunc(a.Media, b.Media, equal) && slices.EqualFunc(a.Streams, b.Streams, equal)
}

func equal[T any](a, b T) bool { return reflect.DeepEqual(a, b) }

// Memory of a large call is not held by those of small ones.
func TestFlattenerKeepsMemoryBySize(t *testing.T) {
	var small, large string
	for call := range graphsim.NewGenerator(graphsim.GeneratorOptions{Seed: 3, CallsPerDay: 48, AllHands: 300}).Day(time.Date(2026, 11, 18, 0, 0, 0, 0, time.UTC)) {
		record := string(call.Final().JSON)
		if small == "" || len(record) < len(small) {
			small = record
		}
		if len(record) > len(large) {
			large = record
		}
	}
	var f Flattener
	for range 8 {
		for _, record := range []string{large, small} {
			rows, _, err := f.Flatten(record, Origin{TenantID: "t"})
			if err != nil {
				t.Fatal(err)
			}
			if n := int(rows.Call.StreamCount); record == small && cap(rows.Streams) > 100+n {
				t.Errorf("%d rows of streams have room for %d", n, cap(rows.Streams))
			}
			rows.Free()
		}
	}
}
