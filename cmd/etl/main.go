// Command etl keeps Microsoft Teams call records: it takes them from
// Microsoft Graph and writes partitioned Parquet to a folder or to
// S3-compatible storage.
//
// This package wires: flags, environment, signals and exit codes. What the
// commands do is in the packages beside it.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"

	"etl/jobs"
)

// world is what a command touches outside of its own process memory.
type world struct {
	args   []string
	getenv func(string) string
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
}

func main() {
	ctx, stop := interruptible(context.Background())
	code := run(ctx, world{os.Args[1:], os.Getenv, os.Stdin, os.Stdout, os.Stderr})
	stop()
	os.Exit(code)
}

// interruptible returns a context that the first SIGINT or SIGTERM cancels,
// with jobs.ErrInterrupted as its cause. A second signal ends the process at
// once.
func interruptible(parent context.Context) (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(parent)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	// A closed pipe on stdout or stderr is an error to report, not a reason to
	// die in the middle of a commit.
	signal.Ignore(syscall.SIGPIPE)
	go func() {
		<-signals
		cancel(jobs.ErrInterrupted)
		<-signals
		os.Exit(jobs.ExitInterrupted)
	}()
	return ctx, func() {
		signal.Stop(signals)
		cancel(nil)
	}
}
