package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"

	"etl/jobs"
	"etl/load"
)

// profile does what etl replay does, within this process, and writes profiles
// of its CPU time and of what it allocates.
func profile(ctx context.Context, lake, into, folder string) (err error) {
	runtime.GOMAXPROCS(workers)
	from, err := load.Open(ctx, lake, load.Options{})
	if err != nil {
		return err
	}
	defer from.Close()
	to, err := load.Open(ctx, into, load.Options{})
	if err != nil {
		return err
	}
	defer to.Close()
	cpu, err := os.Create(filepath.Join(folder, "cpu.pprof"))
	if err != nil {
		return fmt.Errorf("profiling: %w", err)
	}
	defer func() { err = errors.Join(err, cpu.Close()) }()
	if err := pprof.StartCPUProfile(cpu); err != nil {
		return fmt.Errorf("profiling: %w", err)
	}
	_, err = jobs.Replay{From: from, Into: to, Log: slog.New(slog.DiscardHandler)}.Do(ctx)
	pprof.StopCPUProfile()
	if err != nil {
		return err
	}
	allocs, err := os.Create(filepath.Join(folder, "allocs.pprof"))
	if err != nil {
		return fmt.Errorf("profiling: %w", err)
	}
	return errors.Join(pprof.Lookup("allocs").WriteTo(allocs, 0), allocs.Close())
}
