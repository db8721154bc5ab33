package main

import (
	"math"
	"runtime/debug"
)

// softMemory is how large the process may get before garbage is collected more
// often than when what lives has doubled. A run that loads thousands of calls
// reaches it, as it fetches a batch while another is committed, and a replay of
// a call with a record of a hundred megabytes.
const softMemory = 320 << 20

// limitMemory sets softMemory, unless GOMEMLIMIT has set a limit. It is for
// commands that load calls; a simulated tenant takes what it takes.
func limitMemory() {
	if debug.SetMemoryLimit(-1) == math.MaxInt64 {
		debug.SetMemoryLimit(softMemory)
	}
}
