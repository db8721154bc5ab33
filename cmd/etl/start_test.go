package main

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// BenchmarkStart runs commands that do next to nothing, from the start of the
// program to its end.
func BenchmarkStart(b *testing.B) {
	binary := filepath.Join(b.TempDir(), "etl")
	if out, err := exec.CommandContext(b.Context(), "go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		b.Fatalf("building etl: %v: %s", err, out)
	}
	for _, args := range [][]string{{"version"}, {"status", "--help"}} {
		b.Run(strings.Join(args, "_"), func(b *testing.B) {
			for b.Loop() {
				if out, err := exec.CommandContext(b.Context(), binary, args...).CombinedOutput(); err != nil {
					b.Fatalf("error %v: %s", err, out)
				}
			}
		})
	}
}
