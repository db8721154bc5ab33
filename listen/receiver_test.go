package listen

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"etl/load"
)

const (
	state   = "state-canary-0123456789"
	firstID = "0b6f4d2e-1111-4c3a-8000-000000000001"
	otherID = "0b6f4d2e-1111-4c3a-8000-000000000002"
)

// events are what a teller was told.
type events []string

func (e *events) Tell(name, subscriptionID string) { *e = append(*e, name+" "+subscriptionID) }

// desk is a Receiver that is served, and what it leaves behind.
type desk struct {
	t      *testing.T
	url    string
	folder string
	told   events
	log    bytes.Buffer
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{t: t, folder: t.TempDir()}
	inbox, err := load.OpenInbox(t.Context(), d.folder)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(NewReceiver(inbox, &d.told, state, slog.New(slog.NewJSONHandler(&d.log, nil))))
	t.Cleanup(server.Close)
	d.url = server.URL
	return d
}

// send sends a request and returns its answer.
func (d *desk) send(method, path, kind, body string) (resp *http.Response, text string) {
	d.t.Helper()
	r, err := http.NewRequestWithContext(d.t.Context(), method, d.url+path, strings.NewReader(body))
	if err != nil {
		d.t.Fatal(err)
	}
	r.Header.Set("Content-Type", kind)
	resp, err = http.DefaultTransport.RoundTrip(r)
	if err != nil {
		d.t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	return resp, string(answer)
}

// notify sends a notification and returns the status.
func (d *desk) notify(items ...string) int {
	d.t.Helper()
	resp, _ := d.send(http.MethodPost, "/x", "application/json; charset=utf-8", `{"value":[`+strings.Join(items, ",")+`]}`)
	return resp.StatusCode
}

// files are the texts in the inbox.
func (d *desk) files() (texts []string) {
	d.t.Helper()
	entries, err := os.ReadDir(d.folder)
	if err != nil {
		d.t.Fatal(err)
	}
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(d.folder, e.Name()))
		if err != nil {
			d.t.Fatal(err)
		}
		texts = append(texts, string(text))
	}
	return texts
}

// about is an item about a call.
func about(id, state string) string {
	return fmt.Sprintf(`{"subscriptionId":"s1","clientState":%q,"changeType":"updated","id":"of-the-notification","resource":"communications/callRecords/%s",
		"resourceData":{"@odata.type":"#microsoft.graph.callrecord","id":%q}}`, state, id, id)
}

func lifecycle(event, state string) string {
	return fmt.Sprintf(`{"subscriptionId":"s1","clientState":%q,"lifecycleEvent":%q,"resource":"communications/callRecords"}`, state, event)
}

func TestReceiverRepeatsValidationTokens(t *testing.T) {
	d := newDesk(t)
	token := `Validation: <script>alert("x")</script> & 100% +plus`
	resp, text := d.send(http.MethodPost, "/any/path?x=1&validationToken="+url.QueryEscape(token), "text/plain; charset=utf-8", "")
	if resp.StatusCode != http.StatusOK || text != token || resp.Header.Get("Content-Type") != "text/plain; charset=utf-8" || resp.Header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("answer %d %v %q", resp.StatusCode, resp.Header, text)
	}
	for _, query := range []string{"validationToken=", "validationToken=" + strings.Repeat("x", maxToken+1), "validationToken=%zz"} {
		if resp, text := d.send(http.MethodPost, "/?"+query, "text/plain", ""); resp.StatusCode != http.StatusBadRequest || text != "" {
			t.Errorf("%.40s: answer %d %.40q", query, resp.StatusCode, text)
		}
	}
}

func TestReceiverTakesNotifications(t *testing.T) {
	d := newDesk(t)
	if code := d.notify(about(firstID, state), about(otherID, state), about(firstID, state)); code != http.StatusAccepted {
		t.Errorf("status %d", code)
	}
	if files := d.files(); len(files) != 1 || files[0] != firstID+"\n"+otherID+"\n" {
		t.Errorf("files %q", files)
	}
	if code := d.notify(about(firstID, state)); code != http.StatusAccepted || len(d.files()) != 2 {
		t.Errorf("status %d, files %q", code, d.files())
	}
	if log := d.log.String(); strings.Contains(log, "canary") || strings.Contains(log, firstID) {
		t.Errorf("the log is %s", log)
	}
}

func TestReceiverDropsWhatIsNotOfItsSubscription(t *testing.T) {
	d := newDesk(t)
	for _, item := range []string{
		about(firstID, "guess"), about(firstID, ""), about(firstID, state+"x"), about(firstID, state[:len(state)-1]), `{"resourceData":{"id":"x"}}`, "3", "null",
		`{"clientState":["` + state + `"],"resource":"communications/callRecords/x"}`, lifecycle(subscriptionRemoved, "guess"),
	} {
		if code := d.notify(item); code != http.StatusAccepted {
			t.Errorf("%s: status %d", item, code)
		}
	}
	if n := strings.Count(d.log.String(), "client state of this receiver"); n != 9 || strings.Contains(d.log.String(), "guess") {
		t.Errorf("%d warnings: %s", n, d.log.String())
	}
	for _, item := range []string{about("../../users", state), about("", state), `{"clientState":"` + state + `","resource":"users/x"}`} {
		if code := d.notify(item); code != http.StatusAccepted {
			t.Errorf("%s: status %d", item, code)
		}
	}
	if len(d.files()) != 0 || len(d.told) != 0 {
		t.Errorf("files %q, told %v", d.files(), d.told)
	}
	if code := d.notify(about(otherID, "guess"), about(firstID, state)); code != http.StatusAccepted {
		t.Errorf("status %d", code)
	}
	if files := d.files(); len(files) != 1 || files[0] != firstID+"\n" {
		t.Errorf("files %q", files)
	}
}

func TestReceiverRefuses(t *testing.T) {
	d := newDesk(t)
	for _, c := range []struct {
		method, kind, body string
		code               int
	}{
		{http.MethodPut, "application/json", `{"value":[]}`, http.StatusMethodNotAllowed},
		{http.MethodGet, "", "", http.StatusMethodNotAllowed},
		{http.MethodPost, "", `{"value":[]}`, http.StatusUnsupportedMediaType},
		{http.MethodPost, "text/plain", `{"value":[]}`, http.StatusUnsupportedMediaType},
		{http.MethodPost, "application/json", `{"value":[]`, http.StatusBadRequest},
		{http.MethodPost, "application/json", `{"value":null}`, http.StatusBadRequest},
		{http.MethodPost, "application/json", `[]`, http.StatusBadRequest},
		{http.MethodPost, "application/json", "", http.StatusBadRequest},
		{http.MethodPost, "application/json", `{"value":[` + strings.Repeat(" ", maxBody) + `]}`, http.StatusRequestEntityTooLarge},
		{http.MethodPost, "application/json", `{"value":[]}`, http.StatusAccepted},
	} {
		if resp, _ := d.send(c.method, "/", c.kind, c.body); resp.StatusCode != c.code {
			t.Errorf("%s %s %.40s: status %d, want %d", c.method, c.kind, c.body, resp.StatusCode, c.code)
		}
	}
	if resp, _ := d.send(http.MethodGet, "/healthz", "", ""); resp.StatusCode != http.StatusOK {
		t.Errorf("health: status %d", resp.StatusCode)
	}
	if len(d.files()) != 0 {
		t.Errorf("files %q", d.files())
	}
}

func TestReceiverPassesEventsOn(t *testing.T) {
	d := newDesk(t)
	if code := d.notify(lifecycle(reauthorizationRequired, state), about(firstID, state), lifecycle(missed, state)); code != http.StatusAccepted {
		t.Errorf("status %d", code)
	}
	if len(d.files()) != 1 || len(d.told) != 2 || d.told[0] != "reauthorizationRequired s1" || d.told[1] != "missed s1" {
		t.Errorf("files %q, told %v", d.files(), d.told)
	}
}

func TestReceiverThatCannotWriteAsksForMore(t *testing.T) {
	d := newDesk(t)
	if err := os.Remove(d.folder); err != nil {
		t.Fatal(err)
	}
	if code := d.notify(about(firstID, state), lifecycle(subscriptionRemoved, state)); code != http.StatusServiceUnavailable || len(d.told) != 0 {
		t.Errorf("status %d, told %v", code, d.told)
	}
	if !strings.Contains(d.log.String(), "sends them again") {
		t.Errorf("the log is %s", d.log.String())
	}
}

// stuck is an inbox that doesn't answer until it is released.
type stuck chan struct{}

func (s stuck) Put(context.Context, string, []byte) error { <-s; return errors.New("released") }

// TestReceiverAnswersInTime waits in the time of a bubble.
func TestReceiverAnswersInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inbox := make(stuck)
		receiver := NewReceiver(inbox, new(events), state, slog.New(slog.DiscardHandler))
		post := func() int {
			w := httptest.NewRecorder()
			r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(`{"value":[`+about(firstID, state)+`]}`))
			r.Header.Set("Content-Type", "application/json")
			receiver.ServeHTTP(w, r)
			return w.Code
		}
		for i := range maxWriting + 1 {
			begun := time.Now()
			code := post()
			took := time.Since(begun)
			if code != http.StatusServiceUnavailable || took >= 3*time.Second || i == maxWriting && took != 0 {
				t.Fatalf("request %d: status %d after %s", i, code, took)
			}
		}
		close(inbox)
	})
}
