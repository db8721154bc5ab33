package main

import (
	"strings"
	"testing"

	"etl/jobs"
)

func TestSummaryNamesLowerLimits(t *testing.T) {
	const line = "Graph was found to allow fewer than --graph-requests: 745 in 20 s.\n"
	for limits, want := range map[int64]bool{745: true, 0: false} {
		r := jobs.Report{LowerLimits: map[string]int64{}}
		if limits > 0 {
			r.LowerLimits["graph-requests"] = limits
		}
		var b strings.Builder
		if err := printSummary(&b, &r, "./lake"); err != nil || strings.Contains(b.String(), line) != want {
			t.Errorf("error %v, with a limit of %d the summary is %s", err, limits, &b)
		}
	}
}
