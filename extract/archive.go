package extract

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"

	"etl/extract/jsonscan"
)

// maxArchiveLine bounds a line of the raw archive, in bytes: a record as large
// as [Bounds] may be set to, with what leads it.
const maxArchiveLine = 1 << 30

// Archived is a call record, or the row of a log, as it was fetched once.
type Archived struct {
	TenantID  string    // GUID of the tenant whose call it is
	FetchedAt time.Time // Graph's time when the call was complete
	Record    string    // as Graph sent it
}

// ReadArchive yields the records of an object of the raw archive: JSON lines
// {"tenant_id", "fetched_at", "call"}, packed by zstd. An error names the line
// and is the last that is yielded.
func ReadArchive(r io.Reader) iter.Seq2[Archived, error] { return readArchive(r, "call") }

// ReadLogArchive yields the rows of an object of the archive of a log: lines
// {"tenant_id", "fetched_at", "row"}. Since they are kept as they were sent,
// what was no object is none here.
func ReadLogArchive(r io.Reader) iter.Seq2[Archived, error] { return readArchive(r, "row") }

func readArchive(r io.Reader, member string) iter.Seq2[Archived, error] {
	return func(yield func(Archived, error) bool) {
		unpacked, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1))
		if err != nil {
			yield(Archived{}, fmt.Errorf("unpacking: %w", err))
			return
		}
		defer unpacked.Close()
		lines := bufio.NewScanner(unpacked)
		lines.Buffer(make([]byte, 0, 64<<10), maxArchiveLine)
		n := 0
		for ; lines.Scan(); n++ {
			entry, err := readArchived(lines.Text(), member)
			if err != nil {
				err = fmt.Errorf("line %d: %w", n+1, err)
			}
			if !yield(entry, err) || err != nil {
				return
			}
		}
		if err := lines.Err(); err != nil {
			yield(Archived{}, fmt.Errorf("line %d: %w", n+1, err))
		}
	}
}

func readArchived(line, member string) (entry Archived, err error) {
	scan := jsonscan.New(line)
	if scan.Next() != jsonscan.Object {
		return entry, errors.Join(errors.New("not a JSON object"), scan.Err())
	}
	for scan.Enter(); ; {
		name, ok := scan.Member()
		if !ok {
			break
		}
		switch {
		case name == "tenant_id" && scan.Next() == jsonscan.String:
			entry.TenantID = strings.Clone(scan.String()) // not to keep the line
		case name == "fetched_at" && scan.Next() == jsonscan.String:
			if entry.FetchedAt, err = time.Parse(time.RFC3339Nano, scan.String()); err != nil {
				return entry, fmt.Errorf("fetched_at: %w", err)
			}
		case name == member && (scan.Next() == jsonscan.Object || member == "row"):
			entry.Record = scan.Skip()
		default:
			scan.Skip()
		}
	}
	switch err := scan.End(); {
	case err != nil:
		return entry, err
	case entry.TenantID == "" || entry.FetchedAt.IsZero() || entry.Record == "":
		return entry, fmt.Errorf("lacks tenant_id, fetched_at or %s", member)
	}
	return entry, nil
}
