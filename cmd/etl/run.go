package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"strings"

	"etl/extract"
	"etl/jobs"
	"etl/load"
)

// runCommand is etl run.
type runCommand struct {
	fillFlags
	graphFlags
	outputFlags
	IDs     []string `arg:"" optional:"" name:"id" help:"Ids of call records."`
	Pending bool     `help:"Load only the calls that earlier runs have left pending. With ids those come first in any case." group:"Calls"`
	IDsFrom string   `name:"ids" help:"Where more ids are: a file, s3://bucket/key, or - for standard input. One per line, CSV with a column id, JSON lines with an id, or change notifications." placeholder:"FILE" group:"Calls"`
}

// Run loads the calls.
func (c *runCommand) Run(a *app) error {
	limitMemory()
	ids, closeIDs, err := c.ids(a)
	if err != nil {
		return err
	}
	defer closeIDs()
	if err := c.check(); err != nil {
		return err
	}
	lake, err := c.open(a)
	if err != nil {
		return err
	}
	defer lake.Close()
	a.do(jobs.Run{
		Command: "run", Connect: c.connector(a), Lake: lake, IDs: ids,
		Pull:     extract.Pull{Concurrency: c.Concurrency, CallDeadline: c.CallDeadline},
		Deadline: c.Deadline, Log: a.log,
	}, c.count(a), c.Output, c.Lake)
	return nil
}

// count returns how many ids there are, for people who watch the progress; 0
// where that can't be known before they are read.
func (c *runCommand) count(a *app) int64 {
	n := int64(len(c.IDs))
	if c.IDsFrom == "" || !isTerminal(a.stderr) {
		return n
	}
	file, err := os.Open(c.IDsFrom)
	if err != nil {
		return 0
	}
	defer file.Close()
	if info, err := file.Stat(); err != nil || !info.Mode().IsRegular() {
		return 0
	}
	for range extract.ReadIDs(file) {
		n++
	}
	return n
}

// ids returns the ids given as arguments, then those of --ids.
func (c *runCommand) ids(a *app) (ids iter.Seq2[extract.Ref, error], closeIDs func() error, err error) {
	closeIDs = func() error { return nil }
	var more io.Reader
	switch {
	case c.IDsFrom == "":
		if len(c.IDs) == 0 && !c.Pending {
			return nil, nil, fmt.Errorf("%w: no ids: give them as arguments or by --ids FILE, or take those that are pending by --pending", jobs.ErrUsage)
		}
	case c.IDsFrom == "-":
		more = a.stdin
	case strings.HasPrefix(c.IDsFrom, "s3://"):
		object, err := load.OpenObject(a.ctx, c.IDsFrom)
		if err != nil {
			return nil, nil, fmt.Errorf("reading ids: %w", err)
		}
		more, closeIDs = object, object.Close
	default:
		file, err := os.Open(c.IDsFrom)
		if err != nil {
			return nil, nil, fmt.Errorf("%w: reading ids: %w", jobs.ErrUsage, err)
		}
		more, closeIDs = file, file.Close
	}
	return func(yield func(extract.Ref, error) bool) {
		for _, id := range c.IDs {
			if !yield(extract.Ref{ID: id}, nil) {
				return
			}
		}
		if more == nil {
			return
		}
		for ref, err := range extract.ReadIDs(more) {
			if err != nil {
				err = fmt.Errorf("%w: %s: %w", jobs.ErrUsage, c.IDsFrom, err)
			}
			if !yield(ref, err) {
				return
			}
		}
	}, closeIDs, nil
}

// do runs a job, shows how it goes and prints its summary.
func (a *app) do(run jobs.Run, total int64, output, lake string) *jobs.Report {
	bar := newBar(a.stderr, total)
	run.Progress = bar.show
	report, err := run.Do(a.ctx)
	bar.clear()
	return a.finish(report, err, output, lake)
}

// finish prints a job's summary and makes its exit code the command's.
func (a *app) finish(report *jobs.Report, err error, output, lake string) *jobs.Report {
	a.code = report.ExitCode
	a.warnOfLoss(report)
	if printErr := a.summary(report, output, lake); printErr != nil && err == nil {
		err = fmt.Errorf("printing the summary: %w", printErr)
	}
	if err != nil && !errors.Is(err, context.Canceled) {
		code := a.code
		a.fail(err)
		a.code = max(code, report.ExitCode)
	}
	return report
}
