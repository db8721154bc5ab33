package graphsim_test

import (
	"bytes"
	"compress/gzip"
	"crypto/tls"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"etl/internal/graphsim"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// noon is the simulated time of most tests: a Thursday.
var noon = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

func frozen() time.Time { return noon }

// simulated is a server with one client, closed with the test.
type simulated struct {
	*graphsim.Server
	t      *testing.T
	tenant *graphsim.Tenant
	client *http.Client
	token  string
}

func start(t *testing.T, o graphsim.Options, records ...graphsim.Record) *simulated {
	t.Helper()
	if o.Tenant == nil {
		o.Tenant = graphsim.NewTenant(graphsim.TenantOptions{Now: frozen})
	}
	server, err := graphsim.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	client := server.Client()
	t.Cleanup(func() {
		client.CloseIdleConnections()
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	for _, r := range records {
		o.Tenant.Put(r)
	}
	return &simulated{Server: server, t: t, tenant: o.Tenant, client: client, token: server.IssueToken()}
}

// http1 returns a client that doesn't offer HTTP/2.
func (s *simulated) http1() *http.Client {
	client := s.Client()
	transport := client.Transport.(*http.Transport)
	transport.ForceAttemptHTTP2 = false
	transport.TLSNextProto = map[string]func(string, *tls.Conn) http.RoundTripper{}
	s.t.Cleanup(transport.CloseIdleConnections)
	return client
}

// answer is a response that was read whole.
type answer struct {
	*http.Response
	body []byte
	err  error // of reading the body
}

// send sends a GET with a token and the usual preferences.
func (s *simulated) send(client *http.Client, url string, header http.Header) (answer, error) {
	s.t.Helper()
	// A link is sent byte for byte, but for the documented form.
	url = strings.Replace(url, "/v1.0/$metadata#", "/v1.0/", 1)
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, url, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+s.token)
	r.Header.Set("Prefer", "include-unknown-enum-members")
	for name, values := range header {
		r.Header[name] = values
	}
	response, err := client.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return answer{response, body, err}, nil
}

// get sends a GET that must be answered with the given status.
func (s *simulated) get(status int, path string, header http.Header) answer {
	s.t.Helper()
	if !strings.HasPrefix(path, "https://") {
		path = s.GraphURL + path
	}
	a, err := s.send(s.client, path, header)
	if err != nil {
		s.t.Fatal(err)
	}
	if a.err != nil {
		s.t.Fatalf("reading %s: %v", path, a.err)
	}
	if a.StatusCode != status {
		s.t.Fatalf("GET %s: status %d, want %d: %.300s", path, a.StatusCode, status, a.body)
	}
	return a
}

// object is the body as decoded JSON.
func (a answer) object(t *testing.T) map[string]any {
	t.Helper()
	return decode(t, a.body)
}

func decode(t *testing.T, b []byte) map[string]any {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var object map[string]any
	if err := d.Decode(&object); err != nil {
		t.Fatalf("decoding %.200s: %v", b, err)
	}
	return object
}

// collect follows a relation's next links to their end and returns the items
// and the number of pages.
func (s *simulated) collect(id, relation, expand string, header http.Header) (items []any, pages int) {
	s.t.Helper()
	page := s.get(200, "/v1.0/communications/callRecords/"+id+"?$expand="+expand, header).object(s.t)
	name, key := relation+"@odata.nextLink", relation
	for {
		pages++
		got, ok := page[key].([]any)
		if !ok {
			s.t.Fatalf("page %d of %s has no %s", pages, relation, key)
		}
		items = append(items, got...)
		link, _ := page[name].(string)
		if link == "" {
			return items, pages
		}
		page = s.get(200, link, header).object(s.t)
		name, key = "@odata.nextLink", "value"
	}
}

// sized returns a call with exactly so many sessions and participants that
// started yesterday.
func sized(sessions, participants int) graphsim.Record {
	g := graphsim.NewGenerator(graphsim.GeneratorOptions{Seed: 7})
	return g.Sized(noon.AddDate(0, 0, -1), 0, sessions, participants).Final()
}

// record is a small record with the given id and start.
func record(t *testing.T, id string, version int, start time.Time) graphsim.Record {
	t.Helper()
	body, err := json.Marshal(map[string]any{
		"id": id, "version": version, "type": "groupCall", "startDateTime": start, "endDateTime": start.Add(time.Hour),
		"organizer_v2": map[string]any{"id": "o"}, "sessions": []any{}, "participants_v2": []any{},
	})
	if err != nil {
		t.Fatal(err)
	}
	r, err := graphsim.ParseRecord(body)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func gunzip(t *testing.T, b []byte) []byte {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return plain
}
