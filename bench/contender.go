package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"etl/bench/duckdb"
)

// workers is how many processors the contenders in Go use.
const workers = 2

// contender makes tables of an archive.
type contender struct {
	name    string
	command func(ctx context.Context, a archive, into string) (*exec.Cmd, error)
	// disorder allows rows of a file out of their order.
	disorder bool
}

// contenders returns those of the given names, all if there are none. The
// program etl is built in the folder.
func contenders(ctx context.Context, names []string, folder string) ([]contender, error) {
	etl := filepath.Join(folder, "etl")
	duckdb := func(threads int) func(context.Context, archive, string) (*exec.Cmd, error) {
		return func(ctx context.Context, a archive, into string) (*exec.Cmd, error) {
			text, err := json.Marshal(a)
			if err != nil {
				return nil, err
			}
			return child(ctx, childDuckDB, string(text), into, strconv.Itoa(threads))
		}
	}
	all := []contender{
		{name: "etl", command: func(ctx context.Context, a archive, into string) (*exec.Cmd, error) {
			return exec.CommandContext(ctx, etl, "replay", "--lake", a.Lake, "--into", into), nil
		}},
		{name: "duckdb1", command: duckdb(1), disorder: true},
		{name: "duckdb2", command: duckdb(2), disorder: true},
		{name: "naive", command: func(ctx context.Context, a archive, into string) (*exec.Cmd, error) {
			return child(ctx, childNaive, a.Lake, into)
		}},
	}
	for _, name := range names {
		if !slices.ContainsFunc(all, func(c contender) bool { return c.name == name }) {
			return nil, fmt.Errorf("there is no contender %s", name)
		}
	}
	all = slices.DeleteFunc(all, func(c contender) bool { return len(names) > 0 && !slices.Contains(names, c.name) })
	if all[0].name == "etl" {
		if _, err := output(exec.CommandContext(ctx, "go", "build", "-o", etl, "etl/cmd/etl")); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// usage is what a run took.
type usage struct {
	wall, cpu time.Duration
	peak      int64 // resident memory, in bytes
	written   int64 // Parquet, in bytes
}

// measure runs a contender. Its environment has none of the settings that
// etl reads.
func (c contender) measure(ctx context.Context, a archive, into string) (u usage, err error) {
	cmd, err := c.command(ctx, a, into)
	if err != nil {
		return u, err
	}
	cmd.Env = []string{fmt.Sprintf("GOMAXPROCS=%d", workers), "TMPDIR=" + os.TempDir()}
	began := time.Now()
	if _, err := output(cmd); err != nil {
		return u, err
	}
	u.wall = time.Since(began)
	u.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	u.peak = peakMemory(cmd.ProcessState)
	u.written, err = parquetBytes(into)
	return u, err
}

// parquetBytes is the size of the tables of a lake.
func parquetBytes(lake string) (sum int64, err error) {
	for _, t := range duckdb.Tables() {
		err := filepath.WalkDir(filepath.Join(lake, t.Name), func(_ string, entry fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(entry.Name(), ".parquet") {
				return err
			}
			info, err := entry.Info()
			if err == nil {
				sum += info.Size()
			}
			return err
		})
		if err != nil {
			return 0, fmt.Errorf("sizing %s: %w", t.Name, err)
		}
	}
	return sum, nil
}
