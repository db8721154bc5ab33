package jobs_test

import (
	"os"
	"path/filepath"
	"testing"

	"etl/schemas"
)

// TestBuildingsAreLeftAlone audits and rebuilds a lake that has a table which
// no call makes.
func TestBuildingsAreLeftAlone(t *testing.T) {
	s, lake, dir, _ := grown(t)
	if _, changed, err := lake.PutBuildings(t.Context(), []schemas.Building{{LastAddress: 255, PrefixLength: 24, BuildingName: "Hall"}}); err != nil || !changed {
		t.Fatalf("changed: %v, error %v", changed, err)
	}
	file := filepath.Join(dir, "buildings", "part-0.parquet")
	before, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	report, err := replay(lake, lake).Do(t.Context())
	if after, statErr := os.Stat(file); err != nil || statErr != nil || report.ObjectsWritten != 0 || !os.SameFile(before, after) {
		t.Errorf("rebuilding: errors %v, %v, report %s", err, statErr, report.JSON())
	}
	if report := mustAudit(t, s.audit(lake)); len(report.Findings) > 0 {
		t.Errorf("the audit finds %s", report.JSON())
	}
}
