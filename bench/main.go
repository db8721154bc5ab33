// Bench measures etl replay against DuckDB and against a naive version that do
// the same job on the same files:
//
//	go run ./bench -size 100MB -rounds 5
//
// It makes a raw archive of simulated calls, has each contender make the
// tables of it in turn, round by round and each in a process of its own, sees
// that all made the same rows, and prints what each took and the ratios.
// docs/performance.md says more.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	if len(args) > 0 && isChild(args[0]) {
		return runChild(ctx, args[0], args[1:], stdout)
	}
	c, err := parse(args, stderr)
	if err != nil {
		return err
	}
	folder := c.keep
	if folder == "" {
		if folder, err = os.MkdirTemp("", "etl-bench-*"); err != nil {
			return fmt.Errorf("making a folder for the data: %w", err)
		}
		defer os.RemoveAll(folder)
	}
	return comparison{config: c, folder: folder, progress: stderr}.run(ctx, stdout)
}

// config is what to measure.
type config struct {
	data    dataset
	rounds  int
	only    []string // contenders; all if empty
	keep    string
	profile string
}

func parse(args []string, stderr io.Writer) (c config, err error) {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	c.data.Bytes = 100e6
	flags.Func("size", "call records as JSON, about: `100MB`, 1GB (default 100MB)", func(s string) (err error) {
		c.data.Bytes, err = parseSize(s)
		return err
	})
	flags.IntVar(&c.data.Days, "days", 7, "dates that the calls are spread over")
	flags.IntVar(&c.data.LargeCall, "large-call", 0, "instead of -size: one call of so many `sessions`")
	flags.IntVar(&c.rounds, "rounds", 5, "rounds, in each of which every contender runs once")
	flags.Func("only", "contenders: `etl,duckdb1,duckdb2,naive` (default all)", func(s string) error {
		c.only = strings.Split(s, ",")
		return nil
	})
	flags.StringVar(&c.keep, "keep", "", "keep the archive and the last tables in this new `folder`")
	flags.StringVar(&c.profile, "profile", "", "also profile a replay, into cpu.pprof and allocs.pprof in this `folder`")
	if err := flags.Parse(args); err != nil {
		return c, err
	}
	if c.data.LargeCall > 0 {
		c.data.Bytes, c.data.Days = 0, 1
	}
	switch {
	case flags.NArg() > 0:
		return c, fmt.Errorf("unexpected argument %s", flags.Arg(0))
	case c.rounds < 1 || c.data.Days < 1:
		return c, errors.New("-rounds and -days must be 1 or more")
	case c.keep != "":
		if err := os.Mkdir(c.keep, 0o750); err != nil {
			return c, fmt.Errorf("making the folder to keep: %w", err)
		}
	}
	return c, nil
}

// parseSize reads a number of bytes such as 100MB.
func parseSize(s string) (int64, error) {
	var n int64
	var unit string
	if _, err := fmt.Sscanf(s, "%d%s", &n, &unit); err == nil && n > 0 {
		switch unit {
		case "MB":
			return n * 1e6, nil
		case "GB":
			return n * 1e9, nil
		}
	}
	return 0, errors.New("want a size such as 100MB or 1GB")
}
