package main

import (
	"etl/jobs"
	"etl/load"
)

// replayCommand is etl replay.
type replayCommand struct {
	lakeFlags
	outputFlags
	From string `help:"First date of calls to rebuild." placeholder:"YYYY-MM-DD" group:"Calls"`
	To   string `help:"Last date of calls to rebuild." placeholder:"YYYY-MM-DD" group:"Calls"`
	Into string `help:"Another lake to build the tables in: a folder or s3://bucket/prefix. Without it the tables of --lake are rebuilt." placeholder:"LAKE" group:"Lake"`
}

// Run rebuilds the tables.
func (c *replayCommand) Run(a *app) error {
	if err := checkDates(map[string]string{"--from": c.From, "--to": c.To}); err != nil {
		return err
	}
	limitMemory()
	from, err := c.open(a)
	if err != nil {
		return err
	}
	defer from.Close()
	into, where := from, c.Lake
	if c.Into != "" {
		where = c.Into
		if into, err = load.Open(a.ctx, c.Into, c.options(a)); err != nil {
			return err
		}
		defer into.Close()
	}
	bar := newBar(a.stderr, 0)
	report, err := jobs.Replay{
		From: from, Into: into, InPlace: into == from, Since: c.From, Until: c.To, Log: a.log,
		Progress: func(done int64) { bar.show(jobs.Progress{Done: done}) },
	}.Do(a.ctx)
	bar.clear()
	a.finish(report, err, c.Output, where)
	return nil
}
