package report

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"etl/views"
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

// missing tells whether calls of the period are known to be missing.
func (c Completeness) missing() bool {
	return len(c.Uncovered)+len(c.Lost)+len(c.Doubtful)+len(c.Pending)+c.LostCalls > 0
}

func (c *contents) completeTile() tile {
	switch {
	case c.Completeness.missing():
		return tile{"Completeness", "incomplete", "see below what is missing", "over", ""}
	case !c.Completeness.Listed:
		return tile{"Completeness", "unknown", "no sync has listed the calls", "", ""}
	}
	return tile{"Completeness", "complete", "all calls that Graph lists", "within", ""}
}

// completeness says what the lake lacks of the period.
func (c *contents) completeness() section {
	k := c.Completeness
	t := &table{Name: "completeness", Title: "What is missing", Head: []column{{"what", "What", false}, {"from", "From (UTC)", false}, {"until", "Until (UTC)", false}, {"calls", "Calls", true}, {"reason", "Reason", false}}}
	empty := cell{}
	for _, spans := range []struct {
		what, text string
		of         []Span
	}{
		{"lost_span", "lost: never listed whole, and forgotten by Graph", k.Lost},
		{"uncovered_span", "not listed whole yet", k.Uncovered},
		{"doubtful_span", "listed, but with too few calls to be believed", k.Doubtful},
	} {
		for _, s := range spans.of {
			t.Rows = append(t.Rows, row{named(spans.what, spans.text), momentCell(s.From.UnixMicro()), momentCell(s.Until.UnixMicro()), nothing, empty})
		}
	}
	if k.LostCalls > 0 {
		t.Rows = append(t.Rows, row{named("lost_calls", "lost: Graph forgot them before they could be fetched"), empty, empty, count(int64(k.LostCalls)), empty})
	}
	for _, reason := range slices.Sorted(maps.Keys(k.Pending)) {
		t.Rows = append(t.Rows, row{named("pending_calls", "pending, tried again by the next run"), empty, empty, count(int64(k.Pending[reason])), words(reason)})
	}
	last := "No sync has run on this lake."
	if k.LastSync != nil {
		last = "The last sync ended on " + moment(*k.LastSync) + " UTC"
		if k.LastSuccess != nil {
			last += ", the last one with nothing left open on " + moment(*k.LastSuccess) + " UTC"
		}
		last += "."
	}
	t.Empty = "Nothing is known to be missing."
	if !k.Listed {
		last += " What Graph has was never listed, so calls may be missing that nobody knows of."
	}
	return section{ID: "completeness", Title: "Completeness", Lead: last, Tables: []*table{t}}
}

// method says how streams were classed.
func (c *contents) method() section {
	t := &table{Name: "rules", Title: "Rules", Head: []column{
		{"media_kind", "Media", false}, {"metric", "Metric", false}, {"poor_if", "Poor if", false}, {"applies_to", "Applies to", false},
	}}
	if c.Rules.MinPackets > 0 {
		t.Note = fmt.Sprintf("Audio streams of %d packets or fewer are unclassified.", c.Rules.MinPackets)
	}
	for _, r := range c.Rules.Rules {
		t.Rows = append(t.Rows, row{words(string(r.Media)), words(r.Metric), words(r.Comparison + " " + withUnit(r.Threshold, r.Unit)), words(appliesTo(r.Only))})
	}
	return section{
		ID: "method", Title: "How streams are classed",
		Lead: fmt.Sprintf("By the rule set %s (%s). Audio is poor if one threshold is broken; for video and screen sharing the first metric that is there decides. "+
			"Streams without the metrics are unclassified and count for neither side of a percentage. Test calls are left out of everything but the numbers of calls.", c.Rules.Name, c.Rules.Source),
		Tables: []*table{t},
	}
}

func appliesTo(s views.Scope) string {
	if s == views.Everywhere {
		return "all"
	}
	return string(s)
}
