package main

import (
	"encoding/json"
	"fmt"
	"text/tabwriter"
	"time"

	"etl/jobs"
)

// statusCommand is etl status.
type statusCommand struct {
	lakeFlags
	outputFlags
	hotFlags
}

// Run says how complete the lake is.
func (c *statusCommand) Run(a *app) error {
	lake, err := c.open(a)
	if err != nil {
		return err
	}
	defer lake.Close()
	status, err := jobs.ReadStatus(a.ctx, lake, time.Now(), c.HotWindow)
	if err != nil {
		return err
	}
	a.code = status.ExitCode
	if c.Output == "json" {
		text, err := json.MarshalIndent(status, "", "  ")
		if err != nil {
			return fmt.Errorf("encoding the status: %w", err)
		}
		_, err = fmt.Fprintf(a.stdout, "%s\n", text)
		return err
	}
	return c.print(a, status)
}

func (c *statusCommand) print(a *app, s *jobs.Status) error {
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	line := func(name, format string, args ...any) { fmt.Fprintf(w, name+"\t"+format+"\n", args...) }
	line("last run", "%s", ago(s.LastRun, s.At))
	line("last success", "%s", ago(s.LastSuccess, s.At))
	for i, l := range s.Listed {
		line(once(i, "covered"), "%s, listed %s", span(l.Span), ago(&l.ListedAt, s.At))
	}
	for i, u := range s.Uncovered {
		line(once(i, "not covered"), "%s", span(u))
	}
	for i, d := range s.Doubtful {
		line(once(i, "doubtful"), "%s, where %d calls were listed and about %d expected", span(d.Span), d.Calls, d.Expected)
	}
	for i, l := range s.Lost {
		line(once(i, "LOST"), "%s, found %s", span(l.Span), ago(&l.FoundLost, s.At))
	}
	total := 0
	for _, n := range s.Pending {
		total += n
	}
	line("pending", "%d calls", total)
	for _, reason := range sortedKeys(s.Pending) {
		line("", "%d %s", s.Pending[reason], reason)
	}
	line("lost calls", "%d", s.LostCalls)
	if s.OldestUnloaded != nil {
		line("oldest unloaded", "started %s", s.OldestUnloaded.Format(time.RFC3339))
		line("first loss", "in %.1f hours", *s.HoursToFirstLoss)
	}
	if f := s.Freshness; f.Calls > 0 {
		line("freshness", "from the end of a call to its newest version in the lake, %d calls of the last %s:", f.Calls, c.HotWindow)
		line("", "half within %s, 90 %% within %s, 99 %% within %s, all within %s", minutes(f.P50), minutes(f.P90), minutes(f.P99), minutes(f.Max))
	}
	for _, table := range sortedKeys(s.Logs) {
		l := s.Logs[table]
		line(table, "last listed %s, whole %s", ago(l.LastRun, s.At), ago(l.LastSuccess, s.At))
		if l.Refused != "" {
			line("", "not permitted: %s", l.Refused)
		}
		for _, listed := range l.Listed {
			line("", "covered %s, listed %s", span(listed.Span), ago(&listed.ListedAt, s.At))
		}
		for _, u := range l.Uncovered {
			line("", "not covered %s", span(u))
		}
		for _, lost := range l.Lost {
			line("", "LOST %s, found %s", span(lost.Span), ago(&lost.FoundLost, s.At))
		}
	}
	return w.Flush()
}

// once returns the name for the first line of several.
func once(i int, name string) string {
	if i > 0 {
		return ""
	}
	return name
}

// ago writes a point in time for people.
func ago(t *time.Time, now time.Time) string {
	if t == nil {
		return "never"
	}
	return fmt.Sprintf("%s (%s ago)", t.UTC().Format(time.RFC3339), now.Sub(*t).Round(time.Minute))
}

func minutes(m float64) string {
	return (time.Duration(m * float64(time.Minute))).Round(time.Minute).String()
}
