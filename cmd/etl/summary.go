package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"etl/jobs"
	"etl/schemas"
)

// mostNamed is how many calls that are not loaded a summary names; the run
// report names them all.
const mostNamed = 10

// summary prints a run's summary on standard output.
func (a *app) summary(report *jobs.Report, output, lake string) error {
	if output == "json" {
		_, err := a.stdout.Write(report.JSON())
		return err
	}
	return printSummary(a.stdout, report, lake)
}

func printSummary(out io.Writer, r *jobs.Report, lake string) error {
	var b strings.Builder
	if r.Findings != nil {
		fmt.Fprintf(&b, "etl %s: %d calls in the lake\n", r.Command, r.Requested)
	} else {
		fmt.Fprintf(&b, "etl %s: %d calls asked for: %d loaded, %d unchanged, %d pending, %d failed, %d lost\n",
			r.Command, r.Requested, r.Loaded, r.Unchanged, r.Pending, r.Failed, r.Lost)
	}
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	if len(r.Rows) > 0 {
		fmt.Fprint(w, "\n")
		for _, table := range schemas.Tables() {
			if schemas.IsLog(table.Name) && r.Rows[table.Name] == 0 {
				continue
			}
			fmt.Fprintf(w, "\t%s\t%d\t rows\n", table.Name, r.Rows[table.Name])
		}
	}
	fmt.Fprintf(w, "\n\twritten\t%d\t objects, %s, in %s\n", r.ObjectsWritten, size(r.BytesWritten), lake)
	fmt.Fprintf(w, "\tGraph\t%d\t requests, %d throttled\n", r.GraphRequests, r.Throttled)
	fmt.Fprintf(w, "\telapsed\t%.1f\t s\n", r.FinishedAt.Sub(r.StartedAt).Seconds())
	if err := w.Flush(); err != nil {
		return err
	}
	if r.Requested > 0 && r.Requested == r.Unchanged && r.Findings == nil {
		fmt.Fprint(&b, "\nNothing new: the lake has every call at its newest version, and nothing was written.\n")
	}
	for _, flag := range sortedKeys(r.LowerLimits) {
		seconds := 20
		if flag == "graph-log-requests" {
			seconds = 60
		}
		fmt.Fprintf(&b, "\nGraph was found to allow fewer than --%s: %d in %d s.\n", flag, r.LowerLimits[flag], seconds)
	}
	listing(&b, r.Listing)
	logs(&b, r.Logs)
	findings(&b, r)
	counts(&b, "Properties that no column holds, by path", r.UnknownProperties)
	counts(&b, "Values not stored as sent", r.Anomalies)
	named(&b, r)
	fmt.Fprintf(&b, "\nThe report is _runs/%s.json in the lake.\n", r.Run)
	_, err := io.WriteString(out, b.String())
	return err
}

func counts(b *strings.Builder, title string, n map[string]int64) {
	if len(n) == 0 {
		return
	}
	fmt.Fprintf(b, "\n%s:\n", title)
	for _, key := range sortedKeys(n) {
		fmt.Fprintf(b, "  %s: %d\n", key, n[key])
	}
}

// named names calls that are not loaded, with the reason.
func named(b *strings.Builder, r *jobs.Report) {
	if len(r.Calls) == 0 {
		return
	}
	fmt.Fprint(b, "\nNot loaded:\n")
	for i, c := range r.Calls {
		if i == mostNamed {
			fmt.Fprintf(b, "  … and %d more in the report\n", len(r.Calls)-i)
			break
		}
		deadline := ""
		if c.Deadline != nil {
			deadline = ", Graph forgets it at " + c.Deadline.Format(time.RFC3339)
		}
		fmt.Fprintf(b, "  %q: %s, %s%s\n", c.ID, c.Outcome, c.Reason, deadline)
	}
}

// size writes a number of bytes for people.
func size(n int64) string {
	const unit = 1000
	value, names := float64(n), []string{"B", "kB", "MB", "GB", "TB"}
	for value >= unit && len(names) > 1 {
		value, names = value/unit, names[1:]
	}
	if names[0] == "B" {
		return fmt.Sprintf("%d B", n)
	}
	return fmt.Sprintf("%.1f %s", value, names[0])
}
