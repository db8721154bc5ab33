package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"etl/jobs"
)

// parseMoment reads a point in time: 2026-11-23, 2026-11-23T08:00:00Z, or how
// long ago it is, such as 30d or 12h.
func parseMoment(text string, now time.Time) (time.Time, error) {
	for _, form := range []string{time.DateOnly, time.RFC3339} {
		if t, err := time.Parse(form, text); err == nil {
			return t, nil
		}
	}
	if days, ok := strings.CutSuffix(text, "d"); ok {
		if n, err := strconv.ParseUint(days, 10, 16); err == nil {
			return now.Add(-time.Duration(n) * 24 * time.Hour), nil
		}
	}
	if ago, err := time.ParseDuration(text); err == nil && ago >= 0 {
		return now.Add(-ago), nil
	}
	return time.Time{}, fmt.Errorf("%w: %q is no time: give a date, a time as 2026-11-23T08:00:00Z, or how long ago, as 30d or 12h", jobs.ErrUsage, text)
}
