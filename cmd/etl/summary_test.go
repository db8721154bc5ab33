package main

import (
	"strings"
	"testing"

	"etl/jobs"
)

func TestSummaryNamesLowerLimits(t *testing.T) {
	const line = "Graph was found to allow fewer than --graph-requests: 745 in 20 s.\n"
	r := jobs.Report{LowerLimits: map[string]int64{"graph-log-requests": 30}}
	var logs strings.Builder
	if err := printSummary(&logs, &r, "./lake"); err != nil || !strings.Contains(logs.String(), "fewer than --graph-log-requests: 30 in 60 s.\n") {
		t.Errorf("error %v, the summary is %s", err, &logs)
	}
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
