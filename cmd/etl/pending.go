package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"text/tabwriter"
	"time"

	"etl/jobs"
)

// pendingCommand is etl pending.
type pendingCommand struct {
	lakeFlags
	outputFlags
}

// Run lists the calls that the lake waits for, and those that are lost.
func (c *pendingCommand) Run(a *app) error {
	lake, err := c.open(a)
	if err != nil {
		return err
	}
	defer lake.Close()
	pending, err := jobs.ReadPending(a.ctx, lake)
	if err != nil {
		return err
	}
	lost, err := jobs.ReadLost(a.ctx, lake)
	if err != nil {
		return err
	}
	a.code = jobs.PendingExitCode(pending, time.Now())
	if c.Output == "json" {
		text, err := json.MarshalIndent(map[string]any{"pending": pending, "lost": lost}, "", "  ")
		if err != nil {
			return fmt.Errorf("encoding the pending calls: %w", err)
		}
		_, err = fmt.Fprintf(a.stdout, "%s\n", text)
		return err
	}
	return c.print(a, pending, lost)
}

func (c *pendingCommand) print(a *app, pending map[string]jobs.PendingCall, lost map[string]jobs.LostCall) error {
	if len(pending)+len(lost) == 0 {
		_, err := fmt.Fprintln(a.stdout, "No call is pending, and none is lost.")
		return err
	}
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	if len(pending) > 0 {
		fmt.Fprintf(w, "%d calls are pending, nearest to being forgotten first:\n\nid\treason\trequests\tfirst seen\tlast try\thours left\n", len(pending))
	}
	now := time.Now()
	for _, ref := range jobs.ByDeadline(pending) {
		p := pending[ref.ID]
		hours := fmt.Sprintf("%.1f", p.Deadline().Sub(now).Hours())
		if p.StartDateTime == nil {
			hours = "at most " + hours
		}
		fmt.Fprintf(w, "%s\t%s\t%d\t%s\t%s\t%s\n", ref.ID, p.Reason, p.Attempts, p.FirstSeen.Format(time.RFC3339), p.LastTry.Format(time.RFC3339), hours)
	}
	if len(lost) > 0 {
		fmt.Fprintf(w, "\n%d calls are lost: Graph has forgotten them, and the lake never had them.\n\nid\tfirst seen\tfound lost\n", len(lost))
	}
	for _, id := range slices.Sorted(maps.Keys(lost)) {
		fmt.Fprintf(w, "%s\t%s\t%s\n", id, lost[id].FirstSeen.Format(time.RFC3339), lost[id].FoundLost.Format(time.RFC3339))
	}
	return w.Flush()
}
