package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"etl/views"
)

func (c *contents) failures() section {
	setup, drop := overall(views.SetupFailurePercent), overall(views.DropFailurePercent)
	t := &table{Name: "failures_by_date", Title: "Failures by date", Empty: "No dates.", Head: []column{
		{"call_date", "Date", false}, {"sessions", "Sessions", true}, {"setup_failed_sessions", "Setup failed", true}, {"setup_failure_percent", "share", true},
		{"dropped_sessions", "Dropped", true}, {"drop_failure_percent", "share", true},
	}}
	failed, dropped := values{series{"s1", "setup failed"}, nil}, values{series{"s2", "dropped"}, nil}
	for _, d := range c.Facts.Days {
		s := sum(d.Sessions, Sessions.plus)
		t.Rows = append(t.Rows, row{dateCell(d.Date), count(s.All), count(s.SetupFailed), against(s.setup(), setup), count(s.Dropped), against(s.drop(), drop)})
		failed.of, dropped.of = append(failed.of, rate(s.setup())), append(dropped.of, rate(s.drop()))
	}
	drawn := lines("Sessions that failed to set up or dropped, in percent", c.dates, []values{failed, dropped}, []float64{must(setup), must(drop)}, writePercent)
	all := sum(c.sessions, Sessions.plus)
	drawn.Summary = fmt.Sprintf("Failures of sessions by date. Over the period %s of %s sessions failed to set up (target %s %%) and %s dropped (target %s %%).",
		percent(all.setup()).Text, grouped(all.All), setup, percent(all.drop()).Text, drop)
	return section{
		ID: "failures", Title: "Setup failures and drops", Lead: "Graph tells of failures of sessions, where Microsoft's dashboard counts streams: the rates come near its and are not the same.",
		Charts: []figure{{drawn, t}}, Tables: []*table{c.reasons()},
	}
}

// reasons are the reasons of failures, the most frequent first.
func (c *contents) reasons() *table {
	t := &table{Name: "failure_reasons", Title: "Top reasons of failures", Top: 10, Empty: "No session has failed.", Head: []column{
		{"outcome", "Outcome", false}, {"failure_reason", "Reason, as Graph has it", false}, {"sessions", "Sessions", true}, {"percent", "of failures", true},
	}}
	keys := slices.SortedFunc(maps.Keys(c.Facts.failures), func(a, b failure) int {
		return cmp.Or(cmp.Compare(c.Facts.failures[b], c.Facts.failures[a]), cmp.Compare(a.outcome, b.outcome), cmp.Compare(a.reason, b.reason))
	})
	all := sum(c.Facts.failures, plus)
	var counts []int64
	for _, k := range keys {
		n := c.Facts.failures[k]
		outcome := map[string]string{"setup_failed": "setup failed", "dropped": "dropped"}[k.outcome]
		t.Rows = append(t.Rows, row{named(k.outcome, outcome), named(k.reason, cmp.Or(k.reason, "none given")), count(n), percent(ratio{n, all})})
		counts = append(counts, n)
	}
	t.withBars(2, counts)
	return t
}
