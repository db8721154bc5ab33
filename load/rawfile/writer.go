package rawfile

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"time"
)

const (
	// frameText is how many bytes of lines a frame holds, unless a single
	// record is larger. Larger frames pack a little better (twice the size
	// saves 2 %), but a record can't be read without all of its frame.
	frameText = 2 << 20
	maxText   = 1<<30 + 1<<20 // the largest record, with what leads it
	// fetchedTime is the form of fetched_at, which is in microseconds.
	fetchedTime = "2006-01-02T15:04:05.000000Z"
	end         = "}\n" // of a line
)

// Writer writes an object of the archive. Frames are packed while the next ones
// are filled, and written in their order: what is written does not depend on
// how many are packed at once.
type Writer struct {
	to      io.Writer
	member  string
	packer  *Packer
	index   index
	lead    []byte
	open    *openFrame   // is being filled; nil if none is
	packing []*openFrame // are being packed, the oldest first
	begun   bool
}

// NewWriter begins an object whose lines have the record as that member. Close
// completes it; a Writer that is not needed any more may be let go of.
func NewWriter(to io.Writer, member string, packer *Packer) *Writer {
	return &Writer{to: to, member: member, packer: packer, index: index{Frames: []frame{}, Calls: []Call{}}}
}

// Add adds a record, which a function appends to what it is given. Of the call
// Size is how large the record will be; where it is, is not looked at. Line
// breaks in the record, which within JSON are white space, become spaces.
func (w *Writer) Add(call Call, record func(to []byte) ([]byte, error)) error {
	tenant, err := json.Marshal(call.TenantID)
	if err != nil {
		return err
	}
	w.lead = fmt.Appendf(w.lead[:0], `{"tenant_id":%s,"fetched_at":"%s","%s":`, tenant, time.UnixMicro(call.FetchedAt).UTC().Format(fetchedTime), w.member)
	if w.open != nil && len(w.open.text)+len(w.lead)+call.Size+len(end) > frameText {
		if err := w.endFrame(); err != nil {
			return err
		}
	}
	if w.open == nil {
		w.open = w.packer.frame()
	}
	text := append(w.open.text, w.lead...)
	call.Frame, call.Offset = len(w.index.Frames)+len(w.packing), len(text)
	if text, err = record(text); err != nil {
		return err
	}
	call.Size = len(text) - call.Offset
	breaksToSpaces(text[call.Offset:])
	w.open.text = append(text, end...)
	w.index.Calls = append(w.index.Calls, call)
	return nil
}

func breaksToSpaces(text []byte) {
	for _, c := range []byte{'\n', '\r'} {
		for rest := text; ; {
			i := bytes.IndexByte(rest, c)
			if i < 0 {
				break
			}
			rest[i] = ' '
			rest = rest[i+1:]
		}
	}
}

// endFrame has the open frame packed, if there is one. That of a large record is
// packed and written before there is another: its memory is all that is needed.
func (w *Writer) endFrame() error {
	if w.open == nil {
		return nil
	}
	most := w.packer.atOnce
	if len(w.open.text) > frameText {
		most = 0
	}
	w.packer.begin(w.open)
	w.packing = append(w.packing, w.open)
	w.open = nil
	return w.writeFrames(most)
}

// writeFrames writes frames until only so many are being packed.
func (w *Writer) writeFrames(most int) error {
	for len(w.packing) > most {
		if err := w.writeFrame(); err != nil {
			return err
		}
	}
	return nil
}

// writeFrame writes the oldest frame that is not written yet.
func (w *Writer) writeFrame() error {
	if err := w.begin(); err != nil {
		return err
	}
	f := w.packing[0]
	w.packing = w.packing[1:]
	<-f.done
	if _, err := w.to.Write(f.packed); err != nil {
		return err
	}
	w.index.Frames = append(w.index.Frames, frame{Packed: int64(len(f.packed)), Text: len(f.text)})
	w.packer.free(f)
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

// Close completes the object. It does not close what is written to.
func (w *Writer) Close() error {
	if err := w.endFrame(); err != nil {
		return err
	}
	if err := w.writeFrames(0); err != nil {
		return err
	}
	if err := w.begin(); err != nil {
		return err
	}
	return w.index.write(w.to, w.packer.encoder)
}
