package load

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"etl/schemas"
)

// written writes what is to be seen of a value.
func written[T any](value T, there bool) string {
	if !there {
		return "NULL"
	}
	return fmt.Sprint(value)
}

// pointed writes what a field holds.
func pointed[T any](p *T) string {
	if p == nil {
		return "NULL"
	}
	return fmt.Sprint(*p)
}

func textOf(r *Rows, column int) string {
	b := r.Text(column)
	return written(string(b), b != nil)
}

func rowsOf(t testing.TB, l *Lake, table, date string, columns ...string) *Rows {
	t.Helper()
	r, err := l.Rows(t.Context(), table, date, columns...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

func TestRowsOfCallsWithTheirSessionsAndStreams(t *testing.T) {
	const date = "2026-10-05"
	onBoth(t, func(t *testing.T, p place) {
		l := open(t, p)
		midnight := *at("2026-10-05T00:00:00Z")
		var changes []Change
		var want, got []string
		for i := range 60 {
			start, s := midnight+int64(i/2)*1e6, []shape{large, bare, small}[i%3]
			rows := newRows(fmt.Sprintf("%02d", i), 1, &start, s)
			changes = append(changes, Change{TenantID: tenant, CallID: rows.Call.CallID, Version: 1, Start: &start, Rows: func() (*schemas.Rows, error) { return rows, nil }})
			want = append(want, fmt.Sprint("call ", start, pointed(rows.Call.Type), pointed(rows.Call.EndDateTime)))
			for _, e := range rows.Sessions {
				want = append(want, fmt.Sprint("session ", e.SessionOrdinal, e.IsTest != nil && *e.IsTest, pointed(e.FailureInfoStage)))
			}
			for _, m := range rows.Streams {
				want = append(want, fmt.Sprint("stream ", m.StreamOrdinal, pointed(m.AverageJitterMs), pointed(m.PacketUtilization), pointed(m.MediaLabel)))
			}
		}
		mustCommit(t, l, changes...)
		calls := rowsOf(t, l, schemas.Calls, date, "type", "end_date_time")
		sessions := rowsOf(t, l, schemas.Sessions, date, "session_ordinal", "is_test", "failure_info_stage")
		streams := rowsOf(t, l, schemas.Streams, date, "stream_ordinal", "average_jitter_ms", "packet_utilization", "media_label")
		for calls.Next() {
			start, _ := calls.CallStart()
			got = append(got, fmt.Sprint("call ", start, textOf(calls, 0), written(calls.Int(1))))
			for sessions.NextOf(calls) {
				ordinal, _ := sessions.Int(0)
				got = append(got, fmt.Sprint("session ", ordinal, sessions.True(1), textOf(sessions, 2)))
			}
			for streams.NextOf(calls) {
				ordinal, _ := streams.Int(0)
				got = append(got, fmt.Sprint("stream ", ordinal, written(streams.Double(1)), written(streams.Int(2)), textOf(streams, 3)))
			}
		}
		if err := errors.Join(calls.Err(), sessions.Err(), streams.Err()); err != nil || !slices.Equal(got, want) {
			t.Errorf("error %v; %d rows\n%v\nwant %d\n%v", err, len(got), got, len(want), want)
		}
		if none := rowsOf(t, l, schemas.Calls, "2026-10-06", "type"); none.Next() || none.Err() != nil || none.NextOf(calls) {
			t.Errorf("a date without calls has rows, or error %v", none.Err())
		}
	})
}

// TestRowsOfTheSameVersion has children that are ahead of calls, as after a
// crash, and calls without any.
func TestRowsOfTheSameVersion(t *testing.T) {
	const date = "2026-10-05"
	start := at("2026-10-05T12:00:00Z")
	old, new := folderPlace(t), folderPlace(t)
	mustCommit(t, open(t, old), change("a", 1, start, bare), change("b", 1, start, small), change("d", 1, start, small))
	mustCommit(t, open(t, new), change("a", 1, start, small), change("b", 2, start, small), change("c", 1, start, small), change("d", 1, start, small))
	content, err := os.ReadFile(filepath.Join(new.dir, objectKey(schemas.Sessions, date)))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(old.dir, objectKey(schemas.Sessions, date)), content, 0o600); err != nil {
		t.Fatal(err)
	}
	l := open(t, old)
	calls, sessions := rowsOf(t, l, schemas.Calls, date, "call_id"), rowsOf(t, l, schemas.Sessions, date, "call_id", "call_version")
	got := ""
	for calls.Next() {
		got += textOf(calls, 0) + ":"
		for sessions.NextOf(calls) {
			got += textOf(sessions, 0) + written(sessions.Int(1)) + ","
		}
	}
	if want := "a:a1,a1,b:d:d1,d1,"; got != want || sessions.Err() != nil {
		t.Errorf("error %v, rows %s, want %s", sessions.Err(), got, want)
	}
}

func TestRowsThatCanNotBeRead(t *testing.T) {
	const date = "2026-10-05"
	start := at("2026-10-05T12:00:00Z")
	p := folderPlace(t)
	l := open(t, p)
	mustCommit(t, l, change("a", 1, start, small), change("b", 1, start, small))
	for _, column := range []string{"session", "modalities"} {
		if _, err := l.Rows(t.Context(), schemas.Sessions, date, column); err == nil {
			t.Errorf("the column %s can be read", column)
		}
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	canceled, err := l.Rows(ctx, schemas.Sessions, date)
	if err != nil {
		t.Fatal(err)
	}
	defer canceled.Close()
	reason := errors.New("enough of it")
	cancel(reason)
	canceled.read = looksUpEvery - 1
	if canceled.Next() || !errors.Is(canceled.Err(), reason) {
		t.Errorf("error %v, want the cause of the context", canceled.Err())
	}

	table := newTables(newCodec())[3]
	sessions := append(newRows("b", 1, start, small).Sessions, newRows("a", 1, start, small).Sessions...)
	backwards := writeFile(t, table, reflect.ValueOf(sessions))
	name := filepath.Join(p.dir, objectKey(table.name, date))
	if err := os.WriteFile(name, backwards, 0o600); err != nil {
		t.Fatal(err)
	}
	r := rowsOf(t, l, table.name, date)
	n := 0
	for r.Next() {
		n++
	}
	if !errors.Is(r.Err(), ErrDamaged) || !errors.Is(r.Err(), ErrStorage) || n != small.sessions {
		t.Errorf("%d rows, error %v, want one that says that they are out of order", n, r.Err())
	}
	if r.Next() {
		t.Error("there are rows after an error")
	}
}

// TestRowsOfABrokenObject flips bits: what comes is an error or rows, never a
// panic.
func TestRowsOfABrokenObject(t *testing.T) {
	const date = "2026-10-05"
	p := folderPlace(t)
	l := open(t, p)
	mustCommit(t, l, change("a", 1, at("2026-10-05T12:00:00Z"), small), change("b", 1, at("2026-10-05T13:00:00Z"), small))
	name := filepath.Join(p.dir, objectKey(schemas.Streams, date))
	good, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	failed := 0
	for i := 0; i < len(good); i += 61 {
		bad := bytes.Clone(good)
		bad[i] ^= 1 << (i % 8)
		if err := os.WriteFile(name, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := l.Rows(t.Context(), schemas.Streams, date, "media_label", "average_jitter_ms", "packet_utilization", "was_media_bypassed")
		if err == nil {
			for r.Next() {
				r.Text(0)
				r.Double(1)
				r.Int(2)
				r.True(3)
			}
			err = errors.Join(r.Err(), r.Close())
		}
		if err != nil {
			failed++
		}
		if err != nil && !errors.Is(err, ErrStorage) && !errors.Is(err, ErrNewerFormat) {
			t.Errorf("bit %d of byte %d: error %v", i%8, i, err)
		}
	}
	if failed == 0 {
		t.Error("no flipped bit was noticed")
	}
}
