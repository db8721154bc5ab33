package main

import (
	"fmt"
	"io"
	"time"

	"github.com/schollz/progressbar/v3"

	"etl/jobs"
)

// bar shows on a terminal how a run goes. Where nobody looks it shows nothing.
type bar struct {
	shown *progressbar.ProgressBar
}

// newBar returns the bar of a run of so many calls; 0 where that isn't known.
func newBar(w io.Writer, total int64) *bar {
	if !isTerminal(w) {
		return &bar{}
	}
	if total == 0 {
		total = -1
	}
	return &bar{progressbar.NewOptions64(total,
		progressbar.OptionSetWriter(w),
		progressbar.OptionSetDescription("calls"),
		progressbar.OptionShowCount(),
		progressbar.OptionShowIts(),
		progressbar.OptionSetItsString("calls"),
		progressbar.OptionSetPredictTime(true),
		progressbar.OptionThrottle(200*time.Millisecond),
		progressbar.OptionClearOnFinish(),
		progressbar.OptionFullWidth(),
	)}
}

func (b *bar) show(p jobs.Progress) {
	if b.shown == nil {
		return
	}
	description := "calls"
	if p.Waited >= time.Second {
		description = fmt.Sprintf("calls (waited %s for Graph's limits)", p.Waited.Round(time.Second))
	}
	b.shown.Describe(description)
	// What a progress bar can't show is not worth stopping for.
	_ = b.shown.Set64(p.Done)
}

func (b *bar) clear() {
	if b.shown != nil {
		_ = b.shown.Clear()
	}
}
