package jobs

import (
	"context"
	"errors"
	"slices"
	"time"

	"etl/extract"
	"etl/load"
)

// Exit codes. They are a contract with operators.
const (
	ExitLoaded      = 0   // every call asked for is in the lake
	ExitUnexpected  = 1   // anything that has no code of its own
	ExitUsage       = 2   // usage or configuration
	ExitIncomplete  = 3   // done, but some calls are pending or failed
	ExitLost        = 4   // a call was lost, or will be within 72 hours
	ExitSignIn      = 10  // sign-in or permission refused
	ExitLocked      = 11  // another run holds the lock
	ExitStorage     = 12  // the lake can't be read or written
	ExitNewerLake   = 13  // the lake was written by a newer version
	ExitClock       = 14  // the clock is wrong
	ExitInterrupted = 130 // stopped by a signal
)

// ErrUsage is wrapped by errors in what the operator gave.
var ErrUsage = errors.New("usage")

// ErrInterrupted is the cause of a context that a signal cancelled.
var ErrInterrupted = errors.New("interrupted")

// ExitCode returns the exit code that an error stands for.
func ExitCode(err error) int {
	for _, c := range []struct {
		err  error
		code int
	}{
		{ErrInterrupted, ExitInterrupted},
		{ErrUsage, ExitUsage},
		{load.ErrLocation, ExitUsage},
		{extract.ErrSignIn, ExitSignIn},
		{extract.ErrClock, ExitClock},
		{load.ErrClock, ExitClock},
		{load.ErrLocked, ExitLocked},
		{load.ErrNewerFormat, ExitNewerLake},
		{load.ErrStorage, ExitStorage},
		{context.Canceled, ExitInterrupted},
	} {
		if errors.Is(err, c.err) {
			return c.code
		}
	}
	if err != nil {
		return ExitUnexpected
	}
	return ExitLoaded
}

// exitCode returns the exit code of a run: that of the error that stopped it,
// else what its outcomes say.
func exitCode(r *Report, err error, now time.Time) int {
	if err != nil {
		return ExitCode(err)
	}
	if r.Lost > 0 {
		return ExitLost
	}
	for _, c := range r.Calls {
		if c.Outcome == Pending && c.Deadline != nil && c.Deadline.Sub(now) < atRisk {
			return ExitLost
		}
	}
	code := ExitLoaded
	unsettled := func(f Finding) bool { return !f.Repaired }
	if r.Pending+r.Failed+r.Anomalies[anomalyUnreadable] > 0 || slices.ContainsFunc(r.Findings, unsettled) {
		code = ExitIncomplete
	}
	if r.Listing != nil {
		// A listing knows neither of the other codes, and 4 is the gravest.
		code = max(code, r.Listing.exitCode(now))
	}
	for _, log := range r.Logs {
		code = max(code, log.exitCode())
	}
	return code
}
