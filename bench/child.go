package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"

	"etl/bench/duckdb"
	"etl/bench/naive"
)

// Parts of the harness that run in processes of their own: contenders, to be
// measured, and what would make the harness itself large. A process starts
// with the peak memory of the one that started it.
const (
	childPrefix  = "child-"
	childArchive = childPrefix + "archive" // data set as JSON, folder
	childDigest  = childPrefix + "digest"  // lake
	childDuckDB  = childPrefix + "duckdb"  // archive as JSON, folder for the tables, threads
	childNaive   = childPrefix + "naive"   // lake, folder for the tables
	childProfile = childPrefix + "profile" // lake, folder for the tables, folder for the profiles
	childVersion = childPrefix + "version"
)

func isChild(name string) bool { return strings.HasPrefix(name, childPrefix) }

func runChild(ctx context.Context, name string, args []string, stdout io.Writer) error {
	var result any
	var err error
	switch name {
	case childArchive:
		var d dataset
		if err := json.Unmarshal([]byte(args[0]), &d); err != nil {
			return err
		}
		result, err = d.write(ctx, args[1])
	case childDigest:
		result, err = duckdb.DigestOf(ctx, args[0])
	case childDuckDB:
		var a archive
		if err := json.Unmarshal([]byte(args[0]), &a); err != nil {
			return err
		}
		threads, err := strconv.Atoi(args[2])
		if err != nil {
			return err
		}
		return duckdb.Replay(ctx, a.Lake, args[1], a.Largest, threads)
	case childNaive:
		err = naive.Replay(args[0], args[1])
	case childProfile:
		err = profile(ctx, args[0], args[1], args[2])
	case childVersion:
		result, err = duckdb.Version(ctx)
	default:
		err = fmt.Errorf("unknown part %s", name)
	}
	if err != nil || result == nil {
		return err
	}
	return json.NewEncoder(stdout).Encode(result)
}

// child is the command of a part of the harness.
func child(ctx context.Context, name string, args ...string) (*exec.Cmd, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("finding the harness: %w", err)
	}
	return exec.CommandContext(ctx, self, append([]string{name}, args...)...), nil
}

// ask runs a part of the harness and reads what it says.
func ask(ctx context.Context, answer any, name string, args ...string) error {
	cmd, err := child(ctx, name, args...)
	if err != nil {
		return err
	}
	out, err := output(cmd)
	if err != nil || answer == nil {
		return err
	}
	return json.Unmarshal(out, answer)
}

// output runs a command. Its error has what the command said.
func output(cmd *exec.Cmd) ([]byte, error) {
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("running %s: %w: %s", cmd, err, stderr.String())
	}
	return []byte(stdout.String()), nil
}
