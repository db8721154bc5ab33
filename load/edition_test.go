package load

import (
	"fmt"
	"testing"

	"etl/schemas"
)

// withEdition is a call of which last_modified_date_time and the number of sessions
// are given, in both the rows and the count.
func withEdition(id string, modified *int64, sessions int) (Change, *schemas.Rows) {
	start := at("2026-10-05T12:00:00Z")
	rows := newRows(id, 1, start, shape{sessions: sessions})
	call := &rows.Call
	call.LastModifiedDateTime = modified
	call.ParticipantCount, call.SegmentCount, call.MediaCount, call.StreamCount = 0, 0, 0, 0
	call.SessionCount = int64(sessions)
	c := change(id, 1, start, bare)
	c.Rows = func() (*schemas.Rows, error) { return rows, nil }
	return c, rows
}

func TestSameVersionWithOtherContent(t *testing.T) {
	early, late := at("2026-10-05T13:00:00Z"), at("2026-10-05T14:00:00Z")
	for i, c := range []struct {
		lake, new         *int64
		inLake, brought   int
		replaced, differs bool
	}{
		{early, late, 2, 1, true, true},
		{late, early, 1, 2, false, true},
		{early, early, 1, 2, true, true},
		{early, early, 2, 1, false, true},
		{early, early, 2, 2, false, false},
		{nil, early, 2, 1, true, true},
		{early, nil, 1, 2, false, true},
	} {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			p := folderPlace(t)
			if i%2 == 0 {
				p = s3Place(t)
			}
			l, m := open(t, p), model{}
			there, old := withEdition("a", c.lake, c.inLake)
			other, rows := withEdition("b", early, 1)
			m["a"], m["b"] = old, rows
			mustCommit(t, l, there, other)
			brought, newer := withEdition("a", c.new, c.brought)
			want := Unchanged
			if c.replaced {
				want, m["a"] = Loaded, newer
			}
			r := mustCommit(t, l, brought, other)
			wantOutcomes(t, r, want, Unchanged)
			if r.Results[0].Differs != c.differs || r.Results[1].Differs {
				t.Errorf("differs: %v and %v", r.Results[0].Differs, r.Results[1].Differs)
			}
			p.check(t, m)
			// Whichever comes last, the same one stays.
			wantOutcomes(t, mustCommit(t, l, there, brought, other), map[bool][]Outcome{
				true: {Duplicate, Unchanged, Unchanged}, false: {Unchanged, Duplicate, Unchanged},
			}[c.replaced]...)
			p.check(t, m)
		})
	}
}
