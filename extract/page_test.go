package extract

import "testing"

// The key is read from what stands in the record, however that is written.
func TestKeyIsAsInTheRecord(t *testing.T) {
	for page, want := range map[string]string{
		`{"id":"` + callID + `","version":3,"startDateTime":"2026-10-05T12:00:00.123Z","sessions":[]}`: `{"id":"` + callID + `","version":3,"startDateTime":"2026-10-05T12:00:00.123Z"}`,
		` { "sessions" : [] , "startDateTime" : "noon" , "version" : 3 , "id" : "` + callID + `" } `:   `{"id":"` + callID + `","version":3,"startDateTime":"noon"}`,
		`{"id":"\u0065` + callID[1:] + `","version":3,"startDateTime":"\u0032026","sessions":[]}`:      `{"id":"\u0065` + callID[1:] + `","version":3,"startDateTime":"\u0032026"}`,
		`{"id":"` + callID + `","version":-0,"startDateTime":null,"sessions":[{"startDateTime":"x"}]}`: `{"id":"` + callID + `","version":-0}`,
		`{"id":"` + callID + `","version":3,"startDateTime":["x"],"sessions":[]}`:                      `{"id":"` + callID + `","version":3}`,
		`{"id":"` + callID + `","version":3,"sessions":[]}`:                                            `{"id":"` + callID + `","version":3}`,
	} {
		p, err := parsePage(page, wanted{id: callID, items: "sessions", record: true})
		if err != nil {
			t.Errorf("%s: %v", page, err)
		} else if got := p.key.record(); got != want {
			t.Errorf("of %s the key is %s, want %s", page, got, want)
		}
	}
}
