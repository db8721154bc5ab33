package load

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/parquet-go/parquet-go"

	"etl/schemas"
)

// edition is what tells two contents of the same version of a call apart, and
// which of them is kept: that which Graph wrote later; if neither is, that with
// more rows, since Graph or a proxy on the way has once been cut short; else
// the lake's.
type edition struct {
	modified start
	rows     [5]int64 // sessions, segments, media, streams, participants
}

// editionColumns are the columns of calls that hold it.
var editionColumns = []string{"last_modified_date_time", "session_count", "segment_count", "media_count", "stream_count", "participant_count"}

func editionOf(call *schemas.Call) edition {
	return edition{
		modified: startAt(call.LastModifiedDateTime),
		rows:     [5]int64{call.SessionCount, call.SegmentCount, call.MediaCount, call.StreamCount, call.ParticipantCount},
	}
}

// compare is positive where a is kept rather than b.
func (a edition) compare(b edition) int {
	if a.modified.known != b.modified.known {
		if a.modified.known {
			return 1
		}
		return -1
	}
	order := cmp.Compare(a.modified.micros, b.modified.micros)
	for i := range a.rows {
		order = cmp.Or(order, cmp.Compare(a.rows[i], b.rows[i]))
	}
	return order
}

// editions reads the editions of some calls from the table calls.
func (e *existing) editions(t *table, wanted map[callKey]*work) (map[callKey]edition, error) {
	found := map[callKey]edition{}
	places := slices.Clone(leadingPlaces)
	for _, name := range editionColumns {
		place, ok := t.place(name)
		if !ok || e.columns.origins[place].Column < 0 {
			return nil, fmt.Errorf("it has no column %s", name)
		}
		places = append(places, place)
	}
	err := e.eachRow(places, func(row []parquet.Value) {
		if key := keyOf(row[tenantPlace], row[callIDPlace]); wanted[key] != nil {
			found[key] = editionIn(row[startPlace+1:])
		}
	})
	return found, err
}

// editionIn reads the values of editionColumns.
func editionIn(values []parquet.Value) edition {
	c := edition{modified: startOf(values[0])}
	for i := range c.rows {
		c.rows[i] = values[i+1].Int64()
	}
	return c
}
