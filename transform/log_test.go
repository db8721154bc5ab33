package transform

import (
	"errors"
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"etl/internal/graphsim"
	"etl/internal/model"
	"etl/internal/oracle"
)

// TestLogRowsAgreeWithTheOracle compares every value of every row of the logs
// of some simulated weeks with the naive flattening.
func TestLogRowsAgreeWithTheOracle(t *testing.T) {
	monday := time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)
	compared := map[graphsim.Log]int{}
	for row := range graphsim.NewGenerator(graphsim.GeneratorOptions{Seed: 7, CallsPerDay: 60}).LogRows(monday, 21) {
		compareLogRow(t, row.Log, string(row.JSON))
		compared[row.Log]++
	}
	for _, log := range []graphsim.Log{graphsim.PstnLog, graphsim.DirectRoutingLog} {
		if compared[log] < 20 {
			t.Errorf("%d rows of %s compared, want more", compared[log], log)
		}
		for _, odd := range []string{
			`{"id":"only an id"}`,
			`{"id":"nulls","startDateTime":null,"callId":null,"correlationId":null,"charge":null,"duration":null,"successfulCall":null}`,
			`{"id":"edges","startDateTime":"2026-11-01T23:59:59.9999999Z","charge":0.000001,"connectionCharge":12345678.9,"duration":2147483647,"userId":"","calleeNumber":"anonymous ☎"}`,
			`{"id":"wrong types","startDateTime":17,"charge":"0.5","duration":1.5,"callId":{"a":1},"correlationId":[1],"successfulCall":"yes","failureDateTime":"never"}`,
			`{"startDateTime":"2026-11-01T00:00:00Z","failureDateTime":"0001-01-01T00:00:00Z","id":"last"}`,
		} {
			compareLogRow(t, log, odd)
		}
	}
}

func compareLogRow(t *testing.T, log graphsim.Log, record string) {
	t.Helper()
	const fetched = 1_795_000_000_123_456
	origin := Origin{TenantID: "the tenant", FetchedAt: fetched}
	typ, flatten := model.PstnCall, PstnCall
	if log == graphsim.DirectRoutingLog {
		typ, flatten = model.DirectRoutingCall, DirectRoutingCall
	}
	rows, _, err := flatten(record, origin)
	if err != nil {
		t.Fatal(err)
	}
	got := append(plain(rows.PstnCalls), plain(rows.DirectRoutingCalls)...)
	want, err := oracle.FlattenLogRow(typ, []byte(record), "the tenant", time.UnixMicro(fetched))
	if err != nil || len(got) != 1 {
		t.Fatalf("%d rows, error %v", len(got), err)
	}
	if id, start, err := LogKey(record); err != nil || id != got[0]["id"] || !reflect.DeepEqual(plainValue(reflect.ValueOf(start), true), got[0]["start_date_time"]) {
		t.Errorf("key %q %v of %s, error %v", id, start, record, err)
	}
	for _, column := range slices.Sorted(maps.Keys(want)) {
		if !reflect.DeepEqual(got[0][column], want[column]) {
			t.Errorf("%s: %s is %#v, want %#v", record, column, got[0][column], want[column])
		}
	}
	if len(got[0]) != len(want) {
		t.Errorf("%d columns, want %d", len(got[0]), len(want))
	}
}

func TestOddLogRows(t *testing.T) {
	_, notes, err := PstnCall(`{"id":"a","callId":7,"charge":"NaN","duration":1.5,"newProperty":{"x":1},"id":"b"}`, Origin{})
	if err != nil || notes.Unknown["pstnCallLogRow.newProperty"] != 1 || len(notes.Unknown) != 1 {
		t.Errorf("unknown %v, error %v", notes.Unknown, err)
	}
	want := map[string]int64{TypeMismatch: 1, NotANumber: 1, NumberRange: 1, MissingStart: 1, DuplicateName: 1}
	if !maps.Equal(notes.Anomalies, want) {
		t.Errorf("anomalies %v, want %v", notes.Anomalies, want)
	}
	for _, bad := range []string{`{}`, `{"id":""}`, `{"id":null}`, `{"id":5}`, `null`, `[]`, `"x"`, `{"id":"x"`} {
		_, _, pstn := PstnCall(bad, Origin{})
		_, _, directRouting := DirectRoutingCall(bad, Origin{})
		_, _, key := LogKey(bad)
		if pstn == nil || directRouting == nil || key == nil {
			t.Errorf("%s: errors %v, %v, %v", bad, pstn, directRouting, key)
		}
		if bad == `{}` && !errors.Is(pstn, ErrNoID) {
			t.Errorf("%s: error %v", bad, pstn)
		}
	}
}
