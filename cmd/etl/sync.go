package main

import (
	"fmt"
	"strings"
	"time"

	"etl/extract"
	"etl/jobs"
	"etl/load"
)

// syncCommand is etl sync.
type syncCommand struct {
	fillFlags
	graphFlags
	outputFlags
	hotFlags
	watchFlags
	Logs      bool          `help:"Keep the PSTN and Direct Routing logs, too, in the tables pstn_calls and direct_routing_calls." default:"true" negatable:"" group:"Calls"`
	Inbox     string        `help:"Folder or s3://bucket/prefix with files of more ids, in the forms of --ids. A file is removed when its ids are loaded or pending." placeholder:"WHERE" group:"Calls"`
	Since     string        `help:"Find calls that started at or after this: a date, a time, or how long ago (30d, 12h). Default: all that Graph keeps." placeholder:"TIME" group:"Calls"`
	Until     string        `help:"Find calls that started before this." placeholder:"TIME" group:"Calls"`
	FullEvery time.Duration `help:"How old the listing of earlier calls may become before they are listed again." default:"20h" group:"Calls"`
}

// hotFlags say what counts as recent.
type hotFlags struct {
	HotWindow time.Duration `help:"Calls that are looked for in every run, back from now: records and their newer versions appear late." default:"72h" group:"Calls"`
}

// Run finds the calls that the lake lacks and loads them.
func (c *syncCommand) Run(a *app) error {
	limitMemory()
	sync, err := c.sync()
	if err != nil {
		return err
	}
	if err := c.check(); err != nil {
		return err
	}
	if err := c.checkPing(); err != nil {
		return err
	}
	lake, err := c.open(a)
	if err != nil {
		return err
	}
	defer lake.Close()
	run := jobs.Run{
		Command: "sync", Connect: c.connector(a), Lake: lake, Sync: sync,
		Pull:     extract.Pull{Concurrency: c.Concurrency, CallDeadline: c.CallDeadline},
		Deadline: c.Deadline, Log: a.log,
	}
	if c.Inbox != "" {
		inbox, err := load.OpenInbox(a.ctx, c.Inbox)
		if err != nil {
			return err
		}
		run.Inbox = inbox
	}
	if c.Logs {
		run.Logs = &jobs.Logs{Since: sync.Since, Until: sync.Until, HotWindow: c.HotWindow, FullEvery: c.FullEvery}
	}
	report := a.do(run, 0, c.Output, c.Lake)
	c.tell(a, lake, report, c.HotWindow)
	return nil
}

// sync reads what the flags say of the calls to find.
func (c *syncCommand) sync() (*jobs.Sync, error) {
	s := &jobs.Sync{HotWindow: c.HotWindow, FullEvery: c.FullEvery}
	if c.HotWindow <= 0 || c.FullEvery <= 0 {
		return nil, fmt.Errorf("%w: --hot-window and --full-every must be more than zero", jobs.ErrUsage)
	}
	now := time.Now()
	var err error
	if c.Since != "" {
		if s.Since, err = parseMoment(c.Since, now); err != nil {
			return nil, fmt.Errorf("--since: %w", err)
		}
	}
	if c.Until != "" {
		if s.Until, err = parseMoment(c.Until, now); err != nil {
			return nil, fmt.Errorf("--until: %w", err)
		}
		if !s.Until.After(s.Since) {
			return nil, fmt.Errorf("%w: --until is not after --since", jobs.ErrUsage)
		}
	}
	return s, nil
}

// listing says what a sync has found by listing.
func listing(b *strings.Builder, l *jobs.Listing) {
	if l == nil {
		return
	}
	fmt.Fprintf(b, "\nGraph lists %d calls in the spans that were due: %d are new to the lake, %d have changed.\n", l.Listed, l.New, l.Changed)
	uncovered(b, "calls that started in ", l.Uncovered)
	for _, s := range l.Lost {
		fmt.Fprintf(b, "  LOST: calls that started in %s were never listed whole, and Graph has forgotten them\n", span(s))
	}
}

// logs says what became of the logs.
func logs(b *strings.Builder, all map[string]*jobs.LogReport) {
	for _, table := range sortedKeys(all) {
		l := all[table]
		if l.Refused != "" {
			fmt.Fprintf(b, "\n%s is not kept, since Graph does not permit it: %s\n", table, l.Refused)
			continue
		}
		fmt.Fprintf(b, "\nGraph's log for %s has %d rows in the dates that were due: %d are new or have changed.\n", table, l.Listed, l.Loaded)
		uncovered(b, "", l.Uncovered)
		for _, s := range l.Lost {
			fmt.Fprintf(b, "  LOST: %s was never listed whole, and is past the 90 days of the log\n", span(s))
		}
		for i, row := range l.BadRows {
			if i == mostNamed {
				fmt.Fprintf(b, "  … and more bad rows in the report\n")
				break
			}
			fmt.Fprintf(b, "  bad row %q (%s), in raw_%s of %s\n", row.ID, row.Reason, table, row.Date)
		}
	}
}

// uncovered names spans that were not listed whole.
func uncovered(b *strings.Builder, of string, gaps []jobs.Gap) {
	for i, gap := range gaps {
		if i == mostNamed {
			fmt.Fprintf(b, "  … and %d more spans in the report\n", len(gaps)-i)
			return
		}
		fmt.Fprintf(b, "  not listed whole: %s%s (%s)\n", of, span(gap.Span), gap.Reason)
	}
}

// span writes a span for people.
func span(s jobs.Span) string {
	const form = "2006-01-02 15:04Z"
	return s.From.UTC().Format(form) + " – " + s.Until.UTC().Format(form)
}

// warnOfLoss says loudly that calls are lost or will be soon.
func (a *app) warnOfLoss(r *jobs.Report) {
	if r.ExitCode != jobs.ExitLost {
		return
	}
	args := []any{"lost_calls", r.Lost}
	if r.Listing != nil {
		args = append(args, "lost_spans", len(r.Listing.Lost), "uncovered_spans", len(r.Listing.Uncovered))
	}
	var first *time.Time
	for _, c := range r.Calls {
		if c.Outcome == jobs.Pending && c.Deadline != nil && (first == nil || c.Deadline.Before(*first)) {
			first = c.Deadline
		}
	}
	if first != nil {
		args = append(args, "next_call_forgotten_at", first.Format(time.RFC3339))
	}
	a.log.Error("CALLS ARE LOST, OR WILL BE WITHIN 72 HOURS: see the report and etl status", args...)
}
