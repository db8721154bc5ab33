package jobs_test

import (
	"errors"
	"fmt"
	"testing"

	"etl/jobs"
	"etl/load"
)

// What is most particular about an error decides.
func TestExitCode(t *testing.T) {
	for _, c := range []struct {
		err  error
		want int
	}{
		{nil, jobs.ExitLoaded},
		{errors.New("surprise"), jobs.ExitUnexpected},
		{fmt.Errorf("%w: disk is gone", load.ErrStorage), jobs.ExitStorage},
		{fmt.Errorf("%w: writing x: %w", load.ErrStorage, load.ErrClock), jobs.ExitClock},
		{load.ErrLocked, jobs.ExitLocked},
		{fmt.Errorf("%w: %w", jobs.ErrInterrupted, load.ErrStorage), jobs.ExitInterrupted},
	} {
		if got := jobs.ExitCode(c.err); got != c.want {
			t.Errorf("%v exits with %d, want %d", c.err, got, c.want)
		}
	}
}
