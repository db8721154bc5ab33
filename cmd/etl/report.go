package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"etl/jobs"
	"etl/report"
	"etl/views"
)

// reportCommand is etl report.
type reportCommand struct {
	lakeFlags
	buildingFlags
	Out   string `help:"File for the page, - for standard output." default:"report.html" placeholder:"FILE" group:"Report"`
	From  string `help:"First date of calls: a date, or how long ago (30d)." default:"30d" placeholder:"TIME" group:"Report"`
	To    string `help:"Last date of calls." default:"0d" placeholder:"TIME" group:"Report"`
	Rules string `help:"Rule set by which streams are classed: cqd-2022-07, cqd-2021-01 or cqd-2020." enum:"cqd-2022-07,cqd-2021-01,cqd-2020" default:"cqd-2022-07" group:"Report"`
	Title string `help:"Heading of the page." default:"Call quality" group:"Report"`
}

// longestPeriod is how many dates a page has room for.
const longestPeriod = 366

// Run writes the page.
func (c *reportCommand) Run(a *app) error {
	now := time.Now().UTC()
	from, to, err := c.period(now)
	if err != nil {
		return err
	}
	sets := views.RuleSets()
	rules := sets[slices.IndexFunc(sets, func(s views.RuleSet) bool { return s.Name == c.Rules })]
	lake, err := c.open(a)
	if err != nil {
		return err
	}
	defer lake.Close()
	buildings, err := c.rows(a, lake)
	if err != nil {
		return err
	}
	facts, err := jobs.Quality{Lake: lake, From: from, To: to, Rules: rules, Buildings: buildings}.Do(a.ctx)
	if err != nil {
		return err
	}
	completeness, err := jobs.ReadCompleteness(a.ctx, lake, from, to, now)
	if err != nil {
		return err
	}
	var page bytes.Buffer
	err = report.Render(&page, report.Page{
		Title: c.Title, From: from, To: to, MadeAt: now, Rules: rules, Buildings: buildings, Facts: facts, Completeness: completeness,
	})
	if err != nil {
		return err
	}
	if c.Out == "-" {
		_, err := page.WriteTo(a.stdout)
		return err
	}
	if err := replaceFile(c.Out, page.Bytes()); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	_, err = fmt.Fprintf(a.stdout, "%s has the calls from %s to %s.\n", c.Out, from.Format(time.DateOnly), to.Format(time.DateOnly))
	return err
}

// period reads which dates the page is about.
func (c *reportCommand) period(now time.Time) (from, to time.Time, err error) {
	if from, err = parseDate("--from", c.From, now); err != nil {
		return from, to, err
	}
	if to, err = parseDate("--to", c.To, now); err != nil {
		return from, to, err
	}
	switch {
	case to.Before(from):
		return from, to, fmt.Errorf("%w: --to is before --from", jobs.ErrUsage)
	case to.Sub(from) >= longestPeriod*24*time.Hour:
		return from, to, fmt.Errorf("%w: the report would have more than %d dates", jobs.ErrUsage, longestPeriod)
	}
	return from, to, nil
}

// parseDate reads the date that a flag gives.
func parseDate(flag, text string, now time.Time) (time.Time, error) {
	t, err := parseMoment(text, now)
	if err != nil {
		return t, fmt.Errorf("%s: %w", flag, err)
	}
	return t.UTC().Truncate(24 * time.Hour), nil
}

// replaceFile writes a file at once: whoever reads it, which others may, sees all
// of it or what was there before.
func replaceFile(name string, content []byte) error {
	file, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*")
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	err = errors.Join(err, file.Chmod(0o644), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), name)
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return nil
}
