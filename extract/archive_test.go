package extract

import (
	"bytes"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
)

func packed(t *testing.T, text string) *bytes.Buffer {
	t.Helper()
	var b bytes.Buffer
	w, err := zstd.NewWriter(&b)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return &b
}

func TestReadArchive(t *testing.T) {
	long := `{"id":"b","text":"` + strings.Repeat("x", 1<<20) + `"}`
	text := `{"tenant_id":"t","fetched_at":"2026-10-05T01:02:03.000004Z","call":{ "id" : "a" }}` + "\n" +
		`{"fetched_at":"2026-10-05T01:02:04Z","later":[1],"call": ` + long + ` ,"tenant_id":"t\u0032"}` + "\n"
	var got []Archived
	for entry, err := range ReadArchive(packed(t, text)) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, entry)
	}
	if len(got) != 2 || got[0].TenantID != "t" || got[0].Record != `{ "id" : "a" }` || !got[0].FetchedAt.Equal(time.Date(2026, 10, 5, 1, 2, 3, 4000, time.UTC)) {
		t.Fatalf("got %+v", got)
	}
	if got[1].TenantID != "t2" || got[1].Record != long {
		t.Errorf("the second is of tenant %q with %d bytes", got[1].TenantID, len(got[1].Record))
	}
	for range ReadArchive(packed(t, text)) {
		break // a consumer may have enough
	}
}

func TestReadArchiveRefusesWhatIsNotOne(t *testing.T) {
	good := `{"tenant_id":"t","fetched_at":"2026-10-05T01:02:03Z","call":{}}`
	for name, text := range map[string]string{
		"no object":      `[]`,
		"cut":            good[:40],
		"more behind it": good + good,
		"no tenant":      `{"fetched_at":"2026-10-05T01:02:03Z","call":{}}`,
		"no time":        `{"tenant_id":"t","call":{}}`,
		"bad time":       `{"tenant_id":"t","fetched_at":"yesterday","call":{}}`,
		"no call":        `{"tenant_id":"t","fetched_at":"2026-10-05T01:02:03Z","call":[]}`,
		"blank line":     "\n" + good,
		"invalid UTF-8":  `{"tenant_id":"t","fetched_at":"2026-10-05T01:02:03Z","call":{"a":"` + "\xff" + `"}}`,
	} {
		n := 0
		var failure error
		for _, err := range ReadArchive(packed(t, good+"\n"+text+"\n"+good)) {
			n++
			failure = err
		}
		if failure == nil || n != 2 || !strings.Contains(failure.Error(), "line 2") {
			t.Errorf("%s: %d entries, error %v", name, n, failure)
		}
	}
	for name, b := range map[string][]byte{"not packed": []byte(good), "cut short": packed(t, strings.Repeat(good+"\n", 100)).Bytes()[:40]} {
		var failure error
		for _, err := range ReadArchive(bytes.NewReader(b)) {
			failure = err
		}
		if failure == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// Tenants are kept for all calls of a date, and may not keep the lines they
// were read from.
func TestArchivedTenantDoesNotKeepItsLine(t *testing.T) {
	line := `{"tenant_id":"t","fetched_at":"2026-10-05T01:02:03Z","call":{"text":"` + strings.Repeat("x", 1<<20) + `"}}` + "\n"
	archive := packed(t, strings.Repeat(line, 50))
	line = ""
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	var tenants []string
	for entry, err := range ReadArchive(archive) {
		if err != nil {
			t.Fatal(err)
		}
		tenants = append(tenants, entry.TenantID)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if held := int64(after.HeapAlloc) - int64(before.HeapAlloc); held > 20<<20 {
		t.Errorf("%d tenants hold %d bytes", len(tenants), held)
	}
	runtime.KeepAlive(tenants)
}
