package graphsim_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"etl/internal/graphsim"
)

// small is a tenant with every shape whose seven days are quick to make.
var small = graphsim.GeneratorOptions{Seed: 42, CallsPerDay: 24, AllHands: 1001}

// firstDay is the first of the seven days.
var firstDay = noon.AddDate(0, 0, -7)

// week has the calls of seven days. It is made once and only read.
var week = sync.OnceValue(func() []graphsim.Call {
	return slices.Collect(graphsim.NewGenerator(small).Days(firstDay, 7))
})

func TestEqualSeedsGiveEqualBytes(t *testing.T) {
	o := small
	o.AllHands = 70
	generate := func() []graphsim.Call { return slices.Collect(graphsim.NewGenerator(o).Days(firstDay, 7)) }
	a, b := generate(), generate()
	if !reflect.DeepEqual(ids(a), ids(b)) {
		t.Fatal("ids differ")
	}
	for i := range a {
		for v := range a[i].Versions {
			if !bytes.Equal(a[i].Versions[v].Record.JSON, b[i].Versions[v].Record.JSON) || a[i].Versions[v].Visible != b[i].Versions[v].Visible {
				t.Fatalf("call %d, version %d differs", i, v+1)
			}
		}
	}
	o.Seed++
	if slices.ContainsFunc(generate(), func(c graphsim.Call) bool { return slices.Contains(ids(a), c.ID) }) {
		t.Error("two seeds share an id")
	}
}

func TestDateDependsOnNothingElse(t *testing.T) {
	g := graphsim.NewGenerator(small)
	alone := slices.Collect(g.Day(noon.AddDate(0, 0, -3)))
	for _, c := range alone {
		if got := c.Final().Start.Format(time.DateOnly); got != noon.AddDate(0, 0, -3).Format(time.DateOnly) {
			t.Errorf("call %s starts on %s", c.ID, got)
		}
	}
	for i, c := range slices.Collect(g.Days(noon.AddDate(0, 0, -4), 2))[len(slices.Collect(g.Day(noon.AddDate(0, 0, -4)))):] {
		if !bytes.Equal(c.Final().JSON, alone[i].Final().JSON) {
			t.Fatalf("call %d differs", i)
		}
	}
	more := small
	more.CallsPerDay, more.AllHands = 30, -1
	for i, c := range slices.Collect(graphsim.NewGenerator(more).Day(noon.AddDate(0, 0, -3)))[:24] {
		if !bytes.Equal(c.Final().JSON, alone[i].Final().JSON) {
			t.Fatalf("call %d differs when there are more calls", i)
		}
	}
}

func ids(calls []graphsim.Call) []string {
	var list []string
	for _, c := range calls {
		list = append(list, c.ID)
	}
	return list
}

func TestRecordsAreWhatTheySay(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range week() {
		if seen[c.ID] || len(c.ID) != 36 {
			t.Errorf("bad id %q", c.ID)
		}
		seen[c.ID] = true
		for i, v := range c.Versions {
			parsed, err := graphsim.ParseRecord(v.Record.JSON)
			if err != nil {
				t.Fatal(err)
			}
			if parsed.ID != c.ID || parsed.Version != int64(i+1) || !parsed.Start.Equal(v.Record.Start) || !parsed.End.Equal(v.Record.End) {
				t.Errorf("call %s: the record says %s, %d, %s, %s", c.ID, parsed.ID, parsed.Version, parsed.Start, parsed.End)
			}
			if v.Visible.Before(v.Record.End) || i == 0 && v.Visible.Sub(v.Record.End) > 150*time.Minute {
				t.Errorf("call %s: visible at %s, ended at %s", c.ID, v.Visible, v.Record.End)
			}
			if i > 0 && (!v.Visible.After(c.Versions[i-1].Visible) || len(v.Record.JSON) <= len(c.Versions[i-1].Record.JSON)) {
				t.Errorf("call %s: version %d isn't later and fuller", c.ID, i+1)
			}
		}
	}
}

// TestEachDateHasTheShapes looks for what a client may stumble over.
func TestEachDateHasTheShapes(t *testing.T) {
	for day := range 7 {
		date := firstDay.AddDate(0, 0, day)
		var all []byte
		found := map[string]bool{}
		for _, c := range week() {
			r := c.Final()
			if r.Start.Format(time.DateOnly) != date.Format(time.DateOnly) {
				continue
			}
			all = append(all, r.JSON...)
			found["two versions"] = found["two versions"] || len(c.Versions) > 1
			found["no sessions"] = found["no sessions"] || r.Sessions() == 0
			found["over midnight"] = found["over midnight"] || r.End.Day() != r.Start.Day()
			found["26 hours"] = found["26 hours"] || r.End.Sub(r.Start) >= 26*time.Hour
			found["more than one page of sessions"] = found["more than one page of sessions"] || r.Sessions() > 60
			found["all hands"] = found["all hands"] || r.Sessions() == small.AllHands
			found["no participants_v2"] = found["no participants_v2"] || !bytes.Contains(r.JSON, []byte(`"participants_v2"`))
			found["repeated session ids"] = found["repeated session ids"] || repeatsSession(t, r)
		}
		for _, text := range []string{
			`"type":"peerToPeer"`, `"stage":"callSetup"`, `"stage":"midcall"`, `"reason":""`, `"reason":null`, `"failureInfo":null`,
			`"id":"+49`, `teamsvisitor:`, `"displayName":null`, `"displayName":""`, `"roomSystem"`, `"8:acs:`, `"azureCommunicationServices"`,
			`"visionOS"`, `"ecnMarking"`, `"acsUser":null`, `"media":[]`, `"segments":[]`, `"joinWebUrl":null`, `"organizer":`,
			`"serviceUserAgent"`, `山田`, `محمد`, `🏢`, `\ud83d`, `\"Neil \\`, "e\u0301", `"linkSpeed":4294967295`,
			`"PT0S"`, `"PT3M27.1364656S"`, `"-PT1.5S"`, `"P1DT2H"`, `"traceRouteHops":[]`, `"traceRouteHops":[{`, `"tokens":{}`, `"ipAddress":""`,
			`EventRatio":0,`, `EventRatio":1,`, `"callerDevice":null`,
		} {
			if strings.Contains(text, "serviceUserAgent") {
				text = "callRecords.serviceUserAgent"
			}
			found[text] = bytes.Contains(all, []byte(text))
		}
		if date.Weekday() != time.Wednesday {
			if found["all hands"] {
				t.Errorf("%s has an all-hands meeting", date)
			}
			delete(found, "all hands")
		}
		for shape, ok := range found {
			if !ok {
				t.Errorf("%s has nothing with %s", date.Format(time.DateOnly), shape)
			}
		}
	}
}

func repeatsSession(t *testing.T, r graphsim.Record) bool {
	t.Helper()
	var call struct{ Sessions []struct{ ID string } }
	if err := json.Unmarshal(r.JSON, &call); err != nil {
		t.Fatal(err)
	}
	return len(call.Sessions) > 1 && call.Sessions[0] == call.Sessions[1]
}

func TestFractionsOfSeconds(t *testing.T) {
	digits := map[int]bool{}
	for _, c := range week() {
		_, start, _ := strings.Cut(string(c.Final().JSON[:300]), `"startDateTime":"`)
		start, _, _ = strings.Cut(start, `"`)
		_, fraction, _ := strings.Cut(strings.TrimSuffix(start, "Z"), ".")
		if strings.HasSuffix(fraction, "0") {
			t.Errorf("%s ends with a zero", start)
		}
		digits[len(fraction)] = true
	}
	for _, n := range []int{0, 5, 6, 7} {
		if !digits[n] {
			t.Errorf("no start has %d digits after the point, only %v", n, slices.Sorted(maps.Keys(digits)))
		}
	}
}

// TestEveryPropertyHasValues wants a value for every property of the v1.0
// schema that is reachable from a call record.
func TestEveryPropertyHasValues(t *testing.T) {
	list, err := os.ReadFile("testdata/properties.txt")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, c := range week() {
		if c.Final().Sessions() == small.AllHands {
			continue // large, and like others
		}
		var call any
		if err := json.Unmarshal(c.Final().JSON, &call); err != nil {
			t.Fatal(err)
		}
		mark(seen, "", call)
	}
	for path := range strings.FieldsSeq(string(list)) {
		if !seen[path] {
			t.Errorf("%s is never set", path)
		}
	}
}

// mark notes the paths below a value that aren't null, arrays left out.
func mark(seen map[string]bool, path string, value any) {
	switch v := value.(type) {
	case map[string]any:
		seen[path] = true
		for name, member := range v {
			mark(seen, strings.TrimPrefix(path+"."+name, "."), member)
		}
	case []any:
		for _, item := range v {
			mark(seen, path, item)
		}
	case nil:
	default:
		seen[path] = true
	}
}

func TestSized(t *testing.T) {
	g := graphsim.NewGenerator(graphsim.GeneratorOptions{Seed: 3, People: 50})
	for _, size := range [][2]int{{0, 0}, {1, 2}, {1001, 400}, {10000, 3}, {3, 1000}} {
		r := g.Sized(noon, 1, size[0], size[1]).Final()
		if size[0] < 10000 && !json.Valid(r.JSON) || r.Sessions() != size[0] || r.Participants() != size[1] {
			t.Errorf("asked for %v, got %d sessions and %d participants", size, r.Sessions(), r.Participants())
		}
	}
	if g.Sized(noon, 1, 1, 1).ID == g.Sized(noon, 2, 1, 1).ID {
		t.Error("two indexes give one id")
	}
}

func TestFewCallsADayShowAllShapesInTurn(t *testing.T) {
	g := graphsim.NewGenerator(graphsim.GeneratorOptions{Seed: 5, CallsPerDay: 5, AllHands: -1})
	without := 0
	for c := range g.Days(noon, 24) {
		if c.Final().Sessions() == 0 {
			without++
		}
	}
	if without != 5 {
		t.Errorf("%d of 24 dates have a call without sessions, want 5", without)
	}
}
