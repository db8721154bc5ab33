package report

import (
	"fmt"
	"slices"
	"time"
)

// arrival says how long calls took to be in the lake.
func (c *contents) arrival() section {
	t := &table{Name: "arrival_by_date", Title: "Arrival by date", Empty: "No dates.", Head: []column{
		{"call_date", "Date", false}, {"calls", "Calls", true}, {"p50_minutes", "half within", true}, {"p90_minutes", "90 % within", true}, {"max_minutes", "all within", true},
	}}
	half, most := values{series{"s1", "half of the calls within"}, nil}, values{series{"s2", "90 % within"}, nil}
	const perHour = 60
	for _, d := range c.Facts.Days {
		r := row{dateCell(d.Date), count(int64(len(d.delays)))}
		if len(d.delays) == 0 {
			t.Rows = append(t.Rows, append(r, nothing, nothing, nothing))
			half.of, most.of = append(half.of, value{}), append(most.of, value{})
			continue
		}
		slices.Sort(d.delays)
		for _, share := range []float64{0.5, 0.9, 1} {
			m := minutes(quantile(d.delays, share))
			r = append(r, number(m, span(m)))
		}
		t.Rows = append(t.Rows, r)
		half.of = append(half.of, there(max(0, minutes(quantile(d.delays, 0.5))/perHour)))
		most.of = append(most.of, there(max(0, minutes(quantile(d.delays, 0.9))/perHour)))
	}
	drawn := lines("Hours from the end of a call to its arrival", c.dates, []values{half, most}, nil, func(f float64) string { return plain(tenths(f)) + " h" })
	drawn.Summary = "No calls have arrived."
	if len(c.Facts.delays) > 0 {
		slices.Sort(c.Facts.delays)
		at := func(share float64) string { return span(minutes(quantile(c.Facts.delays, share))) }
		drawn.Summary = fmt.Sprintf("From the end of a call to its arrival: half of %s calls within %s, 90 %% within %s, 99 %% within %s, all within %s.",
			grouped(int64(len(c.Facts.delays))), at(0.5), at(0.9), at(0.99), at(1))
	}
	return section{
		ID: "arrival", Title: "Slowest to arrive", Lead: "From the end of a call until its newest version was fetched. " + drawn.Summary,
		Charts: []figure{{drawn, t}}, Tables: []*table{c.slowest()},
	}
}

func (c *contents) slowest() *table {
	t := &table{Name: "slowest_calls", Title: "Slowest calls", Empty: "No calls have arrived.", Head: []column{
		{"call_id", "Call", false}, {"call_type", "Type", false}, {"end_date_time", "Ended (UTC)", false}, {"fetched_at", "Fetched (UTC)", false}, {"minutes", "After", true},
	}}
	for _, a := range c.Facts.slowest {
		m := minutes(a.delay())
		t.Rows = append(t.Rows, row{words(a.callID), named(a.callType, typeName(a.callType)), momentCell(a.end), momentCell(a.fetched), number(m, span(m))})
	}
	return t
}

func momentCell(micros int64) cell {
	t := time.UnixMicro(micros).UTC()
	return named(t.Format(time.RFC3339Nano), moment(t))
}
