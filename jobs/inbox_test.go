package jobs_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"etl/internal/graphsim"
	"etl/jobs"
	"etl/load"
)

// inbox returns an inbox in a folder with the given files.
func inbox(t *testing.T, files map[string]string) (*load.Inbox, string) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	box, err := load.OpenInbox(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	return box, dir
}

func filesIn(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestInboxFilesAreRemovedWhenTheirCallsAreLoadedOrPending(t *testing.T) {
	s := newTenant(t)
	ids := s.put(t, 6, day, hour)
	dir := t.TempDir()
	lake := openLake(t, dir)
	box, folder := inbox(t, map[string]string{
		"good.txt": ids[0] + "\n" + ids[1] + "\n", "missing.csv": "id\nunknown\n" + ids[1] + "\n", "empty": "",
		"bad.txt": "../x\n" + ids[2] + "\n", "unreadable": "[" + ids[3] + "]", "writing.tmp": ids[4],
		"notification.json": `{"value":[{"changeType":"created","resourceData":{"id":"` + ids[5] + `"}}]}`,
	})
	r := s.run(lake)
	r.Inbox = box
	report := s.mustSync(t, r, jobs.ExitIncomplete)
	if report.Loaded != 4 || report.Pending != 1 || report.Failed != 1 || report.Anomalies["unreadable_inbox_file"] != 2 {
		t.Errorf("report %s", report.JSON())
	}
	for _, c := range report.Calls {
		if want := map[string]string{"unknown": "inbox missing.csv", "../x": "inbox bad.txt"}[c.ID]; c.Source != want {
			t.Errorf("call %s is from %q, want %q", c.ID, c.Source, want)
		}
	}
	if p := readPending(t, lake)["unknown"]; p.Source != "inbox missing.csv" {
		t.Errorf("pending call %+v", p)
	}
	if got, want := filesIn(t, folder), []string{"bad.txt", "unreadable", "writing.tmp"}; !slices.Equal(got, want) {
		t.Errorf("left in the inbox are %v, want %v", got, want)
	}
	s.checkSynced(t, dir, []string{ids[0], ids[1], ids[2], ids[5]})
}

func TestInboxFileThatCannotBeReadIsNotPassedOverInSilence(t *testing.T) {
	s := newTenant(t)
	box, folder := inbox(t, map[string]string{"unreadable": "[1]"})
	r := s.run(openLake(t, t.TempDir()))
	r.Inbox = box
	if report := s.mustSync(t, r, jobs.ExitIncomplete); report.Requested != 0 || len(filesIn(t, folder)) != 1 {
		t.Errorf("left in the inbox are %v, report %s", filesIn(t, folder), report.JSON())
	}
}

// TestInboxOfARunThatIsRefused has the calls pending before their file goes.
func TestInboxOfARunThatIsRefused(t *testing.T) {
	s := newTenant(t)
	ids := s.put(t, 2, day, hour)
	lake := openLake(t, t.TempDir())
	box, folder := inbox(t, map[string]string{"ids": strings.Join(ids, "\n")})
	secret := s.ClientSecret
	s.ClientSecret = "wrong"
	r := s.sync(lake)
	r.Inbox = box
	if report, err := r.Do(t.Context()); err == nil || report.Pending != 2 {
		t.Errorf("error %v, report %s", err, report.JSON())
	}
	for _, id := range ids {
		if _, pending := readPending(t, lake)[id]; !pending && len(filesIn(t, folder)) == 0 {
			t.Errorf("call %s is neither in the inbox nor pending", id)
		}
	}
	s.ClientSecret = secret
	s.ResetLog()
	r = s.sync(lake)
	r.Inbox = box
	if report := s.mustSync(t, r, jobs.ExitLoaded); report.Loaded != 2 || report.Listing.Listed != 2 || len(filesIn(t, folder)) != 0 {
		t.Errorf("left in the inbox are %v, report %s", filesIn(t, folder), report.JSON())
	}
	if n := len(s.Requests().OfKind(graphsim.KindSessions)); n != 2 {
		t.Errorf("%d requests for sessions, want one for each call", n)
	}
}

// refilled is an inbox whose file is written anew while the run goes on.
type refilled struct {
	*load.Inbox
	again func()
}

func (r refilled) Read(ctx context.Context, name string) ([]byte, load.Token, error) {
	data, token, err := r.Inbox.Read(ctx, name)
	r.again()
	return data, token, err
}

func TestInboxFileThatChangesMeanwhileStays(t *testing.T) {
	s := newTenant(t)
	ids := s.put(t, 2, day, hour)
	dir := t.TempDir()
	lake := openLake(t, dir)
	box, folder := inbox(t, map[string]string{"ids": ids[0]})
	r := s.run(lake)
	r.Inbox = refilled{box, func() {
		if err := os.WriteFile(filepath.Join(folder, "ids"), []byte(ids[1]+"\n"), 0o600); err != nil {
			t.Error(err)
		}
	}}
	s.mustSync(t, r, jobs.ExitLoaded)
	if got := filesIn(t, folder); len(got) != 1 {
		t.Fatalf("left in the inbox are %v", got)
	}
	r.Inbox = box
	s.mustSync(t, r, jobs.ExitLoaded)
	if got := filesIn(t, folder); len(got) != 0 {
		t.Errorf("left in the inbox are %v", got)
	}
	s.checkSynced(t, dir, ids)
}
