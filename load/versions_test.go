package load

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"testing"
	"time"

	"etl/schemas"
)

func versionsOf(t testing.TB, l *Lake, date string) []Version {
	t.Helper()
	var all []Version
	for v, err := range l.Versions(t.Context(), date) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, v)
	}
	return all
}

func TestVersionsAreThoseOfTheCallsInTheLake(t *testing.T) {
	onBoth(t, func(t *testing.T, p place) {
		l := open(t, p)
		early, late := at("2026-10-05T01:00:00.5Z"), at("2026-10-05T23:00:00Z")
		timed := newRows("b", 3, early, small)
		timed.Call.EndDateTime, timed.Call.LastModifiedDateTime, timed.Call.FetchedAt = at("2026-10-05T02:00:00Z"), nil, *at("2026-10-06T00:00:00Z")
		mustCommit(t, l, change("a", 1, late, bare), change("c", 1, nil, bare), change("d", 1, at("2026-10-06T00:00:00Z"), bare),
			Change{TenantID: tenant, CallID: "b", Version: 3, Start: early, Rows: func() (*schemas.Rows, error) { return timed, nil }})
		mustCommit(t, l, change("a", 2, late, small))
		got := versionsOf(t, l, "2026-10-05")
		want := Version{
			TenantID: tenant, CallID: "b", Version: 3, Start: time.Date(2026, 10, 5, 1, 0, 0, 500_000_000, time.UTC),
			End: time.Date(2026, 10, 5, 2, 0, 0, 0, time.UTC), FetchedAt: time.Date(2026, 10, 6, 0, 0, 0, 0, time.UTC),
		}
		if len(got) != 2 || got[0] != want || got[1].CallID != "a" || got[1].Version != 2 {
			t.Errorf("versions %+v, want %+v and version 2 of a", got, want)
		}
		if got := versionsOf(t, l, schemas.NoStartDate); len(got) != 1 || got[0].CallID != "c" || !got[0].Start.IsZero() {
			t.Errorf("versions of calls without a start are %+v", got)
		}
		if got := versionsOf(t, l, "2026-10-07"); len(got) != 0 {
			t.Errorf("versions of a date without calls are %+v", got)
		}
	})
}

func TestVersionsOfManyRowGroups(t *testing.T) {
	l := open(t, folderPlace(t))
	var changes []Change
	var want []string
	for i := range 3000 {
		start := *at("2026-10-05T00:00:00Z") + int64(i)
		changes = append(changes, change(fmt.Sprintf("%04d", i), 1, &start, bare))
		want = append(want, fmt.Sprintf("%04d", i))
	}
	mustCommit(t, l, changes...)
	var got []string
	for _, v := range versionsOf(t, l, "2026-10-05") {
		got = append(got, v.CallID)
	}
	if !slices.Equal(got, want) {
		t.Errorf("%d versions, want %d in order", len(got), len(want))
	}
	n := 0
	for range l.Versions(t.Context(), "2026-10-05") {
		if n++; n == 10 {
			break
		}
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	reason := errors.New("enough of it")
	cancel(reason)
	for _, err := range l.Versions(ctx, "2026-10-05") {
		if !errors.Is(err, reason) || errors.Is(err, ErrStorage) {
			t.Errorf("error %v, want the cause of the context", err)
		}
	}
}

func TestVersionsOfABrokenObject(t *testing.T) {
	p := folderPlace(t)
	l := open(t, p)
	mustCommit(t, l, change("a", 1, at("2026-10-05T12:00:00Z"), bare), change("b", 1, at("2026-10-05T13:00:00Z"), bare))
	name := filepath.Join(p.dir, filepath.FromSlash(objectKey(schemas.Calls, "2026-10-05")))
	good, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	defer debug.SetGCPercent(debug.SetGCPercent(50)) // a broken page header may ask for a gigabyte
	failed := 0
	for i := 0; i < len(good); i += 37 {
		bad := bytes.Clone(good)
		bad[i] ^= 1 << (i % 8)
		if err := os.WriteFile(name, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		for _, err := range l.Versions(t.Context(), "2026-10-05") {
			if err == nil {
				continue
			}
			failed++
			if !errors.Is(err, ErrStorage) && !errors.Is(err, ErrNewerFormat) {
				t.Errorf("bit %d of byte %d: error %v", i%8, i, err)
			}
		}
	}
	if failed == 0 {
		t.Error("no flipped bit was noticed")
	}
}
