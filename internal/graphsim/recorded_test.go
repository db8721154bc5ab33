package graphsim_test

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"etl/internal/graphsim"
)

const documentedID = "e523d2ed-2966-4b6b-925b-754a88034cc5"

// recorded serves the responses of a folder.
func recorded(t *testing.T, dir string) *simulated {
	t.Helper()
	records, err := graphsim.LoadRecords(dir)
	if err != nil {
		t.Fatal(err)
	}
	tenant := graphsim.NewTenant(graphsim.TenantOptions{Now: frozen, Retention: graphsim.KeepForever})
	return start(t, graphsim.Options{Tenant: tenant}, records...)
}

// TestDocumentedResponses serves the examples of Graph's documentation, of
// 2020, and gets them back as they are there.
func TestDocumentedResponses(t *testing.T) {
	s := recorded(t, "testdata/documented")
	for file, query := range map[string]string{
		"get":              "",
		"get-sessions":     "?$expand=sessions($expand=segments)",
		"get-participants": "?$expand=participants_v2",
	} {
		data, err := os.ReadFile("testdata/documented/" + file + ".json")
		if err != nil {
			t.Fatal(err)
		}
		want := decode(t, bytes.ReplaceAll(data, []byte("https://graph.microsoft.com"), []byte(s.GraphURL)))
		got := s.get(200, "/v1.0/communications/callRecords/"+documentedID+query, nil).object(t)
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %v, want %v", file, got, want)
		}
	}
	sessions, pages := s.collect(documentedID, "sessions", "sessions($expand=segments)", nil)
	if len(sessions) != 1 || pages != 2 {
		t.Errorf("%d sessions in %d pages", len(sessions), pages)
	}
	if people, pages := s.collect(documentedID, "participants_v2", "participants_v2", nil); len(people) != 2 || pages != 2 {
		t.Errorf("%d participants in %d pages", len(people), pages)
	}
	s.get(400, "/v1.0/communications/callRecords/"+documentedID+"/sessions?$skiptoken=other", nil)
	truth, ok := s.tenant.Newest(documentedID)
	if !ok || truth.Sessions() != 1 || truth.Participants() != 2 || truth.Version != 1 || bytes.Contains(truth.JSON, []byte("nextLink")) {
		t.Errorf("the truth is %s", truth.JSON)
	}
}

func TestRecordedAgeIsKeptIfAsked(t *testing.T) {
	records, err := graphsim.LoadRecords("testdata/documented")
	if err != nil {
		t.Fatal(err)
	}
	s := start(t, graphsim.Options{}, records...)
	s.get(404, "/v1.0/communications/callRecords/"+documentedID, nil)
}

// write makes a folder of files.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestRecordedPagesAreCombined(t *testing.T) {
	const pageOf = `{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#communications/callRecords(`
	dir := write(t, map[string]string{
		"a.json": `{"id":"a","version":2,"type":"groupCall","sessions":[{"id":"1"}, {"id":"2"}],"sessions@odata.nextLink":
			"https://graph.microsoft.com/v1.0/$metadata#communications/callRecords('a')/sessions?$expand=segments&$skiptoken=p%2F2"}`,
		"a2.json": pageOf + `'a')/sessions(segments())","value":[{"id":"3"}],
			"@odata.nextLink":"https://graph.microsoft.com/v1.0/communications/callRecords/a/sessions?$expand=segments&$skiptoken=p%2F3"}`,
		"a3.json":    pageOf + `'a')/sessions","value":[{"id":"4"},{"id":"5"}]}`,
		"a4.json":    `{"@odata.context":"https://graph.microsoft.com/$metadata#communications/callRecords/a/participants_v2","value":[{"id":"p"}]}`,
		"a-old.json": `{"id":"a","version":1,"type":"unknown"}`,
		"b.json":     `{"id":"b","version":1,"sessions":[],"participants_v2":[{"id":"q"}]}`,
		"notes.txt":  `not read`,
	})
	s := recorded(t, dir)
	sessions, pages := s.collect("a", "sessions", "sessions($expand=segments)", nil)
	if len(sessions) != 5 || pages != 3 || sessions[4].(map[string]any)["id"] != "5" {
		t.Errorf("%v in %d pages", sessions, pages)
	}
	if people, pages := s.collect("a", "participants_v2", "participants_v2", nil); len(people) != 1 || pages != 1 {
		t.Errorf("%v in %d pages", people, pages)
	}
	if r, _ := s.tenant.Newest("a"); r.Version != 2 || r.Sessions() != 5 || r.Participants() != 1 {
		t.Errorf("the truth is %s", r.JSON)
	}
	if got := s.tenant.IDs(); !reflect.DeepEqual(got, []string{"a", "b"}) {
		t.Errorf("ids %v", got)
	}
}

func TestRecordedFilesThatAreWrong(t *testing.T) {
	page := `{"@odata.context":"https://g/v1.0/$metadata#communications/callRecords('a')/sessions","value":[]}`
	for name, c := range map[string]struct {
		files map[string]string
		want  []string
	}{
		"not JSON":      {map[string]string{"x.json": `{"id":`}, []string{"x.json", "unexpected end"}},
		"empty":         {map[string]string{"x.json": ``}, []string{"x.json", "unexpected end"}},
		"no id":         {map[string]string{"x.json": `{"version":1}`}, []string{"x.json", "no id"}},
		"array":         {map[string]string{"x.json": `[]`}, []string{"x.json", "object"}},
		"list of calls": {map[string]string{"x.json": `{"@odata.context":"https://g/v1.0/$metadata#communications/callRecords","value":[]}`}, []string{"x.json", "no id"}},
		"page alone":    {map[string]string{"x.json": page}, []string{"x.json", "call a itself"}},
		"twice":         {map[string]string{"x.json": `{"id":"a","sessions":[]}`, "y.json": `{"id":"a","sessions":[]}`}, []string{"y.json", "already"}},
		"past the end":  {map[string]string{"x.json": `{"id":"a","sessions":[]}`, "y.json": page}, []string{"y.json", "end before"}},
		"relative link": {map[string]string{"x.json": `{"id":"a","sessions":[],"sessions@odata.nextLink":"/v1.0/x"}`}, []string{"x.json", "absolute"}},
		"nothing":       {map[string]string{"x.txt": `{}`}, []string{"no *.json file"}},
	} {
		_, err := graphsim.LoadRecords(write(t, c.files))
		for _, part := range c.want {
			if err == nil || !strings.Contains(err.Error(), part) {
				t.Errorf("%s: error %v, want one with %q", name, err, part)
			}
		}
	}
}
