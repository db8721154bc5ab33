package main

import (
	"errors"
	"fmt"

	"etl/catalog"
	"etl/extract"
	"etl/jobs"
	"etl/load"
	"etl/views"
)

// glue shows what AWS Glue lacks of the lake's tables and views, and with --apply
// makes it so.
func (c *sqlCommand) glue(a *app, lake views.Lake) error {
	err := c.planAndApply(a, lake)
	for _, class := range []struct{ is, means error }{
		{catalog.ErrForeign, jobs.ErrUsage}, {catalog.ErrDenied, extract.ErrSignIn}, {catalog.ErrUnavailable, load.ErrStorage},
	} {
		if errors.Is(err, class.is) {
			return fmt.Errorf("%w: %w", class.means, err)
		}
	}
	return err
}

func (c *sqlCommand) planAndApply(a *app, lake views.Lake) error {
	tables, overThem, err := views.External(lake)
	if err != nil {
		return err
	}
	glue, err := catalog.Open(a.ctx)
	if err != nil {
		return err
	}
	plan, err := glue.Plan(a.ctx, c.Database, tables, overThem)
	if err != nil {
		return err
	}
	n := plan.Changes()
	fmt.Fprint(a.stdout, plan)
	switch {
	case n == 0:
		fmt.Fprintf(a.stdout, "\nNothing changes.\n")
		return nil
	case c.Plan:
		fmt.Fprintf(a.stdout, "\n%d changes; --apply makes them.\n", n)
		return nil
	}
	if err := glue.Apply(a.ctx, plan); err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "\n%d changes made.\n", n)
	return nil
}
