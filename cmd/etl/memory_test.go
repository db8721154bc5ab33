package main

import (
	"math"
	"runtime/debug"
	"testing"

	"etl/internal/graphsim"
)

func TestCommandsThatLoadCallsLimitMemory(t *testing.T) {
	before := debug.SetMemoryLimit(-1)
	defer debug.SetMemoryLimit(before)
	useTenant(t, graphsim.Options{})
	lake := t.TempDir()
	for args, want := range map[[2]string]int64{
		{"run", "--pending"}: softMemory, {"sync", ""}: softMemory, {"replay", ""}: softMemory, {"audit", ""}: softMemory,
		{"status", ""}: math.MaxInt64,
	} {
		debug.SetMemoryLimit(math.MaxInt64)
		command := []string{args[0], "--lake", lake}
		if args[1] != "" {
			command = append(command, args[1])
		}
		r := etl(t, command...)
		if got := debug.SetMemoryLimit(-1); got != want {
			t.Errorf("after etl %s the limit is %d, want %d; it ended with %d: %s", args[0], got, want, r.code, r.stderr)
		}
	}
}

func TestMemoryLimitOfTheEnvironmentStays(t *testing.T) {
	before := debug.SetMemoryLimit(1 << 40) // as GOMEMLIMIT does
	defer debug.SetMemoryLimit(before)
	etl(t, "audit", "--lake", t.TempDir())
	if got := debug.SetMemoryLimit(-1); got != 1<<40 {
		t.Errorf("the limit is %d", got)
	}
}
