package jobs_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"etl/internal/graphsim"
	"etl/internal/oracle"
)

// plot is a call whose versions a test writes: the first n sessions of a
// larger call, with a start that can move.
type plot struct {
	final graphsim.Record
}

// newPlot is a call of the given date with at most so many sessions. Plots of
// one date differ by their index.
func newPlot(date time.Time, index, sessions, participants int) plot {
	g := graphsim.NewGenerator(graphsim.GeneratorOptions{Seed: 3, AllHands: -1})
	return plot{g.Sized(date, index, sessions, participants).Final()}
}

// version returns the call with its first sessions, starting so much later
// than planned.
func (p plot) version(t tester, version int64, sessions int, later time.Duration) graphsim.Record {
	t.Helper()
	var call map[string]json.RawMessage
	if err := json.Unmarshal(p.final.JSON, &call); err != nil {
		t.Fatal(err)
	}
	var all []json.RawMessage
	if err := json.Unmarshal(call["sessions"], &all); err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]any{
		"version":       version,
		"sessions":      all[:min(sessions, len(all))],
		"startDateTime": p.final.Start.Add(later),
		"endDateTime":   p.final.End.Add(later),
	} {
		text, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		call[name] = text
	}
	text, err := json.Marshal(call)
	if err != nil {
		t.Fatal(err)
	}
	record, err := graphsim.ParseRecord(text)
	if err != nil {
		t.Fatal(err)
	}
	return record
}

// oneDay moves a call across midnight and not to another time of the day.
const oneDay = 24 * time.Hour

// story is what a tenant has at one time, and at a later one.
type story [2][]graphsim.Record

// newStory has six calls of two dates: one of more pages than one, one that
// grows, two that move across midnight in either direction, one that stays as
// it is, and one that comes late.
func newStory(t *testing.T, date time.Time) story {
	t.Helper()
	next := date.Add(oneDay)
	large, grows, moves := newPlot(date, 0, 61, 3), newPlot(date, 1, 3, 2), newPlot(date, 2, 2, 2)
	back, stays, late := newPlot(next, 3, 2, 2), newPlot(next, 4, 2, 2), newPlot(next, 5, 2, 2)
	return story{
		{
			large.version(t, 1, 61, 0), grows.version(t, 1, 1, 0), moves.version(t, 1, 1, 0),
			back.version(t, 1, 2, 0), stays.version(t, 1, 2, 0),
		},
		{
			grows.version(t, 3, 3, 0), moves.version(t, 2, 2, oneDay),
			back.version(t, 2, 1, -oneDay), late.version(t, 1, 2, 0),
		},
	}
}

// put makes the records the newest of their calls, in the tenant and in the
// truth.
func put(sim *graphsim.Tenant, truth oracle.Truth, records ...graphsim.Record) {
	for _, r := range records {
		sim.Put(r)
		truth[r.ID] = append(slices.Clip(truth[r.ID]), r.JSON)
	}
}
