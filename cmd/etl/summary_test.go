package main

import (
	"strings"
	"testing"

	"etl/jobs"
)

func TestSummaryNamesLowerLimits(t *testing.T) {
	const line = "Graph allows less than --graph-requests: it was found to answer 745 in 20 s, and no more were sent.\n"
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
