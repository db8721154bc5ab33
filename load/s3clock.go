package load

import (
	"fmt"
	"time"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/middleware"
)

const (
	// clockTolerance is how far the clock of this machine may be off the
	// store's without a warning.
	clockTolerance = 5 * time.Minute
	// clockLimit is how far it may be off before the lake is not written to.
	clockLimit = 24 * time.Hour
)

// checkClock compares this machine's clock with the Date of an answer. The
// client itself signs by the store's time, so that nothing else tells.
func (s *s3Store) checkClock(answer middleware.Metadata) error {
	date, dated := awsmiddleware.GetServerTime(answer)
	local, timed := awsmiddleware.GetResponseAt(answer)
	if !dated || !timed {
		return nil
	}
	off := local.Sub(date)
	switch {
	case off.Abs() > clockLimit:
		return fmt.Errorf("%w: it shows %s, and the answer of %s is of %s; set the clock of this machine right",
			ErrClock, local.UTC().Format(time.RFC3339), s.endpoint(), date.UTC().Format(time.RFC3339))
	case off.Abs() > clockTolerance:
		s.log.Warn("clock is off the store's; set it right", "off", off.Round(time.Second).String())
	}
	return nil
}
