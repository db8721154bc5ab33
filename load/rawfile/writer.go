package rawfile

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/klauspost/compress/zstd"
)

const (
	// frameText is how many bytes of lines a frame holds, unless a single
	// record is larger. Larger frames pack a little better (twice the size
	// saves 2 %), but a record can't be read without all of its frame.
	frameText = 2 << 20
	maxText   = 1<<30 + 1<<20 // the largest record, with what leads it
	// fetchedTime is the form of fetched_at, which is in microseconds.
	fetchedTime = "2006-01-02T15:04:05.000000Z"
)

// Writer writes an object of the archive.
type Writer struct {
	to     io.Writer
	member string
	packer *zstd.Encoder
	index  index
	frame  frame // the open one
	lead   []byte
	begun  bool
}

// NewWriter begins an object whose lines have the record as that member. Close
// must be called.
func NewWriter(to io.Writer, member string) (*Writer, error) {
	packer, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(frameText))
	if err != nil {
		return nil, fmt.Errorf("setting up the packer of the archive: %w", err)
	}
	w := &Writer{to: to, member: member, packer: packer}
	w.index.Frames, w.index.Calls = []frame{}, []Call{}
	return w, nil
}

// Add adds a record; of the call the place is not looked at. Line breaks in
// the record, which within JSON are white space, become spaces in place.
func (w *Writer) Add(call Call, record []byte) error {
	tenant, err := json.Marshal(call.TenantID)
	if err != nil {
		return err
	}
	w.lead = fmt.Appendf(w.lead[:0], `{"tenant_id":%s,"fetched_at":"%s","%s":`, tenant, time.UnixMicro(call.FetchedAt).UTC().Format(fetchedTime), w.member)
	if w.frame.Text > 0 && w.frame.Text+len(w.lead)+len(record) > frameText {
		if err := w.endFrame(); err != nil {
			return err
		}
	}
	if err := w.beginFrame(); err != nil {
		return err
	}
	for i, b := range record {
		if b == '\n' || b == '\r' {
			record[i] = ' '
		}
	}
	call.Frame, call.Offset, call.Size = len(w.index.Frames), w.frame.Text+len(w.lead), len(record)
	for _, part := range [][]byte{w.lead, record, []byte("}\n")} {
		n, err := w.packer.Write(part)
		w.frame.Text += n
		if err != nil {
			return err
		}
	}
	w.index.Calls = append(w.index.Calls, call)
	return nil
}

// beginFrame makes sure that there is an open frame.
func (w *Writer) beginFrame() error {
	if w.frame.Text > 0 {
		return nil
	}
	if err := w.begin(); err != nil {
		return err
	}
	w.packer.Reset(&counter{to: w.to, n: &w.frame.Packed})
	return nil
}

// begin writes what comes before all lines.
func (w *Writer) begin() error {
	if w.begun {
		return nil
	}
	w.begun = true
	_, err := w.to.Write(appendSkippable(nil, []byte(form)))
	return err
}

func (w *Writer) endFrame() error {
	if w.frame.Text == 0 {
		return nil
	}
	if err := w.packer.Close(); err != nil {
		return err
	}
	w.index.Frames = append(w.index.Frames, w.frame)
	w.frame = frame{}
	return nil
}

// Close completes the object. It does not close what is written to.
func (w *Writer) Close() error {
	if err := w.begin(); err != nil {
		return err
	}
	if err := w.endFrame(); err != nil {
		return err
	}
	return w.index.write(w.to, w.packer)
}

// counter counts what is written.
type counter struct {
	to io.Writer
	n  *int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.to.Write(p)
	*c.n += int64(n)
	return n, err
}
