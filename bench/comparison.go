package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"etl/bench/duckdb"
	"etl/schemas"
)

// comparison runs contenders in turn on one archive.
type comparison struct {
	config
	folder   string
	progress io.Writer
}

func (c comparison) run(ctx context.Context, stdout io.Writer) error {
	all, err := contenders(ctx, c.only, c.folder)
	if err != nil {
		return err
	}
	r := report{contenders: all, rounds: make([]map[string]usage, c.rounds), days: c.data.Days}
	if err := ask(ctx, &r.duckdb, childVersion); err != nil {
		return err
	}
	c.say("making the archive")
	data, err := json.Marshal(c.data)
	if err != nil {
		return err
	}
	if err := ask(ctx, &r.archive, childArchive, string(data), filepath.Join(c.folder, "archive")); err != nil {
		return err
	}
	var want duckdb.Digest
	for round := range c.rounds {
		r.rounds[round] = map[string]usage{}
		for i := range all {
			contender := all[(i+round)%len(all)]
			into := filepath.Join(c.folder, contender.name+".tables")
			if err := errors.Join(os.RemoveAll(into), os.Mkdir(into, 0o750)); err != nil {
				return fmt.Errorf("making a folder for the tables: %w", err)
			}
			u, err := contender.measure(ctx, r.archive, into)
			if err != nil {
				return err
			}
			r.rounds[round][contender.name] = u
			c.say("round %d: %s took %.2f s", round+1, contender.name, u.wall.Seconds())
			var got duckdb.Digest
			if err := ask(ctx, &got, childDigest, into); err != nil {
				return err
			}
			if want == nil {
				want = got
			}
			if err := contender.check(got, want); err != nil {
				return err
			}
		}
	}
	r.streams = want[schemas.Streams].Rows
	r.print(stdout)
	if c.profile == "" {
		return nil
	}
	c.say("profiling")
	if err := os.MkdirAll(c.profile, 0o750); err != nil {
		return fmt.Errorf("making the folder for the profiles: %w", err)
	}
	return ask(ctx, nil, childProfile, r.archive.Lake, filepath.Join(c.folder, "profiled.tables"), c.profile)
}

func (c comparison) say(format string, args ...any) { fmt.Fprintf(c.progress, format+"\n", args...) }

// check compares the rows that a contender wrote with those of the first.
func (c contender) check(got, want duckdb.Digest) error {
	problems := got.Differences(want)
	for table, d := range got {
		if d.Unsorted > 0 && !c.disorder {
			problems = append(problems, fmt.Sprintf("%s has %d rows out of their order", table, d.Unsorted))
		}
	}
	if len(problems) > 0 {
		return fmt.Errorf("%s wrote other rows than the first contender; nothing counts:\n  %s", c.name, strings.Join(problems, "\n  "))
	}
	return nil
}
