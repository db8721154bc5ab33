package main

import (
	"math"
	"runtime/debug"
)

// replayMemory is how large the process may get in a replay before garbage is
// collected more often than when what lives has doubled. Only calls with a
// record of a hundred megabytes reach it.
const replayMemory = 320 << 20

// limitMemory sets a soft limit, unless GOMEMLIMIT has set one.
func limitMemory(bytes int64) {
	if debug.SetMemoryLimit(-1) == math.MaxInt64 {
		debug.SetMemoryLimit(bytes)
	}
}
