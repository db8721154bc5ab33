// Package naive does what etl replay does as one would in an afternoon:
// encoding/json into structs, those flattened to row structs, a date at a time
// in memory, and parquet-go's writer of row structs. It is a yardstick of speed.
package naive

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go"

	"etl/schemas"
)

// Replay makes the tables in the folder into of the archive of the lake.
func Replay(lake, into string) error {
	dates, err := filepath.Glob(filepath.Join(lake, "raw", "call_date=*"))
	if err != nil {
		return fmt.Errorf("listing the archive: %w", err)
	}
	for _, date := range dates {
		if err := replayDate(date, into); err != nil {
			return fmt.Errorf("date %s: %w", filepath.Base(date), err)
		}
	}
	return nil
}

func replayDate(folder, into string) error {
	objects, err := filepath.Glob(filepath.Join(folder, "*.jsonl.zst"))
	if err != nil {
		return fmt.Errorf("listing the archive: %w", err)
	}
	var calls []*schemas.Rows
	for _, object := range objects {
		more, err := readCalls(object)
		if err != nil {
			return fmt.Errorf("reading %s: %w", object, err)
		}
		calls = append(calls, more...)
	}
	slices.SortFunc(calls, func(a, b *schemas.Rows) int {
		return cmp.Or(cmp.Compare(startOf(a), startOf(b)), cmp.Compare(a.Call.CallID, b.Call.CallID))
	})
	date := filepath.Base(folder)
	return errors.Join(
		write(into, schemas.Calls, date, calls, func(r *schemas.Rows) []schemas.Call { return []schemas.Call{r.Call} }),
		write(into, schemas.Participants, date, calls, func(r *schemas.Rows) []schemas.Participant { return r.Participants }),
		write(into, schemas.Sessions, date, calls, func(r *schemas.Rows) []schemas.Session { return r.Sessions }),
		write(into, schemas.Segments, date, calls, func(r *schemas.Rows) []schemas.Segment { return r.Segments }),
		write(into, schemas.MediaTable, date, calls, func(r *schemas.Rows) []schemas.Media { return r.Media }),
		write(into, schemas.Streams, date, calls, func(r *schemas.Rows) []schemas.Stream { return r.Streams }),
	)
}

func startOf(r *schemas.Rows) int64 {
	if r.Call.CallStartDateTime == nil {
		return 0
	}
	return *r.Call.CallStartDateTime
}

func readCalls(object string) ([]*schemas.Rows, error) {
	file, err := os.Open(object)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	unpacked, err := zstd.NewReader(file)
	if err != nil {
		return nil, err
	}
	defer unpacked.Close()
	var calls []*schemas.Rows
	for lines := bufio.NewReader(unpacked); ; {
		text, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return calls, nil
		}
		if err != nil {
			return nil, err
		}
		var l line
		if err := json.Unmarshal(text, &l); err != nil {
			return nil, err
		}
		rows, err := rowsOf(&l)
		if err != nil {
			return nil, err
		}
		calls = append(calls, rows)
	}
}

// write writes the file of a table and date, if there are rows.
func write[T any](into, table, date string, calls []*schemas.Rows, rowsOf func(*schemas.Rows) []T) (err error) {
	if !slices.ContainsFunc(calls, func(r *schemas.Rows) bool { return len(rowsOf(r)) > 0 }) {
		return nil
	}
	folder := filepath.Join(into, table, date)
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return err
	}
	file, err := os.Create(filepath.Join(folder, "part-0.parquet"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	out := parquet.NewGenericWriter[T](file, parquet.Compression(&parquet.Zstd))
	for _, call := range calls {
		if _, err := out.Write(rowsOf(call)); err != nil {
			return fmt.Errorf("writing %s: %w", file.Name(), err)
		}
	}
	return out.Close()
}
