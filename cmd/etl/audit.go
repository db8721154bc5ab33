package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"etl/extract"
	"etl/jobs"
)

// auditCommand is etl audit.
type auditCommand struct {
	lakeFlags
	graphFlags
	outputFlags
	From   string `help:"First date of calls to audit." placeholder:"YYYY-MM-DD" group:"Calls"`
	To     string `help:"Last date of calls to audit." placeholder:"YYYY-MM-DD" group:"Calls"`
	Source bool   `help:"Compare the lake with what Graph lists of the last 30 days, too." group:"Calls"`
	Repair bool   `help:"Rebuild from the raw archive what is wrong, and with --source fetch again what the archive lacks." group:"Calls"`
}

// Run audits the lake.
func (c *auditCommand) Run(a *app) error {
	limitMemory()
	if err := checkDates(map[string]string{"--from": c.From, "--to": c.To}); err != nil {
		return err
	}
	if err := c.check(); err != nil {
		return err
	}
	lake, err := c.open(a)
	if err != nil {
		return err
	}
	defer lake.Close()
	audit := jobs.Audit{
		Lake: lake, Source: c.Source, Repair: c.Repair, Since: c.From, Until: c.To, Log: a.log,
		Pull: extract.Pull{Concurrency: c.Concurrency, CallDeadline: c.CallDeadline},
	}
	if c.Source {
		audit.Connect = c.connector(a)
	}
	ctx, cancel := context.WithTimeout(a.ctx, c.Deadline)
	defer cancel()
	report, err := audit.Do(ctx)
	a.finish(report, err, c.Output, c.Lake)
	return nil
}

// checkDates refuses what is no date.
func checkDates(dates map[string]string) error {
	for name, date := range dates {
		if _, err := time.Parse(time.DateOnly, date); date != "" && err != nil {
			return fmt.Errorf("%w: %s: %q is not a date like 2026-11-23", jobs.ErrUsage, name, date)
		}
	}
	return nil
}

// findings says what an audit has found.
func findings(b *strings.Builder, r *jobs.Report) {
	if r.Findings == nil {
		return
	}
	left := 0
	for _, f := range r.Findings {
		if !f.Repaired {
			left++
		}
	}
	switch {
	case len(r.Findings) == 0:
		fmt.Fprintf(b, "\nNothing is wrong: %d calls are in the lake once, whole, and as they were sent.\n", r.Unchanged)
	case left == 0:
		fmt.Fprintf(b, "\n%d discrepancies were found and repaired:\n", len(r.Findings))
	default:
		fmt.Fprintf(b, "\n%d discrepancies, %d of them repaired:\n", len(r.Findings), len(r.Findings)-left)
	}
	for i, f := range r.Findings {
		if i == mostFound {
			fmt.Fprintf(b, "  … and %d more in the report\n", len(r.Findings)-i)
			break
		}
		fmt.Fprintf(b, "  %s", f.Kind)
		for _, part := range []string{f.Date, f.Object, f.CallID} {
			if part != "" {
				fmt.Fprintf(b, " %s", part)
			}
		}
		if f.Repaired {
			b.WriteString(" (repaired)")
		}
		fmt.Fprintf(b, ": %s\n", f.Detail)
	}
}

// mostFound is how many findings a summary has; the report has them all.
const mostFound = 50
